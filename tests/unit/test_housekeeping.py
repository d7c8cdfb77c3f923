"""Pruning takes away what is old, and gives nothing back."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.domain.budget import DAY_MS, Limits
from bot.domain.errors import StorageError
from bot.domain.job import Address, NewJob
from bot.domain.office import NewBroadcast
from bot.domain.request import Request
from storage.broadcasts import StoredBroadcasts
from storage.chats import StoredChats
from storage.database import Database
from storage.gallery import StoredGallery
from storage.housekeeping import Housekeeping
from storage.jobs import StoredJobs
from storage.ledger import StoredLedger
from tests.unit.stores import HandClock, database_in

PERSON, GROUP, MOVED = 1, -10, -20
LIMITS = Limits(price=6, person_daily=6, chat_daily=0)


@dataclass
class Bench:
    """What the tests ask."""

    database: Database
    clock: HandClock
    jobs: StoredJobs
    ledger: StoredLedger
    housekeeping: Housekeeping

    async def paid(self, origin: str, chat_id: int = GROUP) -> str:
        """Make an order of two pictures, delivered, paid half by the day and half by the person's extra credits."""
        new = NewJob(origin, Address(chat_id), PERSON, Request("a fox", variants=2))
        job, _ = await self.jobs.add(new, LIMITS)
        await self.jobs.settle(job.id, ["https://pictures.example/1.png", "https://pictures.example/2.png"])
        await self.jobs.delivered(job.id)
        return job.id

    async def prune_after(self, days: int) -> None:
        """Let time pass first."""
        self.clock.now += days * DAY_MS
        await self.housekeeping.prune()

    async def extras(self, chat_id: int = GROUP) -> tuple[int, int]:
        """The extra credits of the person and of the chat."""
        balances = [await self.ledger.balance(scope_id, 0) for scope_id in (PERSON, chat_id)]
        return balances[0].extra, balances[1].extra


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """Credits for many orders, kept for two days."""
    clock = HandClock()
    gallery = StoredGallery(tmp_path)
    gallery.open()
    async with database_in(tmp_path) as database:
        await StoredChats(database, clock).seen(GROUP, "group")
        ledger = StoredLedger(database, clock)
        await ledger.grant(PERSON, 100, 9, "to the person")
        await ledger.grant(GROUP, 100, 9, "to the group")
        yield Bench(database, clock, StoredJobs(database, clock), ledger, Housekeeping(database, gallery, clock, 2))


async def test_time_gives_no_credits_back(bench: Bench) -> None:
    """Orders that are pruned, in however many rounds, stay paid by whom they were paid."""
    for number in range(1, 4):
        job_id = await bench.paid(f"order {number}")
        await bench.prune_after(3)
        assert await bench.jobs.get(job_id) is None
        assert await bench.extras() == (100 - 6 * number, 100 - 12 * number)
    await bench.housekeeping.prune()
    assert await bench.extras() == (82, 64)


async def test_a_paid_order_that_was_cancelled_stays_paid(bench: Bench) -> None:
    """Nor is there a way around it through a chat that is gone before the pictures are shown."""
    job, _ = await bench.jobs.add(NewJob("unseen", Address(GROUP), PERSON, Request("a fox", variants=2)), LIMITS)
    await bench.jobs.settle(job.id, ["https://pictures.example/1.png"])
    await StoredChats(bench.database, bench.clock).gone(GROUP)
    await bench.prune_after(3)
    assert await bench.jobs.get(job.id) is None
    assert await bench.extras() == (100, 94)


async def test_what_is_young_or_open_stays(bench: Bench) -> None:
    """An order goes when it ended long enough ago, however old it is."""
    old, _ = await bench.jobs.add(NewJob("open", Address(GROUP), PERSON, Request("a fox")))
    await bench.prune_after(5)
    young = await bench.paid("young")
    await bench.prune_after(1)
    assert await bench.jobs.get(old.id)
    assert await bench.jobs.get(young)
    assert await bench.extras() == (94, 88)


async def test_a_moved_group_keeps_what_it_has(bench: Bench) -> None:
    """Grants, and what pruned and unpruned orders took of them, belong to the supergroup from then on."""
    await bench.paid("pruned")
    await bench.prune_after(3)
    await bench.paid("there still")
    await StoredChats(bench.database, bench.clock).moved(GROUP, MOVED)
    assert await bench.extras(MOVED) == (88, 76)
    assert await bench.extras(GROUP) == (88, 0)
    await bench.paid("in the supergroup", MOVED)
    await bench.prune_after(3)
    assert await bench.extras(MOVED) == (76, 64)


async def test_announcements_go_when_they_are_over(bench: Bench) -> None:
    """What was sent to whom is dropped in time, and what was never begun; what still runs stays."""
    broadcasts = StoredBroadcasts(bench.database, bench.clock)
    running, over, asked = [await broadcasts.add(NewBroadcast(f"{n}", Address(9), "Hello")) for n in range(3)]
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
    """What orders took is written down and the orders are deleted together, or neither is."""
    job_id = await bench.paid("order")
    await bench.database.fetch(
        "keep_picture", job_id=job_id, position=0, sha256="", format="", width=1, height=1, size=1
    )
    monkeypatch.setattr("storage.housekeeping._PRUNED", ("prune_jobs",))
    with pytest.raises(StorageError, match="prune_jobs"):
        await bench.prune_after(3)
    assert await bench.jobs.get(job_id)
    assert await bench.extras() == (94, 88)
