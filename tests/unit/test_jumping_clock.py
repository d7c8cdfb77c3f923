"""A system clock that jumps back or years ahead neither hides nor deletes anything."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.clock import SystemClock
from core.models.image_request import Source
from core.models.job import Destination, Task
from core.models.spending import DAY_MS
from core.models.updates import AlbumPart, Update
from storage.albums import SqlAlbums
from storage.blob_store import FileBlobStore
from storage.database import Database
from storage.inbox import SqlInbox
from storage.jobs import SqlJobs
from storage.retention import Housekeeping
from tests.unit.stores import CHAT, HandClock, database_in, jobs_in, order

pytestmark = pytest.mark.usefixtures("each_database")

HOUR_MS = 3_600_000
YEARS_MS = 2 * 365 * DAY_MS


class Watches:
    """A wall clock that a test can set, and a monotonic clock."""

    def __init__(self) -> None:
        self.wall_ms = 1_700_000_000_000
        self.steady_ms = 5_000

    def pass_ms(self, passed: int) -> None:
        """Let time pass on both clocks."""
        self.wall_ms += passed
        self.steady_ms += passed

    def clock(self) -> SystemClock:
        """Return the clock of a new process."""
        return SystemClock(lambda: self.wall_ms * 1_000_000, lambda: self.steady_ms * 1_000_000)


@pytest.fixture
def watches() -> Watches:
    """Return the machine's clocks."""
    return Watches()


@pytest.mark.parametrize("jump_ms", [-HOUR_MS, YEARS_MS, -YEARS_MS])
def test_a_running_process_goes_on_by_what_passed(watches: Watches, jump_ms: int) -> None:
    """A running process's clock ignores jumps of the system clock, and reports their size."""
    clock = watches.clock()
    began = clock.now_ms()
    watches.wall_ms += jump_ms
    watches.pass_ms(7_000)
    assert clock.now_ms() == began + 7_000
    assert clock.jumped_ms() == jump_ms
    assert watches.clock().now_ms() == watches.wall_ms


class Keeping:
    """A retention service, started on existing data, with its own clocks."""

    def __init__(self, blob_store: FileBlobStore, database: Database, watches: Watches) -> None:
        self.watches = watches
        clock = watches.clock()
        self.inbox = SqlInbox(database, clock)
        self.keeper = Housekeeping(database, blob_store, clock, 1, clock.jumped_ms, lambda: watches.steady_ms / 1000)

    @classmethod
    async def started(cls, directory: Path, database: Database, watches: Watches) -> "Keeping":
        """Open the pictures in `directory`, and start."""
        blob_store = FileBlobStore(directory)
        await blob_store.open()
        return cls(blob_store, database, watches)


async def test_it_rests_for_a_day_after_a_jump(tmp_path: Path, database: Database, watches: Watches) -> None:
    """After a jump of the system clock, the cleanup rests for 24 hours of monotonic time and logs it."""
    keeping = await Keeping.started(tmp_path, database, watches)
    await keeping.keeper.begin()
    await keeping.inbox.store([Update(1, CHAT, "{}")])
    await keeping.inbox.done(1)
    watches.pass_ms(3 * DAY_MS)
    watches.wall_ms += 2 * HOUR_MS
    with capture_logs() as logs:
        await keeping.keeper.prune()
        watches.pass_ms(DAY_MS - HOUR_MS)
        await keeping.keeper.prune()
    assert [entry["event"] for entry in logs] == ["housekeeping_paused"]
    assert (await database.fetch("newest_row"))[0]["at"]
    watches.pass_ms(HOUR_MS)
    await keeping.keeper.prune()
    assert (await database.fetch("newest_row"))[0]["at"] is None


@pytest.mark.parametrize(("later_ms", "rests"), [(29 * DAY_MS, False), (31 * DAY_MS, True), (-2 * HOUR_MS, True)])
async def test_a_start_long_after_the_newest_row(
    tmp_path: Path, database: Database, watches: Watches, later_ms: int, rests: bool
) -> None:
    """If the newest row is over a month old or in the future, the cleanup rests for a day: the clock may be wrong."""
    await (await Keeping.started(tmp_path, database, watches)).inbox.store([Update(1, CHAT, "{}")])
    watches.wall_ms += later_ms
    with capture_logs() as logs:
        await (await Keeping.started(tmp_path, database, watches)).keeper.begin()
    assert [entry["event"] for entry in logs] == ["housekeeping_paused"] * rests


async def test_nothing_is_hidden_by_a_clock_that_was_set_back(tmp_path: Path, watches: Watches) -> None:
    """After the clock was set back, work that was due years ahead is due after the next start, and so are deadlines."""
    clock = HandClock(watches.wall_ms + YEARS_MS)
    async with jobs_in(tmp_path, clock) as jobs, database_in(tmp_path) as database:
        await _leave_behind(jobs, SqlInbox(database, clock), SqlAlbums(database, clock))
        await (await Keeping.started(tmp_path, database, watches)).keeper.begin()
        clock.now = watches.wall_ms
        assert len(await jobs.queued(9)) == 1
        assert len(await jobs.to_poll(9)) == 1
        assert len(await SqlInbox(database, clock).open(9)) == 1
        clock.now += 2_000
        assert len(await SqlAlbums(database, clock).complete(1_000)) == 1
        clock.now += 5 * HOUR_MS
        assert len(await jobs.expire(HOUR_MS)) == 1
        assert len(await jobs.overdue(HOUR_MS)) == 0  # a poll is due first


async def _leave_behind(jobs: SqlJobs, inbox: SqlInbox, albums: SqlAlbums) -> None:
    waiting, _ = await jobs.add(order("waiting"))
    await jobs.postpone(waiting.id, HOUR_MS)
    painting, _ = await jobs.add(order("painting"))
    await jobs.submitting(painting.id)
    await jobs.generating(painting.id, Task("task"), HOUR_MS)
    await inbox.store([Update(1, CHAT, "{}")])
    await inbox.retry(1, HOUR_MS, "Telegram was down")
    await albums.add(AlbumPart("a", Destination(CHAT, None, 5, "en"), "private", 1, Source("f", "u", 1), ""))


def test_a_clock_that_follows_another_one() -> None:
    """Among several processes, the database's clock counts, even if the own one is an hour off or is set meanwhile."""
    wall_ns, steady_ns = [1_000_000 * 10**9], [500 * 10**9]
    clock = SystemClock(lambda: wall_ns[0], lambda: steady_ns[0])
    asked_s = clock.steady_s()
    steady_ns[0] += 2 * 10**9  # so long it took to hear the answer
    clock.follow(1_003_600_000, asked_s)
    assert clock.now_ms() == 1_003_601_000
    wall_ns[0] += 7200 * 10**9
    steady_ns[0] += 10**9
    assert (clock.now_ms(), clock.wall_s(), clock.jumped_ms()) == (1_003_602_000, 1_003_602.0, 0)
