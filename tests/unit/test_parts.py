"""Orders of several tasks: each part goes its own way, and the order gets its outcome and its money from them."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Failure
from core.models.image_request import Request
from core.models.job import Destination, Gathered, Job, NewJob, State, Task, TaskNotification
from core.models.spending import Limits
from storage.chats import SqlChats
from storage.database import Database
from storage.jobs import SqlJobs
from storage.ledger import SqlLedger
from storage.parts import SqlParts
from storage.serialization import load_job
from tests.unit.stores import HandClock, database_in

PERSON, PRICE, DAILY = 7, 6, 100
PATIENCE_MS, WAIT_MS, DEADLINE_MS = 90_000, 10_000, 900_000


@dataclass
class Bench:
    """The stores, and a clock that the test turns."""

    db: Database
    clock: HandClock
    jobs: SqlJobs
    parts: SqlParts
    ledger: SqlLedger

    async def order(self, pictures: int = 4, extra: int = 0, daily: int = DAILY) -> Job:
        """Store an order of several pictures and split it."""
        if extra:
            await self.ledger.grant(PERSON, extra, 1, "grant")
        new = NewJob("order", Destination(PERSON, None, 7), PERSON, Request("foxes", model="gpt", variants=pictures))
        job, _ = await self.jobs.add(new, Limits(price=PRICE, person_daily=daily))
        assert await self.parts.split(job.id, pictures, WAIT_MS)
        return await self.see(job.id)

    async def see(self, job_id: str) -> Job:
        """Return a job by its id."""
        job = await self.jobs.get(job_id)
        assert job
        return job

    async def of(self, order: Job) -> list[Job]:
        """Return the parts of an order that are queued."""
        parts = [load_job(row) for row in await self.db.fetch("parts_of", order_id=order.id)]
        return [part for part in parts if part.state is State.QUEUED]

    async def generate(self, part: Job) -> None:
        """Bring a queued part to its task."""
        assert await self.jobs.submitting(part.id)
        assert await self.jobs.generating(part.id, Task(f"task of {part.id}"), WAIT_MS)

    async def paint(self, part: Job, consumed: int | None = None) -> None:
        """Bring a queued part to its picture."""
        await self.generate(part)
        assert await self.jobs.settle(part.id, [f"https://pictures.example/{part.id}.png"], consumed)

    async def gather(self, order: Job) -> Gathered:
        """Look at the parts of an order."""
        gathered = await self.parts.gather(order.id, PATIENCE_MS, WAIT_MS)
        assert gathered
        return gathered

    async def spent(self) -> tuple[int, int, int]:
        """Return the credits that are set aside, spent, and left of the extra ones."""
        balance = await self.ledger.balance(PERSON, DAILY)
        return balance.reserved, balance.spent, balance.extra


@asynccontextmanager
async def _opened(directory: Path) -> AsyncIterator[Bench]:
    clock = HandClock()
    async with database_in(directory) as db:
        await SqlChats(db, clock).seen(PERSON, "private")
        yield Bench(db, clock, SqlJobs(db, clock), SqlParts(db, clock), SqlLedger(db, clock))


@pytest.fixture
async def bench(each_database: None, tmp_path: Path) -> AsyncIterator[Bench]:
    """Open the stores."""
    async with _opened(tmp_path) as bench:
        yield bench


async def test_an_order_is_split_once(bench: Bench) -> None:
    """A second split changes nothing, and the parts are queued with requests for one picture."""
    order = await bench.order()
    assert order.state is State.GENERATING
    assert not await bench.parts.split(order.id, 4, WAIT_MS)
    parts = await bench.of(order)
    assert [part.request for part in parts] == [Request("foxes", model="gpt")] * 4
    assert len({part.id for part in parts}) == 4
    assert not await bench.jobs.to_poll(10)


async def test_all_pictures_are_one_outcome(bench: Bench) -> None:
    """The order is settled once all parts have ended, with their links in order, and charged for each picture."""
    order = await bench.order()
    assert await bench.spent() == (24, 0, 0)
    parts = await bench.of(order)
    for part in reversed(parts):
        assert not (await bench.gather(order)).is_settled
        await bench.paint(part)
    assert not await bench.jobs.settled(10), "parts are shown with their order"
    assert [job.id for job in await bench.parts.to_gather(10)] == [order.id], "the last part makes it due"
    assert await bench.gather(order) == Gathered(ended=4, arrived=4, uncertain=0, open=0, is_settled=True)
    (settled,) = await bench.jobs.settled(10)
    assert settled.id == order.id
    links = await bench.parts.links(settled)
    assert [(task.id, task.model) for task, _ in links] == [(f"task of {part.id}", "gpt") for part in parts]
    assert [url for _, url in links] == list(settled.result_urls)
    assert await bench.spent() == (0, 24, 0)


async def test_partial_success_is_charged_for_what_came(bench: Bench) -> None:
    """A failed part is free, and the others make the outcome."""
    order = await bench.order()
    first, *others = await bench.of(order)
    await bench.generate(first)
    await bench.jobs.settle(first.id, Failure.POLICY)
    for part in others:
        await bench.paint(part)
    assert (await bench.gather(order)).arrived == 3
    settled = await bench.see(order.id)
    assert (settled.failure, len(settled.result_urls), settled.late) == (None, 3, 0)
    assert await bench.spent() == (0, 18, 0)


async def test_no_picture_is_a_failure(bench: Bench) -> None:
    """If every part fails, the order has the failure of the first, and nothing is charged."""
    order = await bench.order(2)
    for part, failure in zip(await bench.of(order), (Failure.POLICY, Failure.UPSTREAM), strict=True):
        await bench.generate(part)
        await bench.jobs.settle(part.id, failure)
    assert (await bench.gather(order)).is_settled
    assert (await bench.see(order.id)).failure is Failure.POLICY
    assert await bench.spent() == (0, 0, 0)


async def test_a_late_picture_is_an_order_of_its_own(bench: Bench) -> None:
    """90 seconds after the first picture the order is shown; a later picture is charged and shown alone."""
    order = await bench.order(3)
    parts = await bench.of(order)
    await bench.paint(parts[0])
    await bench.generate(parts[1])
    await bench.generate(parts[2])
    bench.clock.now += PATIENCE_MS - 1
    assert not (await bench.gather(order)).is_settled
    bench.clock.now += 1
    assert (await bench.gather(order)).open == 2
    assert (await bench.see(order.id)).late == 2
    assert await bench.spent() == (12, 6, 0)
    await bench.jobs.delivered(order.id)
    await bench.jobs.settle(parts[1].id, ["https://pictures.example/late.png"])
    (late,) = await bench.jobs.settled(10)
    assert (late.id, late.late, late.is_shown_elsewhere) == (parts[1].id, 1, False)
    assert await bench.spent() == (6, 12, 0)
    await bench.jobs.settle(parts[2].id, Failure.UPSTREAM)
    assert await bench.spent() == (0, 12, 0)


async def test_the_api_s_own_charge_counts_up_to_the_price(bench: Bench) -> None:
    """A picture costs as much as its record says, but never more than was set aside for it."""
    order = await bench.order(3)
    for part, consumed in zip(await bench.of(order), (2, 0, 99), strict=True):
        await bench.paint(part, consumed)
    await bench.gather(order)
    assert await bench.spent() == (0, 8, 0)


async def test_an_order_that_is_not_taken_waits_as_a_whole(bench: Bench) -> None:
    """If the image API takes none of the parts, the order is queued again, and can be canceled for free."""
    order = await bench.order(2)
    first, second = await bench.of(order)
    await bench.jobs.submitting(first.id)
    await bench.jobs.submitting(second.id)
    assert await bench.jobs.requeue(first.id, 2_000, Failure.BUSY)
    assert (await bench.see(order.id)).state is State.GENERATING, "the other one may be taken"
    assert await bench.jobs.requeue(second.id, 2_000, Failure.BUSY)
    queued = await bench.see(order.id)
    assert (queued.state, queued.parts) == (State.QUEUED, 0)
    assert await bench.jobs.get(first.id) is None
    assert await bench.jobs.submitting(second.id) is None
    assert await bench.jobs.cancel_queued(order.id)
    assert await bench.spent() == (0, 0, 0)


async def test_a_part_that_is_not_taken_waits_alone(bench: Bench) -> None:
    """Once a part has a task, the others wait alone."""
    order = await bench.order(2)
    first, second = await bench.of(order)
    await bench.generate(first)
    await bench.jobs.submitting(second.id)
    assert await bench.jobs.requeue(second.id, 2_000)
    assert (await bench.see(second.id)).state is State.QUEUED
    assert (await bench.see(order.id)).state is State.GENERATING


async def test_a_crash_between_two_calls_loses_nothing(bench: Bench) -> None:
    """After a crash, the call in progress is uncertain, and the other parts are still queued."""
    order = await bench.order(3)
    parts = await bench.of(order)
    await bench.generate(parts[0])
    await bench.jobs.submitting(parts[1].id)
    assert await bench.jobs.abandon_submitting() == [parts[1].id]
    assert [part.id for part in await bench.of(order)] == [parts[2].id]
    assert not await bench.jobs.uncertain_untold(), "the order tells it"


async def test_an_uncertain_part_ends_by_the_deadline(bench: Bench) -> None:
    """An order doesn't wait for ever for a part whose answer was lost."""
    order = await bench.order(2)
    first, second = await bench.of(order)
    for part in (first, second):
        await bench.jobs.submitting(part.id)
        await bench.jobs.uncertain(part.id)
    gathered = await bench.gather(order)
    assert (gathered.uncertain, gathered.open) == (2, 2)
    bench.clock.now += DEADLINE_MS
    assert set(await bench.jobs.expire(DEADLINE_MS)) == {first.id, second.id}
    assert (await bench.gather(order)).is_settled
    assert (await bench.see(order.id)).failure is Failure.LOST_ANSWER


