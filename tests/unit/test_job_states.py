"""The state chart of a job, driven through the real statements on a real database."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Failure
from core.models.job import TRANSITIONS, Failed, Job, State, Task, TaskNotification
from storage.jobs import SqlJobs
from storage.parts import SqlParts
from tests.unit.stores import DATABASES, HandClock, choose_database, database_in, jobs_in, order

DAY_MS, DEADLINE_MS = 86_400_000, 900_000
URLS = ("https://pictures.example/1.png",)
CALLED = {
    "with task": TaskNotification("task-c", None),
    "without task": TaskNotification(None, None),
    "failed": TaskNotification("task-c", Failed(Failure.POLICY, "flagged")),
    "failed without task": TaskNotification(None, Failed(Failure.UPSTREAM, "?")),
}
Operation = Callable[[SqlJobs, str, HandClock], Awaitable[object]]


async def _expire(jobs: SqlJobs, _: str, clock: HandClock) -> object:
    clock.now += 2 * DAY_MS
    return await jobs.expire(DEADLINE_MS, Failure.BUSY)


async def _overdue(jobs: SqlJobs, _: str, clock: HandClock) -> object:
    clock.now += DEADLINE_MS
    return await jobs.overdue(DEADLINE_MS)


OPERATIONS: dict[str, tuple[Operation, set[State]]] = {
    "submitting": (lambda jobs, job, _: jobs.submitting(job), {State.SUBMITTING}),
    "split": (lambda jobs, job, clock: SqlParts(jobs._db, clock).split(job, 2, 0), {State.GENERATING}),
    "requeue": (lambda jobs, job, _: jobs.requeue(job, 2000), {State.QUEUED}),
    "reorder": (lambda jobs, job, _: jobs.resubmit(job), {State.QUEUED}),
    "postpone": (lambda jobs, job, _: jobs.postpone(job, 2000), set()),
    "uncertain": (lambda jobs, job, _: jobs.uncertain(job), {State.UNCERTAIN}),
    "abandon": (lambda jobs, job, _: jobs.abandon_submitting(), {State.UNCERTAIN}),
    "told": (lambda jobs, job, _: jobs.told(job), set()),
    "generating": (lambda jobs, job, _: jobs.generating(job, Task("task-g"), 2000), {State.GENERATING}),
    "poll later": (lambda jobs, job, _: jobs.poll_later(job, 2000), set()),
    "placed": (lambda jobs, job, _: jobs.placed(job, 5), set()),
    "try arrival": (lambda jobs, job, _: jobs.try_arrival(job), set()),
    "untry arrival": (lambda jobs, job, _: jobs.untry_arrival(job), set()),
    "arrived": (lambda jobs, job, _: jobs.arrived(job, 6), set()),
    "arrived in place": (lambda jobs, job, _: jobs.arrived_in_place(job, 5), set()),
    "tidied": (lambda jobs, job, _: jobs.tidied(job, 5), set()),
    "polled": (lambda jobs, job, _: jobs.polled(job, 0.5, 2000), set()),
    "linkless": (lambda jobs, job, _: jobs.linkless(job, 2000), set()),
    "overdue": (_overdue, set()),
    "overdue told": (lambda jobs, job, _: jobs.overdue_told(job), set()),
    "settle with links": (lambda jobs, job, _: jobs.settle(job, URLS), {State.SETTLED}),
    "settle with failure": (lambda jobs, job, _: jobs.settle(job, Failure.POLICY), {State.SETTLED}),
    "expire": (_expire, {State.SETTLED}),
    "delivered": (lambda jobs, job, _: jobs.delivered(job), {State.DELIVERED}),
    "cancelled": (lambda jobs, job, _: jobs.cancelled(job), {State.CANCELLED}),
    "call off": (lambda jobs, job, _: jobs.cancel_queued(job), {State.CANCELLED}),
    "stop": (lambda jobs, job, _: jobs.cancel_queued(job, "message:1:2"), {State.CANCELLED}),
    "release": (lambda jobs, job, _: jobs.release(job), set()),
}
"""The operations of the port, and the only states to which each may bring a job."""
EVERYBODY = {"abandon", "expire", "overdue"}
"""The operations that concern every job."""

PATHS: dict[State, list[str]] = {
    State.QUEUED: [],
    State.SUBMITTING: ["submitting"],
    State.UNCERTAIN: ["submitting", "uncertain"],
    State.GENERATING: ["submitting", "generating"],
    State.SETTLED: ["submitting", "generating", "settle with links"],
    State.DELIVERED: ["settle with failure", "delivered"],
    State.CANCELLED: ["cancelled"],
}


@dataclass
class Bench:
    """Jobs on a database, and a runner for tests that aren't asynchronous."""

    jobs: SqlJobs
    clock: HandClock
    runner: asyncio.Runner
    made: int = field(default=0)

    async def new(self, state: State = State.QUEUED) -> Job:
        """Make a job and bring it to a state."""
        self.made += 1
        job, is_new = await self.jobs.add(order(f"order {self.made}"))
        assert is_new
        for name in PATHS[state]:
            await self.do(name, job.id)
        return await self.see(job.id)

    async def see(self, job_id: str) -> Job:
        """Return a job by its ID."""
        job = await self.jobs.get(job_id)
        assert job
        return job

    async def do(self, name: str, job_id: str) -> object:
        """Run one operation."""
        if name in CALLED:
            called = CALLED[name]
            task_id = called.task_id and f"{called.task_id} of {job_id}"  # a task belongs to one job
            return await self.jobs.notified(job_id, replace(called, task_id=task_id))
        return await OPERATIONS[name][0](self.jobs, job_id, self.clock)


