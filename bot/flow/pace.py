"""Not more than so many calls in so many seconds."""

import asyncio
from collections import deque


class Pace:
    """Lets `calls` through in any `window_s` seconds, first come, first served."""

    def __init__(self, calls: int, window_s: float) -> None:
        self._window_s = window_s
        self._recent: deque[float] = deque(maxlen=calls)
        self._lock = asyncio.Lock()

    async def turn(self) -> None:
        """Wait for room, and use it."""
        loop = asyncio.get_running_loop()
        async with self._lock:
            if len(self._recent) == self._recent.maxlen:
                await asyncio.sleep(max(self._recent[0] + self._window_s - loop.time(), 0))
            self._recent.append(loop.time())
