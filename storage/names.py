"""The Names port on SQL."""

from collections.abc import Iterable

from typing_extensions import override

from core.models.names import Name
from core.models.spending import DAY_MS
from core.ports.clock import Clock
from core.ports.operators import Names
from storage.database import Database, Transaction

_REMEMBERED = 10_000


class SqlNames(Names):
    """The names in the database. A name is written once a day, and when it changes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock
        self._written: dict[int, tuple[Name, int]] = {}
        """The names that were written last, each with the time in milliseconds."""

    @override
    def is_known(self, name: Name) -> bool:
        known, written_at = self._written.get(name.id, (None, 0))
        return known == name and 0 <= self._clock.now_ms() - written_at < DAY_MS

    @override
    async def put(self, name: Name) -> None:
        now = self._clock.now_ms()

        async def put(tx: Transaction) -> None:
            if name.username:
                await tx.fetch("take_username", scope_id=name.id, username=name.username)
            await tx.fetch(
                "put_name", scope_id=name.id, username=name.username, title=name.title, language=name.language, now=now
            )

        await self._db.together(put, durable=False)
        self._forget({id_ for id_, (known, _) in self._written.items() if _took(name, known)})
        self._written.pop(name.id, None)
        self._written[name.id] = (name, now)  # the newest is last
        self._forget(list(self._written)[:-_REMEMBERED])

    def _forget(self, ids: Iterable[int]) -> None:
        for id_ in ids:
            del self._written[id_]

    @override
    async def find(self, username: str) -> int | None:
        row = await self._db.fetch_one("name_by_username", username=username.casefold())
        return int(row["id"]) if row else None

    @override
    async def get(self, scope_id: int) -> Name:
        row = await self._db.fetch_one("name_by_id", scope_id=scope_id)
        return Name(row["id"], row["username"], row["title"], row["language"]) if row else Name(scope_id)


def _took(name: Name, known: Name) -> bool:
    """Return whether a name took the user name of another one, which may take it back later."""
    return name.username is not None and known.username == name.username and known.id != name.id