@pytest.fixture(scope="module", params=DATABASES)
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Open one database for all tests of this module; each uses its own jobs."""
    clock, directory = HandClock(), tmp_path_factory.mktemp("jobs")
    with asyncio.Runner() as runner:
        runner.run(choose_database(request.param, directory))
        opened = jobs_in(directory, clock)
        yield Bench(runner.run(opened.__aenter__()), clock, runner)
        runner.run(opened.__aexit__(None, None, None))


def test_the_statements_permit_exactly_the_chart(bench: Bench) -> None:
    """The operations make exactly the transitions of the chart, over all states."""

    async def walk() -> set[tuple[State, State]]:
        seen = set()
        for state in State:
            for name in (*OPERATIONS, *CALLED):
                job = await bench.new(state)
                assert job.state is state
                await bench.do(name, job.id)
                seen.add((state, (await bench.see(job.id)).state))
                await bench.jobs.settle(job.id, Failure.UPSTREAM)
        return {(before, after) for before, after in seen if before is not after}

    assert bench.runner.run(walk()) == {(before, after) for before in State for after in TRANSITIONS[before]}


def test_each_operation_leads_where_it_says(bench: Bench) -> None:
    """An operation reports success exactly if it brought the job to its target state."""

    async def walk() -> None:
        for state in State:
            for name, (_, targets) in OPERATIONS.items():
                job = await bench.new(state)
                answer = await bench.do(name, job.id)
                after = (await bench.see(job.id)).state
                assert after is state or after in targets, (state, name, after)
                if targets and name not in {"abandon", "expire"}:
                    assert bool(answer) == (after is not state), (state, name, answer)
                await bench.jobs.settle(job.id, Failure.UPSTREAM)

    bench.runner.run(walk())


STEPS = st.lists(
    st.tuples(st.sampled_from([*OPERATIONS, *CALLED]), st.floats(0, 1), st.integers(0, 2)), min_size=1, max_size=25
)


@given(STEPS)
@settings(max_examples=100, deadline=None)
def test_no_order_of_events_breaks_the_chart(bench: Bench, steps: list[tuple[str, float, int]]) -> None:
    """In any order of operations, only legal transitions happen, one outcome wins, and progress never falls."""

    async def walk() -> None:
        jobs = [await bench.new() for _ in range(3)]
        won = dict.fromkeys([job.id for job in jobs], 0)
        for name, share, which in steps:
            before = [await bench.see(job.id) for job in jobs]
            target = jobs[which].id
            answer = await (bench.jobs.polled(target, share, 0) if name == "polled" else bench.do(name, target))
            won[target] += bool(answer) and name.startswith("settle")
            bench.clock.now += 100
            for old in before:
                _check(old, await bench.see(old.id), meant=old.id == target or name in EVERYBODY)
        assert max(won.values()) <= 1
        for job in jobs:
            await bench.jobs.settle(job.id, Failure.UPSTREAM)

    bench.runner.run(walk())


@given(st.lists(st.floats(0, 1), min_size=2, max_size=10))
@settings(max_examples=50, deadline=None)
def test_progress_never_goes_back(bench: Bench, shares: list[float]) -> None:
    """The stored progress only grows, in whatever order the image API reports it."""

    async def walk() -> None:
        job = await bench.new(State.GENERATING)
        for number, share in enumerate(shares, start=1):
            await bench.jobs.polled(job.id, share, 0)
            assert (await bench.see(job.id)).progress == max(shares[:number])
        await bench.jobs.settle(job.id, Failure.UPSTREAM)

    bench.runner.run(walk())


def _check(old: Job, new: Job, *, meant: bool) -> None:
    assert new.state is old.state or new.state in TRANSITIONS[old.state]
    assert meant or new == old, "nobody else's job is touched"
    assert new.progress >= old.progress
    assert new.state is not State.GENERATING or new.task_id or new.parts
    assert new.state not in {State.SETTLED, State.DELIVERED} or bool(new.failure) != bool(new.result_urls)
    if old.state in {State.SETTLED, State.DELIVERED, State.CANCELLED}:
        assert (new.failure, new.result_urls, new.task_id) == (old.failure, old.result_urls, old.task_id)
    if old.notified_at and new.notified_at:
        assert (new.notified_at, new.notified_failure) == (old.notified_at, old.notified_failure)


@pytest.fixture
async def twins(each_database: None, tmp_path: Path) -> AsyncIterator[tuple[SqlJobs, SqlJobs]]:
    """Open two connections to one database, as two processes would have."""
    async with jobs_in(tmp_path) as one, database_in(tmp_path) as other:
        yield one, SqlJobs(other, HandClock())


@pytest.mark.parametrize("callers", [2, 20])
async def test_exactly_one_settles(twins: tuple[SqlJobs, SqlJobs], callers: int) -> None:
    """Of many concurrent outcomes exactly one wins, and its outcome is stored."""
    job, _ = await twins[0].add(order("race"))
    outcomes = [(f"https://pictures.example/{number}.png",) for number in range(callers)]
    won = await asyncio.gather(*(twins[n % 2].settle(job.id, outcome) for n, outcome in enumerate(outcomes)))
    assert sum(won) == 1
    settled = await twins[1].get(job.id)
    assert settled
    assert settled.result_urls == outcomes[won.index(True)]


async def test_exactly_one_submits(twins: tuple[SqlJobs, SqlJobs]) -> None:
    """Of many concurrent submissions exactly one may call the image API, because the call costs money."""
    job, _ = await twins[0].add(order("race"))
    attempts = await asyncio.gather(*(twins[n % 2].submitting(job.id) for n in range(10)))
    assert sorted(filter(None, attempts)) == [1]


async def test_a_replay_is_the_same_order(twins: tuple[SqlJobs, SqlJobs]) -> None:
    """Handling an update repeatedly, even concurrently, makes one job."""
    answers = await asyncio.gather(*(twins[n % 2].add(order("one update", f"prompt {n}")) for n in range(6)))
    assert len({job.id for job, _ in answers}) == 1
    assert sum(is_new for _, is_new in answers) == 1
    assert len({job.request.prompt for job, _ in answers}) == 1


async def test_exactly_one_of_a_submission_and_a_cancellation(twins: tuple[SqlJobs, SqlJobs]) -> None:
    """A job that is being submitted can't be canceled, and one that is canceled is never submitted."""
    for number in range(10):
        job, _ = await twins[0].add(order(f"order {number}"))
        canceled, attempt = await asyncio.gather(
            twins[number % 2].cancel_queued(job.id, f"stop {number}"), twins[1 - number % 2].submitting(job.id)
        )
        assert canceled != bool(attempt)


