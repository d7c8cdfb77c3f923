"""Retention deletes old rows and files without returning credits."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import AsyncMock

import pytest

from core.errors import StorageError
from core.models.broadcasts import NewBroadcast
from core.models.drafts import NewDraft
from core.models.image_request import Picture, Request
from core.models.job import Destination, NewJob, PictureId
from core.models.media import Upload
from core.models.questions import Asking, Question
from core.models.spending import DAY_MS, Limits
from core.models.updates import Update
from storage import portions, retention
from storage.blob_store import FileBlobStore
from storage.broadcasts import SqlBroadcasts
from storage.chats import SqlChats
from storage.database import Database
from storage.drafts import SqlDrafts
from storage.inbox import SqlInbox
from storage.jobs import SqlJobs
from storage.ledger import SqlLedger
from storage.questions import SqlQuestions
from storage.results import SqlResults
from storage.retention import Housekeeping, Portions
from storage.uploads import SqlUploads
from tests.unit.stores import HandClock, database_in, rows_in

pytestmark = pytest.mark.usefixtures("each_database")

PERSON, GROUP, MOVED = 1, -10, -20
LIMITS = Limits(price=6, person_daily=6, chat_daily=0)


@dataclass
class Bench:
    """The stores of a database and a data directory, with helpers."""

    database: Database
    clock: HandClock
    jobs: SqlJobs
    ledger: SqlLedger
    housekeeping: Housekeeping
    blob_store: FileBlobStore
    directory: Path

    def place(self, picture: Picture, age_s: int) -> None:
        """Write a file for a picture, dated `age_s` seconds ago."""
        path = self.blob_store.path(picture)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"png")
        written = time.time() - age_s
        os.utime(path, (written, written))

    async def paid(self, idempotency_key: str, chat_id: int = GROUP) -> str:
        """Make a delivered job of two pictures, paid half by the allowance and half by extra credits; return its ID."""
        new = NewJob(idempotency_key, Destination(chat_id), PERSON, Request("a fox", variants=2))
        job, _ = await self.jobs.add(new, LIMITS)
        await self.jobs.settle(job.id, ["https://pictures.example/1.png", "https://pictures.example/2.png"])
        await self.jobs.delivered(job.id)
        return job.id

    def use(self, portions: Portions) -> None:
        """Clean up in portions of these sizes."""
        self.housekeeping = Housekeeping(self.database, self.blob_store, self.clock, 2, portions=portions)

    async def prune_after(self, days: int) -> None:
        """Advance the clock by `days`, and run the cleanup."""
        self.clock.now += days * DAY_MS
        await self.housekeeping.prune()

    async def extras(self, chat_id: int = GROUP) -> tuple[int, int]:
        """Return the extra credits of the person and of the chat."""
        balances = [await self.ledger.balance(scope_id, 0) for scope_id in (PERSON, chat_id)]
        return balances[0].extra, balances[1].extra


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """Open a database with credits for many jobs and a retention of two days."""
    clock = HandClock()
    blob_store = FileBlobStore(tmp_path)
    await blob_store.open()
    async with database_in(tmp_path) as database:
        await SqlChats(database, clock).seen(GROUP, "group")
        ledger = SqlLedger(database, clock)
        await ledger.grant(PERSON, 100, 9, "to the person")
        await ledger.grant(GROUP, 100, 9, "to the group")
        housekeeping = Housekeeping(database, blob_store, clock, 2)
        yield Bench(database, clock, SqlJobs(database, clock), ledger, housekeeping, blob_store, tmp_path)


async def test_time_gives_no_credits_back(bench: Bench) -> None:
    """Deleted jobs stay paid by the same balances, in however many rounds they are deleted."""
    for number in range(1, 4):
        job_id = await bench.paid(f"order {number}")
        await bench.prune_after(3)
        assert await bench.jobs.get(job_id) is None
        assert await bench.extras() == (100 - 6 * number, 100 - 12 * number)
    await bench.housekeeping.prune()
    assert await bench.extras() == (82, 64)


async def test_a_paid_order_that_was_cancelled_stays_paid(bench: Bench) -> None:
    """A paid job stays paid even if its chat is lost before the pictures are shown."""
    job, _ = await bench.jobs.add(NewJob("unseen", Destination(GROUP), PERSON, Request("a fox", variants=2)), LIMITS)
    await bench.jobs.settle(job.id, ["https://pictures.example/1.png"])
    await SqlChats(bench.database, bench.clock).gone(GROUP)
    await bench.prune_after(3)
    assert await bench.jobs.get(job.id) is None
    assert await bench.extras() == (100, 94)


async def test_a_moved_group_keeps_what_it_has(bench: Bench) -> None:
    """Grants and their use by deleted and remaining jobs move along to the supergroup."""
    await bench.paid("pruned")
    await bench.prune_after(3)
    await bench.paid("there still")
    await SqlChats(bench.database, bench.clock).moved(GROUP, MOVED)
    assert await bench.extras(MOVED) == (88, 76)
    assert await bench.extras(GROUP) == (88, 0)
    await bench.paid("in the supergroup", MOVED)
    await bench.prune_after(3)
    assert await bench.extras(MOVED) == (76, 64)


async def test_favorites_go_with_their_pictures(bench: Bench) -> None:
    """A favorite is deleted as every other result, and moves along with its group."""
    results = SqlResults(bench.database, bench.clock)
    old = PictureId(await bench.paid("pruned"), 0)
    await bench.jobs.keep_picture(old.job_id, 0, Picture("a" * 64, "png", 1, 1, 3))
    await results.mark_favorite(old, is_favorite=True)
    assert await results.is_favorite(old)
    await bench.prune_after(3)
    assert not await results.is_favorite(old)
    job, _ = await bench.jobs.add(NewJob("named", Destination(GROUP), GROUP, Request("a fox")))
    await bench.jobs.keep_picture(job.id, 0, Picture("b" * 64, "png", 1, 1, 3))
    await results.mark_favorite(PictureId(job.id, 0), is_favorite=True)
    await SqlChats(bench.database, bench.clock).moved(GROUP, MOVED)
    assert [await results.has_favorites(chat_id) for chat_id in (GROUP, MOVED)] == [False, True]


async def test_announcements_go_when_they_are_over(bench: Bench) -> None:
    """An ended broadcast and one that never started are deleted in time; a running one stays."""
    broadcasts = SqlBroadcasts(bench.database, bench.clock)
    running, over, asked = [await broadcasts.add(NewBroadcast(f"{n}", Destination(9), "Hello")) for n in range(3)]
    for broadcast in (running, over):
        assert await broadcasts.start(broadcast.id)
    await broadcasts.stop(over.id)
    await broadcasts.told(over.id)
    await bench.prune_after(1)
    assert await broadcasts.get(over.id)
    await bench.prune_after(3)
    assert [await broadcasts.get(one.id) is not None for one in (running, over, asked)] == [True, False, False]
    assert {row["broadcast_id"] for row in await bench.database.fetch("due_recipients", limit=9)} == {running.id}


async def test_a_round_that_fails_changes_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The use of credits is recorded and the jobs are deleted in one transaction."""
    job_id = await bench.paid("order")
    await bench.database.fetch(
        "keep_picture", job_id=job_id, position=0, sha256="", format="", width=1, height=1, size=1
    )
    monkeypatch.setattr(retention, "_WITH_ORDERS", ("fold_person_extras", "fold_chat_extras"))
    with pytest.raises(StorageError, match="prune_jobs"):
        await bench.prune_after(3)
    assert await bench.jobs.get(job_id)
    assert await bench.extras() == (94, 88)


