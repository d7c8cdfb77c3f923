"""The database: its schema grows by whole migrations, and its content is safe."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import aiosqlite
import pytest

from core.errors import StorageError
from core.models.broadcasts import BroadcastState, Fate, Tally
from core.models.job import Destination, PictureId
from core.models.questions import Asking, Question
from storage import schema
from storage.broadcasts import SqlBroadcasts
from storage.database import Database, path_of
from storage.jobs import SqlJobs
from storage.questions import SqlQuestions
from storage.sqlite import SqliteDatabase, migrate
from tests.unit.catalog import ROOT
from tests.unit.stores import HandClock, database_in

STORAGE = ROOT / "storage"


@pytest.fixture
def database(sqlite_database: SqliteDatabase) -> SqliteDatabase:
    """Open a new database, with SQLite."""
    return sqlite_database


def _read(directory: Path, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(directory / "bot.db")
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


async def _keep(database: Database, name: str, value: str = "x") -> None:
    await database.fetch("keep_value", name=name, value=value)


async def test_it_is_as_safe_as_promised(database: Database, tmp_path: Path) -> None:
    """The database uses WAL and enforces foreign keys."""
    assert _read(tmp_path, "PRAGMA journal_mode") == [("wal",)]
    with pytest.raises(StorageError, match="FOREIGN KEY"):
        await database.fetch(
            "keep_picture", job_id="none", position=0, sha256="", format="png", width=1, height=1, size=1
        )


async def test_only_what_is_done_again_does_not_wait_for_the_disk(database: SqliteDatabase) -> None:
    """After a transaction that isn't durable the next one is, whether the first was committed, failed or canceled."""

    async def level() -> int:
        async with database._connection.execute("PRAGMA synchronous") as rows:
            return int(next(iter(await rows.fetchall()))[0])

    async with database.transaction(durable=False) as tx:
        await tx.fetch("put_note", name="a", value="b")
        assert await level() == 1
    assert await level() == 2
    await database.drop("drop_note", name="a")
    assert await level() == 2
    await database.together(lambda tx: tx.fetch("put_note", name="a", value="c"), durable=False)
    assert await level() == 2
    with pytest.raises(ValueError, match="broken"):
        async with database.transaction(durable=False):
            raise ValueError("broken")
    assert await level() == 2
    for turns in range(8):
        task = asyncio.ensure_future(_put_aside(database))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert await level() == 2


async def _put_aside(database: Database) -> None:
    async with database.transaction(durable=False) as tx:
        await tx.fetch("put_note", name="a", value="b")


async def test_a_newer_database_is_refused_untouched(tmp_path: Path) -> None:
    """A database of a newer release is refused and left unchanged."""
    async with database_in(tmp_path) as database:
        await _keep(database, "key", "value")
    connection = sqlite3.connect(tmp_path / "bot.db")
    with connection:
        connection.execute("INSERT INTO schema_version (version) VALUES (9999)")
    connection.close()
    with pytest.raises(StorageError, match="newer"):
        async with database_in(tmp_path):
            pass
    assert _read(tmp_path, "SELECT value FROM kept") == [("value",)]


