"""One SQLite database: open it, keep its schema current, and let one statement or transaction through at a time."""

import asyncio
import os
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import cache
from importlib.resources import files
from pathlib import Path

import aiosqlite

from core.errors import StorageError

Value = str | int | float | bytes | None
Row = sqlite3.Row

_SCHEME = "sqlite:///"
_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # a commit that was acknowledged survives a power cut
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA wal_autocheckpoint = 8000",  # pages; only where `checkpoint` is not called, as it makes a commit wait
)


@cache
def queries() -> Mapping[str, str]:
    """Every statement of `storage/queries/*.sql` by its name."""
    found: dict[str, str] = {}
    for file in sorted(files("storage").joinpath("queries").iterdir(), key=lambda entry: entry.name):
        _, *pieces = _NAME.split(file.read_text(encoding="utf-8"))
        for name, statement in zip(pieces[::2], pieces[1::2], strict=True):
            if name in found:
                raise StorageError(f"two statements are named {name}")
            found[name] = statement.strip()
    return found


def path_of(url: str) -> Path:
    """Read the file out of `sqlite:///relative/path` or `sqlite:////absolute/path`. Raises ValueError."""
    if not url.startswith(_SCHEME) or url == _SCHEME:
        raise ValueError("must look like sqlite:///data/imagine-bot.db")
    return Path(url.removeprefix(_SCHEME))


class Database:
    """A connection with a lock: aiosqlite alone would let the statements of two tasks share one transaction."""

    def __init__(self, connection: aiosqlite.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path
        self._lock = asyncio.Lock()
        self._keeper: aiosqlite.Connection | None = None
        self._keeping = asyncio.Lock()

    @classmethod
    async def open(cls, url: str) -> "Database":
        """Open or create the file behind `url` and bring its schema up to date. Raises StorageError."""
        path = path_of(url)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))  # what people write is private
            sqlite3.connect(path).close()  # where that fails, aiosqlite's thread would outlive the event loop
            connection = await aiosqlite.connect(path, isolation_level=None)
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
        """Commit something, as a database that can be read may not be writable. Raises StorageError.

        One that is locked by another program for a moment is in order.
        """
        try:
            await self.fetch("put_note", name="probe", value="written")
            await self.fetch("drop_note", name="probe")
        except StorageError as error:
            if "locked" not in str(error):
                raise

    async def checkpoint(self) -> None:
        """Move what was committed from the log into the database, beside whoever goes on. Raises StorageError.

        A commit that has to do this itself takes as long as the disk wants.
        """
        async with self._keeping:
            try:
                if self._keeper is None:
                    self._keeper = await aiosqlite.connect(self._path, isolation_level=None)
                await self._keeper.execute_fetchall("PRAGMA wal_checkpoint(PASSIVE)")
            except sqlite3.Error as error:
                raise StorageError(f"checkpoint: {error}") from error

    async def close(self) -> None:
        """Close the file; nothing can be asked after."""
        async with self._keeping:
            if self._keeper:
                await self._keeper.close()
        await self._connection.close()

    async def fetch(self, name: str, /, **values: Value) -> list[Row]:
        """Run one named statement in a transaction of its own; its rows."""
        async with self._lock:
            return await self._run(name, values)

    async def fetch_one(self, name: str, /, **values: Value) -> Row | None:
        """Run one named statement; its first row."""
        rows = await self.fetch(name, **values)
        return rows[0] if rows else None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["Transaction"]:
        """Several statements that are committed together or not at all."""
        async with self._lock:
            try:
                await self._connection.execute("BEGIN IMMEDIATE")
                yield Transaction(self._run)
                await self._connection.execute("COMMIT")
            except BaseException as error:
                # aiosqlite's thread finishes a cancelled BEGIN or COMMIT all the same: only trying tells what is open.
                with suppress(sqlite3.Error):
                    await self._connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise StorageError(str(error)) from error
                raise

    async def _run(self, name: str, values: Mapping[str, Value]) -> list[Row]:
        try:
            return list(await self._connection.execute_fetchall(queries()[name], values))
        except sqlite3.Error as error:
            raise StorageError(f"{name}: {error}") from error


class Transaction:
    """What can be done inside `Database.transaction`."""

    def __init__(self, run: Callable[[str, Mapping[str, Value]], Awaitable[list[Row]]]) -> None:
        self._run = run

    async def fetch(self, name: str, /, **values: Value) -> list[Row]:
        """Run one named statement; its rows."""
        return await self._run(name, values)


async def migrate(connection: aiosqlite.Connection) -> None:
    """Apply the migrations this database has not seen, each in a transaction; refuse one from a newer version."""
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
    """Tell what version migrations lead to."""
    return max(_migrations())


def newer(version: int) -> str:
    """Say that a database is from the future."""
    return (
        f"the database is of version {version}, this program knows versions up to {newest_version()}: "
        "it was written by a newer release"
    )


def _migrations() -> dict[int, str]:
    found = files("storage").joinpath("migrations").iterdir()
    return {int(file.name.split("_")[0]): file.read_text(encoding="utf-8") for file in found if file.name[:4].isdigit()}


def _statements(script: str) -> Iterable[str]:
    """Split a script where SQLite itself sees a statement end; executescript would commit on its own."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
