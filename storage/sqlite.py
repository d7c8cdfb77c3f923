"""An SQLite database: its file, its migrations, its statements, and its transactions; see storage.group_commit."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import aiosqlite
from typing_extensions import override

from core.errors import StorageError
from storage import schema
from storage.database import Database, Result, Row, Transaction, Value, path_of, queries, reads
from storage.group_commit import DURABLE, NOT_DURABLE, Connection, GroupCommit, commit, connect

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    DURABLE,  # a commit that was acknowledged survives a power cut
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA wal_autocheckpoint = 8000",  # pages; only where `checkpoint` is not called, as it makes a commit wait
)


class SqliteDatabase(Database):
    """The statements and transactions of one connection."""

    def __init__(self, connection: Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._commits = GroupCommit(connection)
        self._keeper: aiosqlite.Connection | None = None
        self._keeping = asyncio.Lock()

    @classmethod
    @override
    async def open(cls, url: str, owner: str = "") -> "SqliteDatabase":
        path = path_of(url)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))  # messages are private
            sqlite3.connect(path).close()  # if this fails in aiosqlite, its thread outlives the event loop
            connection = await connect(path)
        except (OSError, sqlite3.Error) as error:
            raise StorageError(f"cannot open the database {path}: {error}") from error
        connection.row_factory = sqlite3.Row
        database = cls(connection, path)
        try:
            for pragma in _PRAGMAS:
                await connection.execute(pragma)
            await migrate(connection)
        except sqlite3.Error as error:
            await database.close()
            raise StorageError(f"cannot use the database {path}: {error}") from error
        except StorageError:
            await database.close()
            raise
        return database

    @override
    async def probe(self) -> None:
        try:
            await super().probe()
        except StorageError as error:
            if "locked" not in str(error):  # by another program, for a moment
                raise

    @override
    async def checkpoint(self) -> None:
        # Commits move from the log into the database. Otherwise, now and then a commit has to do that.
        async with self._keeping:
            try:
                if self._keeper is None:
                    self._keeper = await aiosqlite.connect(self._path, isolation_level=None)
                await self._keeper.execute_fetchall("PRAGMA wal_checkpoint(PASSIVE)")
            except sqlite3.Error as error:
                raise StorageError(f"checkpoint: {error}") from error

    @override
    async def close(self) -> None:
        async with self._keeping:
            if self._keeper:
                await self._keeper.close()
        async with self._commits.alone():
            await self._connection.close()

    @override
    async def fetch(self, name: str, /, **values: Value) -> list[Row]:
        return await self._do(name, values)

    @override
    async def drop(self, name: str, /, **values: Value) -> list[Row]:
        return await self._do(name, values, is_durable=False)

    async def _do(self, name: str, values: Mapping[str, Value], *, is_durable: bool = True) -> list[Row]:
        work = partial(self._run, name=name, values=values)
        rows: list[Row] = await self._commits.do(work, reads=name in reads(), is_durable=is_durable)
        return rows

    @override
    async def together(self, work: Callable[[Transaction], Awaitable[Result]], *, durable: bool = True) -> Result:
        # In the database's thread, beside the event loop, so `work` can't wait for anything else.
        def do(connection: sqlite3.Connection) -> Result:
            async def run(name: str, values: Mapping[str, Value]) -> list[Row]:
                return self._run(connection, name, values)

            return _finished(work(Transaction(run)))

        result: Result = await self._commits.do(do, is_whole=True, is_durable=durable)
        return result

    @override
    @asynccontextmanager
    async def transaction(self, *, durable: bool = True) -> AsyncIterator[Transaction]:
        async with self._commits.alone():
            if durable:
                async with self._transaction() as tx:
                    yield tx
                return
            async with self._not_durable(), self._transaction() as tx:
                yield tx

    @asynccontextmanager
    async def _not_durable(self) -> AsyncIterator[None]:
        try:
            await self._connection.execute(NOT_DURABLE)
            yield
        finally:
            await self._connection.execute(DURABLE)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Transaction]:
        async def run(name: str, values: Mapping[str, Value]) -> list[Row]:
            rows: list[Row] = await self._connection.work(partial(self._run, name=name, values=values))
            return rows

        try:
            await self._connection.execute("BEGIN IMMEDIATE")
            yield Transaction(run)
            await self._connection.work(commit)
        except BaseException as error:
            # aiosqlite's thread finishes even a canceled BEGIN or COMMIT, so only a try tells whether one is open.
            with suppress(sqlite3.Error):
                await self._connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise StorageError(str(error)) from error
            raise

    @staticmethod
    def _run(connection: sqlite3.Connection, name: str, values: Mapping[str, Value]) -> list[Row]:
        try:
            return connection.execute(queries()[name], values).fetchall()
        except sqlite3.Error as error:
            raise StorageError(f"{name}: {error}") from error


def _finished(work: Awaitable[Result]) -> Result:
    """Run work that never has to wait for the event loop, and return its result."""
    steps = work.__await__()
    try:
        next(steps)
    except StopIteration as ended:
        result: Result = ended.value
        return result
    raise RuntimeError("a transaction may await its own statements only")


async def migrate(connection: aiosqlite.Connection) -> None:
    """Apply the missing migrations, each in a transaction. Raises StorageError for a database of a newer version."""
    await connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")
    rows = await connection.execute_fetchall("SELECT coalesce(max(version), 0) FROM schema_version")
    current = int(next(iter(rows))[0])
    known = schema.sqlite_migrations()
    if current > max(known):
        raise StorageError(schema.newer(current))
    for version in sorted(version for version in known if version > current):
        await connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in _statements(known[version]):
                await connection.execute(statement)
            await connection.execute("INSERT INTO schema_version (version) VALUES (?)", (version,))
            await connection.execute("COMMIT")
        except BaseException:
            await connection.execute("ROLLBACK")
            raise


def _statements(script: str) -> Iterable[str]:
    """Split a script where SQLite sees a statement end; executescript would commit by itself."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
