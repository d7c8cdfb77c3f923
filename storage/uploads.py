"""The Uploads port on SQL."""

from collections.abc import Sequence

from typing_extensions import override

from core.models.media import Upload
from core.ports.clock import Clock
from core.ports.repositories import Uploads
from storage.database import Database


class SqlUploads(Uploads):
    """The uploads in the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    @override
    async def find(self, unique_id: str, younger_ms: int) -> Upload | None:
        after = self._clock.now_ms() - younger_ms
        row = await self._db.fetch_one("find_upload", unique_id=unique_id, uploaded_after=after)
        return Upload(row["url"], row["width"], row["height"]) if row else None

    @override
    async def keep(self, unique_id: str, upload: Upload) -> None:
        await self._db.fetch(
            "keep_upload",
            unique_id=unique_id,
            url=upload.url,
            width=upload.width,
            height=upload.height,
            now=self._clock.now_ms(),
        )

    @override
    async def forget(self, unique_ids: Sequence[str]) -> None:
        async with self._db.transaction() as tx:
            for unique_id in sorted(unique_ids):  # two processes lock the rows in the same order
                await tx.fetch("forget_upload", unique_id=unique_id)
