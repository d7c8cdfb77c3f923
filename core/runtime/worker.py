"""The one place where tasks are made: each is named, watched, and ended in order."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Sequence
from typing import Any, Generic, TypeVar

import structlog

from core.errors import StorageError

log = structlog.get_logger()

Item = TypeVar("Item")
_COOL_DOWN_S = 5.0


class TaskSupervisor:
    """Every task of the process. A loop that ends by an error ends the process, as nobody would notice otherwise."""

    def __init__(self, on_broken: Callable[[], None] = lambda: None) -> None:
        self._loops: set[asyncio.Task[None]] = set()
        self._errands: set[asyncio.Task[None]] = set()
        self._on_broken = on_broken
        self.broken = False

    def start_daemon(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Run what is meant to run as long as the process does."""
        task = asyncio.create_task(work, name=name)
        self._loops.add(task)
        task.add_done_callback(self._loop_ended)

    def spawn(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Run a piece of work that ends by itself."""
        task = asyncio.create_task(work, name=name)
        self._errands.add(task)
        task.add_done_callback(self._errand_ended)

    async def stop(self, grace_s: float) -> None:
        """Take nothing more on, let what is under way finish for at most `grace_s` seconds, then cancel it."""
        for task in self._loops:
            task.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        if self._errands:
            _, late = await asyncio.wait(self._errands, timeout=grace_s)
            for task in late:
                log.warning("cancelled at shutdown", task=task.get_name())
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _loop_ended(self, task: asyncio.Task[None]) -> None:
        self._loops.discard(task)
        if not task.cancelled():
            log.critical("a loop ended", task=task.get_name(), exc_info=task.exception())
            self.broken = True
            self._on_broken()

    def _errand_ended(self, task: asyncio.Task[None]) -> None:
        self._errands.discard(task)
        if not task.cancelled() and task.exception():
            log.error("an errand failed", task=task.get_name(), exc_info=task.exception())


class WakeUp:
    """Rung when there may be something to do; many rings before a look are one."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def set(self) -> None:
        """There may be something to do."""
        self._rung.set()

    async def wait(self, timeout_s: float) -> None:
        """Return at the next ring, at once where it rang already, or after `timeout_s` seconds."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._rung.wait()
        except TimeoutError:
            pass
        self._rung.clear()


class Worker(Generic[Item]):
    """Fetch what is due and process it: `concurrency` items at once, one at a time for each key.

    What is due is always asked of the store, at each wake-up and every `poll_interval_s` seconds, so nothing is
    forgotten with the process. `fetch(limit)` may return what is being processed already. An item that fails
    unexpectedly is left alone for a moment, and only it is.
    """

    def __init__(
        self,
        supervisor: TaskSupervisor,
        name: str,
        wake_up: WakeUp,
        fetch: Callable[[int], Awaitable[Sequence[Item]]],
        process: Callable[[Item], Awaitable[None]],
        key: Callable[[Item], Hashable],
        *,
        concurrency: int,
        poll_interval_s: float = 1.0,
    ) -> None:
        self._supervisor = supervisor
        self.name = name
        self._wake_up = wake_up
        self._fetch = fetch
        self._process = process
        self._key = key
        self._concurrency = concurrency
        self._poll_interval_s = poll_interval_s
        self._busy: set[Hashable] = set()
        self._freed: set[Hashable] = set()

    async def run(self) -> None:
        """Work until cancelled; a store that fails for a moment only delays."""
        while True:
            try:
                await self._hand_out()
            except StorageError as error:
                log.error("waits for storage", line=self.name, error=str(error))
                await asyncio.sleep(_COOL_DOWN_S)
            except Exception:  # whatever it was, the line must not stand still for good
                log.exception("could not look for work", line=self.name)
                await asyncio.sleep(_COOL_DOWN_S)
            await self._wake_up.wait(self._poll_interval_s)

    async def _hand_out(self) -> None:
        room = self._concurrency - len(self._busy)
        if room <= 0:
            return
        self._freed.clear()
        for item in await self._fetch(self._concurrency + len(self._busy)):
            key = self._key(item)
            if key in self._busy or key in self._freed:  # what ended during the look may still have been seen in it
                continue
            if len(self._busy) >= self._concurrency:
                return
            self._busy.add(key)
            self._supervisor.spawn(f"{self.name} {key}", self._one(key, item))

    async def _one(self, key: Hashable, item: Item) -> None:
        try:
            await self._process(item)
        except StorageError as error:
            log.error("waits for storage", line=self.name, item=key, error=str(error))
            await asyncio.sleep(_COOL_DOWN_S)
        except Exception:  # the last line of defence: logged, and tried again later
            log.exception("unexpected failure", line=self.name, item=key)
            await asyncio.sleep(_COOL_DOWN_S)
        finally:
            self._busy.discard(key)
            self._freed.add(key)
            self._wake_up.set()
