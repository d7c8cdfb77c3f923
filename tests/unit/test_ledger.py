"""The ledger, case by case; test_ledger_story.py checks its sums under random events."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from bot.telegram.i18n import language
from core.errors import Failure
from core.models.image_request import Request
from core.models.job import Destination, Job, NewJob, State, Task
from core.models.spending import DAY_MS, MAX_GRANT, Limits, OverBudget, Scope, TooManyJobs, TooManyPrices
from storage.chats import SqlChats
from storage.database import Database
from storage.jobs import SqlJobs
from storage.ledger import SqlLedger
from storage.postgresql import PostgresDatabase
from tests.unit.stores import HandClock, database_in

pytestmark = pytest.mark.usefixtures("each_database")

PERSON, GROUP, CHANNEL = 1, -10, -77
LIMITS = Limits(price=6, person_daily=24, chat_daily=60)


@dataclass
class Bench:
    """The stores of a database, with helpers."""

    database: Database
    clock: HandClock
    jobs: SqlJobs
    ledger: SqlLedger
    chats: SqlChats

    async def order(
        self, idempotency_key: str, variants: int = 1, limits: Limits | None = LIMITS, requester_id: int = PERSON
    ) -> Job:
        """Add a job in the group."""
        job, _ = await self.jobs.add(_order(idempotency_key, variants, requester_id), limits)
        return job

    async def left(self, scope_id: int = PERSON, daily: int = 24) -> int | None:
        """Return the credits that are left."""
        return (await self.ledger.balance(scope_id, daily)).left


def _order(idempotency_key: str, variants: int = 1, requester_id: int = PERSON) -> NewJob:
    return NewJob(idempotency_key, Destination(GROUP), requester_id, Request("a red fox", variants=variants))


def _urls(count: int) -> list[str]:
    return [f"https://pictures.example/{number}.png" for number in range(count)]


async def _each(*steps: Awaitable[object]) -> None:
    for step in steps:
        await step


def _bench(database: Database, clock: HandClock) -> Bench:
    stores = SqlJobs(database, clock), SqlLedger(database, clock), SqlChats(database, clock)
    return Bench(database, clock, *stores)


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """Open a new database with a group."""
    clock = HandClock()
    async with database_in(tmp_path) as database:
        opened = _bench(database, clock)
        await opened.chats.seen(GROUP, "group")
        yield opened


@pytest.mark.parametrize(
    ("outcome", "spent"), [(_urls(4), 24), (_urls(3), 18), (_urls(5), 24), (Failure.POLICY, 0)], ids=str
)
async def test_what_came_back_is_paid(bench: Bench, outcome: list[str] | Failure, spent: int) -> None:
    """A job pays for each delivered picture up to the ordered number, and a failed job pays nothing."""
    job = await bench.order("one", 4)
    assert await bench.left() == 0
    assert await bench.jobs.settle(job.id, outcome)
    balance = await bench.ledger.balance(PERSON, 24)
    assert (balance.reserved, balance.spent, balance.left) == (0, spent, 24 - spent)
    assert await bench.ledger.spent_today() == spent


async def test_the_price_is_that_of_the_order(bench: Bench) -> None:
    """A changed price doesn't affect jobs that were already added."""
    job = await bench.order("old price", 2, replace(LIMITS, price=5))
    await bench.order("new price", 1, replace(LIMITS, price=7))
    await bench.jobs.settle(job.id, _urls(2))
    balance = await bench.ledger.balance(PERSON, 24)
    assert (balance.spent, balance.reserved) == (10, 7)


async def test_without_limits_everything_is_taken(bench: Bench) -> None:
    """Without limits, nothing is checked and no extra credits are used."""
    await bench.ledger.grant(PERSON, 5, 9, "grant")
    for number in range(20):
        await bench.order(f"order {number}", 4, None)
    await bench.order("priced", 4, Limits(price=100))
    balance = await bench.ledger.balance(PERSON, None)
    assert (balance.daily, balance.reserved, balance.extra, balance.left) == (None, 400, 5, None)


async def test_extra_credits_come_after_the_daily_ones(bench: Bench) -> None:
    """Extra credits are used after the daily allowance, are returned first, and outlast the day."""
    await bench.ledger.grant(PERSON, 30, 9, "grant")
    await bench.order("the day's", 4)
    job = await bench.order("extra ones", 4)
    assert (await bench.ledger.balance(PERSON, 24)).extra == 6
    await bench.jobs.settle(job.id, _urls(1))
    assert (await bench.ledger.balance(PERSON, 24)).extra == 24
    bench.clock.now += DAY_MS
    assert await bench.left() == 48


