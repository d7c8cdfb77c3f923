"""The time that is left: the median of the latest orders of a kind, and a bar that never goes back."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import Failure
from core.models.image_request import Request, Source
from core.models.job import Destination, Job, State, Task
from core.services.usual_times import UsualTimes, Wait
from tests.unit.stores import HandClock, jobs_in, order

pytestmark = pytest.mark.usefixtures("each_database")

NEW = Request("a red fox")
SOURCE = Source("file", "unique", 9)


def _job(clock: HandClock, request: Request = NEW, number: int = 0) -> Job:
    job = Job(f"{number:012x}", "message:1:1", Destination(1), 1, request, State.GENERATING, clock.now)
    return replace(job, submitted_at=clock.now)


def _paint(usual: UsualTimes, clock: HandClock, *seconds: float, request: Request = NEW) -> None:
    for took_s in seconds:
        job = _job(clock, request)
        clock.now += int(took_s * 1000)
        usual.note(job)


def test_the_median_of_the_latest_fifty_counts() -> None:
    """Outliers, the 51st order and too few orders count for nothing."""
    clock = HandClock()
    usual = UsualTimes(clock)
    _paint(usual, clock, 60, 60)
    assert usual.usual_ms(NEW) is None
    _paint(usual, clock, 9999)
    assert usual.usual_ms(NEW) == 60_000
    _paint(usual, clock, *[20.0] * 50)
    assert usual.usual_ms(NEW) == 20_000


def test_every_kind_has_its_own_time() -> None:
    """New pictures, edits and masks, each of one picture or of several, don't mix."""
    clock = HandClock()
    usual = UsualTimes(clock)
    edit = replace(NEW, pictures=(SOURCE,))
    kinds = [NEW, edit, replace(edit, mask=SOURCE)]
    kinds += [replace(kind, variants=4) for kind in kinds]
    for number, kind in enumerate(kinds, start=1):
        _paint(usual, clock, *[number] * 3, request=kind)
    assert [usual.usual_ms(kind) for kind in kinds] == [1000 * number for number in range(1, 7)]
    assert usual.usual_ms(replace(NEW, variants=2)) == usual.usual_ms(kinds[3])


def test_the_bar_follows_the_larger_of_time_and_progress_and_never_goes_back() -> None:
    """A larger progress of the image API also shortens the time left, which never is below zero."""
    clock = HandClock()
    usual = UsualTimes(clock)
    _paint(usual, clock, 100, 100, 100)
    job = _job(clock, number=1)
    assert usual.wait(job, 0.0) == Wait(0, 100_000, 100_000)
    clock.now += 25_000
    assert usual.wait(job, 0.1) == Wait(0.25, 100_000, 75_000)
    assert usual.wait(job, 0.8) == Wait(0.8, 100_000, 20_000)
    _paint(usual, clock, *[400] * 50)
    clock.now = (job.submitted_at or 0) + 26_000
    assert usual.wait(job, 0.1).share == 0.8
    clock.now += 500_000
    late = usual.wait(job, 0.1)
    assert (late.share, late.left_ms) == (0.95, 0)
    clock.now -= 900_000
    assert usual.wait(job, 0.1).share == 0.95


def test_without_a_measure_the_bar_is_the_apis() -> None:
    """The text then tells no time."""
    clock = HandClock()
    assert UsualTimes(clock).wait(_job(clock), 0.4) == Wait(0.4)


def test_only_so_many_bars_are_remembered() -> None:
    """An order that never ends in this process takes up no room for good."""
    clock = HandClock()
    usual = UsualTimes(clock)
    for number in range(1002):
        usual.wait(_job(clock, number=number), 0.5)
    assert usual.wait(_job(clock, number=0), 0.1).share == 0.1
    assert usual.wait(_job(clock, number=1001), 0.1).share == 0.5


async def test_the_times_survive_a_restart(tmp_path: Path) -> None:
    """They are read from the store, without failed orders and those that were never submitted."""
    clock = HandClock()
    async with jobs_in(tmp_path, clock) as jobs:
        for number, (took_s, outcome) in enumerate(
            [(10, ["u"]), (30, ["u"]), (20, ["u"]), (900, Failure.POLICY), (800, None)]
        ):
            job, _ = await jobs.add(order(f"message:1:{number}"))
            if outcome is not None:
                await jobs.submitting(job.id)
                await jobs.generating(job.id, Task(f"task {number}"), 0)
            clock.now += took_s * 1000
            await (jobs.settle(job.id, outcome) if outcome is not None else jobs.cancel_queued(job.id, "stop"))
            clock.now += 5000  # until it is shown
            await jobs.delivered(job.id)
        usual = UsualTimes(clock)
        await usual.recall(jobs)
    assert usual.usual_ms(NEW) == 20_000