async def test_one_order_counts_once(bench: Bench) -> None:
    """An order of four tasks is one of the requester's orders."""
    await bench.order(4)
    new = NewJob("another", Destination(PERSON, None, 8), PERSON, Request("a hare"))
    await bench.jobs.add(new, Limits(max_jobs=2))


async def test_a_task_belongs_to_one_job(bench: Bench) -> None:
    """A task notification that names another job's task gives a part no task."""
    order = await bench.order(2)
    first, second = await bench.of(order)
    await bench.generate(first)
    await bench.jobs.submitting(second.id)
    await bench.jobs.uncertain(second.id)
    assert await bench.jobs.notified(second.id, TaskNotification(f"task of {first.id}", None))
    assert (await bench.see(second.id)).state is State.UNCERTAIN


OUTCOMES = st.lists(st.sampled_from(["picture", "failure", "late picture", "late failure"]), min_size=2, max_size=4)


@settings(deadline=None, max_examples=60)
@given(OUTCOMES, st.integers(0, 30), st.integers(0, 30))
def test_partial_outcomes_keep_the_ledger_right(outcomes: list[str], daily: int, extra: int) -> None:
    """Whatever comes of the parts, the pictures are charged once each, and everything else is free again."""

    async def story() -> None:
        with tempfile.TemporaryDirectory() as directory:
            async with _opened(Path(directory)) as bench:
                await _check(bench, outcomes, daily, extra)

    asyncio.run(story())


