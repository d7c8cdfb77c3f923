"""An SQLite database: its schema, its named statements, and its transactions; see storage.group_commit.

A file of `storage/queries` is a sequence of statements, each below a line `-- name: <name of the statement>`.
"""

import asyncio
import os
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

import aiosqlite

from core.errors import StorageError
from storage.group_commit import DURABLE, NOT_DURABLE, Connection, GroupCommit, commit, connect

Value = str | int | float | bytes | None
Row = sqlite3.Row
Result = TypeVar("Result")

_SCHEME = "sqlite:///"
_COMMENT = re.compile(r"--[^\n]*")
_READS = re.compile(r"SELECT\b|WITH\b(?!.*\b(?:INSERT|UPDATE|DELETE)\b)", re.DOTALL)
_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    DURABLE,  # a commit that was acknowledged survives a power cut
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA wal_autocheckpoint = 8000",  # pages; only where `checkpoint` is not called, as it makes a commit wait
)


@cache
def queries() -> Mapping[str, str]:
    """Return every statement of `storage/queries/*.sql` by its name. Raises StorageError if a name stands twice."""
    found: dict[str, str] = {}
    for file in sorted(files("storage").joinpath("queries").iterdir(), key=lambda entry: entry.name):
        _, *pieces = _NAME.split(file.read_text(encoding="utf-8"))
        for name, statement in zip(pieces[::2], pieces[1::2], strict=True):
            if name in found:
                raise StorageError(f"two statements are named {name}")
            found[name] = statement.strip()
    return found


@cache
def _reads() -> frozenset[str]:
    """Return the names of the statements that only read."""
    bare = {name: _COMMENT.sub("", statement).lstrip() for name, statement in queries().items()}
    return frozenset(name for name, statement in bare.items() if _READS.match(statement))


def path_of(url: str) -> Path:
    """Return the file of `sqlite:///relative/path` or `sqlite:////absolute/path`. Raises ValueError."""
    if not url.startswith(_SCHEME) or url == _SCHEME:
        raise ValueError("must look like sqlite:///data/imagine-bot.db")
    return Path(url.removeprefix(_SCHEME))


class Database:
    """The statements and transactions of one connection."""

    def __init__(self, connection: Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._commits = GroupCommit(connection)
        self._keeper: aiosqlite.Connection | None = None
        self._keeping = asyncio.Lock()

    @classmethod
    async def open(cls, url: str) -> "Database":
        """Open or create the file of `url`, and bring its schema up to date. Raises StorageError."""
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

    async def probe(self) -> None:
        """Commit a write, as a readable database may not be writable. Raises StorageError.

        A database that another program locks for a moment passes.
        """
        try:
            await self.fetch("put_note", name="probe", value="written")
            await self.fetch("drop_note", name="probe")
        except StorageError as error:
            if "locked" not in str(error):
                raise

    async def checkpoint(self) -> None:
        """Move commits from the log into the database, beside other statements. Raises StorageError.

        Without this, now and then a commit has to do it, and waits for the disk.
        """
        async with self._keeping:
            try:
                if self._keeper is None:
                    self._keeper = await aiosqlite.connect(self._path, isolation_level=None)
                await self._keeper.execute_fetchall("PRAGMA wal_checkpoint(PASSIVE)")
            except sqlite3.Error as error:
                raise StorageError(f"checkpoint: {error}") from error

    async def close(self) -> None:
        """Close the file. No statement can run after this."""
        async with self._keeping:
            if self._keeper:
                await self._keeper.close()
        async with self._commits.alone():
            await self._connection.close()

    async def fetch(self, name: str, /, **values: Value) -> list[Row]:
        """Run one named statement in its own transaction and return its rows. Raises StorageError."""
        return await self._do(name, values)

    async def drop(self, name: str, /, **values: Value) -> list[Row]:
        """Run one named statement as `fetch` does, but without waiting for the disk; see `transaction`."""
        return await self._do(name, values, is_durable=False)

    async def _do(self, name: str, values: Mapping[str, Value], *, is_durable: bool = True) -> list[Row]:
        work = partial(self._run, name=name, values=values)
        rows: list[Row] = await self._commits.do(work, reads=name in _reads(), is_durable=is_durable)
        return rows

    async def fetch_one(self, name: str, /, **values: Value) -> Row | None:
        """Run one named statement, and return its first row, None without one. Raises StorageError."""
        rows = await self.fetch(name, **values)
        return rows[0] if rows else None

    async def together(self, work: Callable[["Transaction"], Awaitable[Result]], *, durable: bool = True) -> Result:
        """Commit the statements of `work` together or not at all, and return its result. Raises StorageError.

        `work` awaits nothing but its transaction's `fetch`. It runs in the database's thread, beside the event loop.
        For `durable`, see `transaction`.
        """

        def do(connection: sqlite3.Connection) -> Result:
            async def run(name: str, values: Mapping[str, Value]) -> list[Row]:
                return self._run(connection, name, values)

            return _finished(work(Transaction(run)))

        result: Result = await self._commits.do(do, is_whole=True, is_durable=durable)
        return result

    @asynccontextmanager
    async def transaction(self, *, durable: bool = True) -> AsyncIterator["Transaction"]:
        """Commit several statements together or not at all. Raises StorageError.

        All other work waits meanwhile, so use `together` where much depends on speed. Without `durable`, the commit
        doesn't wait for the disk, so a power cut may undo it, but only as a whole. Use it for work that is done again
        if it is missing. The next durable commit makes it durable, too.
        """
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
    async def _transaction(self) -> AsyncIterator["Transaction"]:
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


class Transaction:
    """The statements inside `Database.transaction` and `Database.together`."""

    def __init__(self, run: Callable[[str, Mapping[str, Value]], Awaitable[list[Row]]]) -> None:
        self._run = run

    async def fetch(self, name: str, /, **values: Value) -> list[Row]:
        """Run one named statement, and return its rows. Raises StorageError."""
        return await self._run(name, values)


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
    known = _migrations()
    if current > max(known):
        raise StorageError(newer(current))
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


def newest_version() -> int:
    """Return the version that the migrations lead to."""
    return max(_migrations())


def newer(version: int) -> str:
    """Return the error message for a database of a newer release."""
    return (
        f"the database is of version {version}, this program knows versions up to {newest_version()}: "
        "it was written by a newer release"
    )


def _migrations() -> dict[int, str]:
    found = files("storage").joinpath("migrations").iterdir()
    return {int(file.name.split("_")[0]): file.read_text(encoding="utf-8") for file in found if file.name[:4].isdigit()}


def _statements(script: str) -> Iterable[str]:
    """Split a script where SQLite sees a statement end; executescript would commit by itself."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
