"""A database moves to PostgreSQL and back completely or not at all, and the moved orders go on."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from bot import __main__ as command_line
from core.errors import StorageError
from core.models.image_request import Picture
from core.models.job import State, Task
from core.models.media import Shown
from storage import move_ends, schema
from storage.belonging import claim, verify
from storage.database import Database
from storage.jobs import SqlJobs
from storage.lock import alone
from storage.move_database import move_database
from storage.secrets import kept_secret
from tests.postgresql import PASSWORD, PostgresServer, server
from tests.unit.histories import GROUP, WORDS, make_history
from tests.unit.stores import HandClock, database_in

Rows = dict[str, list[tuple[Any, ...]]]
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name != 'schema_version' ORDER BY name"
_LEASES = "shard BIGINT PRIMARY KEY, owner TEXT, epoch BIGINT NOT NULL DEFAULT 0, expires_at BIGINT NOT NULL DEFAULT 0"


@pytest.fixture
def postgres() -> PostgresServer:
    """Return a running server."""
    return server()


@pytest.fixture
async def source(tmp_path: Path) -> str:
    """Return the address of an SQLite database with a history."""
    (tmp_path / "home").mkdir()
    async with database_in(tmp_path / "home") as database:
        await make_history(database, tmp_path / "home")
    return _sqlite(tmp_path / "home")


def _sqlite(directory: Path) -> str:
    return f"sqlite:///{directory}/bot.db"


def _rows(directory: Path) -> Rows:
    """Return all rows of an SQLite database."""
    with closing(sqlite3.connect(directory / "bot.db")) as connection:
        tables = [name for (name,) in connection.execute(_TABLES)]
        return {name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in tables}  # noqa: S608


async def _is_empty(url: str, tables: Rows) -> bool:
    connection = await asyncpg.connect(url)
    try:
        return not any([await connection.fetchval(f"SELECT count(*) FROM {name}") for name in tables])  # noqa: S608
    finally:
        await connection.close()


def _ignored(_: str) -> None:
    """Ignore a line of the progress."""


async def test_everything_moves_there_and_back(
    postgres: PostgresServer, source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every table has rows, each arrives in PostgreSQL, and the way back leads to the same rows."""
    monkeypatch.setattr(move_ends, "BATCH", 1)
    wanted, target, lines = _rows(tmp_path / "home"), await postgres.new_database(), list[str]()
    assert [name for name, rows in wanted.items() if not rows] == []
    moved = await move_database(source, target, lines.append)
    assert {name: totals.rows for name, totals in moved.totals.items()} == {n: len(r) for n, r in wanted.items()}
    assert lines[-1] == "comparing …"
    assert "credits: spent 3, reserved 6.48, granted 62.5" in moved.told()
    connection = await asyncpg.connect(target)
    for name, rows in wanted.items():
        listed = ", ".join(_columns(tmp_path / "home", name))
        found = await connection.fetch(f"SELECT {listed} FROM {name}")  # noqa: S608 - names of the schema
        assert sorted((tuple(row) for row in found), key=repr) == rows, name
    await connection.close()
    (tmp_path / "back").mkdir()
    await move_database(target, _sqlite(tmp_path / "back"), _ignored)
    assert _rows(tmp_path / "back") == wanted


def _columns(directory: Path, table: str) -> list[str]:
    with closing(sqlite3.connect(directory / "bot.db")) as connection:
        return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


async def test_a_moved_order_goes_on(postgres: PostgresServer, source: str, tmp_path: Path) -> None:
    """An order that was queued before is delivered after, with the same secrets and the same picture directory."""
    target = await postgres.new_database()
    async with database_in(tmp_path / "home") as before:
        secret = await kept_secret(before, "callback_key")
    await move_database(source, target, _ignored)
    database = await Database.open(target)
    try:
        jobs = SqlJobs(database, HandClock())
        (waiting,) = await jobs.queued(10)
        assert (waiting.address.chat_id, waiting.request.prompt) == (GROUP, WORDS)
        assert await jobs.submitting(waiting.id)
        await jobs.generating(waiting.id, Task("new"), 0)
        await jobs.settle(waiting.id, ["https://pictures.example/2.png"])
        await jobs.keep_picture(waiting.id, 0, Picture("d" * 64, "PNG", 30, 20, 1000))
        await jobs.delivered(waiting.id, {0: Shown(72, "file 2", "unique 2")})
        ended = await jobs.get(waiting.id)
        assert ended
        assert ended.state is State.DELIVERED
        assert await kept_secret(database, "callback_key") == secret
        marker = (tmp_path / "home" / "database-id").read_text()
        await claim(database, tmp_path / "home")
        row = await database.fetch_one("kept_value", name="database_id")
        assert row
        assert marker.startswith(row["value"])
    finally:
        await database.close()
    verify(source, tmp_path / "home")


