"""The Notes port on SQL.

Notes share a table with the secrets of `storage.secrets`; the name of a note there is `note <name>`.
"""

from typing_extensions import override

from core.ports.repositories import Notes
from storage.database import Database


class SqlNotes(Notes):
    """The notes in the database."""

    def __init__(self, database: Database) -> None:
        self._db = database

    @override
    async def get(self, name: str) -> str | None:
        row = await self._db.fetch_one("kept_value", name=_own(name))
        return row["value"] if row else None

    @override
    async def put(self, name: str, value: str | None) -> None:
        if value is None:
            await self._db.fetch("drop_note", name=_own(name))
        else:
            await self._db.fetch("put_note", name=_own(name), value=value)

    @override
    async def put_first(self, name: str, value: str) -> bool:
        return bool(await self._db.fetch("keep_value", name=_own(name), value=value))


def _own(name: str) -> str:
    return f"note {name}"
