"""The CallCounter port on PostgreSQL: one row for each name, by the clock of the database."""

from typing_extensions import override

from core.ports.pace import CallCounter
from storage.database import Database


class PostgresCallCounter(CallCounter):
    """The counted calls in a PostgreSQL database."""

    def __init__(self, database: Database) -> None:
        self._db = database

    @override
    async def take(self, name: str, calls: int, window_ms: int) -> tuple[int, int]:
        await self._db.fetch("begin_pace", name=name)
        taken = await self._db.fetch_one("take_turn", name=name, calls=calls, window=window_ms)
        if taken:
            return int(taken["at"]), 0
        row = await self._db.fetch_one("pace_wait", name=name, calls=calls, window=window_ms)
        return 0, max(int(row["wait"] or 0), 1) if row else 1

    @override
    async def answered(self, name: str, counted_at: int) -> None:
        await self._db.fetch("answer_turn", name=name, at=counted_at)
