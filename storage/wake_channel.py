"""The wake-ups between processes: PostgreSQL's NOTIFY, sent and heard on a connection of its own.

A NOTIFY within a transaction takes a lock over the whole database at its commit, so none is sent within the work of
others, and those of a moment are sent as one. A lost notification only costs time: each worker looks every second.
"""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from core.errors import StorageError
from core.runtime.log_throttle import LogThrottle

log = structlog.get_logger()

CHANNEL = "imagine_bot"
_DEBOUNCE_S = 0.01
_AGAIN_S = 1.0
_ALIVE_S = 10.0
_LONGEST = 7_000  # bytes; PostgreSQL takes payloads of up to 8,000 (documentation, NOTIFY)

Heard = Callable[[str, frozenset[int]], None]
"""A function that hears of work: the name of a wake-up, or of anything else, and the shards, if it is about some."""


class Line(Protocol):
    """A connection that hears notifications."""

    @abstractmethod
    async def notify(self, payload: str) -> None:
        """Send a notification to all processes; with an empty one, only see whether the connection lives.

        Raises StorageError.
        """
        ...

    @abstractmethod
    async def close(self) -> None:
        """Close the connection."""
        ...


Open = Callable[[Callable[[str], None]], Awaitable[Line]]
"""A function that opens a line, and passes on the payloads that it hears. Raises StorageError."""


class WakeChannel:
    """The channel of one process. `heard` is also called with an empty name after each time in which none was heard."""

    def __init__(self, open_line: Open, heard: Heard) -> None:
        self._open = open_line
        self._heard = heard
        self._pending: dict[str, set[int]] = {}
        self._due = asyncio.Event()
        self._throttle = LogThrottle()

    def tell(self, name: str, shard: int) -> None:
        """Tell the owner of a shard of work, in a moment."""
        self._pending.setdefault(name, set()).add(shard)
        self._due.set()

    async def run(self) -> None:
        """Hear and tell until canceled, over as many connections as it takes."""
        while True:
            try:
                line = await self._open(self._receive)
                try:
                    self._heard("", frozenset())
                    await self._tell_over(line)
                finally:
                    await line.close()
            except (StorageError, TimeoutError) as error:
                self._throttle(log.warning, "wake_channel_lost", error=str(error) or type(error).__name__)
                await asyncio.sleep(_AGAIN_S)

    async def _tell_over(self, line: Line) -> None:
        while True:
            try:
                async with asyncio.timeout(_ALIVE_S):
                    await self._due.wait()
                await asyncio.sleep(_DEBOUNCE_S)
            except TimeoutError:
                pass
            self._due.clear()
            pending, self._pending = self._pending, {}
            async with asyncio.timeout(_ALIVE_S):
                await line.notify(_written(pending))

    def _receive(self, payload: str) -> None:
        for name, shards in _read(payload).items():
            self._heard(name, shards)


def _written(pending: dict[str, set[int]]) -> str:
    return ";".join(f"{name}:{','.join(map(str, sorted(shards)))}" for name, shards in pending.items())[:_LONGEST]


def _read(payload: str) -> dict[str, frozenset[int]]:
    """Read a payload. Another program may notify, too, so anything that isn't a number is passed over."""
    found = {}
    for part in payload.split(";"):
        name, _, shards = part.partition(":")
        if name:
            found[name] = frozenset(int(shard) for shard in shards.split(",") if shard.isascii() and shard.isdigit())
    return found
