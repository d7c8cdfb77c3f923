"""Wake-ups follow commits: work that is due at once wakes its worker, and nothing else wakes one."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from bot.clock import SystemClock
from bot.container import Stores
from core.errors import Failure
from core.models.broadcasts import NewBroadcast
from core.models.job import Destination, Task, TaskNotification
from core.models.updates import Update
from core.runtime.wake_ups import WakeUps
from core.runtime.worker import WakeUp
from tests.unit.stores import CHAT, database_in, order, rows_in

pytestmark = pytest.mark.usefixtures("each_database")


class Bell(WakeUp[Any]):
    """A wake-up that notes its name, and what another connection sees of the jobs when it is set."""

    def __init__(self, name: str, heard: list[tuple[str, str | None]], directory: Path) -> None:
        super().__init__()
        self._name, self._heard, self._directory = name, heard, directory

    @override
    def offer(self, item: Any) -> None:
        self.set()

    @override
    def set(self) -> None:
        rows = rows_in(self._directory, "SELECT state FROM jobs")
        self._heard.append((self._name, rows[0][0] if rows else None))


@dataclass(frozen=True, slots=True)
class Bench:
    """The stores as they are wired, and what was heard."""

    stores: Stores
    heard: list[tuple[str, str | None]]

    async def job(self, *, held: bool = False) -> str:
        """Store a job, and forget what was heard of it."""
        job, _ = await self.stores.jobs.add(replace(order("message:1:1"), needs_confirmation=held))
        self.heard.clear()
        return job.id


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """Nothing was heard yet."""
    heard: list[tuple[str, str | None]] = []
    async with database_in(tmp_path) as database:
        wake_ups = WakeUps(**{field.name: Bell(field.name, heard, tmp_path) for field in fields(WakeUps)})
        stores = Stores(database, SystemClock(), wake_ups)
        await stores.chats.seen(CHAT, "private")
        yield Bench(stores, heard)


async def test_a_placeholder_wakes_the_submitter(bench: Bench) -> None:
    """A new job is submitted at once when its chat has taken the placeholder, and not before."""
    job, _ = await bench.stores.jobs.add(order("message:1:1"))
    assert not bench.heard
    await bench.stores.jobs.placed(job.id, 7)
    assert bench.heard == [("orders", "queued")]


async def test_a_yes_to_a_price_wakes_the_submitter(bench: Bench) -> None:
    """Only the first yes."""
    job = await bench.job(held=True)
    assert [await bench.stores.jobs.release(job) for _ in range(2)] == [True, False]
    assert bench.heard == [("orders", "queued")]


Step = Callable[[Stores, str], Awaitable[object]]
SUBMITTING: tuple[Step, ...] = (lambda stores, job: stores.jobs.submitting(job),)
GENERATING: tuple[Step, ...] = (*SUBMITTING, lambda stores, job: stores.jobs.generating(job, Task("task"), 2000))


@pytest.mark.parametrize(
    ("before", "step", "heard"),
    [
        (SUBMITTING, lambda stores, job: stores.jobs.requeue(job, 0), [("orders", "queued")]),
        (SUBMITTING, lambda stores, job: stores.jobs.requeue(job, 2000), []),
        (
            SUBMITTING,
            lambda stores, job: stores.jobs.notified(job, TaskNotification("t", None)),
            [("polls", "generating")],
        ),
        (SUBMITTING, lambda stores, job: stores.jobs.generating(job, Task("task"), 2000), []),
        ((), lambda stores, job: stores.jobs.notified(job, TaskNotification("t", None)), []),
        (GENERATING, lambda stores, job: stores.jobs.resubmit(job), [("orders", "queued")]),
        (
            GENERATING,
            lambda stores, job: stores.jobs.settle(job, ["https://a.example/1.png"]),
            [("outcomes", "settled")],
        ),
        ((), lambda stores, job: stores.jobs.settle(job, Failure.POLICY), [("outcomes", "settled")]),
        ((), lambda stores, job: stores.jobs.resubmit(job), []),
        ((), lambda stores, _: stores.jobs.expire(-1), [("outcomes", "settled")]),
        ((), lambda stores, _: stores.jobs.expire(60_000), []),
        ((), lambda stores, job: stores.jobs.cancelled(job), []),
    ],
)
async def test_each_step_wakes_the_worker_of_the_next(
    bench: Bench, before: tuple[Step, ...], step: Step, heard: list[tuple[str, str]]
) -> None:
    """The worker finds what woke it: the commit comes first."""
    job = await bench.job()
    for earlier in before:
        await earlier(bench.stores, job)
    await step(bench.stores, job)
    assert bench.heard == heard


async def test_updates_wake_their_worker(bench: Bench) -> None:
    """The first of a line is offered, and the worker looks for the others."""
    await bench.stores.inbox.store([Update(1, CHAT, "{}"), Update(2, CHAT, "{}")])
    assert bench.heard == [("updates", None)] * 2


async def test_recipients_wake_the_worker_of_broadcasts(bench: Bench) -> None:
    """The question alone doesn't."""
    broadcasts = bench.stores.broadcasts
    broadcast = await broadcasts.add(NewBroadcast("message:9:1", Destination(9), "hello"))
    assert not bench.heard
    assert await broadcasts.start(broadcast.id)
    assert bench.heard == [("broadcasts", None)]
    await broadcasts.fill(3)
    assert len(bench.heard) == 1
