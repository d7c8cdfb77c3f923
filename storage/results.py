"""The Results port on SQL."""

from typing_extensions import override

from core.errors import StorageError
from core.models.history import HistoryPlace
from core.models.job import Job, PictureId
from core.models.media import Result, Shown
from core.ports.clock import Clock
from core.ports.repositories import Results
from storage.database import Database, Row, Value
from storage.serialization import load_job, load_picture

_PAGES = {
    (False, False): "history_older",
    (False, True): "history_newer",
    (True, False): "favorites_older",
    (True, True): "favorites_newer",
}
"""The statement for a page, by whether it is of favorites and whether it is the newer one."""


class SqlResults(Results):
    """The results in the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    @override
    async def get(self, picture: PictureId) -> Result | None:
        row = await self._db.fetch_one("result_by_id", job_id=picture.job_id, position=picture.position)
        return await self._result(row) if row else None

    @override
    async def by_message(self, chat_id: int, message_id: int) -> Result | None:
        row = await self._db.fetch_one("result_by_message", chat_id=chat_id, message_id=message_id)
        return await self._result(row) if row else None

    @override
    async def latest(self, requester_id: int, chat_id: int, younger_ms: int) -> list[Result]:
        since = self._clock.now_ms() - younger_ms
        rows = await self._db.fetch("latest_results", requester_id=requester_id, chat_id=chat_id, since=since)
        return [await self._result(row) for row in rows]

    @override
    async def job_of_words(self, chat_id: int, message_id: int) -> Job | None:
        row = await self._db.fetch_one("job_by_placeholder", chat_id=chat_id, message_id=message_id)
        return load_job(row) if row else None

    @override
    async def stopped_by(self, idempotency_key: str) -> Job | None:
        row = await self._db.fetch_one("job_stopped_by", idempotency_key=idempotency_key)
        return load_job(row) if row else None

    @override
    async def under_way(self, chat_id: int, message_id: int | None, requester_id: int) -> Job | None:
        row = await self._db.fetch_one(
            "job_under_way", chat_id=chat_id, message_id=message_id, requester_id=requester_id
        )
        return load_job(row) if row else None

    @override
    async def shown_again(self, picture: PictureId, chat_id: int, shown: Shown) -> None:
        key: dict[str, Value] = {"job_id": picture.job_id, "position": picture.position}
        async with self._db.transaction() as tx:
            await tx.fetch("note_shown", chat_id=chat_id, message_id=shown.message_id, **key)
            if shown.file_id:
                await tx.fetch("keep_file_id", file_id=shown.file_id, unique_id=shown.unique_id, **key)

    @override
    async def messages(self, picture: PictureId, chat_id: int) -> list[int]:
        rows = await self._db.fetch("shown_in_chat", job_id=picture.job_id, position=picture.position, chat_id=chat_id)
        return [row["message_id"] for row in rows]

    @override
    async def delete(self, picture: PictureId, chat_id: int) -> None:
        key: dict[str, Value] = {"job_id": picture.job_id, "position": picture.position}
        async with self._db.transaction() as tx:
            await tx.fetch("delete_result", now=self._clock.now_ms(), **key)
            await tx.fetch("drop_favorite", **key)
            # Its messages in other chats stay, and find a result that is deleted.
            await tx.fetch("forget_shown", chat_id=chat_id, **key)

    @override
    async def history(
        self, requester_id: int, chat_id: int | None, place: HistoryPlace, limit: int, *, favorites: bool = False
    ) -> list[Result]:
        statement = _PAGES[favorites, place.is_newer]
        rows = await self._db.fetch(
            statement,
            requester_id=requester_id,
            chat_id=chat_id,
            created_at=place.created_at,
            job_id=place.picture.job_id,
            position=place.picture.position,
            limit=limit,
        )
        return [await self._result(row) for row in (reversed(rows) if place.is_newer else rows)]

    @override
    async def history_from(self, requester_id: int, chat_id: int | None, offset: int, limit: int) -> list[Result]:
        rows = await self._db.fetch(
            "history_from", requester_id=requester_id, chat_id=chat_id, offset=offset, limit=limit
        )
        return [await self._result(row) for row in rows]

    @override
    async def mark_favorite(self, picture: PictureId, *, is_favorite: bool) -> bool:
        name = "add_favorite" if is_favorite else "drop_favorite"
        return bool(await self._db.fetch(name, job_id=picture.job_id, position=picture.position))

    @override
    async def is_favorite(self, picture: PictureId) -> bool:
        return bool(await self._db.fetch("favorite", job_id=picture.job_id, position=picture.position))

    @override
    async def has_favorites(self, requester_id: int) -> bool:
        return bool(await self._db.fetch("any_favorite", requester_id=requester_id))

    async def _result(self, row: Row) -> Result:
        job = await self._db.fetch_one("job_by_id", id=row["job_id"])
        if job is None:
            raise StorageError(f"a picture of {row['job_id']}, which is no job")
        return Result(
            load_job(job),
            row["position"],
            load_picture(row),
            row["file_id"],
            row["unique_id"],
            row["deleted_at"] is not None,
        )