async def test_nul_characters_are_replaced(postgres: PostgresServer, source: str, tmp_path: Path) -> None:
    """PostgreSQL's texts can't contain them."""
    with closing(sqlite3.connect(tmp_path / "home" / "bot.db")) as connection, connection:
        connection.execute("UPDATE names SET title = ?", ("a\0b",))
    target = await postgres.new_database()
    await move_database(source, target, _ignored)
    connection_ = await asyncpg.connect(target)
    assert await connection_.fetchval("SELECT title FROM names") == "a\ufffdb"
    await connection_.close()


async def test_a_connection_that_is_cut_leaves_nothing(postgres: PostgresServer, source: str, tmp_path: Path) -> None:
    """The target is empty after it, and another try succeeds."""
    target = await postgres.new_database(migrated=True)
    connection = await asyncpg.connect(target)
    await connection.execute(
        "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;"
        "CREATE TRIGGER cut AFTER INSERT ON pictures EXECUTE FUNCTION cut()"
    )
    with pytest.raises(StorageError):
        await move_database(source, target, _ignored)
    assert await _is_empty(target, _rows(tmp_path / "home"))
    await connection.execute("DROP TRIGGER cut ON pictures")
    await connection.close()
    await move_database(source, target, _ignored)


async def test_an_interrupted_move_leaves_nothing(postgres: PostgresServer, source: str, tmp_path: Path) -> None:
    """In both directions, a process that ends in the middle leaves an empty target."""

    def interrupted(line: str) -> None:
        if line.startswith("jobs"):
            raise KeyboardInterrupt

    target, back = await postgres.new_database(), tmp_path / "back"
    back.mkdir()
    with pytest.raises(KeyboardInterrupt):
        await move_database(source, target, interrupted)
    assert await _is_empty(target, _rows(tmp_path / "home"))
    await move_database(source, target, _ignored)
    with pytest.raises(KeyboardInterrupt):
        await move_database(target, _sqlite(back), interrupted)
    assert not any(_rows(back).values())
    await move_database(target, _sqlite(back), _ignored)


async def test_a_copy_that_differs_is_not_committed(postgres: PostgresServer, source: str, tmp_path: Path) -> None:
    """A sum that differs undoes everything."""
    target = await postgres.new_database()
    connection = await asyncpg.connect(target)
    await connection.execute(
        "CREATE FUNCTION more() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN NEW.credits := NEW.credits + 1; RETURN NEW; END $$;"
        "CREATE TRIGGER more BEFORE INSERT ON grants FOR EACH ROW EXECUTE FUNCTION more()"
    )
    await connection.close()
    with pytest.raises(StorageError, match="grants: the copy differs in credits"):
        await move_database(source, target, _ignored)
    assert await _is_empty(target, _rows(tmp_path / "home"))


async def test_a_target_with_rows_is_refused(postgres: PostgresServer, source: str) -> None:
    """Even one row of another table would make two histories one."""
    target = await postgres.new_database()
    connection = await asyncpg.connect(target)
    await connection.execute("INSERT INTO kept VALUES ('database_id', 'another')")
    with pytest.raises(StorageError, match="the target isn't empty: it has rows in kept"):
        await move_database(source, target, _ignored)
    assert await connection.fetchval("SELECT count(*) FROM chats") == 0
    await connection.close()


