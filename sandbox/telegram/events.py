"""The events of all chats, for the chat page and for tests that wait for a change."""

import asyncio
from collections import deque
from typing import Any

Event = dict[str, Any]


class Bell:
    """A signal that wakes all waiting tasks.

    Check the condition before you wait. Both run on one event loop, so no ring is missed in between.
    """

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def ring(self) -> None:
        """Wake all waiting tasks."""
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def wait(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109 - a timeout is a result, not an error
        """Wait for the next ring. Return False if it doesn't come within `timeout` seconds."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            async with asyncio.timeout(timeout):
                await future
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(future)
        return True


class Events:
    """The last events with sequence numbers, so that a page that lost its connection can fetch the missed ones."""

    def __init__(self, keep: int = 10_000) -> None:
        self.seq = 0
        self.bell = Bell()
        self._ring: deque[Event] = deque(maxlen=keep)

    def emit(self, kind: str, chat_id: int | None, **details: Any) -> None:
        """Record an event and wake all waiting tasks."""
        self.seq += 1
        where = {} if chat_id is None else {"chat_id": chat_id}
        self._ring.append({"seq": self.seq, "type": kind, **where, **details})
        self.bell.ring()

    def since(self, seq: int) -> list[Event]:
        """Return the recorded events after `seq`, oldest first."""
        missed = min(self.seq - seq, len(self._ring))
        return [] if missed <= 0 else list(self._ring)[-missed:]
