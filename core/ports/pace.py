"""The ports to the pace of calls that others limit."""

from abc import abstractmethod
from typing import Protocol


class Pace(Protocol):
    """A limit of calls within a time window."""

    @abstractmethod
    async def turn(self) -> int:
        """Wait for room and use it; return the number to pass to `answered`."""
        ...

    @abstractmethod
    async def answered(self, number: int) -> None:
        """Record that the call with this number has reached the server by now."""
        ...


class CallCounter(Protocol):
    """A count of calls, by names, of all processes that share a store. Raises StorageError."""

    @abstractmethod
    async def take(self, name: str, calls: int, window_ms: int) -> tuple[int, int]:
        """Count a call now if there were fewer than `calls` within the last `window_ms`.

        Return the time that counts for it and 0, or 0 and the milliseconds until there may be room.
        """
        ...

    @abstractmethod
    async def answered(self, name: str, counted_at: int) -> None:
        """Let a call count from now on, instead of from the time that `take` returned."""
        ...
