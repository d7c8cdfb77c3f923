"""Not more than so many calls in so many seconds."""

import asyncio
from itertools import count


class SlidingWindowLimiter:
    """Lets `calls` through in any `window_s` seconds of the other end, first come, first served.

    The other end counts a call when it arrives, which is some time between its start and its answer: once `answered`,
    it counts from then on.
    """

    def __init__(self, calls: int, window_s: float) -> None:
        self._calls = calls
        self._window_s = window_s
        self._recent: dict[int, float] = {}
        self._numbers = count()
        self._lock = asyncio.Lock()

    async def turn(self) -> int:
        """Wait for room, and use it; what it answers is for `answered`."""
        async with self._lock:
            while (wait := self._wait()) > 0:  # noqa: ASYNC110 - an answer may make it longer
                await asyncio.sleep(wait)
            number = next(self._numbers)
            self.answered(number)
            return number

    def answered(self, number: int) -> None:
        """The call of this turn had come to the other end by now."""
        self._recent[number] = asyncio.get_running_loop().time()

    def _wait(self) -> float:
        now = asyncio.get_running_loop().time()
        self._recent = {number: at for number, at in self._recent.items() if at + self._window_s > now}
        excess = len(self._recent) - self._calls
        return sorted(self._recent.values())[excess] + self._window_s - now if excess >= 0 else 0.0
