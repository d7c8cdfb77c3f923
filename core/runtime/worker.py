"""The only place where tasks are made: each has a name, is watched, and is ended in order."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Sequence
from typing import Any, Generic, TypeVar

import structlog

from core.errors import StorageError
from core.models.timing import Timing

log = structlog.get_logger()

Item = TypeVar("Item")


class TaskSupervisor:
    """The owner of all tasks of the process.

    A daemon that ends by an error calls `on_broken`, so that the process ends; otherwise the error would go unnoticed.
    """

    def __init__(self, on_broken: Callable[[], None] = lambda: None) -> None:
        self._loops: set[asyncio.Task[None]] = set()
        self._errands: set[asyncio.Task[None]] = set()
        self._on_broken = on_broken
        self.broken = False

    def start_daemon(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Run work that lasts as long as the process."""
        task = asyncio.create_task(work, name=name)
        self._loops.add(task)
        task.add_done_callback(self._loop_ended)

    def spawn(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Run work that ends by itself."""
        task = asyncio.create_task(work, name=name)
        self._errands.add(task)
        task.add_done_callback(self._errand_ended)

    async def stop(self, grace_s: float) -> None:
        """Stop the daemons, let the other work finish for at most `grace_s` seconds, then cancel it."""
        for task in self._loops:
            task.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        if self._errands:
            _, late = await asyncio.wait(self._errands, timeout=grace_s)
            for task in late:
                log.warning("background_task_canceled", name=task.get_name())
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _loop_ended(self, task: asyncio.Task[None]) -> None:
        self._loops.discard(task)
        if not task.cancelled():
            log.critical("worker_ended", worker=task.get_name(), exc_info=task.exception())
            self.broken = True
            self._on_broken()

    def _errand_ended(self, task: asyncio.Task[None]) -> None:
        self._errands.discard(task)
        if not task.cancelled() and task.exception():
            log.error("background_task_failed", name=task.get_name(), exc_info=task.exception())


class WakeUp:
    """A signal that there may be work. Several signals before a worker looks count as one."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def set(self) -> None:
        """Signal that there may be work."""
        self._rung.set()

    async def wait(self, timeout_s: float) -> None:
        """Return at the next signal, at once if there was one already, or after `timeout_s` seconds."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._rung.wait()
        except TimeoutError:
            pass
        self._rung.clear()


class Worker(Generic[Item]):
    """A worker that fetches due items and processes them: `concurrency` at once, and one at a time for each key.

    The worker asks the store for due items at each wake-up and every `poll_interval_s` seconds, so no item is lost with
    the process. `fetch(limit)` may return items that are being processed already. After an unexpected failure, only the
    failed item waits, for `cool_down_s` seconds.
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
        cool_down_s: float = Timing.cool_down_s,
    ) -> None:
        self._supervisor = supervisor
        self.name = name
        self._wake_up = wake_up
        self._fetch = fetch
        self._process = process
        self._key = key
        self._concurrency = concurrency
        self._poll_interval_s = poll_interval_s
        self._cool_down_s = cool_down_s
        self._busy: set[Hashable] = set()
        self._freed: set[Hashable] = set()

    async def run(self) -> None:
        """Work until canceled; a store that fails for a moment only causes a delay."""
        while True:
            try:
                await self._hand_out()
            except StorageError as error:
                log.error("database_unavailable", worker=self.name, error=str(error))
                await asyncio.sleep(self._cool_down_s)
            except Exception:  # whatever it was, the worker must go on
                log.exception("worker_fetch_failed", worker=self.name)
                await asyncio.sleep(self._cool_down_s)
            await self._wake_up.wait(self._poll_interval_s)

    async def _hand_out(self) -> None:
        room = self._concurrency - len(self._busy)
        if room <= 0:
            return
        self._freed.clear()
        for item in await self._fetch(self._concurrency + len(self._busy)):
            key = self._key(item)
            if key in self._busy or key in self._freed:  # an item that ended during the fetch may be in its result
                continue
            if len(self._busy) >= self._concurrency:
                return
            self._busy.add(key)
            self._supervisor.spawn(f"{self.name} {key}", self._one(key, item))

    async def _one(self, key: Hashable, item: Item) -> None:
        try:
            await self._process(item)
        except StorageError as error:
            log.error("database_unavailable", worker=self.name, item=key, error=str(error))
            await asyncio.sleep(self._cool_down_s)
        except Exception:  # the last resort: log it, and try again later
            log.exception("unexpected_error", worker=self.name, item=key)
            await asyncio.sleep(self._cool_down_s)
        finally:
            self._busy.discard(key)
            self._freed.add(key)
            self._wake_up.set()
