"""An event loop with virtual time: instead of waiting, it jumps to the time at which the next timer is due."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

TICK = 1e-6  # a real loop needs time for a turn; without it, a timer rounded to "now" would repeat forever
Result = TypeVar("Result")
Given = ParamSpec("Given")


class _Jumping(selectors.DefaultSelector):  # type: ignore[valid-type,misc,unused-ignore]
    """A selector that advances its clock by `timeout` seconds instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return the ready events, or advance the clock if there are none."""
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("everything waits, and nothing will ever happen")
            self.passed += max(timeout, TICK)
        return ready


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop for code that only waits for timers and other tasks; it doesn't wait for threads or sockets."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Return the seconds on the virtual clock."""
        return self._jumping.passed


def run_jumping(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine to its end without waiting for its timers."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(work)


def jumping(test: Callable[Given, Coroutine[Any, Any, None]]) -> Callable[Given, None]:
    """Let an asynchronous test run on a loop with virtual time."""

    @wraps(test)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> None:
        run_jumping(test(*args, **kwargs))

    return run
