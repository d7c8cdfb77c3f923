"""Stopping an order never fails for its being handed to the service, and back, at that very moment."""

import asyncio
from pathlib import Path

import pytest

from core.models.job import State
from tests.unit.stores import jobs_in, order


@pytest.mark.parametrize("back", [True, False], ids=["handed back", "handed over"])
async def test_a_move_in_between(tmp_path: Path, back: bool) -> None:
    """Whichever comes first, the stop or the move, the order is called off or muted."""
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
    """There is nothing left to stop."""
    async with jobs_in(tmp_path) as jobs:
        job, _ = await jobs.add(order("order"))
        assert await jobs.cancelled(job.id)
        assert await jobs.cancel_or_suppress(job.id, "stop") is None
