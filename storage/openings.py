"""The Openings port on a database."""

from core.ports.clock import Clock
from storage.database import Database


class SqliteOpenings:
    """See core.ports.files.Openings."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    async def begin(self, sha256: str, most: int) -> int:
        """Count first."""
        row = await self._db.fetch_one("begin_opening", sha256=sha256, most=most, now=self._clock.now_ms())
        return int(row["deaths"]) if row else 0

    async def end(self, sha256: str) -> None:
        """It did no harm."""
        await self._db.fetch("end_opening", sha256=sha256)

    async def abandon(self) -> dict[str, int]:
        """What was open when an earlier process died."""
        return {row["sha256"]: row["deaths"] for row in await self._db.fetch("abandon_openings")}
