"""PostgreSQL has the schema and the statements of SQLite, and processes that start at once bring it up to date once."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from core.errors import StorageError
from core.models.shards import SHARDS, shard_of
from storage import schema
from storage.database import Database, queries
from storage.postgresql import PostgresDatabase
from storage.translation import FLOATS, TEXTS, overrides, statements
from tests.postgresql import PostgresServer, server
from tests.unit.stores import database_in

_COLUMNS = """
SELECT table_name, column_name, data_type, is_nullable = 'YES', column_default
FROM information_schema.columns WHERE table_schema = 'public'
"""
_TYPES = {"INTEGER": "bigint", "BIGINT": "bigint", "TEXT": "text", "REAL": "double precision"}
_SHARDED = {"albums", "inbox", "jobs", "recipients"}


@pytest.fixture
def postgres() -> PostgresServer:
    """Return a running server."""
    return server()


_OF_PROCESSES = frozenset({"processes", "shard_leases", "owned_shards", "paces"})
"""What only PostgreSQL has, as several processes share it."""


@pytest.fixture
async def connection(postgres: PostgresServer) -> AsyncIterator[asyncpg.Connection]:
    """Connect to a migrated database."""
    connected = await asyncpg.connect(await postgres.new_database())
    yield connected
    await connected.close()


async def test_both_schemas_have_the_same_columns(connection: asyncpg.Connection, tmp_path: Path) -> None:
    """Tables, columns, types, defaults and versions are the same, but only PostgreSQL has shards."""
    async with database_in(tmp_path):
        pass
    sqlite = sqlite3.connect(tmp_path / "bot.db")
    tables = [name for (name,) in sqlite.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    wanted = {
        (table, name): (_TYPES[kind], not (not_null or is_key), default)
        for table in tables
        for _, name, kind, not_null, default, is_key in sqlite.execute(f"PRAGMA table_info({table})").fetchall()
    }
    (newest,) = sqlite.execute("SELECT max(version) FROM schema_version").fetchone()
    sqlite.close()
    rows = await connection.fetch(_COLUMNS)
    found = {(row[0], row[1]): (row[2], row[3], re.sub("::text$", "", row[4]) if row[4] else None) for row in rows}
    shards = {(table, "shard") for table in _SHARDED}
    own = {key for key in found if key[0] in _OF_PROCESSES or key == ("openings", "owner")}
    assert {key: column for key, column in found.items() if key not in shards | own} == wanted
    assert shards <= found.keys()
    assert newest == schema.newest_version()
    assert await connection.fetchval("SELECT max(version) FROM schema_version") == max(schema.postgresql_migrations())


async def test_both_schemas_have_the_same_indexes(connection: asyncpg.Connection, tmp_path: Path) -> None:
    """Every index of SQLite has its equal in PostgreSQL."""
    async with database_in(tmp_path):
        pass
    sqlite = sqlite3.connect(tmp_path / "bot.db")
    wanted = {
        name for (name,) in sqlite.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND sql NOT NULL")
    }
    sqlite.close()
    rows = await connection.fetch(
        "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND indexdef !~ 'UNIQUE'"
    )
    assert {row[0] for row in rows} == wanted


async def test_every_statement_fits(connection: asyncpg.Connection) -> None:
    """The server can prepare every statement, with the types that its parameters are given."""
    for statement in statements().values():
        await connection.prepare(statement.sql)


def test_few_statements_are_overridden() -> None:
    """All statements are common, except for these."""
    assert set(overrides()) == {"reach", "add_recipients", "begin_opening", "abandon_openings"}


def test_every_parameter_has_one_type() -> None:
    """Each name in the lists is a parameter, and an override has the parameters of the statement that it replaces."""
    named = {name: set(statement.names) for name, statement in statements().items()}
    assert set().union(*named.values()) >= (TEXTS | FLOATS)
    for name in overrides():
        assert named[name] == set(re.findall(r"(?<!:):(\w+)", re.sub(r"--.*|'[^']*'", "", queries()[name]))), name


async def test_the_server_computes_the_same_shards(connection: asyncpg.Connection) -> None:
    """A column `shard` has the value of `shard_of`, over people and groups, and all shards get their share."""
    chats = [*range(1, 200), 5_000_000_000, 1 << 51, *range(-1_001_000_000_200, -1_001_000_000_000), -(1 << 51)]
    await connection.executemany(
        "INSERT INTO albums (chat_id, album_id, latest_at) VALUES ($1, '', 0)", [(c,) for c in chats]
    )
    rows = await connection.fetch("SELECT chat_id, shard FROM albums")
    assert {row["chat_id"]: row["shard"] for row in rows} == {chat: shard_of(chat) for chat in chats}
    assert {shard_of(chat) for chat in range(1, 200)} == set(range(SHARDS))


async def test_many_starts_at_once_migrate_once(postgres: PostgresServer) -> None:
    """Processes that start at the same time on an empty database all succeed, and it is migrated once."""
    url = await postgres.new_database(migrated=False)
    opened = await asyncio.gather(*(Database.open(url) for _ in range(6)))
    for database in opened:
        assert isinstance(database, PostgresDatabase)
        await database.probe()
        await database.close()
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT version FROM schema_version ORDER BY version")
    await connection.close()
    assert [row[0] for row in rows] == sorted(schema.postgresql_migrations())


async def test_a_migration_is_applied_whole_or_not_at_all(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A migration that fails leaves nothing behind, and works once it is corrected."""
    url = await postgres.new_database()
    known = schema.postgresql_migrations()
    last = max(known) + 1
    broken, mended = "CREATE TABLE a (x BIGINT); DROP TABLE missing;", "CREATE TABLE a (x BIGINT);"
    monkeypatch.setattr(schema, "newest_version", lambda: last)
    monkeypatch.setattr(schema, "postgresql_migrations", lambda: {**known, last: broken})
    with pytest.raises(StorageError, match="missing"):
        await Database.open(url)
    monkeypatch.setattr(schema, "postgresql_migrations", lambda: {**known, last: mended})
    await (await Database.open(url)).close()


async def test_a_newer_database_is_refused(postgres: PostgresServer) -> None:
    """A database of a newer release is refused."""
    url = await postgres.new_database()
    connection = await asyncpg.connect(url)
    await connection.execute("INSERT INTO schema_version (version) VALUES (9999)")
    await connection.close()
    with pytest.raises(StorageError, match="newer"):
        await Database.open(url)
