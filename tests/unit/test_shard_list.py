"""`imagine-bot shards` says which process works for which shards."""

from pathlib import Path

from pydantic import SecretStr

from bot.settings import load
from bot.shard_list import lines, listed
from core.models.leases import ProcessState
from storage.database import Database
from storage.leases import PostgresLeases
from tests.postgresql import PASSWORD, server

TOKEN = "123456:ABC"


def test_each_process_has_a_line() -> None:
    """A line has the shards as ranges, the ages, and whether the process waits; free shards have one of their own."""
    states = [
        ProcessState("0a1b", "host-1:7", 3 * 3_600_000, 900, is_waiting=False, shards=[0, 1, 2, 5, *range(40, 64)]),
        ProcessState("2c3d", "host-2:9", 300_000, 61_000, is_waiting=True, shards=[]),
    ]
    assert lines(states) == [
        "host-1:7 (0a1b): 28 shards: 0-2, 5, 40-63; started 3 h ago, last heard of 1 s ago",
        "host-2:9 (2c3d): 0 shards: none; started 5 min ago, last heard of 61 s ago; waits, as its settings differ",
        "36 shards have no process",
    ]


async def test_the_list_comes_from_the_database(tmp_path: Path) -> None:
    """The command reads PostgreSQL; with SQLite, there is nothing to list."""
    url = await server().new_database()
    database = await Database.open(url)
    leases = PostgresLeases(database, "0a1b", "host-1:7", {})
    await leases.join(60_000)
    await leases.claim(64, 60_000)
    await database.close()
    settings = load(_env_file=None, telegram_bot_token=TOKEN, image_api="sandbox", database_url=url)
    (line,) = await listed(settings)
    assert line.startswith("host-1:7 (0a1b): 64 shards: 0-63; started ")
    assert PASSWORD not in line
    settings = settings.model_copy(update={"database_url": SecretStr(f"sqlite:///{tmp_path}/bot.db")})
    assert await listed(settings) == ["with SQLite, one process works for all 64 shards"]
