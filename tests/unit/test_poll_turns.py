"""Poll turns: how many tasks are polled in a second, and in which order."""

from dataclasses import dataclass, field

import pytest

from core.models.job import Task, TaskNotification
from core.services.poll_turns import Turns
from storage.jobs import SqlJobs
from tests.unit.stores import HandClock, order

STEP_MS, WIDTH = 50, 16


@dataclass
class Service:
    """An image API that counts polls and reports every task as generating."""

    clock: HandClock
    jobs: SqlJobs
    turns: Turns
    asked: list[tuple[int, str]] = field(default_factory=list)

    @classmethod
    def of(cls, jobs: SqlJobs, clock: HandClock, *, has_webhook: bool = False) -> "Service":
        """Make a service with turns on the test's clock."""
        return cls(clock, jobs, Turns(jobs, has_webhook=has_webhook, now=lambda: clock.now / 1000))

    async def generating(self, count: int, first: int = 0) -> list[str]:
        """Make generating jobs that are due, and return their IDs."""
        ids = []
        for number in range(first, first + count):
            job, _ = await self.jobs.add(order(f"order {number}"))
            await self.jobs.submitting(job.id)
            await self.jobs.generating(job.id, Task(f"task {number}"), 0)
            ids.append(job.id)
        return ids

    async def run(self, seconds: float, wait_ms: int = 1000) -> None:
        """Poll like the worker, twenty times a second."""
        for _ in range(int(seconds * 1000 / STEP_MS)):
            for job in (await self.turns.take(WIDTH))[:WIDTH]:
                with self.turns.asking(job):
                    self.asked.append((self.clock.now, job.id))
                    await self.jobs.polled(job.id, 0.5, wait_ms)
            self.clock.now += STEP_MS

    async def notified(self, job_id: str) -> None:
        """Record that a task notification arrived."""
        await self.jobs.notified(job_id, TaskNotification(None, None))
        self.turns.notified()

    def most_in_a_second(self) -> int:
        """Return the most polls within any second."""
        times = [at for at, _ in self.asked]
        return max(sum(at <= other < at + 1000 for other in times) for at in times)


@pytest.mark.parametrize("has_webhook", [False, True])
async def test_twenty_a_second_in_turns(jobs: SqlJobs, clock: HandClock, has_webhook: bool) -> None:
    """At most twenty tasks are polled in a second, in turn, with and without webhooks."""
    service = Service.of(jobs, clock, has_webhook=has_webhook)
    ids = await service.generating(70)
    await service.run(5)
    assert service.most_in_a_second() <= 20
    assert len(service.asked) >= 5 * 18 - WIDTH
    assert {job_id for _, job_id in service.asked[:70]} == set(ids)
    again = [job_id for _, job_id in service.asked[70:]]
    assert again == [job_id for _, job_id in service.asked[: len(again)]]


async def test_two_a_second_while_callbacks_arrive(jobs: SqlJobs, clock: HandClock) -> None:
    """While task notifications arrive, two tasks are polled in a second; without them, twenty."""
    service = Service.of(jobs, clock, has_webhook=True)
    ids = await service.generating(70)
    await service.notified(ids[0])
    await service.run(10)
    others = [(at, job_id) for at, job_id in service.asked if job_id != ids[0]]
    assert 18 <= len(others) <= 20
    clock.now += 60_000
    service.asked.clear()
    await service.run(2)
    assert len(service.asked) >= 30


async def test_a_callbacks_order_is_asked_about_at_once(jobs: SqlJobs, clock: HandClock) -> None:
    """A job with a task notification is polled at once, even if the turns of the others are used up."""
    service = Service.of(jobs, clock, has_webhook=True)
    ids = await service.generating(70)
    for job_id in ids[-10:]:
        await service.run(0.5)
        clock.now += 100
        await service.notified(job_id)
        assert job_id in {job.id for job in await service.turns.take(WIDTH)}
        await service.run(0.1)
        assert (clock.now - 100, job_id) in service.asked
    assert service.most_in_a_second() <= 20


async def test_one_alone_is_asked_about_as_soon_as_it_is_due(jobs: SqlJobs, clock: HandClock) -> None:
    """A single job is polled as soon as it is due."""
    service = Service.of(jobs, clock, has_webhook=True)
    (job_id,) = await service.generating(1)
    began = clock.now
    await service.notified(job_id)
    await service.run(10)
    assert [at - began for at, _ in service.asked] == list(range(0, 10_000, 1000))


async def test_what_is_asked_about_is_not_asked_about_twice_at_once(jobs: SqlJobs, clock: HandClock) -> None:
    """A slow poll delays no other job, and a job isn't polled twice at once."""
    service = Service.of(jobs, clock)
    slow, *others = await service.generating(4)
    (job,) = [job for job in await service.turns.take(WIDTH) if job.id == slow]
    with service.turns.asking(job):
        assert {job.id for job in await service.turns.take(WIDTH)} == set(others)
    assert len(await service.turns.take(WIDTH)) == 4
