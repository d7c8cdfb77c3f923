"""The Leases port on PostgreSQL."""

import json
from collections.abc import Collection, Mapping

from typing_extensions import override

from core.models.leases import ProcessState, Standing
from core.ports.leases import Leases
from storage.database import Database, Transaction
from storage.serialization import listed

LEASES = "leases"
"""The payload of the notification that shards were released, or that a process came."""


class PostgresLeases(Leases):
    """The leases in a PostgreSQL database. `settings` are fingerprints by the names of settings.

    `owner` is the id of this process, the same as that of the connections with which its work is claimed.
    """

    def __init__(self, database: Database, owner: str, name: str, settings: Mapping[str, str]) -> None:
        self._db = database
        self._owner = owner
        self._name = name
        self._settings = settings

    @override
    async def join(self, lease_ms: int) -> frozenset[str]:
        async def joined(tx: Transaction) -> frozenset[str]:
            await tx.fetch("lock_processes")
            await tx.fetch("forget_processes")
            rows = await tx.fetch("working_processes", owner=self._owner, lease_ms=lease_ms)
            differing = frozenset[str]().union(*(_differing(self._settings, row["settings"]) for row in rows))
            await tx.fetch(
                "enter_process",
                owner=self._owner,
                name=self._name,
                settings=json.dumps(self._settings),
                waiting=int(bool(differing)),
            )
            return differing

        differing = await self._db.together(joined)
        if not differing:
            await self._db.fetch("notify_processes", payload=LEASES)  # for its share, which others have to give up
        return differing

    @override
    async def renew(self, lease_ms: int, leaving: Collection[int]) -> Standing:
        (row,) = await self._db.fetch("renew_leases", owner=self._owner, lease_ms=lease_ms, leaving=listed(leaving))
        pairs = (pair.split(":") for pair in (row["leases"] or "").split(",") if pair)
        leases = {int(shard): int(epoch) for shard, epoch in pairs}
        return Standing(leases, row["others"] + 1 if row["is_live"] else 0, row["free"], row["now"])

    @override
    async def claim(self, limit: int, lease_ms: int) -> Mapping[int, int]:
        rows = await self._db.fetch("claim_shards", owner=self._owner, limit=limit, lease_ms=lease_ms)
        return {int(row["shard"]): int(row["epoch"]) for row in rows}

    @override
    async def release(self, shards: Collection[int]) -> None:
        if await self._db.fetch("release_shards", owner=self._owner, shards=listed(shards)):
            await self._db.fetch("notify_processes", payload=LEASES)

    @override
    async def depart(self) -> None:
        await self._db.fetch("release_all_shards", owner=self._owner)
        await self._db.fetch("leave_processes", owner=self._owner)
        await self._db.fetch("notify_processes", payload=LEASES)

    @override
    async def processes(self) -> list[ProcessState]:
        return await all_processes(self._db)


async def all_processes(database: Database) -> list[ProcessState]:
    """Return the processes of a database that were heard of within the last minutes, oldest first."""
    return [
        ProcessState(
            owner=row["owner"],
            name=row["name"],
            age_ms=row["now"] - row["started_at"],
            silent_ms=row["now"] - row["seen_at"],
            is_waiting=bool(row["waiting"]),
            shards=[int(shard) for shard in (row["shards"] or "").split(",") if shard],
        )
        for row in await database.fetch("all_processes")
    ]


def _differing(own: Mapping[str, str], others: str) -> set[str]:
    """Return the names of the settings that differ from those of another process, or that only one of the two has."""
    theirs: dict[str, str] = json.loads(others)
    return {name for name in own.keys() | theirs.keys() if own.get(name) != theirs.get(name)}
