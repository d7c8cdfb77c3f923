"""The Inbox port on a database."""

from collections.abc import Collection, Sequence

from core.models.updates import Update
from core.ports.clock import Clock
from storage.database import Database


class SqliteInbox:
    """See core.ports.repositories.Inbox."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    async def store(self, updates: Sequence[Update]) -> None:
        """One commit for all of them, so that they can be acknowledged together."""
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

    async def open(self, limit: int, besides: Collection[int] = ()) -> list[Update]:
        """One a person and chat."""
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

    async def begin(self, update_id: int) -> None:
        """Count the attempt."""
        await self._db.fetch("begin_update", update_id=update_id)

    async def done(self, update_id: int, trouble: str | None = None) -> None:
        """Handled, or given up."""
        await self._db.fetch("finish_update", update_id=update_id, trouble=trouble, now=self._clock.now_ms())

    async def retry(self, update_id: int, wait_ms: int, trouble: str) -> None:
        """Later."""
        due = self._clock.now_ms() + wait_ms
        await self._db.fetch("retry_update", update_id=update_id, due_at=due, trouble=trouble)
