"""What happens in the chats, as it happens: for the page that watches and the tests that wait."""

import asyncio
from collections import deque
from typing import Any

Event = dict[str, Any]


class Bell:
    """Wakes everybody who waits for a change. Look first, then wait: on one event loop nothing slips between."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def ring(self) -> None:
        """Wake everybody."""
        waiting, self._waiting = self._waiting, set()
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def wait(self, timeout: float | None = None) -> bool:  # noqa: ASYNC109 - a wait that ran out is an answer here
        """Wait for the next ring; False when it did not come in time."""
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
    """The last events, numbered, so that a page that lost its connection can ask for what it missed."""

    def __init__(self, keep: int = 10_000) -> None:
        self.seq = 0
        self.bell = Bell()
        self._ring: deque[Event] = deque(maxlen=keep)

    def emit(self, kind: str, chat_id: int | None, **details: Any) -> None:
        """Tell everybody."""
        self.seq += 1
        where = {} if chat_id is None else {"chat_id": chat_id}
        self._ring.append({"seq": self.seq, "type": kind, **where, **details})
        self.bell.ring()

    def since(self, seq: int) -> list[Event]:
        """Every event after this one that is still kept, oldest first."""
        missed = min(self.seq - seq, len(self._ring))
        return [] if missed <= 0 else list(self._ring)[-missed:]
