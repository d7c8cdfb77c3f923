"""The ledger, case by case; its sums under any story are told in test_ledger_story.py."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.delivery.language import language
from bot.domain.budget import DAY_MS, MAX_GRANT, Limits, OverBudget, Scope, TooManyJobs
from bot.domain.errors import Failure
from bot.domain.job import Address, Job, NewJob, State
from bot.domain.request import Request
from storage.chats import StoredChats
from storage.database import Database
from storage.jobs import StoredJobs
from storage.ledger import StoredLedger
from tests.unit.stores import HandClock, database_in

PERSON, GROUP = 1, -10
LIMITS = Limits(price=6, person_daily=24, chat_daily=60)


@dataclass
class Bench:
    """One connection, with what the tests ask."""

    database: Database
    clock: HandClock
    jobs: StoredJobs
    ledger: StoredLedger

    async def order(
        self, origin: str, variants: int = 1, limits: Limits | None = LIMITS, asked_by: int = PERSON
    ) -> Job:
        """Order in the group."""
        job, _ = await self.jobs.add(_order(origin, variants, asked_by), limits)
        return job

    async def left(self, scope_id: int = PERSON, daily: int = 24) -> int | None:
        """What is left."""
        return (await self.ledger.balance(scope_id, daily)).left


def _order(origin: str, variants: int = 1, asked_by: int = PERSON) -> NewJob:
    return NewJob(origin, Address(GROUP), asked_by, Request("a red fox", variants=variants))


def _urls(count: int) -> list[str]:
    return [f"https://pictures.example/{number}.png" for number in range(count)]


def _bench(database: Database, clock: HandClock) -> Bench:
    return Bench(database, clock, StoredJobs(database, clock), StoredLedger(database, clock))


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """A new database with a group."""
    clock = HandClock()
    async with database_in(tmp_path) as database:
        await StoredChats(database, clock).seen(GROUP, "group")
        yield _bench(database, clock)


@pytest.mark.parametrize(
    ("outcome", "spent"), [(_urls(4), 24), (_urls(3), 18), (_urls(5), 24), (Failure.POLICY, 0)], ids=str
)
async def test_what_came_back_is_paid(bench: Bench, outcome: list[str] | Failure, spent: int) -> None:
    """Three pictures of four cost three, a failure costs nothing, and more than was ordered costs no more."""
    job = await bench.order("one", 4)
    assert await bench.left() == 0
    assert await bench.jobs.settle(job.id, outcome)
    balance = await bench.ledger.balance(PERSON, 24)
    assert (balance.reserved, balance.spent, balance.left) == (0, spent, 24 - spent)
    assert await bench.ledger.spent_today() == spent


async def test_the_price_is_that_of_the_order(bench: Bench) -> None:
    """A price that changes meanwhile changes nothing for an order under way."""
    job = await bench.order("old price", 2, replace(LIMITS, price=5))
    await bench.order("new price", 1, replace(LIMITS, price=7))
    await bench.jobs.settle(job.id, _urls(2))
    balance = await bench.ledger.balance(PERSON, 24)
    assert (balance.spent, balance.reserved) == (10, 7)


async def test_without_limits_everything_is_taken(bench: Bench) -> None:
    """No limits mean no checks, no price and no extra credits used."""
    await bench.ledger.grant(PERSON, 5, 9, "grant")
    for number in range(20):
        await bench.order(f"order {number}", 4, None)
    await bench.order("priced", 4, Limits(price=100))
    balance = await bench.ledger.balance(PERSON, None)
    assert (balance.daily, balance.reserved, balance.extra, balance.left) == (None, 400, 5, None)


async def test_extra_credits_come_after_the_daily_ones(bench: Bench) -> None:
    """They are taken when the day's are used up, come back first, and outlast the day."""
    await bench.ledger.grant(PERSON, 30, 9, "grant")
    await bench.order("the day's", 4)
    job = await bench.order("extra ones", 4)
    assert (await bench.ledger.balance(PERSON, 24)).extra == 6
    await bench.jobs.settle(job.id, _urls(1))
    assert (await bench.ledger.balance(PERSON, 24)).extra == 24
    bench.clock.now += DAY_MS
    assert await bench.left() == 48


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
    """One credit short in any scope is a refusal that says whose budget it is, and nothing is stored."""
    with pytest.raises(OverBudget) as refusal:
        await bench.order("too dear", 4, limits)
    midnight = (bench.clock.now // DAY_MS + 1) * DAY_MS
    error = refusal.value
    assert (error.scope, error.needed, error.left, error.returns_at_ms) == (scope, 24, left, midnight)
    assert "24 credits" in language("en").render(error.reply)
    assert (await bench.ledger.balance(PERSON, 24)).left == 24


async def test_a_refusal_says_when_credits_come_back(bench: Bench) -> None:
    """The wait until midnight is told where it helps, and not where a whole day's credits are too few."""
    with pytest.raises(OverBudget) as dear:
        await bench.order("dear", 4, Limits(6, person_daily=12))
    assert "whole day" in language("en").render(dear.value.reply)
    await bench.order("all", 4)
    with pytest.raises(OverBudget) as later:
        await bench.order("one more", 1)
    wait = timedelta(milliseconds=later.value.returns_at_ms - bench.clock.now)
    assert f"{wait}"[:4] in language("en").render(later.value.reply)


async def test_only_so_many_at_once(bench: Bench) -> None:
    """A person's orders under way are counted until their outcome is known; others have their own count."""
    limits = Limits(max_jobs=2)
    first, _ = await bench.order("one", 1, limits), await bench.order("two", 1, limits)
    with pytest.raises(TooManyJobs):
        await bench.order("three", 1, limits)
    await bench.order("somebody else's", 1, limits, asked_by=2)
    await bench.jobs.settle(first.id, Failure.POLICY)
    assert (await bench.order("three again", 1, limits)).state is State.QUEUED


async def test_a_chat_that_asks_does_not_spend_its_grant_twice(bench: Bench) -> None:
    """An anonymous admin asks in the group's name: what was granted to the group pays for it once, as the group's."""
    await bench.ledger.grant(GROUP, 24, 9, "grant")
    limits = Limits(6, person_daily=24, chat_daily=0)
    await bench.order("anonymous", 4, limits, asked_by=GROUP)
    assert await bench.left(GROUP, 0) == 0
    bench.clock.now += DAY_MS
    with pytest.raises(OverBudget):
        await bench.order("anonymous again", 1, limits, asked_by=GROUP)
    with pytest.raises(OverBudget):
        await bench.order("no grant of a person", 1, Limits(6, person_daily=0), asked_by=GROUP)


async def test_what_can_not_be_granted(bench: Bench) -> None:
    """Nothing, too much, and what is no id are refused; the most that is permitted is not."""
    for scope_id, amount in [(PERSON, 0), (PERSON, MAX_GRANT + 1), (PERSON, -MAX_GRANT - 1), (0, 5), (1 << 60, 5)]:
        with pytest.raises(ValueError, match="no such"):
            await bench.ledger.grant(scope_id, amount, 9, f"{scope_id} {amount}")
    assert await bench.ledger.grant(PERSON, MAX_GRANT, 9, "most") == MAX_GRANT
    assert await bench.ledger.grant(PERSON, -MAX_GRANT, 9, "least") == 0


async def test_taking_away_reaches_only_what_is_left(bench: Bench) -> None:
    """A grant below 0 takes what no order has taken, and its replay takes nothing of later grants."""
    await bench.ledger.grant(PERSON, 10, 9, "given")
    job = await bench.order("half of it", 1, Limits(6, person_daily=0))
    assert await bench.ledger.grant(PERSON, -100, 9, "taken") == 0
    await bench.jobs.settle(job.id, Failure.POLICY)
    assert await bench.ledger.grant(PERSON, -100, 9, "taken") == 6
    assert await bench.ledger.grant(PERSON, 1, 9, "given") == 6


async def test_a_lowered_allowance_leaves_nothing_and_not_less(bench: Bench) -> None:
    """Where more is used than the new allowance, nothing is left but the extra credits."""
    await bench.order("four", 4)
    await bench.ledger.grant(PERSON, 6, 9, "grant")
    assert await bench.left(PERSON, 10) == 6


async def test_the_last_credits_are_won_once(bench: Bench, tmp_path: Path) -> None:
    """Of many orders at the same moment, over two connections, exactly as many are taken as there are credits for."""
    async with database_in(tmp_path) as other:
        benches = (bench, _bench(other, bench.clock))
        orders = (benches[n % 2].order(f"order {n}", 2) for n in range(8))
        answers = await asyncio.gather(*orders, return_exceptions=True)
    assert [type(answer) for answer in answers].count(Job) == 2
    assert [type(answer) for answer in answers].count(OverBudget) == 6
    assert await bench.left() == 0


@pytest.mark.parametrize("moment", range(0, 40, 3))
async def test_an_order_cut_off_anywhere_is_whole_or_not_there(bench: Bench, moment: int) -> None:
    """A task cancelled at any moment leaves an order with its money or neither, and a replay makes it whole."""
    task = asyncio.create_task(bench.order("cut off", 2))
    for _ in range(moment):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await bench.left() == 24 - 12 * len(await bench.jobs.queued(9))
    await bench.order("cut off", 2)
    assert await bench.left() == 12
