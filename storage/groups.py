"""The Groups port on SQL."""

from typing_extensions import override

from core.models.group import GroupRules
from core.ports.clock import Clock
from core.ports.repositories import Groups
from storage.database import Database
from storage.serialization import dump_rules, load_rules


class SqlGroups(Groups):
    """The rules of groups in the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    @override
    async def rules(self, chat_id: int) -> GroupRules:
        row = await self._db.fetch_one("rules_of", chat_id=chat_id) if chat_id < 0 else None
        return load_rules(row["rules"]) if row else GroupRules()

    @override
    async def put(self, chat_id: int, rules: GroupRules) -> None:
        await self._db.fetch("put_rules", chat_id=chat_id, rules=dump_rules(rules))

    @override
    async def greet(self, chat_id: int) -> bool:
        return bool(await self._db.fetch("greet_group", chat_id=chat_id, now=self._clock.now_ms()))
