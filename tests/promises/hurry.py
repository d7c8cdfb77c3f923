"""An event loop for long stories: waiting goes by many times faster, while work takes as long as it takes."""

import asyncio
import selectors
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class _Hurrying(selectors.DefaultSelector):  # type: ignore[valid-type,misc,unused-ignore]
    """Waiting for a timer goes `speed` times faster; a second of work, of a thread's or the disk's too, is a second."""

    def __init__(self, speed: float) -> None:
        super().__init__()
        self._speed = speed
        self._gained = 0.0

    def now(self) -> float:
        """Seconds on the hurrying clock."""
        return time.monotonic() + self._gained

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait, but only for a fraction of the time."""
        started = time.monotonic()
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(timeout and timeout / self._speed)
        if not ready:
            self._gained += (time.monotonic() - started) * (self._speed - 1)
        return ready


class HurryingLoop(asyncio.SelectorEventLoop):
    """Its clock is the clock of everything that runs on it."""

    def __init__(self, speed: float) -> None:
        self._hurrying = _Hurrying(speed)
        super().__init__(self._hurrying)

    def time(self) -> float:
        """Seconds on that clock."""
        return self._hurrying.now()


def run_hurrying(work: Coroutine[Any, Any, Result], speed: float) -> Result:
    """Run something whose waiting would take many minutes."""
    with asyncio.Runner(loop_factory=lambda: HurryingLoop(speed)) as runner:
        return runner.run(work)
