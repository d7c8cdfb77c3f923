"""When each deadline of a job begins, and which outcomes still count after it."""

import pytest

from core.errors import Failure
from core.models.job import Failed, Task, TaskNotification
from storage.jobs import SqlJobs
from tests.unit.stores import HandClock, order

pytestmark = pytest.mark.usefixtures("each_database")

DEADLINE_MS, DAY_MS = 900_000, 86_400_000


async def _order(jobs: SqlJobs, *, uncertain: bool = False, generating: bool = False) -> str:
    job, _ = await jobs.add(order("order"))
    if uncertain or generating:
        await jobs.submitting(job.id)
    if uncertain:
        await jobs.uncertain(job.id)
    if generating:
        await jobs.generating(job.id, Task("task"), 0)
    return job.id


async def _asked(jobs: SqlJobs, job_id: str) -> None:
    """Record that the image API reported the task as generating."""
    await jobs.polled(job_id, 0.5, 300_000)


@pytest.mark.parametrize(
    ("hindrances", "given", "told"),
    [
        ([], None, Failure.BUSY),
        ([Failure.UNREACHABLE], None, Failure.UNREACHABLE),
        ([Failure.UNREACHABLE, None], None, Failure.UNREACHABLE),
        ([Failure.UNREACHABLE, Failure.BUSY], None, Failure.BUSY),
        ([Failure.UNFETCHED], Failure.OUT_OF_CREDITS, Failure.OUT_OF_CREDITS),
    ],
)
async def test_it_ends_by_what_hindered_it(
    jobs: SqlJobs, clock: HandClock, hindrances: list[Failure | None], given: Failure | None, told: Failure
) -> None:
    """The last known hindrance becomes the failure, whether it came up during preparation or at the call."""
    job = await _order(jobs)
    for number, hindrance in enumerate(hindrances):
        if number % 2:
            await jobs.submitting(job)
            assert await jobs.requeue(job, 0, hindrance)
        else:
            await jobs.postpone(job, 0, hindrance)
    clock.now += DEADLINE_MS
    await jobs.expire(DEADLINE_MS, given)
    ended = await jobs.get(job)
    assert ended
    assert ended.failure is told


async def test_an_uncertain_order_counts_from_the_call(jobs: SqlJobs, clock: HandClock) -> None:
    """An uncertain job is overdue at the deadline; it ends then without webhooks, else a day after the call."""
    waited, _ = await jobs.add(order("order"))
    clock.now += DEADLINE_MS - 10
    await jobs.submitting(waited.id)
    await jobs.uncertain(waited.id)
    clock.now += DEADLINE_MS - 1
    assert not await jobs.expire(DEADLINE_MS)
    assert not await jobs.overdue(DEADLINE_MS)
    clock.now += 1
    assert not await jobs.expire(DEADLINE_MS, has_webhook=True)
    assert await jobs.overdue(DEADLINE_MS) == [waited.id]
    clock.now += DAY_MS - DEADLINE_MS - 1
    assert not await jobs.expire(DEADLINE_MS, has_webhook=True)
    clock.now += 1
    assert await jobs.expire(DEADLINE_MS, has_webhook=True) == [waited.id]


async def test_what_is_due_is_asked_before_it_is_called_slow(jobs: SqlJobs, clock: HandClock) -> None:
    """After a time without polls, a due job is polled before it becomes overdue."""
    job = await _order(jobs, generating=True)
    clock.now += DAY_MS + DEADLINE_MS
    assert not await jobs.overdue(DEADLINE_MS)
    assert not await jobs.expire(DEADLINE_MS)
    await jobs.poll_later(job, 60_000)
    assert await jobs.overdue(DEADLINE_MS) == [job]
    assert not await jobs.expire(DEADLINE_MS)
    clock.now += DAY_MS
    assert await jobs.expire(DEADLINE_MS) == [job], "a service that is silent for another day ends it, too"


async def test_a_new_task_has_all_the_time(jobs: SqlJobs, clock: HandClock) -> None:
    """A resubmitted task, and one that a late notification names, start a new deadline and a new notice."""
    job = await _order(jobs, generating=True)
    clock.now += DEADLINE_MS
    await _asked(jobs, job)
    assert await jobs.overdue(DEADLINE_MS)
    await jobs.overdue_told(job)
    await jobs.linkless(job, 0)
    assert await jobs.resubmit(job)
    assert not await jobs.expire(DEADLINE_MS), "an order anew has an order's time"
    again = await jobs.get(job)
    assert again
    assert again.overdue_at is None
    await jobs.submitting(job)
    await jobs.uncertain(job)
    clock.now += DEADLINE_MS
    assert await jobs.overdue(DEADLINE_MS) == [job]
    assert [one.id for one in await jobs.overdue_untold()] == [job]
    await jobs.overdue_told(job)
    assert await jobs.notified(job, TaskNotification("task-c", None))
    await _asked(jobs, job)
    assert not await jobs.overdue(DEADLINE_MS)
    assert await jobs.linkless(job, 0) == 0
    clock.now += DEADLINE_MS
    await _asked(jobs, job)
    assert await jobs.overdue(DEADLINE_MS) == [job]
    assert [one.id for one in await jobs.overdue_untold()] == [job]


async def test_a_failure_that_was_called_back_is_not_waited_for(jobs: SqlJobs, clock: HandClock) -> None:
    """If a task notification reported a failure that a poll can't confirm, the deadline ends the job with it."""
    job = await _order(jobs, generating=True)
    await jobs.notified(job, TaskNotification("task", Failed(Failure.POLICY, "flagged")))
    clock.now += DEADLINE_MS
    assert not await jobs.expire(DEADLINE_MS)
    await jobs.poll_later(job, 60_000)
    assert await jobs.expire(DEADLINE_MS) == [job]
    ended = await jobs.get(job)
    assert ended
    assert ended.failure is Failure.POLICY


async def test_a_success_without_links_counts_from_its_first(jobs: SqlJobs, clock: HandClock) -> None:
    """Success answers without links count from the first one, and a generating answer resets the count."""
    job = await _order(jobs, generating=True)
    assert await jobs.linkless(job, 0) == 0
    clock.now += 40_000
    assert await jobs.linkless(job, 0) == 40_000
    await jobs.poll_later(job, 0)
    clock.now += 20_000
    assert await jobs.linkless(job, 0) == 60_000
    await _asked(jobs, job)
    clock.now += 1
    assert await jobs.linkless(job, 0) == 0
