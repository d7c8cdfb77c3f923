"""From when each deadline counts, and what is still waited for after it."""

import pytest

from core.errors import Failure
from core.models.job import Failed, State, TaskNotification
from core.models.spending import Limits, OverBudget, TooManyJobs
from storage.jobs import SqliteJobs
from tests.unit.stores import HandClock, clock, jobs, order

__all__ = ["clock", "jobs"]

DEADLINE_MS, DAY_MS = 900_000, 86_400_000
URLS = ("https://pictures.example/1.png",)


async def _order(jobs: SqliteJobs, *, uncertain: bool = False, generating: bool = False) -> str:
    job, _ = await jobs.add(order("order"))
    if uncertain or generating:
        await jobs.submitting(job.id)
    if uncertain:
        await jobs.uncertain(job.id)
    if generating:
        await jobs.generating(job.id, "task", 0)
    return job.id


async def _asked(jobs: SqliteJobs, job_id: str) -> None:
    """The service was asked and says that the task is at work."""
    await jobs.polled(job_id, 0.5, 300_000)


async def test_a_queued_order_counts_from_itself(jobs: SqliteJobs, clock: HandClock) -> None:
    """It ends at its deadline by what hindered it last, or by what holds up every order."""
    job = await _order(jobs)
    clock.now += DEADLINE_MS - 1
    assert not await jobs.expire(DEADLINE_MS)
    clock.now += 1
    assert not await jobs.overdue(DEADLINE_MS)
    assert await jobs.expire(DEADLINE_MS) == [job]


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
    jobs: SqliteJobs, clock: HandClock, hindrances: list[Failure | None], given: Failure | None, told: Failure
) -> None:
    """The last known hindrance is what the person hears, whether it came while preparing or at the call."""
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


async def test_an_uncertain_order_counts_from_the_call(jobs: SqliteJobs, clock: HandClock) -> None:
    """It is overdue at the deadline, and ends there only where nobody can call back; else a day after the call."""
    waited, _ = await jobs.add(order("order"))
    clock.now += DEADLINE_MS - 10
    await jobs.submitting(waited.id)
    await jobs.uncertain(waited.id)
    clock.now += DEADLINE_MS - 1
    assert not await jobs.expire(DEADLINE_MS)
    assert not await jobs.overdue(DEADLINE_MS)
    clock.now += 1
    assert not await jobs.expire(DEADLINE_MS, callbacks=True)
    assert await jobs.overdue(DEADLINE_MS) == [waited.id]
    clock.now += DAY_MS - DEADLINE_MS - 1
    assert not await jobs.expire(DEADLINE_MS, callbacks=True)
    clock.now += 1
    assert await jobs.expire(DEADLINE_MS, callbacks=True) == [waited.id]


async def test_without_callbacks_it_ends_at_the_deadline(jobs: SqliteJobs, clock: HandClock) -> None:
    """There is nothing to wait for."""
    job = await _order(jobs, uncertain=True)
    clock.now += DEADLINE_MS
    assert await jobs.expire(DEADLINE_MS) == [job]


async def test_a_task_counts_from_its_name(jobs: SqliteJobs, clock: HandClock) -> None:
    """It is overdue once it was asked about behind the deadline, and ends once it was asked about a day after."""
    job, _ = await jobs.add(order("order"))
    clock.now += DEADLINE_MS - 10
    await jobs.submitting(job.id)
    clock.now += 500
    await jobs.generating(job.id, "task", 0)
    clock.now += DEADLINE_MS - 1
    await _asked(jobs, job.id)
    assert not await jobs.overdue(DEADLINE_MS)
    clock.now += 1
    assert await jobs.overdue(DEADLINE_MS) == [job.id]
    assert not await jobs.overdue(DEADLINE_MS)
    clock.now += DAY_MS - DEADLINE_MS
    assert not await jobs.expire(DEADLINE_MS)
    await _asked(jobs, job.id)
    assert await jobs.expire(DEADLINE_MS) == [job.id]


async def test_what_is_due_is_asked_before_it_is_called_slow(jobs: SqliteJobs, clock: HandClock) -> None:
    """After a time in which nobody asked, the first question comes before the first judgement."""
    job = await _order(jobs, generating=True)
    clock.now += DAY_MS + DEADLINE_MS
    assert not await jobs.overdue(DEADLINE_MS)
    assert not await jobs.expire(DEADLINE_MS)
    await jobs.poll_later(job, 60_000)
    assert await jobs.overdue(DEADLINE_MS) == [job]
    assert not await jobs.expire(DEADLINE_MS)
    clock.now += DAY_MS
    assert await jobs.expire(DEADLINE_MS) == [job], "a service that is silent for another day ends it, too"


async def test_a_success_after_the_deadline_counts(jobs: SqliteJobs, clock: HandClock) -> None:
    """An overdue task is settled as any other."""
    job = await _order(jobs, generating=True)
    await _asked(jobs, job)
    clock.now += DEADLINE_MS
    await _asked(jobs, job)
    assert await jobs.overdue(DEADLINE_MS)
    assert await jobs.settle(job, URLS)
    assert not await jobs.overdue_untold()


async def test_a_new_task_has_all_the_time(jobs: SqliteJobs, clock: HandClock) -> None:
    """A task ordered anew, and one that a late callback names, count from there and are told anew."""
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
    assert await jobs.called_back(job, TaskNotification("task-c", None))
    await _asked(jobs, job)
    assert not await jobs.overdue(DEADLINE_MS)
    assert await jobs.linkless(job, 0) == 0
    clock.now += DEADLINE_MS
    await _asked(jobs, job)
    assert await jobs.overdue(DEADLINE_MS) == [job]
    assert [one.id for one in await jobs.overdue_untold()] == [job]


async def test_a_failure_that_was_called_back_is_not_waited_for(jobs: SqliteJobs, clock: HandClock) -> None:
    """Where the service said that it failed, and can't say it again, the deadline ends it."""
    job = await _order(jobs, generating=True)
    await jobs.called_back(job, TaskNotification("task", Failed(Failure.POLICY, "flagged")))
    clock.now += DEADLINE_MS
    assert not await jobs.expire(DEADLINE_MS)
    await jobs.poll_later(job, 60_000)
    assert await jobs.expire(DEADLINE_MS) == [job]
    ended = await jobs.get(job)
    assert ended
    assert ended.failure is Failure.POLICY


@pytest.mark.parametrize("state", [State.GENERATING, State.UNCERTAIN])
async def test_what_is_overdue_is_no_longer_under_way(jobs: SqliteJobs, clock: HandClock, state: State) -> None:
    """It takes none of the places a person has, keeps its credits, and its button may be pressed again."""
    limits = Limits(price=6, person_daily=100, max_jobs=1)
    one, _ = await jobs.add(order("one"), limits)
    await jobs.submitting(one.id)
    await (jobs.uncertain(one.id) if state is State.UNCERTAIN else jobs.generating(one.id, "task", 0))
    with pytest.raises(TooManyJobs):
        await jobs.add(order("two"), limits)
    clock.now += DEADLINE_MS
    await _asked(jobs, one.id)
    assert await jobs.overdue(DEADLINE_MS) == [one.id]
    await jobs.add(order("two"), limits)
    waited = await jobs.get(one.id)
    assert waited
    assert waited.state is state
    with pytest.raises(OverBudget):
        await jobs.add(order("three"), Limits(price=6, person_daily=17))


async def test_a_success_without_links_counts_from_its_first(jobs: SqliteJobs, clock: HandClock) -> None:
    """Each such answer says for how long; one that says that it is still painted ends the count."""
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
