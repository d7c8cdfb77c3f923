"""The AwaitedMessages port on SQL."""

from typing_extensions import override

from core.ports.clock import Clock
from core.ports.repositories import AwaitedMessages
from storage.database import Database


class SqlAwaitedMessages(AwaitedMessages):
    """The messages that wait for a yes or no, in the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    @override
    async def put(self, chat_id: int, message_id: int) -> None:
        await self._db.fetch("put_awaited", chat_id=chat_id, message_id=message_id, now=self._clock.now_ms())

    @override
    async def drop(self, chat_id: int) -> None:
        await self._db.fetch("drop_awaited", chat_id=chat_id)

    @override
    async def all(self, younger_ms: int) -> dict[int, tuple[int, int]]:
        rows = await self._db.fetch("awaited_messages", after=self._clock.now_ms() - younger_ms)
        return {row["chat_id"]: (row["message_id"], row["sent_at"]) for row in rows}