async def test_what_arrives(each_database: None, tmp_path: Path) -> None:
    """A message for an outcome becomes the placeholder, and the one before is outdated until it is removed.

    A repetition changes nothing. A second message for the same outcome leaves the outdated one. Another outcome starts
    without a message.
    """
    async with jobs_in(tmp_path) as jobs:
        job, _ = await jobs.add(order("order"))

        async def ids() -> tuple[int | None, int | None, int | None, int]:
            now = await jobs.get(job.id)
            assert now
            return now.placeholder_id, now.arrival_id, now.outdated_id, now.arrival_tries

        await jobs.placed(job.id, 5)
        await jobs.try_arrival(job.id)
        assert await ids() == (5, None, None, 1)
        for _ in range(2):
            await jobs.arrived(job.id, 8)
            assert await ids() == (8, 8, 5, 0)
        await jobs.arrived(job.id, 9)
        assert await ids() == (9, 9, 5, 0)
        assert [one.id for one in await jobs.outdated(10)] == [job.id]
        await jobs.tidied(job.id, 9)
        assert await ids() == (9, 9, 5, 0)
        await jobs.tidied(job.id, 5)
        assert await ids() == (9, 9, None, 0)
        await jobs.settle(job.id, Failure.BUSY)
        assert await ids() == (9, None, None, 0)
        await jobs.arrived(job.id, 9)
        assert await ids() == (9, 9, None, 0)
        assert not await jobs.outdated(10)


