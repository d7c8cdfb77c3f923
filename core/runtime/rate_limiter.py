"""A limiter for the number of calls within a time window."""

import asyncio
from itertools import count


class SlidingWindowLimiter:
    """A limiter that lets `calls` calls through in any `window_s` seconds, first come, first served; 0 lets all.

    The seconds are the server's: it counts a call when the call arrives, at some time between its start and its answer.
    So a call counts from its start at first, and from its answer once `answered` is called.
    """

    def __init__(self, calls: int, window_s: float) -> None:
        self._calls = calls
        self._window_s = window_s
        self._recent: dict[int, float] = {}
        self._numbers = count()
        self._lock = asyncio.Lock()

    async def turn(self) -> int:
        """Wait for room and use it; return the number to pass to `answered`."""
        if not self._calls:
            return 0
        async with self._lock:
            while (wait := self._wait()) > 0:  # noqa: ASYNC110 - an answer may make the wait longer
                await asyncio.sleep(wait)
            number = next(self._numbers)
            self.answered(number)
            return number

    def answered(self, number: int) -> None:
        """Record that the call with this number has reached the server by now."""
        if self._calls:
            self._recent[number] = asyncio.get_running_loop().time()

    def _wait(self) -> float:
        now = asyncio.get_running_loop().time()
        self._recent = {number: at for number, at in self._recent.items() if at + self._window_s > now}
        excess = len(self._recent) - self._calls
        return sorted(self._recent.values())[excess] + self._window_s - now if excess >= 0 else 0.0
