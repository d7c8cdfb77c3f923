"""The only place where tasks are made: each has a name, is watched, and is ended in order."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Sequence
from contextlib import suppress
from typing import Any, Generic, TypeVar

import structlog

from core.errors import StorageError
from core.models.timing import Timing
from core.runtime.shards import OwnedShards

log = structlog.get_logger()

Item = TypeVar("Item")

_MOST_OFFERED = 64
_LEADING_LOOK_S = 0.5


class TaskSupervisor:
    """The owner of all tasks of the process.

    A daemon that ends by an error calls `on_broken`, so that the process ends; otherwise the error would go unnoticed.
    """

    def __init__(self, on_broken: Callable[[], None] = lambda: None) -> None:
        self._loops: set[asyncio.Task[None]] = set()
        self._errands: set[asyncio.Task[None]] = set()
        self._on_broken = on_broken
        self.broken = False

    def child(self) -> "TaskSupervisor":
        """Return a supervisor of tasks that stop at another time. A daemon of its that breaks breaks this one, too."""
        return TaskSupervisor(self._break)

    def _break(self) -> None:
        self.broken = True
        self._on_broken()

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
            self._break()

    def _errand_ended(self, task: asyncio.Task[None]) -> None:
        self._errands.discard(task)
        if not task.cancelled() and task.exception():
            log.error("background_task_failed", name=task.get_name(), exc_info=task.exception())


class WakeUp(Generic[Item]):
    """A signal that there may be work, or that an item is due. Several signals before a worker looks count as one."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._offered: list[Item] = []
        self._is_general = False

    def set(self) -> None:
        """Signal that there may be work."""
        self._is_general = True
        self._rung.set()

    def offer(self, item: Item) -> None:
        """Signal that an item is due, as it was committed just now, so that the worker need not look for it."""
        if len(self._offered) < _MOST_OFFERED:
            self._offered.append(item)
        else:
            self._is_general = True
        self._rung.set()

    def set_for(self, chat_id: int) -> None:
        """Signal that there may be work for a chat."""
        self.set()

    async def wait(self, timeout_s: float) -> list[Item] | None:
        """Wait for the next signal, for at most `timeout_s` seconds. Return what was offered, or None for a look."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._rung.wait()
        offered, is_general = self._offered, self._is_general or not self._rung.is_set()
        self._offered, self._is_general = [], False
        self._rung.clear()
        return None if is_general else offered


class Worker(Generic[Item]):
    """A worker that fetches due items and processes them: `concurrency` at once, and one at a time for each key.

    The worker asks the store for due items at each wake-up and every `poll_interval_s` seconds, so no item is lost with
    the process. Items that a wake-up names are processed without a look, as far as `admit` lets them. `fetch(limit)`
    may return items that are being processed already. `chat` tells the chat that an item belongs to: only the items of
    this process's `shards` are processed. After an item, the worker looks again only if there was no room
    for another one: whatever else becomes due sets the wake-up. After an unexpected failure, only the failed item
    waits, for `cool_down_s` seconds.
    """

    def __init__(
        self,
        supervisor: TaskSupervisor,
        name: str,
        wake_up: WakeUp[Item],
        fetch: Callable[[int], Awaitable[Sequence[Item]]],
        process: Callable[[Item], Awaitable[None]],
        key: Callable[[Item], Hashable],
        *,
        concurrency: int,
        chat: Callable[[Item], int] = lambda _: 0,
        shards: OwnedShards | None = None,
        admit: Callable[[Sequence[Item]], Sequence[Item]] | None = None,
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
        self._chat = chat
        self._shards = shards or OwnedShards.all()
        self._admit = admit
        self._poll_interval_s = poll_interval_s
        self._cool_down_s = cool_down_s
        self._busy: set[Hashable] = set()
        self._freed: set[Hashable] = set()
        self._left_over = False

    async def run(self) -> None:
        """Work until canceled; a store that fails for a moment only causes a delay."""
        offered: Sequence[Item] | None = None
        while True:
            try:
                if offered is None:
                    await self._hand_out()
                else:
                    self._start(self._admit(offered) if self._admit else offered)
            except StorageError as error:
                log.error("database_unavailable", worker=self.name, error=str(error))
                await asyncio.sleep(self._cool_down_s)
            except Exception:  # whatever it was, the worker must go on
                log.exception("worker_fetch_failed", worker=self.name)
                await asyncio.sleep(self._cool_down_s)
            offered = await self._wake_up.wait(self._poll_interval_s)

    async def _hand_out(self) -> None:
        self._left_over = len(self._busy) >= self._concurrency
        if self._left_over:
            return
        self._freed.clear()
        limit = self._concurrency + len(self._busy)
        items = await self._fetch(limit)
        self._left_over = len(items) >= limit
        if any(self._key(item) in self._freed for item in items):  # it may have ended during the fetch
            items = [item for item in items if self._key(item) not in self._freed]
            self._wake_up.set()
        self._start(items)

    def _start(self, items: Sequence[Item]) -> None:
        """Process items for which there is room; the others are found by a later look."""
        for item in items:
            key = self._key(item)
            if not self._shards.owns(self._chat(item)):
                continue  # the process that owns it finds it
            if key in self._busy or len(self._busy) >= self._concurrency:
                self._left_over = True
            else:
                self._busy.add(key)
                self._supervisor.spawn(f"{self.name} {key}", self._one(key, item))

    async def _one(self, key: Hashable, item: Item) -> None:
        has_failed = True
        try:
            with self._shards.working(self._chat(item)):
                await self._process(item)
            has_failed = False
        except StorageError as error:
            log.error("database_unavailable", worker=self.name, item=key, error=str(error))
            await asyncio.sleep(self._cool_down_s)
        except Exception:  # the last resort: log it, and try again later
            log.exception("unexpected_error", worker=self.name, item=key)
            await asyncio.sleep(self._cool_down_s)
        finally:
            self._busy.discard(key)
            self._freed.add(key)
            if has_failed or self._left_over:
                self._wake_up.set()


async def while_leading(shards: OwnedShards, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run work each time this process begins to lead, for as long as it does. Work that ends isn't begun again."""
    while True:
        while not shards.leads:  # noqa: ASYNC110 - a lease ends by time alone
            await asyncio.sleep(_LEADING_LOOK_S)
        task = asyncio.ensure_future(work())
        try:
            while shards.leads:
                await asyncio.wait({task}, timeout=_LEADING_LOOK_S)
                if task.done():
                    task.result()
                    await asyncio.sleep(_LEADING_LOOK_S)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