ENDS: dict[str, tuple[Callable[[Bench, str], Coroutine[Any, Any, object]], int]] = {
    "nothing": (lambda bench, job: bench.jobs.get(job), 24),
    "called off": (lambda bench, job: bench.jobs.cancel_queued(job), 0),
    "cancelled": (lambda bench, job: bench.jobs.cancelled(job), 0),
    "chat gone": (lambda bench, job: bench.chats.gone(GROUP), 0),
    "expired": (lambda bench, job: bench.jobs.expire(0, Failure.BUSY), 0),
    "tried again": (lambda bench, job: _each(bench.jobs.submitting(job), bench.jobs.requeue(job, 0)), 24),
    "ordered again": (
        lambda bench, job: _each(
            bench.jobs.submitting(job), bench.jobs.generating(job, Task("task"), 0), bench.jobs.resubmit(job)
        ),
        24,
    ),
    "paid, cancelled": (lambda bench, job: _each(bench.jobs.settle(job, _urls(3)), bench.jobs.cancelled(job)), 18),
    "paid, chat gone": (lambda bench, job: _each(bench.jobs.settle(job, _urls(3)), bench.chats.gone(GROUP)), 18),
}
"""The ways in which a job of 24 credits may end, and how many credits stay used."""


@pytest.mark.parametrize(("end", "taken"), ENDS.values(), ids=ENDS)
async def test_the_extra_credits_of_both_come_back(
    bench: Bench, end: Callable[[Bench, str], Coroutine[Any, Any, object]], taken: int
) -> None:
    """However a job ends, the unspent credits return to the person and to the chat."""
    for scope_id in (PERSON, GROUP):
        await bench.ledger.grant(scope_id, 24, 9, f"grant of {scope_id}")
    job = await bench.order("order", 4, Limits(6, person_daily=10, chat_daily=8))
    await end(bench, job.id)
    for scope_id, daily in ((PERSON, 10), (GROUP, 8)):
        balance = await bench.ledger.balance(scope_id, daily)
        assert (balance.reserved + balance.spent, balance.left) == (taken, daily + 24 - taken)
        assert balance.extra == 24 - max(taken - daily, 0)


async def test_a_day_is_one_of_utc(bench: Bench) -> None:
    """A job counts for one UTC day, from its first millisecond to its last."""
    bench.clock.now = bench.clock.now // DAY_MS * DAY_MS
    job = await bench.order("at midnight", 4)
    await bench.jobs.settle(job.id, _urls(4))
    for moment, spent in ((0, 24), (DAY_MS - 1, 24), (1, 0)):
        bench.clock.now += moment
        balances = [await bench.ledger.balance(PERSON, 24), await bench.ledger.balance(GROUP, 60)]
        assert [balance.spent for balance in balances] == [spent, spent]
        assert await bench.ledger.spent_today() == spent


async def test_in_private_only_the_person_pays(bench: Bench) -> None:
    """A private chat has no chat limit."""
    await bench.chats.seen(PERSON, "private")
    new = NewJob("private", Destination(PERSON), PERSON, Request("a red fox"))
    job, _ = await bench.jobs.add(new, Limits(6, person_daily=6, chat_daily=0))
    assert job.state is State.QUEUED


