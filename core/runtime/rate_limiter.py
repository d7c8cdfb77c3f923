"""Limiters for the number of calls within a time window."""

import asyncio
from itertools import count

from typing_extensions import override

from core.ports.pace import CallCounter, Pace


class SlidingWindowLimiter(Pace):
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

    @override
    async def turn(self) -> int:
        if not self._calls:
            return 0
        async with self._lock:
            while (wait := self._wait()) > 0:  # noqa: ASYNC110 - an answer may make the wait longer
                await asyncio.sleep(wait)
            number = next(self._numbers)
            self._count(number)
            return number

    @override
    async def answered(self, number: int) -> None:
        if self._calls:
            self._count(number)

    def _count(self, number: int) -> None:
        self._recent[number] = asyncio.get_running_loop().time()

    def _wait(self) -> float:
        now = asyncio.get_running_loop().time()
        self._recent = {number: at for number, at in self._recent.items() if at + self._window_s > now}
        excess = len(self._recent) - self._calls
        return sorted(self._recent.values())[excess] + self._window_s - now if excess >= 0 else 0.0


class SharedLimiter(Pace):
    """The same limit over all processes that share a counter; 0 calls let all through."""

    def __init__(self, counter: CallCounter, name: str, calls: int, window_s: float) -> None:
        self._counter = counter
        self._name = name
        self._calls = calls
        self._window_ms = int(window_s * 1000)
        self._lock = asyncio.Lock()

    @override
    async def turn(self) -> int:
        if not self._calls:
            return 0
        async with self._lock:  # within this process, first come, first served
            while True:
                counted_at, wait_ms = await self._counter.take(self._name, self._calls, self._window_ms)
                if not wait_ms:
                    return counted_at
                await asyncio.sleep(wait_ms / 1000)

    @override
    async def answered(self, number: int) -> None:
        if self._calls:
            await self._counter.answered(self._name, number)
