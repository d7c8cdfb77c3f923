"""The Chats port on SQL."""

from typing_extensions import override

from core.ports.clock import Clock
from core.ports.repositories import Chats
from storage.database import Database


class SqlChats(Chats):
    """The chats in the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock
        self._known: set[int] = set()

    @override
    async def seen(self, chat_id: int, kind: str) -> None:
        if chat_id in self._known:  # one write for each chat and process is enough
            return
        await self._db.fetch("see_chat", chat_id=chat_id, kind=kind, now=self._clock.now_ms())
        self._known.add(chat_id)

    @override
    async def gone(self, chat_id: int) -> None:
        now = self._clock.now_ms()
        self._known.discard(chat_id)
        async with self._db.transaction() as tx:
            await tx.fetch("chat_gone", chat_id=chat_id, now=now)
            await tx.fetch("cancel_jobs_of_chat", chat_id=chat_id, now=now)
            await tx.fetch("drop_questions", chat_id=chat_id)
            await tx.fetch("drop_drafts", chat_id=chat_id)

    @override
    async def moved(self, chat_id: int, new_id: int) -> None:
        now = self._clock.now_ms()
        async with self._db.transaction() as tx:
            for known_as in sorted((chat_id, new_id)):  # an order under either id waits
                await tx.lock(chat=known_as)
            await tx.fetch("see_chat", chat_id=new_id, kind="supergroup", now=now)
            await tx.fetch("mark_moved", chat_id=chat_id, new_id=new_id, now=now)
            await tx.fetch("lose_placeholders", chat_id=chat_id)
            await tx.fetch("move_jobs", chat_id=chat_id, new_id=new_id)
            await tx.fetch("move_favorites", chat_id=chat_id, new_id=new_id)
            await tx.fetch("move_inbox", chat_id=chat_id, new_id=new_id)
            await tx.fetch("move_drafts", chat_id=chat_id, new_id=new_id)
            await tx.fetch("move_open_albums", chat_id=chat_id, new_id=new_id)
            await tx.fetch("move_album_parts", chat_id=chat_id, new_id=new_id)
            await tx.fetch("drop_outdated_preferences", chat_id=chat_id, new_id=new_id)
            await tx.fetch("move_preferences", chat_id=chat_id, new_id=new_id)
            await tx.fetch("move_grants", chat_id=chat_id, new_id=new_id)
            await tx.fetch("drop_undecided_group", chat_id=chat_id, new_id=new_id)
            await tx.fetch("move_group", chat_id=chat_id, new_id=new_id)
            await tx.fetch("move_access", chat_id=chat_id, new_id=new_id)
            await tx.fetch("forget_messages", chat_id=chat_id)
            await tx.fetch("drop_questions", chat_id=chat_id)
