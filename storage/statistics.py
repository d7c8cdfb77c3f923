"""The Accounts port on SQLite."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta

from typing_extensions import override

from core.models.statistics import Day, Statistics
from core.ports.clock import Clock
from core.ports.operators import Accounts
from storage.database import Database, Row
from storage.finished_days import FinishedDays

_BUSIEST = 5
_SPANS = 4
"""How many numbers of days are remembered."""
_DAY_MS = 86_400_000
_EPOCH = date(1970, 1, 1)


class SqliteAccounts(Accounts):
    """The statistics, counted from the jobs in an SQLite database.

    The days before the oldest open job are counted once and remembered, the others each time.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock
        self._finished: dict[tuple[int, int], FinishedDays] = {}

    @override
    async def statistics(self, days: int) -> Statistics:
        now = self._clock.now_ms()
        numbers = range(now // _DAY_MS - days + 1, now // _DAY_MS + 1)
        since, until = numbers.start * _DAY_MS, numbers.stop * _DAY_MS
        changing = min(max(await self._oldest_change(now) // _DAY_MS * _DAY_MS, since), until)
        finished = await self._finished_days(since, changing)
        by_day, by_chat, requesters = await self._count(changing, until)
        return Statistics(
            tuple(_days(numbers, [*finished.days, *by_day])),
            finished.people_with(requesters),
            finished.chats_with(by_chat),
            finished.busiest_with(by_chat, _BUSIEST),
        )

    async def _oldest_change(self, now: int) -> int:
        row = await self._db.fetch_one("oldest_open_job")
        return now if row is None or row["created_at"] is None else min(row["created_at"], now)

    async def _finished_days(self, since: int, until: int) -> FinishedDays:
        if since == until:
            return FinishedDays()
        found = self._finished.pop((since, until), None)
        if found is None:
            found = await asyncio.to_thread(FinishedDays.of, *await self._count(since, until))
        self._finished[since, until] = found
        while len(self._finished) > _SPANS:
            del self._finished[next(iter(self._finished))]
        return found

    async def _count(self, since: int, until: int) -> tuple[list[Row], list[Row], list[Row]]:
        by_day = await self._db.fetch("jobs_by_day", since=since, until=until)
        by_chat = await self._db.fetch("jobs_by_chat", since=since, until=until)
        return by_day, by_chat, await self._db.fetch("requesters", since=since, until=until)


def _days(numbers: range, rows: Sequence[Row]) -> list[Day]:
    found = {row["day"]: row for row in rows}
    return [
        Day(day, row["jobs"], row["failures"], row["credits"]) if (row := found.get(number)) else Day(day)
        for number in numbers
        for day in (_EPOCH + timedelta(days=number),)
    ]
