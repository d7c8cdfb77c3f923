"""The Wishes port on a database."""

import json
from dataclasses import asdict

from typing_extensions import override

from core.models.image_request import Fallback, Size
from core.models.preferences import Preferences
from core.ports.repositories import PreferencesStore
from storage.database import Database


class SqlitePreferences(PreferencesStore):
    """The preferences in an SQLite database."""

    def __init__(self, database: Database) -> None:
        self._db = database

    @override
    async def get(self, scope_id: int) -> Preferences:
        row = await self._db.fetch_one("preferences_of", scope_id=scope_id)
        return _load(row["wishes"]) if row else Preferences()

    @override
    async def put(self, scope_id: int, wishes: Preferences) -> None:
        said = {key: value for key, value in asdict(wishes).items() if value is not None}
        await self._db.fetch("put_preferences", scope_id=scope_id, wishes=json.dumps(said))


def _load(column: str) -> Preferences:
    said = json.loads(column)
    fallback = said.get("fallback")
    return Preferences(
        size=Size(said["size"]) if "size" in said else None,
        variants=said.get("variants"),
        enhance=said.get("enhance"),
        fallback="off" if fallback == "off" else Fallback(fallback) if fallback else None,
        as_file=said.get("as_file"),
    )
