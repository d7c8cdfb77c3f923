"""The Accounts port on SQLite."""

from datetime import date, timedelta

from typing_extensions import override

from core.models.statistics import ChatUse, Day, Statistics
from core.ports.clock import Clock
from core.ports.operators import Accounts
from storage.database import Database

_BUSIEST = 5
_DAY_MS = 86_400_000
_EPOCH = date(1970, 1, 1)


class SqliteAccounts(Accounts):
    """The statistics, counted from the jobs in an SQLite database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    @override
    async def statistics(self, days: int) -> Statistics:
        today = self._clock.now_ms() // _DAY_MS
        numbers = range(today - days + 1, today + 1)
        since = numbers.start * _DAY_MS
        found = {row["day"]: row for row in await self._db.fetch("jobs_by_day", since=since)}
        busiest = await self._db.fetch("busiest_chats", since=since, limit=_BUSIEST)
        (who,) = await self._db.fetch("people_and_chats", since=since)
        return Statistics(
            tuple(
                Day(_date(number), row["jobs"], row["failures"], row["credits"])
                if (row := found.get(number))
                else Day(_date(number))
                for number in numbers
            ),
            who["people"],
            who["chats"],
            tuple(ChatUse(row["chat_id"], row["jobs"], row["credits"]) for row in busiest),
        )


def _date(number: int) -> date:
    return _EPOCH + timedelta(days=number)
