"""Stopping a job works even if it is submitted or requeued at the same moment."""

import asyncio
from pathlib import Path

import pytest

from core.models.job import State
from tests.unit.stores import jobs_in, order


@pytest.mark.parametrize("back", [True, False], ids=["handed back", "handed over"])
async def test_a_move_in_between(tmp_path: Path, back: bool) -> None:
    """Whichever comes first, the job ends canceled or suppressed."""
    async with jobs_in(tmp_path) as jobs:
        for number in range(10):
            job, _ = await jobs.add(order(f"order {number}"))
            if back:
                assert await jobs.submitting(job.id)
            move = jobs.requeue(job.id, 2000) if back else jobs.submitting(job.id)
            stopped, _ = await asyncio.gather(jobs.cancel_or_suppress(job.id, f"stop {number}"), move)
            assert stopped
            assert stopped.suppressed or stopped.state is State.CANCELLED


async def test_what_has_an_outcome(tmp_path: Path) -> None:
    """A job with an outcome can't be stopped."""
    async with jobs_in(tmp_path) as jobs:
        job, _ = await jobs.add(order("order"))
        assert await jobs.cancelled(job.id)
        assert await jobs.cancel_or_suppress(job.id, "stop") is None
