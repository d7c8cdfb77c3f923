"""The PreferencesStore port on SQL."""

from typing_extensions import override

from core.models.preferences import Preferences
from core.ports.repositories import PreferencesStore
from storage.database import Database
from storage.serialization import dump_preferences, load_preferences


class SqlPreferences(PreferencesStore):
    """The preferences in the database."""

    def __init__(self, database: Database) -> None:
        self._db = database

    @override
    async def get(self, scope_id: int) -> Preferences:
        row = await self._db.fetch_one("preferences_of", scope_id=scope_id)
        return load_preferences(row["wishes"]) if row else Preferences()

    @override
    async def put(self, scope_id: int, wishes: Preferences) -> None:
        await self._db.fetch("put_preferences", scope_id=scope_id, wishes=dump_preferences(wishes))