@pytest.mark.parametrize(
    ("limits", "scope", "left"),
    [
        (Limits(6, person_daily=23), Scope.PERSON, 23),
        (Limits(6, person_daily=24, chat_daily=23), Scope.CHAT, 23),
        (Limits(6, chat_daily=24, daily=0), Scope.BOT, 0),
    ],
    ids=str,
)
async def test_each_limit_refuses_by_itself(bench: Bench, limits: Limits, scope: Scope, left: int) -> None:
    """Each limit refuses a job that is one credit too expensive, names its scope, and stores nothing."""
    with pytest.raises(OverBudget) as refusal:
        await bench.order("too dear", 4, limits)
    midnight = (bench.clock.now // DAY_MS + 1) * DAY_MS
    error = refusal.value
    assert (error.scope, error.needed, error.left, error.returns_at_ms) == (scope, 24, left, midnight)
    assert "Nothing was charged" in language("en").render(error.reply)
    assert (await bench.ledger.balance(PERSON, 24)).left == 24


async def test_a_refusal_says_when_credits_come_back(bench: Bench) -> None:
    """A refusal says how long until midnight, unless a whole day has too few."""
    with pytest.raises(OverBudget) as dear:
        await bench.order("dear", 4, Limits(6, person_daily=12))
    assert "whole day" in language("en").render(dear.value.reply)
    await bench.order("all", 4)
    with pytest.raises(OverBudget) as later:
        await bench.order("one more", 1)
    assert "at 00:00 UTC (in 1 hour 47 minutes)." in language("en").render(later.value.reply)


async def test_only_so_many_at_once(bench: Bench) -> None:
    """A person's open jobs are limited until their outcome is known; others have their own count."""
    limits = Limits(max_jobs=2)
    first, _ = await bench.order("one", 1, limits), await bench.order("two", 1, limits)
    with pytest.raises(TooManyJobs):
        await bench.order("three", 1, limits)
    with pytest.raises(TooManyJobs):
        await bench.order("none at all", 1, Limits(max_jobs=0), requester_id=3)
    await bench.order("somebody else's", 1, limits, requester_id=2)
    await bench.jobs.settle(first.id, Failure.POLICY)
    assert (await bench.order("three again", 1, limits)).state is State.QUEUED


async def test_names_spend_what_the_group_has(bench: Bench) -> None:
    """A requester who speaks as the chat or a channel spends the group's credits, and has none of their own."""
    await bench.ledger.grant(GROUP, 12, 9, "grant")
    await bench.ledger.grant(CHANNEL, 100, 9, "of no use")
    limits = Limits(6, chat_daily=12)
    await bench.order("anonymous", 2, limits, requester_id=GROUP)
    await bench.order("a channel", 2, limits, requester_id=CHANNEL)
    assert await bench.left(GROUP, 12) == 0
    with pytest.raises(OverBudget) as refusal:
        await bench.order("another channel", 1, limits, requester_id=CHANNEL - 1)
    assert refusal.value.scope is Scope.CHAT


async def test_names_in_a_group_without_a_limit(bench: Bench) -> None:
    """In a group without a limit, all channels and anonymous admins together have one person's allowance."""
    limits = Limits(6, person_daily=12, names_daily=12)
    await bench.order("anonymous", 1, limits, requester_id=GROUP)
    await bench.order("a channel", 1, limits, requester_id=CHANNEL)
    with pytest.raises(OverBudget) as refusal:
        await bench.order("another channel", 1, limits, requester_id=CHANNEL - 1)
    assert refusal.value.scope is Scope.NAMES
    assert "This chat has no pictures left." in language("en").render(refusal.value.reply)
    await bench.order("a person", 2, limits)


@pytest.mark.parametrize(("left", "says"), [(23, "Two pictures"), (12, "Two pictures"), (11, "One picture"), (5, "")])
async def test_a_refusal_says_what_fits(bench: Bench, left: int, says: str) -> None:
    """A refusal says how many pictures all limits would allow."""
    with pytest.raises(OverBudget) as refusal:
        await bench.order("dear", 4, Limits(6, person_daily=23, daily=left))
    words = language("en").render(refusal.value.reply)
    assert says in words if says else "would fit" not in words


async def test_the_tightest_limit(bench: Bench) -> None:
    """The limit with the least left is found, with extra credits; without limits there is none."""
    await bench.ledger.grant(PERSON, 5, 9, "grant")
    for limits, expected in (
        (Limits(6), None),
        (Limits(6, person_daily=24, chat_daily=30), (Scope.PERSON, 29)),
        (Limits(6, person_daily=24, chat_daily=28, daily=100), (Scope.CHAT, 28)),
        (Limits(6, person_daily=24, daily=0), (Scope.BOT, 0)),
    ):
        tightest = await bench.ledger.tightest(PERSON, GROUP, limits)
        assert (tightest and (tightest.scope, tightest.left)) == expected


async def test_a_yes_to_fewer(bench: Bench) -> None:
    """A yes to fewer pictures changes the order and sets only their cost aside; a second yes changes nothing."""
    new = replace(_order("held", 2), needs_confirmation=True, wanted=4)
    job, _ = await bench.jobs.add(new, LIMITS)
    assert job.wanted == 4
    assert await bench.jobs.release(job.id, LIMITS, 1)
    assert not await bench.jobs.release(job.id, LIMITS, 2)
    now = await bench.jobs.get(job.id)
    assert now
    assert now.request == replace(job.request, variants=1)
    assert await bench.left() == 18


async def test_so_many_prices_at_once(bench: Bench) -> None:
    """The number of a person's unanswered prices is limited."""
    for number in range(10):
        await bench.jobs.add(replace(_order(f"held {number}", 4), needs_confirmation=True), Limits(6))
    with pytest.raises(TooManyPrices):
        await bench.jobs.add(replace(_order("one more", 4), needs_confirmation=True), Limits(6))


async def test_a_yes_the_day_after(bench: Bench) -> None:
    """Confirming a job after midnight counts for the day of the confirmation, at the price that was shown."""
    job, _ = await bench.jobs.add(replace(_order("held", 4), needs_confirmation=True), LIMITS)
    assert await bench.left() == 24
    bench.clock.now += DAY_MS
    assert await bench.jobs.release(job.id, replace(LIMITS, price=1))
    assert await bench.left() == 0
    await bench.jobs.settle(job.id, _urls(4))
    assert (await bench.ledger.balance(PERSON, 24)).spent == 24
    bench.clock.now += DAY_MS
    assert await bench.left() == 24


async def test_a_yes_that_no_longer_fits(bench: Bench) -> None:
    """A confirmation that no longer fits is refused, and the job keeps waiting."""
    job, _ = await bench.jobs.add(replace(_order("held", 4), needs_confirmation=True), LIMITS)
    await bench.order("meanwhile", 2)
    with pytest.raises(OverBudget) as refusal:
        await bench.jobs.release(job.id, LIMITS)
    assert "Two pictures would fit" in language("en").render(refusal.value.reply)
    bench.clock.now += DAY_MS
    assert await bench.jobs.release(job.id, LIMITS)


async def test_what_can_not_be_granted(bench: Bench) -> None:
    """A grant of 0, of too many credits or to an invalid ID is refused; the maximum is accepted."""
    for scope_id, amount in [(PERSON, 0), (PERSON, MAX_GRANT + 1), (PERSON, -MAX_GRANT - 1), (0, 5), (1 << 60, 5)]:
        with pytest.raises(ValueError, match="no such"):
            await bench.ledger.grant(scope_id, amount, 9, f"{scope_id} {amount}")
    assert await bench.ledger.grant(PERSON, MAX_GRANT, 9, "most") == MAX_GRANT
    assert await bench.ledger.grant(PERSON, -MAX_GRANT, 9, "least") == 0


async def test_taking_away_reaches_only_what_is_left(bench: Bench) -> None:
    """A negative grant takes only unused credits, and its replay takes nothing of later grants."""
    await bench.ledger.grant(PERSON, 10, 9, "given")
    job = await bench.order("half of it", 1, Limits(6, person_daily=0))
    assert await bench.ledger.grant(PERSON, -100, 9, "taken") == 0
    await bench.jobs.settle(job.id, Failure.POLICY)
    assert await bench.ledger.grant(PERSON, -100, 9, "taken") == 6
    assert await bench.ledger.grant(PERSON, 1, 9, "given") == 6


async def test_a_lowered_allowance_leaves_nothing_and_not_less(bench: Bench) -> None:
    """If more is used than a lowered allowance, only the extra credits are left."""
    await bench.order("four", 4)
    await bench.ledger.grant(PERSON, 6, 9, "grant")
    assert await bench.left(PERSON, 10) == 6


async def test_the_last_credits_are_won_once(bench: Bench, tmp_path: Path) -> None:
    """Of many concurrent jobs over two connections, exactly as many are added as there are credits for."""
    async with database_in(tmp_path) as other:
        benches = (bench, _bench(other, bench.clock))
        orders = (benches[n % 2].order(f"order {n}", 2) for n in range(8))
        answers = await asyncio.gather(*orders, return_exceptions=True)
    assert [type(answer) for answer in answers].count(Job) == 2
    assert [type(answer) for answer in answers].count(OverBudget) == 6
    assert await bench.left() == 0


@pytest.mark.parametrize("moment", range(0, 40, 3))
async def test_an_order_cut_off_anywhere_is_whole_or_not_there(bench: Bench, moment: int) -> None:
    """A job whose task is canceled at any moment is stored with its credits or not at all; a replay completes it."""
    task = asyncio.create_task(bench.order("cut off", 2))
    for _ in range(moment):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    if isinstance(bench.database, PostgresDatabase):
        await asyncio.gather(*bench.database._lasting)
    assert await bench.left() == 24 - 12 * len(await bench.jobs.queued(9))
    await bench.order("cut off", 2)
    assert await bench.left() == 12
