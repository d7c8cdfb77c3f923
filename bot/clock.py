"""The system's clock."""

import time
from collections.abc import Callable

from typing_extensions import override

from core.ports.clock import Clock


def _steady_ns() -> int:
    """Return the time of a clock that can't be set and, on Linux, goes on while the machine sleeps."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic_ns()


class SystemClock(Clock):
    """The time of day at which the process began, plus the time since.

    So deadlines hold even if the system's clock is set.
    """

    def __init__(self, wall_ns: Callable[[], int] = time.time_ns, steady_ns: Callable[[], int] = _steady_ns) -> None:
        self._wall_ns, self._steady_ns = wall_ns, steady_ns
        self._began_ns = wall_ns() - steady_ns()
        self._is_led = False

    @override
    def now_ms(self) -> int:
        return (self._began_ns + self._steady_ns()) // 1_000_000

    def steady_s(self) -> float:
        """Return the seconds of the clock that can't be set."""
        return self._steady_ns() / 1e9

    def follow(self, now_ms: int, asked_s: float) -> None:
        """Go by another clock, which all processes share: it said `now_ms` at some time since `asked_s` of `steady_s`.

        The system's time of day doesn't count from here on.
        """
        between_ns = (int(asked_s * 1e9) + self._steady_ns()) // 2
        self._began_ns, self._is_led = now_ms * 1_000_000 - between_ns, True

    def wall_s(self) -> float:
        """Return the system's time as it is set now, in epoch seconds, to compare with times that others wrote."""
        return self.now_ms() / 1000 if self._is_led else self._wall_ns() / 1e9

    def jumped_ms(self) -> int:
        """Return by how many milliseconds the system's clock was set since the process began."""
        return 0 if self._is_led else self._wall_ns() // 1_000_000 - self.now_ms()
