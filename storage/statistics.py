"""The Accounts port on SQL."""

import asyncio
from datetime import date, timedelta

from typing_extensions import override

from core.models.statistics import Day, Statistics
from core.ports.clock import Clock
from core.ports.operators import Accounts
from storage.database import Database
from storage.finished_days import Counts, FinishedDays

_BUSIEST = 5
_SPANS = 4
"""How many numbers of days are remembered."""
_COMMITTING_MS = 60_000
"""A job is stored this long after its time of creation, at most."""
_DAY_MS = 86_400_000
_EPOCH = date(1970, 1, 1)


class SqlAccounts(Accounts):
    """The statistics, counted from the jobs in the database.

    The jobs before the oldest open one are counted once and remembered, the others each time.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock
        self._finished: dict[int, FinishedDays] = {}

    @override
    async def statistics(self, days: int) -> Statistics:
        numbers = self._numbers(days)
        since, until = numbers.start * _DAY_MS, numbers.stop * _DAY_MS
        changing = max(await self._oldest_change(), since)
        finished = self._finished.get(since)
        if finished is None or finished.until > changing:
            finished = await self._remember(since, changing)
        later = await self._count(finished.until, until)
        return Statistics(
            tuple(Day(_EPOCH + timedelta(days=number), *finished.day(number, later)) for number in numbers),
            finished.people(later),
            finished.chats(later),
            finished.busiest(later, _BUSIEST),
        )

    async def count_ahead(self, days: int) -> None:
        """Count the jobs of the last `days` days that have ended, so that `statistics` has few left to count."""
        since = self._numbers(days).start * _DAY_MS
        await self._remember(since, max(await self._oldest_change(), since))

    def _numbers(self, days: int) -> range:
        today = self._clock.now_ms() // _DAY_MS
        return range(today - days + 1, today + 1)

    async def _oldest_change(self) -> int:
        """Return the time before which all jobs have ended, in epoch milliseconds."""
        stored = self._clock.now_ms() - _COMMITTING_MS
        row = await self._db.fetch_one("oldest_open_job")
        return stored if row is None or row["created_at"] is None else min(row["created_at"], stored)

    async def _remember(self, since: int, until: int) -> FinishedDays:
        found = await asyncio.to_thread(FinishedDays, await self._count(since, until), until)
        self._finished.pop(since, None)
        self._finished[since] = found
        while len(self._finished) > _SPANS:
            del self._finished[next(iter(self._finished))]
        return found

    async def _count(self, since: int, until: int) -> Counts:
        """Count the jobs of a span, a day at a time, as other statements wait for each of these."""
        counts = Counts()
        for start in range(since, until, _DAY_MS):
            span = {"since": start, "until": min(start + _DAY_MS, until)}
            counts.add(
                await self._db.fetch("jobs_by_day", **span),
                await self._db.fetch("jobs_by_chat", **span),
                await self._db.fetch("requesters", **span),
            )
        return counts
