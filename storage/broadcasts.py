"""The Broadcasts port on a database."""

import secrets

from bot.domain.errors import StorageError
from bot.domain.job import Address
from bot.domain.office import Broadcast, BroadcastState, Fate, NewBroadcast, Recipient, Tally
from bot.domain.ports import Clock
from storage.database import Database, Row


class StoredBroadcasts:
    """See bot.domain.office.Broadcasts."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    async def add(self, new: NewBroadcast) -> Broadcast:
        """Store it, or find the one its origin already made."""
        await self._db.fetch(
            "add_broadcast",
            id=secrets.token_hex(6),
            origin=new.origin,
            chat_id=new.address.chat_id,
            language=new.address.language,
            words=new.words,
            now=self._clock.now_ms(),
        )
        row = await self._db.fetch_one("broadcast_by_origin", origin=new.origin)
        if not row:
            raise StorageError(f"broadcast of {new.origin} neither stored nor found")
        return await self._load(row)

    async def get(self, broadcast_id: str) -> Broadcast | None:
        """Look one up."""
        row = await self._db.fetch_one("broadcast_by_id", id=broadcast_id)
        return await self._load(row) if row else None

    async def posed(self, broadcast_id: str, message_id: int) -> None:
        """Note the message."""
        await self._db.fetch("pose_broadcast", id=broadcast_id, message_id=message_id)

    async def start(self, broadcast_id: str) -> bool:
        """Its recipients are written down in the same commit."""
        async with self._db.transaction() as tx:
            started = bool(await tx.fetch("start_broadcast", id=broadcast_id))
            if started:
                await tx.fetch("add_recipients", id=broadcast_id)
        return started

    async def drop(self, broadcast_id: str) -> bool:
        """Nobody wants it."""
        return bool(await self._db.fetch("drop_broadcast", id=broadcast_id))

    async def stop(self, broadcast_id: str | None) -> int:
        """From now on nothing can be claimed."""
        if broadcast_id is None:
            return len(await self._db.fetch("stop_broadcasts"))
        return len(await self._db.fetch("stop_broadcast", id=broadcast_id))

    async def finish(self) -> None:
        """Look whether anybody is left."""
        await self._db.fetch("finish_broadcasts")

    async def due(self, limit: int) -> list[Recipient]:
        """In the order of their ids."""
        rows = await self._db.fetch("due_recipients", limit=limit)
        return [Recipient(row["broadcast_id"], row["chat_id"], row["words"]) for row in rows]

    async def claim(self, recipient: Recipient) -> bool:
        """One statement, so only one caller gets the row."""
        row = await self._db.fetch_one(
            "claim_recipient", broadcast_id=recipient.broadcast_id, chat_id=recipient.chat_id
        )
        return row is not None

    async def unclaim(self, recipient: Recipient) -> None:
        """It may be tried again."""
        await self._db.fetch("unclaim_recipient", broadcast_id=recipient.broadcast_id, chat_id=recipient.chat_id)

    async def note(self, recipient: Recipient, fate: Fate) -> None:
        """Note what became of it."""
        await self._db.fetch(
            "note_fate", broadcast_id=recipient.broadcast_id, chat_id=recipient.chat_id, fate=fate.value
        )

    async def follow(self, recipient: Recipient, chat_id: int) -> None:
        """The old id goes, the new one takes its place unless it has one."""
        async with self._db.transaction() as tx:
            await tx.fetch("forget_recipient", broadcast_id=recipient.broadcast_id, chat_id=recipient.chat_id)
            await tx.fetch("add_recipient", broadcast_id=recipient.broadcast_id, chat_id=chat_id)

    async def abandon(self) -> None:
        """Nobody is sending right after a start."""
        await self._db.fetch("abandon_recipients")

    async def untold(self) -> list[tuple[Broadcast, Tally]]:
        """With how far each got."""
        rows = await self._db.fetch("untold_broadcasts")
        return [(await self._load(row), await self._tally(row["id"])) for row in rows]

    async def told(self, broadcast_id: str) -> None:
        """Only an end can be told for good."""
        await self._db.fetch("broadcast_told", id=broadcast_id, now=self._clock.now_ms())

    async def _tally(self, broadcast_id: str) -> Tally:
        chats = {row["fate"]: row["chats"] for row in await self._db.fetch("fates_of", id=broadcast_id)}
        return Tally(sum(chats.values()), **{fate.value: chats.get(fate.value, 0) for fate in Fate})

    async def _load(self, row: Row) -> Broadcast:
        new = NewBroadcast(row["origin"], Address(row["chat_id"], None, None, row["language"]), row["words"])
        (reach,) = await self._db.fetch("reach")
        return Broadcast(row["id"], new, BroadcastState(row["state"]), row["message_id"], reach["chats"])
