"""The Inbox port on SQL."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from typing_extensions import override

from core.models.updates import Update
from core.ports.clock import Clock
from core.ports.repositories import Inbox
from core.runtime.worker import WakeUp
from storage.database import Database, Transaction


class SqlInbox(Inbox):
    """The updates in the database."""

    def __init__(self, database: Database, clock: Clock, wake_up: WakeUp[Update] | None = None) -> None:
        self._db = database
        self._clock = clock
        self._wake_up = wake_up or WakeUp()

    @override
    async def store(self, updates: Sequence[Update]) -> None:
        now = self._clock.now_ms()

        async def stored(tx: Transaction) -> list[bool | None]:
            return [await store(tx, update) for update in updates]

        async def store(tx: Transaction, update: Update) -> bool | None:
            rows = await tx.fetch(
                "store_update",
                update_id=update.update_id,
                chat_id=update.chat_id,
                person=update.person,
                album_id=update.album_id,
                payload=update.payload,
                now=now,
            )
            return bool(rows[0]["is_first"]) if rows else None

        for update, is_first in zip(updates, await self._db.together(stored), strict=True):
            if is_first:
                self._wake_up.offer(replace(update, received_at=now, is_begun=True))
            elif is_first is False:
                self._wake_up.set_for(update.chat_id)

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
    async def begin(self, update_id: int) -> bool:
        return bool(await self._db.fetch("begin_update", update_id=update_id))

    @override
    async def done(self, update_id: int, trouble: str | None = None) -> None:
        row = await self._db.fetch_one("finish_update", update_id=update_id, trouble=trouble, now=self._clock.now_ms())
        if row and row["has_next"]:
            self._wake_up.set()

    @override
    async def retry(self, update_id: int, wait_ms: int, trouble: str) -> None:
        due = self._clock.now_ms() + wait_ms
        await self._db.fetch("retry_update", update_id=update_id, due_at=due, trouble=trouble)