async def _check(bench: Bench, outcomes: list[str], daily: int, extra: int) -> None:
    cost = PRICE * len(outcomes)
    if daily + extra < cost:
        extra = cost - daily if daily < cost else extra
    order = await bench.order(len(outcomes), extra, daily)
    parts = await bench.of(order)
    for part, outcome in zip(parts, outcomes, strict=True):
        await bench.generate(part)
        if not outcome.startswith("late"):
            await bench.jobs.settle(part.id, ["https://x.example/1"] if outcome == "picture" else Failure.UPSTREAM)
    await _check_sums(bench, daily, extra, reserved=cost, spent=0)
    bench.clock.now += PATIENCE_MS
    gathered = await bench.gather(order)
    pictures, waiting = outcomes.count("picture"), sum(outcome.startswith("late") for outcome in outcomes)
    assert gathered.is_settled == (pictures > 0 or not waiting)
    if gathered.is_settled:
        await _check_sums(bench, daily, extra, reserved=PRICE * waiting, spent=PRICE * pictures)
    for part, outcome in zip(parts, outcomes, strict=True):
        if outcome.startswith("late"):
            await bench.jobs.settle(part.id, ["https://x.example/1"] if "picture" in outcome else Failure.UPSTREAM)
    if not gathered.is_settled:
        assert (await bench.gather(order)).is_settled
    came = sum("picture" in outcome for outcome in outcomes)
    await _check_sums(bench, daily, extra, reserved=0, spent=PRICE * came)


async def _check_sums(bench: Bench, daily: int, extra: int, *, reserved: int, spent: int) -> None:
    balance = await bench.ledger.balance(PERSON, daily)
    assert (balance.reserved, balance.spent) == (reserved, spent)
    assert balance.left == daily + extra - reserved - spent
