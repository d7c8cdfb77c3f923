"""The Openings port on SQL."""

from typing_extensions import override

from core.ports.clock import Clock
from core.ports.files import Openings
from storage.database import Database


class SqlOpenings(Openings):
    """The open pictures in the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    @override
    async def begin(self, sha256: str, most: int) -> int:
        row = await self._db.fetch_one("begin_opening", sha256=sha256, most=most, now=self._clock.now_ms())
        return int(row["deaths"]) if row else 0

    @override
    async def end(self, sha256: str) -> None:
        await self._db.fetch("end_opening", sha256=sha256)

    @override
    async def abandon(self) -> dict[str, int]:
        return {row["sha256"]: row["deaths"] for row in await self._db.fetch("abandon_openings")}
