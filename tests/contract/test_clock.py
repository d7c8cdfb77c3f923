"""The Clock port: every clock counts milliseconds since 1970, and none goes back."""

from datetime import UTC, datetime

import pytest

from bot.clock import SystemClock
from core.ports.clock import Clock
from tests.unit.stores import HandClock


@pytest.fixture(params=[SystemClock, HandClock])
def clock(request: pytest.FixtureRequest) -> Clock:
    """The system's, and the one that tests turn by hand."""
    made: Clock = request.param()
    return made


def test_it_tells_a_time_of_this_century(clock: Clock) -> None:
    """In milliseconds, not in seconds or nanoseconds."""
    assert datetime.fromtimestamp(clock.now_ms() / 1000, UTC).year in range(2020, 2100)


def test_it_never_goes_back(clock: Clock) -> None:
    """However closely it is asked."""
    told = [clock.now_ms() for _ in range(1000)]
    assert told == sorted(told)
