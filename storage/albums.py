"""The Albums port on SQL."""

from collections.abc import Sequence
from itertools import groupby

from typing_extensions import override

from core.models.updates import AlbumPart
from core.ports.clock import Clock
from core.ports.repositories import Albums
from storage.database import Database, Row
from storage.serialization import dump_sources, load_address, load_sources


class SqlAlbums(Albums):
    """The parts of albums in the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    @override
    async def add(self, part: AlbumPart) -> bool:
        address = part.address
        key = {"chat_id": address.chat_id, "message_id": address.reply_to}
        async with self._db.transaction() as tx:
            if await tx.fetch("album_has_part", **key):  # not late, even if its album is closed
                return True
            now = self._clock.now_ms()
            if not await tx.fetch("touch_album", chat_id=address.chat_id, album_id=part.album_id, now=now):
                return False
            await tx.fetch(
                "add_album_part",
                **key,
                album_id=part.album_id,
                thread_id=address.thread_id,
                language=address.language,
                chat_kind=part.chat_kind,
                requester_id=part.requester_id,
                source=dump_sources([part.source]) if part.source else None,
                caption=part.caption,
                said_at=part.said_at,
            )
        return True

    @override
    async def complete(self, quiet_ms: int) -> list[list[AlbumPart]]:
        rows = await self._db.fetch("complete_album_parts", quiet_since=self._clock.now_ms() - quiet_ms)
        return [
            [_part(row) for row in rows_of_album]
            for _, rows_of_album in groupby(rows, key=lambda row: (row["chat_id"], row["album_id"]))
        ]

    @override
    async def retry(self, chat_id: int, album_id: str, wait_ms: int, rarely_ms: int) -> int:
        now = self._clock.now_ms()
        row = await self._db.fetch_one(
            "retry_album", chat_id=chat_id, album_id=album_id, soon=now + wait_ms, later=now + rarely_ms
        )
        return int(row["tries"]) if row else 0

    @override
    async def close(self, parts: Sequence[AlbumPart]) -> list[AlbumPart]:
        chat_id, album_id = parts[0].address.chat_id, parts[0].album_id
        async with self._db.transaction() as tx:
            await tx.fetch("close_album", chat_id=chat_id, album_id=album_id, now=self._clock.now_ms())
            rows = await tx.fetch("drop_album_parts", chat_id=chat_id, album_id=album_id)
        handled = {part.address.reply_to for part in parts}
        return [part for part in map(_part, rows) if part.address.reply_to not in handled]


def _part(row: Row) -> AlbumPart:
    source = load_sources(row["source"])[0] if row["source"] else None
    address = load_address(row)
    return AlbumPart(
        row["album_id"], address, row["chat_kind"], row["asked_by"], source, row["caption"], row["said_at"]
    )
