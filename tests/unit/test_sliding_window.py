"""The sliding-window rate limiter never exceeds the permitted calls in a window."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.runtime.rate_limiter import SlidingWindowLimiter
from tests.unit.loops import jumping, run_jumping


@given(st.lists(st.sampled_from([0.0, 0.0, 0.1, 3.0, 11.0]), max_size=60), st.integers(1, 5))
@settings(max_examples=100, deadline=None)
def test_the_pace_is_kept(pauses: list[float], calls: int) -> None:
    """Calls stay within the limit of the window, keep their order, and don't wait if there is room."""

    async def play() -> list[tuple[int, float]]:
        pace, turns, loop = SlidingWindowLimiter(calls, 10.5), [], asyncio.get_running_loop()

        async def call(number: int) -> None:
            await pace.turn()
            turns.append((number, loop.time()))

        tasks = []
        for number, pause in enumerate(pauses):
            await asyncio.sleep(pause)
            tasks.append(asyncio.create_task(call(number)))
        await asyncio.gather(*tasks)
        return turns

    turns = run_jumping(play())
    assert [number for number, _ in turns] == list(range(len(pauses)))
    times = [at for _, at in turns]
    assert all(later - earlier >= 10.5 - 1e-6 for earlier, later in zip(times, times[calls:], strict=False))
    assert len({round(at, 2) for at in times[:calls]}) <= 1 + sum(pause > 0 for pause in pauses[1:calls])


@jumping
async def test_a_call_counts_from_when_it_arrived() -> None:
    """A call counts from its answer on, because it may have arrived late."""
    pace, start = SlidingWindowLimiter(1, 10), asyncio.get_running_loop().time()
    turn = await pace.turn()
    await asyncio.sleep(5)
    await pace.answered(turn)
    await pace.turn()
    assert asyncio.get_running_loop().time() - start == pytest.approx(15, abs=0.001)


@jumping
async def test_whoever_stops_waiting_for_a_turn_uses_none() -> None:
    """A canceled call leaves its turn to the next one."""
    pace, start = SlidingWindowLimiter(1, 10), asyncio.get_running_loop().time()
    await pace.turn()
    gone, stays = asyncio.create_task(pace.turn()), asyncio.create_task(pace.turn())
    await asyncio.sleep(1)
    gone.cancel()
    await stays
    assert asyncio.get_running_loop().time() - start == pytest.approx(10, abs=0.001)