async def test_a_running_bot_is_refused(postgres: PostgresServer, source: str) -> None:
    """SQLite's lock and PostgreSQL's leases tell of one."""
    target = await postgres.new_database()
    with alone(source), pytest.raises(StorageError, match="another process uses the database"):
        await move_database(source, target, _ignored)
    connection = await asyncpg.connect(target)
    await connection.execute(f"CREATE TABLE IF NOT EXISTS shard_leases ({_LEASES})")
    await connection.execute(
        "INSERT INTO shard_leases (shard, owner, expires_at) VALUES (0, 'a', extract(epoch FROM now()) * 1000 + 60000) "
        "ON CONFLICT (shard) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at"
    )
    with pytest.raises(StorageError, match="a bot works with the PostgreSQL database"):
        await move_database(source, target, _ignored)
    await connection.execute("UPDATE shard_leases SET expires_at = 1")
    await connection.close()
    await move_database(source, target, _ignored)


async def test_other_versions_are_refused(postgres: PostgresServer, source: str, tmp_path: Path) -> None:
    """An older or newer source isn't read, and the target isn't even brought up to date."""
    target = await postgres.new_database(migrated=False)
    for change, words in ((-1, "start the bot once with this release first"), (1, "newer")):
        with closing(sqlite3.connect(tmp_path / "home" / "bot.db")) as connection, connection:
            connection.execute("DELETE FROM schema_version")
            connection.execute("INSERT INTO schema_version VALUES (?)", (schema.newest_version() + change,))
        with pytest.raises(StorageError, match=words):
            await move_database(source, target, _ignored)
    with pytest.raises(StorageError, match="wasn't made by imagine-bot"):
        await move_database(target, _sqlite(tmp_path / "new"), _ignored)
    (tmp_path / "rubbish").mkdir()
    (tmp_path / "rubbish" / "bot.db").write_bytes(b"no database" * 1000)
    with pytest.raises(StorageError, match="file is not a database"):
        await move_database(_sqlite(tmp_path / "rubbish"), target, _ignored)
    connection_ = await asyncpg.connect(target)
    assert await connection_.fetch("SELECT 1 FROM pg_tables WHERE schemaname = 'public'") == []
    await connection_.close()


async def test_rubbish_in_a_column_is_refused(postgres: PostgresServer, source: str, tmp_path: Path) -> None:
    """A value of another type names its table."""
    with closing(sqlite3.connect(tmp_path / "home" / "bot.db")) as connection, connection:
        connection.execute("UPDATE chats SET seen_at = 'yesterday'")
    target = await postgres.new_database()
    with pytest.raises(StorageError, match="chats: "):
        await move_database(source, target, _ignored)
    assert await _is_empty(target, _rows(tmp_path / "home"))


def _main(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        command_line.main(["move-database", *words])
    told = capsys.readouterr()
    return int(ended.value.code or 0), told.out + told.err


def test_the_command_never_shows_a_password(
    postgres: PostgresServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Wrong addresses, a wrong password and two databases of one kind end with a message and an exit code."""
    right, file = postgres.url(), _sqlite(tmp_path)
    wrong = right.replace(PASSWORD, "wr0ng-Passw0rd")
    cases = {
        (file, "mysql://me:s3cret@db/x"): (2, "must look like"),
        (file, "postgresql://db/x?password=s3cret"): (2, "must look like"),
        (file, file): (1, "copies from sqlite:///… to postgresql://…, or back"),
        (right, right): (1, "copies from sqlite:///… to postgresql://…, or back"),
        (file, right): (1, "there is no database"),
        (wrong, file): (1, "password authentication failed"),
    }
    for words, (code, part) in cases.items():
        found, told = _main(capsys, *words)
        assert found == code
        assert part in told
        assert not [secret for secret in ("Passw0rd", "s3cret") if secret in told]


def test_the_command_moves(postgres: PostgresServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Progress and the report are printed."""

    async def prepare() -> str:
        async with database_in(tmp_path) as database:
            await make_history(database, tmp_path)
        return await postgres.new_database()

    code, told = _main(capsys, _sqlite(tmp_path), asyncio.run(prepare()))
    assert code == 0
    assert [
        part for part in ("jobs: 3\n", "counts and sums are the same", "Set DATABASE_URL") if part not in told
    ] == []
