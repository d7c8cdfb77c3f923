"""The Inbox port on SQLite."""

from collections.abc import Collection, Sequence

from typing_extensions import override

from core.models.updates import Update
from core.ports.clock import Clock
from core.ports.repositories import Inbox
from core.runtime.worker import WakeUp
from storage.database import Database


class SqliteInbox(Inbox):
    """The updates in an SQLite database."""

    def __init__(self, database: Database, clock: Clock, wake_up: WakeUp | None = None) -> None:
        self._db = database
        self._clock = clock
        self._wake_up = wake_up or WakeUp()

    @override
    async def store(self, updates: Sequence[Update]) -> None:
        now = self._clock.now_ms()
        async with self._db.transaction() as tx:
            for update in updates:
                await tx.fetch(
                    "store_update",
                    update_id=update.update_id,
                    chat_id=update.chat_id,
                    person=update.person,
                    album_id=update.album_id,
                    payload=update.payload,
                    now=now,
                )
        self._wake_up.set()

    @override
    async def open(self, limit: int, besides: Collection[int] = ()) -> list[Update]:
        numbers = ",".join(map(str, besides))
        rows = await self._db.fetch("open_updates", now=self._clock.now_ms(), limit=limit, besides=f",{numbers},")
        return [
            Update(
                row["update_id"],
                row["chat_id"],
                row["payload"],
                row["attempts"],
                row["person"],
                tries=row["tries"],
                received_at=row["received_at"],
            )
            for row in rows
        ]

    @override
    async def begin(self, update_id: int) -> None:
        await self._db.fetch("begin_update", update_id=update_id)

    @override
    async def done(self, update_id: int, trouble: str | None = None) -> None:
        await self._db.fetch("finish_update", update_id=update_id, trouble=trouble, now=self._clock.now_ms())

    @override
    async def retry(self, update_id: int, wait_ms: int, trouble: str) -> None:
        due = self._clock.now_ms() + wait_ms
        await self._db.fetch("retry_update", update_id=update_id, due_at=due, trouble=trouble)
