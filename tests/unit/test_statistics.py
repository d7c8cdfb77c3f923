"""Statistics list every day, and count every job once."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Failure
from core.models.image_request import Request
from core.models.job import Destination, NewJob
from core.models.spending import Limits
from core.models.statistics import ChatUse, Day, Statistics
from storage.chats import SqlChats
from storage.jobs import SqlJobs
from storage.statistics import SqlAccounts
from tests.unit.stores import HandClock, database_in

DAY_MS = 86_400_000
NOON = 20_000 * DAY_MS + DAY_MS // 2  # 2024-10-04
ADA, BEN, GROUP = 1001, 1002, -500


async def _order(jobs: SqlJobs, idempotency_key: str, person: int, chat_id: int, outcome: int | Failure | None) -> None:
    new = NewJob(idempotency_key, Destination(chat_id, None, 1, "en"), person, Request("a fox", variants=4))
    job, _ = await jobs.add(new, Limits(price=6))
    if outcome is not None:
        await jobs.settle(job.id, outcome if isinstance(outcome, Failure) else ["https://x"] * outcome)


async def test_every_order_counts_on_its_day(each_database: None, tmp_path: Path) -> None:
    """Jobs, failures and credits count for the job's day; days without jobs are listed, older ones are not."""
    clock = HandClock(NOON)
    async with database_in(tmp_path) as database:
        jobs, chats = SqlJobs(database, clock), SqlChats(database, clock)
        for chat_id in (ADA, BEN, GROUP):
            await chats.seen(chat_id, "private")
        clock.now = NOON - 3 * DAY_MS
        await _order(jobs, "too old", BEN, BEN, 1)
        clock.now = NOON - 2 * DAY_MS - DAY_MS // 2  # the first moment of the day
        await _order(jobs, "a", ADA, GROUP, 1)
        await _order(jobs, "b", BEN, GROUP, Failure.POLICY)
        await _order(jobs, "no yes", BEN, GROUP, Failure.UNCONFIRMED)
        clock.now = NOON
        await _order(jobs, "c", ADA, ADA, 3)
        await _order(jobs, "d", ADA, GROUP, None)
        assert await SqlAccounts(database, clock).statistics(3) == Statistics(
            days=(
                Day(date(2024, 10, 2), jobs=3, failures=1, credits=6),
                Day(date(2024, 10, 3)),
                Day(date(2024, 10, 4), jobs=2, failures=0, credits=18),
            ),
            people=2,
            chats=2,
            busiest=(ChatUse(GROUP, 4, 6), ChatUse(ADA, 1, 18)),
        )


async def test_the_busiest_chats_come_first_and_are_few(each_database: None, tmp_path: Path) -> None:
    """Statistics list at most five chats, those with the most jobs first."""
    clock = HandClock(NOON)
    async with database_in(tmp_path) as database:
        jobs, chats = SqlJobs(database, clock), SqlChats(database, clock)
        for chat_id in range(1, 8):
            await chats.seen(chat_id, "private")
            for number in range(chat_id):
                await _order(jobs, f"{chat_id} {number}", chat_id, chat_id, None)
        statistics = await SqlAccounts(database, clock).statistics(1)
    assert [(use.chat_id, use.jobs) for use in statistics.busiest] == [(7, 7), (6, 6), (5, 5), (4, 4), (3, 3)]
    assert (statistics.people, statistics.chats, statistics.jobs) == (7, 7, 28)


async def test_a_new_bot_has_empty_days(each_database: None, tmp_path: Path) -> None:
    """A new bot's statistics are zero."""
    async with database_in(tmp_path) as database:
        statistics = await SqlAccounts(database, HandClock(NOON)).statistics(14)
    assert len(statistics.days) == 14
    assert statistics.days[-1].date == date(2024, 10, 4)
    assert (statistics.jobs, statistics.failures, statistics.credits, statistics.people) == (0, 0, 0, 0)
    assert statistics.busiest == ()


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4), st.integers(1, 4), st.integers(0, 3)), max_size=30))
@settings(max_examples=20, deadline=None)
async def test_days_that_have_ended_are_remembered_as_they_are(steps: list[tuple[int, int, int, int]]) -> None:
    """Asking again and again, while days pass and old jobs end, gives the same as a new count."""
    clock = HandClock(NOON)
    with TemporaryDirectory() as directory:
        async with database_in(Path(directory)) as database:
            jobs, chats = SqlJobs(database, clock), SqlChats(database, clock)
            for chat_id in range(1, 5):
                await chats.seen(chat_id, "private")
            accounts, open_jobs = SqlAccounts(database, clock), list[str]()
            for number, (days, person, chat_id, outcome) in enumerate(steps):
                clock.now += days * DAY_MS // 2
                new = NewJob(str(number), Destination(chat_id, None, 1, "en"), person, Request("a fox"))
                open_jobs.append((await jobs.add(new, Limits(price=6)))[0].id)
                if outcome > 1:
                    ended = open_jobs.pop(0)
                    await jobs.settle(ended, ["https://x"] if outcome == 2 else Failure.POLICY)
                    await jobs.delivered(ended)
                if number % 5 == 0:
                    await accounts.count_ahead(3)
                for span in (1, 3, 7):
                    fresh = await SqlAccounts(database, clock).statistics(span)
                    assert await accounts.statistics(span) == fresh