async def test_a_migration_is_applied_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration that fails leaves nothing behind, and works once it is corrected."""
    broken = {1: "CREATE TABLE a (x);\nINSERT INTO a VALUES (1);", 2: "CREATE TABLE b (x);\nDROP TABLE missing;"}
    mended = broken | {2: "CREATE TABLE b (x); -- with a ; in a remark\nINSERT INTO a VALUES ('a;b');"}
    async with aiosqlite.connect(tmp_path / "bot.db", isolation_level=None) as connection:
        monkeypatch.setattr(schema, "sqlite_migrations", lambda: broken)
        with pytest.raises(sqlite3.OperationalError):
            await migrate(connection)
        assert _read(tmp_path, "SELECT max(version) FROM schema_version") == [(1,)]
        assert _read(tmp_path, "SELECT name FROM sqlite_master WHERE name IN ('a', 'b')") == [("a",)]
        monkeypatch.setattr(schema, "sqlite_migrations", lambda: mended)
        for _ in range(2):
            await migrate(connection)
        assert _read(tmp_path, "SELECT x FROM a") == [(1,), ("a;b",)]
        assert _read(tmp_path, "SELECT version FROM schema_version ORDER BY version") == [(1,), (2,)]


@asynccontextmanager
async def _of_version(directory: Path, version: int) -> AsyncIterator[sqlite3.Connection]:
    """Make a database of an older version, and yield a connection to fill it before it is closed."""
    every = schema.sqlite_migrations()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            schema, "sqlite_migrations", lambda: {number: every[number] for number in every if number <= version}
        )
        async with database_in(directory) as database:
            await database.fetch("see_chat", chat_id=1, kind="private", now=1)
    with closing(sqlite3.connect(directory / "bot.db")) as connection, connection:
        yield connection


async def test_questions_of_an_older_version_wait_on(tmp_path: Path) -> None:
    """A question from before an upgrade can be answered after it, by a reply and by text alone."""
    clock = HandClock()
    async with _of_version(tmp_path, 5) as connection:
        connection.execute(
            "INSERT INTO questions (chat_id, asked_by, language, pictures, message_id, asked_at, origin, parent_id, "
            "parent_position) VALUES (1, 1, 'de', '[]', 77, ?, 'message:1:5', 'abc', 2)",
            (clock.now_ms() - 1,),
        )
    async with database_in(tmp_path) as database:
        questions = SqlQuestions(database, clock)
        asked = await questions.of_message(1, 77)
        assert asked == await questions.open(1, 1, 1000)
    parent, address = PictureId("abc", 2), Destination(1, language="de")
    assert asked == Question(address, 1, (), 77, Asking.EDIT, parent, "message:1:5", clock.now - 1)


async def test_tasks_of_an_older_version_count_from_their_call(tmp_path: Path) -> None:
    """The deadline of a task that was generating during an upgrade counts from the call that submitted it."""
    clock = HandClock()
    async with _of_version(tmp_path, 7) as connection:
        connection.executemany(
            "INSERT INTO jobs (id, origin, chat_id, language, asked_by, request, state, created_at, due_at, "
            "ordered_at, submitted_at, task_id) VALUES (?, ?, 1, 'en', 1, '{}', ?, 1, 1, ?, ?, 'task')",
            [
                ("called", "1", "generating", clock.now - 5_000, clock.now - 1_000),
                ("ordered", "2", "generating", clock.now - 1_000, None),
                ("unsure", "3", "uncertain", clock.now - 1_000, None),
            ],
        )
    async with database_in(tmp_path) as database:
        jobs = SqlJobs(database, clock)
        for job in ("called", "ordered"):
            await jobs.poll_later(job, 60_000)
        assert not await jobs.overdue(1_001)
        assert sorted(await jobs.overdue(1_000)) == ["called", "ordered", "unsure"]


async def test_a_broadcast_of_an_older_version_goes_on(tmp_path: Path) -> None:
    """A broadcast that was running during an upgrade keeps its counts and reaches the remaining chats."""
    clock = HandClock()
    async with _of_version(tmp_path, 9) as connection:
        connection.execute(
            "INSERT INTO broadcasts (id, origin, chat_id, language, words, state, created_at) "
            "VALUES ('b', 'o', 9, 'en', 'Hello', 'running', 1)"
        )
        fates = [(1, "sent"), (2, "sent"), (3, "gone"), (4, "unsure"), (5, "refused"), (6, None)]
        connection.executemany("INSERT INTO recipients (broadcast_id, chat_id, fate) VALUES ('b', ?, ?)", fates)
    async with database_in(tmp_path) as database:
        broadcasts = SqlBroadcasts(database, clock)
        (recipient,) = await broadcasts.due(9)
        assert await broadcasts.claim(recipient)
        await broadcasts.note(recipient, Fate.SENT)
        await broadcasts.fill(portions=1)
        await broadcasts.finish()
        ((broadcast, tally),) = await broadcasts.untold()
    assert broadcast.state is BroadcastState.DONE
    assert tally == Tally(6, 0, 3, 1, 1, 1)


def test_migrations_are_numbered_without_a_gap() -> None:
    """Migrations are numbered from 1 without a gap, and each ends with a complete statement."""
    files = sorted((STORAGE / "migrations").glob("*.sql"))
    assert [int(file.name[:4]) for file in files] == list(range(1, len(files) + 1))
    assert all(sqlite3.complete_statement(file.read_text(encoding="utf-8")) for file in files)


@pytest.mark.parametrize("url", ["", "sqlite:///", "postgres://x/y", "bot.db", "sqlite://bot.db"])
def test_addresses_of_no_database(url: str) -> None:
    """Only sqlite:/// followed by a path is a valid URL."""
    with pytest.raises(ValueError, match="sqlite"):
        path_of(url)
    assert path_of("sqlite:////tmp/x.db") == Path("/tmp/x.db")


async def test_a_commit_survives_a_power_cut(tmp_path: Path) -> None:
    """Each commit waits for the disk: with `NORMAL`, a power cut takes acknowledged updates and jobs."""
    async with database_in(tmp_path) as database:
        assert isinstance(database, SqliteDatabase)
        (row,) = await database._connection.execute_fetchall("PRAGMA synchronous")
        assert tuple(row) == (2,)  # FULL
