"""An event loop for long scenarios: waiting runs many times faster, while work takes its real time."""

import asyncio
import selectors
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from bot.clock import SystemClock
from bot.telegram.rate_limiter import SendLimits
from core.models.timing import Timing
from sandbox.serve import Sandbox
from sandbox.telegram.limits import FloodGate
from tests.e2e.kit import Mode, Studio, picture

OWED = "jobs WHERE state NOT IN ('delivered', 'cancelled')"
SMALL = picture()
Result = TypeVar("Result")


class _Hurrying(selectors.DefaultSelector):  # type: ignore[valid-type,misc,unused-ignore]
    """A selector whose timers run `speed` times faster; work, including threads and disk, keeps its real time."""

    def __init__(self, speed: float) -> None:
        super().__init__()
        self._speed = speed
        self._gained = 0.0

    def now(self) -> float:
        """Return the seconds on the accelerated clock."""
        return time.monotonic() + self._gained

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait, but only for a fraction of the timeout."""
        started = time.monotonic()
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(timeout and timeout / self._speed)
        if not ready:
            self._gained += (time.monotonic() - started) * (self._speed - 1)
        return ready


class HurryingLoop(asyncio.SelectorEventLoop):
    """An event loop that uses the accelerated clock."""

    def __init__(self, speed: float) -> None:
        self._hurrying = _Hurrying(speed)
        super().__init__(self._hurrying)

    def time(self) -> float:
        """Return the seconds on the accelerated clock."""
        return self._hurrying.now()


def run_hurrying(work: Coroutine[Any, Any, Result], speed: float) -> Result:
    """Run a coroutine whose waiting would take many minutes."""
    with asyncio.Runner(loop_factory=lambda: HurryingLoop(speed)) as runner:
        return runner.run(work)


@dataclass(frozen=True)
class Story:
    """A studio on an accelerated clock, and the times at which the scenario began."""

    studio: Studio
    began: float
    wall_began: float

    async def all_served(self) -> None:
        """Wait until every update is handled and every job has ended."""
        async with asyncio.timeout(1800):
            while self.studio.world.updates.pending or self.studio.rows(OWED):  # noqa: ASYNC110
                await asyncio.sleep(2)

    @property
    def minutes(self) -> float:
        """Return the minutes since the beginning, on the accelerated clock."""
        return (asyncio.get_running_loop().time() - self.began) / 60

    @property
    def wall_s(self) -> float:
        """Return the seconds since the beginning, in real time."""
        return time.monotonic() - self.wall_began


@asynccontextmanager
async def hurrying_studio(directory: Path, patch: pytest.MonkeyPatch) -> AsyncIterator[Story]:
    """Run a bot and a sandbox with every limit on, both on the loop's clock; a task takes half a minute."""
    loop = asyncio.get_running_loop()
    offset = time.time() - loop.time()

    def clock() -> float:
        return loop.time() + offset

    patch.setattr(SystemClock, "now_ms", lambda _: int(clock() * 1000))
    patch.setattr(SystemClock, "wall_s", lambda _: clock())
    story = loop.time(), time.monotonic()
    async with Sandbox(strict=True) as sandbox:
        images, world = sandbox.images, sandbox.telegram
        images.fast, images.duration_s, images.credits = True, 30.0, 1e6
        images.blank = lambda _: SMALL
        images.clock = images.files.clock = images.caller.clock = clock
        world.limits = FloodGate(loop.time)
        studio = Studio(directory, Mode.WEBHOOK, sandbox)
        studio.timing, studio.send_limits = Timing(), SendLimits()
        world.wall = clock
        await studio.start(poll_interval_s=10)
        try:
            yield Story(studio, *story)
        finally:
            await studio.close()