async def test_a_placeholder_is_chosen_for_the_outcome_as_it_was_read(each_database: None, tmp_path: Path) -> None:
    """It is chosen once, only while the job is settled, and only if no other message took its place meanwhile."""
    async with jobs_in(tmp_path) as jobs:
        job, _ = await jobs.add(order("order"))
        await jobs.placed(job.id, 5)
        assert not await jobs.arrived_in_place(job.id, 5), "the job has no outcome"
        await jobs.settle(job.id, URLS)
        assert not await jobs.arrived_in_place(job.id, 4), "another message is the placeholder"
        await jobs.try_arrival(job.id)
        assert await jobs.arrived_in_place(job.id, 5)
        now = await jobs.get(job.id)
        assert now
        assert (now.placeholder_id, now.arrival_id, now.arrival_tries, now.outdated_id) == (5, 5, 0, None)
        assert not await jobs.arrived_in_place(job.id, 5), "it was chosen before"


async def test_a_message_that_comes_late_is_no_placeholder(each_database: None, tmp_path: Path) -> None:
    """A process that slept between sending and recording finds that another one has placed a message, or was done."""
    async with jobs_in(tmp_path) as jobs:
        job, _ = await jobs.add(order("order"))

        async def ids() -> tuple[int | None, int | None]:
            now = await jobs.get(job.id)
            assert now
            return now.placeholder_id, now.outdated_id

        assert [await jobs.placed(job.id, 6), await jobs.placed(job.id, 6)] == [True, True], "a repetition"
        assert not await jobs.placed(job.id, 5)
        assert await ids() == (6, 5)
        assert await jobs.placed(job.id, 7, 6), "6 is gone"
        await jobs.tidied(job.id, 5)
        assert await ids() == (7, None)
        await jobs.settle(job.id, URLS)
        await jobs.delivered(job.id)
        assert not await jobs.placed(job.id, 8, 7)
        assert await ids() == (7, 8)
        assert [one.id for one in await jobs.outdated(10)] == [job.id]


async def test_an_outdated_placeholder_of_a_settled_job(each_database: None, tmp_path: Path) -> None:
    """While a job is settled, its delivery removes the placeholder, and nothing else does."""
    async with jobs_in(tmp_path) as jobs:
        job, _ = await jobs.add(order("order"))
        await jobs.placed(job.id, 5)
        await jobs.settle(job.id, URLS)
        await jobs.arrived(job.id, 8)
        assert not await jobs.outdated(10)
        await jobs.delivered(job.id)
        assert len(await jobs.outdated(10)) == 1
