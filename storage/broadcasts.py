"""The Broadcasts port on SQL."""

import secrets
import time
from collections import Counter

from typing_extensions import override

from core.errors import StorageError
from core.models.broadcasts import Broadcast, BroadcastState, Fate, NewBroadcast, Recipient, Tally
from core.models.job import Destination
from core.ports.clock import Clock
from core.ports.operators import Broadcasts
from core.runtime.worker import WakeUp
from storage.database import Database, Row, Transaction, Value
from storage.portions import rest

PORTION = 500  # chats in one transaction, which takes a few milliseconds
_BEFORE_ALL = -(1 << 63)


class SqlBroadcasts(Broadcasts):
    """The broadcasts in the database."""

    def __init__(
        self, database: Database, clock: Clock, wake_up: WakeUp[Recipient] | None = None, portion: int = PORTION
    ) -> None:
        self._db = database
        self._clock = clock
        self._wake_up = wake_up or WakeUp()
        self._portion = portion

    @override
    async def add(self, new: NewBroadcast) -> Broadcast:
        await self._db.fetch(
            "add_broadcast",
            id=secrets.token_hex(6),
            idempotency_key=new.idempotency_key,
            chat_id=new.address.chat_id,
            language=new.address.language,
            words=new.words,
            now=self._clock.now_ms(),
        )
        row = await self._db.fetch_one("broadcast_by_idempotency_key", idempotency_key=new.idempotency_key)
        if not row:
            raise StorageError(f"broadcast of {new.idempotency_key} neither stored nor found")
        return _load(row, await self._reach())

    @override
    async def get(self, broadcast_id: str) -> Broadcast | None:
        row = await self._db.fetch_one("broadcast_by_id", id=broadcast_id)
        return _load(row) if row else None

    @override
    async def latest(self, limit: int) -> list[tuple[Broadcast, Tally]]:
        rows = await self._db.fetch("latest_broadcasts", limit=limit)
        return [(_load(row), await self._tally(row)) for row in rows]

    @override
    async def posed(self, broadcast_id: str, message_id: int) -> None:
        await self._db.fetch("pose_broadcast", id=broadcast_id, message_id=message_id)

    @override
    async def start(self, broadcast_id: str) -> bool:
        started = bool(await self._db.fetch("start_broadcast", id=broadcast_id))
        if started:
            await self._add_portion()  # these are mostly all recipients
        return started

    @override
    async def fill(self, portions: int) -> None:
        for _ in range(portions):
            began = time.monotonic()
            if not await self._add_portion():
                return
            await rest(began)

    @override
    async def drop(self, broadcast_id: str) -> bool:
        return bool(await self._db.fetch("drop_broadcast", id=broadcast_id))

    @override
    async def stop(self, broadcast_id: str | None) -> int:
        if broadcast_id is None:
            return len(await self._db.fetch("stop_broadcasts"))
        return len(await self._db.fetch("stop_broadcast", id=broadcast_id))

    @override
    async def finish(self) -> None:
        await self._db.fetch("finish_broadcasts")

    @override
    async def due(self, limit: int) -> list[Recipient]:
        rows = await self._db.fetch("due_recipients", limit=limit)
        return [Recipient(row["broadcast_id"], row["chat_id"], row["words"]) for row in rows]

    @override
    async def claim(self, recipient: Recipient) -> bool:
        # One statement, so only one caller gets the row.
        row = await self._db.fetch_one(
            "claim_recipient", broadcast_id=recipient.broadcast_id, chat_id=recipient.chat_id
        )
        return row is not None

    @override
    async def unclaim(self, recipient: Recipient) -> None:
        await self._db.fetch("unclaim_recipient", broadcast_id=recipient.broadcast_id, chat_id=recipient.chat_id)

    @override
    async def note(self, recipient: Recipient, fate: Fate) -> None:
        broadcast_id = recipient.broadcast_id
        async with self._db.transaction() as tx:
            if await tx.fetch("note_fate", broadcast_id=broadcast_id, chat_id=recipient.chat_id, fate=fate.value):
                await _count(tx, broadcast_id, fate)

    @override
    async def follow(self, recipient: Recipient, chat_id: int) -> None:
        broadcast_id = recipient.broadcast_id
        async with self._db.transaction() as tx:
            gone = await tx.fetch("forget_recipient", broadcast_id=broadcast_id, chat_id=recipient.chat_id)
            come = await tx.fetch("add_recipient", broadcast_id=broadcast_id, chat_id=chat_id)
            await tx.fetch("count_recipients", id=broadcast_id, change=len(come) - len(gone))

    @override
    async def abandon(self) -> None:
        async with self._db.transaction() as tx:
            lost = Counter(str(row["broadcast_id"]) for row in await tx.fetch("abandon_recipients"))
            for broadcast_id, chats in lost.items():
                await _count(tx, broadcast_id, Fate.UNSURE, chats)

    @override
    async def untold(self) -> list[tuple[Broadcast, Tally]]:
        rows = await self._db.fetch("untold_broadcasts")
        return [(_load(row), await self._tally(row)) for row in rows]

    @override
    async def told(self, broadcast_id: str) -> None:
        await self._db.fetch("broadcast_told", id=broadcast_id, now=self._clock.now_ms())

    async def _add_portion(self) -> bool:
        """Add recipients to a broadcast that doesn't have all yet; False if every broadcast has."""
        async with self._db.transaction() as tx:
            unfilled = await tx.fetch("unfilled_broadcasts")
            if not unfilled:
                return False
            broadcast_id, added_to = unfilled[0]
            portion: dict[str, Value] = {"after": _BEFORE_ALL if added_to is None else added_to, "limit": self._portion}
            (end,) = await tx.fetch("last_of_portion", **portion)
            added = await tx.fetch("add_recipients", id=broadcast_id, **portion)
            await tx.fetch("recipients_added", id=broadcast_id, last=end["last"], count=len(added))
            if end["chats"] < self._portion:
                await tx.fetch("all_recipients_added", id=broadcast_id, now=self._clock.now_ms())
        self._wake_up.set()
        return True

    async def _reach(self) -> int:
        reach, after = 0, _BEFORE_ALL
        while True:
            began = time.monotonic()
            (end,) = await self._db.fetch("last_of_portion", after=after, limit=self._portion)
            (row,) = await self._db.fetch("reach", after=after, limit=self._portion)
            reach += int(row["chats"])
            if end["chats"] < self._portion:
                return reach
            after = int(end["last"])
            await rest(began)

    async def _tally(self, row: Row) -> Tally:
        tried = (await self._db.fetch("tried_of", id=row["id"]))[0]["chats"]
        return Tally(
            row["total"], tried=tried, **{fate.value: row[fate.value] for fate in Fate if fate is not Fate.TRIED}
        )


async def _count(tx: Transaction, broadcast_id: str, fate: Fate, chats: int = 1) -> None:
    counts: dict[str, Value] = {one.value: chats if one is fate else 0 for one in Fate if one is not Fate.TRIED}
    await tx.fetch("count_fates", id=broadcast_id, **counts)


def _load(row: Row, reach: int = 0) -> Broadcast:
    new = NewBroadcast(row["origin"], Destination(row["chat_id"], None, None, row["language"]), row["words"])
    return Broadcast(row["id"], new, BroadcastState(row["state"]), row["message_id"], reach)
