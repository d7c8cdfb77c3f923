"""The list of processes that `imagine-bot shards` prints."""

from collections.abc import Sequence

from bot.settings import Settings
from bot.sharing import is_shared
from core.models.leases import ProcessState
from core.models.shards import SHARDS
from storage.database import Database
from storage.leases import all_processes


async def listed(settings: Settings) -> list[str]:
    """Return a line for each process, and one for the shards that have none. Raises StorageError."""
    if not is_shared(settings):
        return [f"with SQLite, one process works for all {SHARDS} shards"]
    database = await Database.open(settings.database)
    try:
        return lines(await all_processes(database))
    finally:
        await database.close()


def lines(processes: Sequence[ProcessState]) -> list[str]:
    """Return the lines for processes."""
    free = SHARDS - sum(len(process.shards) for process in processes)
    return [
        *(_line(process) for process in processes),
        *([f"{free} shards have no process"] if free else []),
    ]


def _line(process: ProcessState) -> str:
    shards = ", ".join(_ranges(process.shards)) or "none"
    waits = "; waits, as its settings differ" if process.is_waiting else ""
    return (
        f"{process.name} ({process.owner}): {len(process.shards)} shards: {shards}; "
        f"started {_age(process.age_ms)} ago, last heard of {_age(process.silent_ms)} ago{waits}"
    )


def _ranges(shards: Sequence[int]) -> list[str]:
    """Return sorted shards in words: 0-3, 7."""
    found: list[list[int]] = []
    for shard in shards:
        if found and found[-1][-1] == shard - 1:
            found[-1].append(shard)
        else:
            found.append([shard])
    return [str(one[0]) if len(one) == 1 else f"{one[0]}-{one[-1]}" for one in found]


def _age(ms: int) -> str:
    seconds = ms / 1000
    return (
        f"{seconds:.0f} s"
        if seconds < 120
        else f"{seconds / 60:.0f} min"
        if seconds < 7200
        else f"{seconds / 3600:.0f} h"
    )
