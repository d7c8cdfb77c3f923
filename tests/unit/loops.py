"""An event loop whose time is ours: it never waits, it jumps to the moment the next timer is due."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

TICK = 1e-6  # a turn of a real loop takes time, too; without it a timer rounded to "now" would come back forever
Result = TypeVar("Result")


class _Jumping(selectors.DefaultSelector):  # type: ignore[valid-type,misc,unused-ignore]
    """Instead of waiting for `timeout` seconds it lets them have passed."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Answer what is ready, or jump."""
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("everything waits, and nothing will ever happen")
            self.passed += max(timeout, TICK)
        return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    """For code that only waits for timers and other tasks: threads and sockets would be jumped over."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Seconds on our clock."""
        return self._jumping.passed


def run_jumping(work: Coroutine[Any, Any, Result]) -> Result:
    """Run something to its end without waiting for any of its timers."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(work)