async def test_others_are_let_in_between_portions(bench: Bench) -> None:
    """The cleanup runs in short transactions, and the balances are right between any two of them."""
    bench.use(Portions(orders=2))
    ids = [await bench.paid(f"order {number}") for number in range(8)]
    seen = set()
    work = asyncio.create_task(bench.prune_after(3))
    while not work.done():
        assert await bench.extras() == (10, 4)
        seen.add(sum([await bench.jobs.get(job_id) is not None for job_id in ids]))
    await work
    assert await bench.extras() == (10, 4)
    assert {2, 4, 6} & seen
    assert [await bench.jobs.get(job_id) for job_id in ids] == [None] * 8


async def test_what_was_stopped_in_the_middle_goes_on(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A portion that fails undoes no earlier portion, and the next round continues."""
    bench.use(Portions(orders=2))
    ids = [await bench.paid(f"order {number}") for number in range(5)]
    rest = AsyncMock(side_effect=[None, StorageError("the disk is gone")])
    monkeypatch.setattr(portions, "rest", rest)
    with pytest.raises(StorageError, match="disk"):
        await bench.prune_after(3)
    assert sum([await bench.jobs.get(job_id) is not None for job_id in ids]) == 1
    assert await bench.extras() == (46, 40)
    rest.side_effect = None
    await bench.housekeeping.prune()
    assert await bench.jobs.get(ids[-1]) is None
    assert await bench.extras() == (46, 40)


async def test_everything_old_goes_however_much_it_is(bench: Bench) -> None:
    """Updates, uploads, questions, albums and broadcasts are deleted portion by portion until none is left."""
    bench.use(Portions(rows=3))
    db, clock = bench.database, bench.clock
    inbox, uploads, questions = SqlInbox(db, clock), SqlUploads(db, clock), SqlQuestions(db, clock)
    broadcasts, chats = SqlBroadcasts(db, clock), SqlChats(db, clock)
    for number in range(1, 8):
        await inbox.store([Update(number, PERSON, "{}")])
        await inbox.done(number)
        await uploads.keep(f"u{number}", Upload("https://x.example", 1, 1))
        await questions.ask(Question(Destination(GROUP), number, (), None, Asking.EDIT, None, f"{number}"))
        await db.fetch("touch_album", chat_id=GROUP, album_id=f"{number}", now=clock.now)
        await db.fetch("close_album", chat_id=GROUP, album_id=f"{number}", now=clock.now)
        await chats.seen(number, "private")
    await inbox.store([Update(99, PERSON, "{}")])
    over = await broadcasts.add(NewBroadcast("over", Destination(9), "Hello"))
    await broadcasts.start(over.id)
    await broadcasts.stop(over.id)
    await broadcasts.told(over.id)
    await bench.prune_after(3)
    tables = ("inbox", "uploads", "questions", "albums", "recipients", "broadcasts")
    left = {table: len(rows_in(bench.directory, f"SELECT 1 FROM {table}")) for table in tables}  # noqa: S608 - the names above
    assert left == dict.fromkeys(tables, 0) | {"inbox": 1}


async def test_bytes_go_once_nothing_names_them(bench: Bench) -> None:
    """A file is deleted once nothing refers to it; recent files and foreign files stay."""
    names = {name: Picture(f"{number:02x}" * 32, "png", 10, 10, 3) for number, name in enumerate(NAMED)}
    stays = {"a result", "of an open order", "a mask of an open order", "of a draft", "a mask of a draft", "young"}
    await _named(bench, names)
    for name, picture in names.items():
        bench.place(picture, 0 if name == "young" else 2 * 3600)
    stray = bench.blob_store.path(names["a result"]).with_name("notes.txt")
    stray.write_bytes(b"mine")
    os.utime(stray, (0, 0))
    await bench.housekeeping.prune()
    assert {name for name, picture in names.items() if await bench.blob_store.has(picture)} == stays
    assert stray.exists()


NAMED = (
    "a result",
    "a deleted result",
    "of an open order",
    "a mask of an open order",
    "of an ended order",
    "of a draft",
    "a mask of a draft",
    "of nobody",
    "young",
)


async def _named(bench: Bench, names: dict[str, Picture]) -> None:
    job_id = await bench.paid("results")
    for position, name in enumerate(("a result", "a deleted result")):
        await bench.jobs.keep_picture(job_id, position, names[name])
    await SqlResults(bench.database, bench.clock).delete(PictureId(job_id, 1), GROUP)
    request = Request(
        "a fox", pictures=(names["of an open order"].source,), mask=names["a mask of an open order"].source
    )
    await bench.jobs.add(NewJob("open", Destination(GROUP), PERSON, request))
    request = Request("a fox", pictures=(names["of an ended order"].source,))
    ended, _ = await bench.jobs.add(NewJob("ended", Destination(GROUP), PERSON, request))
    await bench.jobs.cancel_queued(ended.id)
    drafts = SqlDrafts(bench.database, bench.clock)
    draft = await drafts.add(NewDraft(Destination(GROUP), PERSON, names["of a draft"], "a door", None))
    await drafts.mask(draft.id, names["a mask of a draft"], "a door")


async def test_bytes_that_two_results_share_stay_with_either(bench: Bench) -> None:
    """Files in one folder are kept or deleted one by one, even if two results share a picture."""
    bench.use(Portions(files=2))
    pictures = [Picture(f"ab{number:062x}", "png", 10, 10, 3) for number in range(7)]
    first, second = await bench.paid("first"), await bench.paid("second")
    for position, picture in enumerate(pictures):
        bench.place(picture, 2 * 3600)
        await bench.jobs.keep_picture(first, position, picture)
        if position % 2:
            await bench.jobs.keep_picture(second, position, picture)
        await SqlResults(bench.database, bench.clock).delete(PictureId(first, position), GROUP)
    await bench.housekeeping.prune()
    assert [await bench.blob_store.has(picture) for picture in pictures] == [bool(n % 2) for n in range(7)]
