"""SQLite's end of `storage.move_database`."""

import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager

from typing_extensions import override

from core.errors import StorageError
from storage.database import path_of
from storage.inspection import look
from storage.lock import alone
from storage.move_ends import BATCH, VERSIONS, End, Table, Totals, Values, sum_of
from storage.schema import newest_version
from storage.sqlite import SqliteDatabase

_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' AND name != ?"
_LENGTH = "letters({0})"
_WHOLE = "coalesce(sum({0} / 1000000), 0) * 1000000 + coalesce(sum({0} % 1000000), 0)"  # a plain sum would overflow


class SqlEnd(End):
    """A connection within a transaction, under the lock that a bot would hold."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def tables(self) -> list[Table]:
        """Return all tables of the schema. Raises StorageError."""
        with _explained("the schema"):
            names = [name for (name,) in self._connection.execute(_TABLES, (VERSIONS,))]
            return [self._table(name) for name in names]

    def _table(self, name: str) -> Table:
        columns = {row[1]: str(row[2]) for row in self._connection.execute(f"PRAGMA table_info({name})")}
        return Table(
            name, columns, frozenset(row[2] for row in self._connection.execute(f"PRAGMA foreign_key_list({name})"))
        )

    @override
    async def seize(self, tables: Sequence[Table]) -> None:
        pass  # the lock and the transaction do that

    @override
    async def is_filled(self, table: Table) -> bool:
        with _explained(table.name):
            return self._connection.execute(f"SELECT 1 FROM {table.name} LIMIT 1").fetchone() is not None  # noqa: S608

    @override
    async def rows(self, table: Table) -> AsyncIterator[list[Values]]:
        with _explained(table.name):
            cursor = self._connection.execute(f"SELECT {table.listed} FROM {table.name}")  # noqa: S608 - our names
            while batch := cursor.fetchmany(BATCH):
                yield batch

    @override
    async def write(self, table: Table, rows: list[Values]) -> None:
        marks = ", ".join("?" * len(table.columns))
        with _explained(table.name):
            self._connection.executemany(f"INSERT INTO {table.name} ({table.listed}) VALUES ({marks})", rows)  # noqa: S608

    @override
    async def totals(self, table: Table) -> Totals:
        sums = [sum_of(column, kind, length=_LENGTH, whole=_WHOLE) for column, kind in table.columns.items()]
        with _explained(table.name):
            rows, *found = self._connection.execute(f"SELECT count(*), {', '.join(sums)} FROM {table.name}").fetchone()  # noqa: S608
        return Totals(rows, dict(zip(table.columns, found, strict=True)))

    @override
    async def commit(self) -> None:
        with _explained("COMMIT"):
            if broken := self._connection.execute("PRAGMA foreign_key_check").fetchone():
                raise StorageError(f"{broken[0]}: a row refers to one of {broken[2]} that is missing")
            self._connection.execute("COMMIT")


@asynccontextmanager
async def sqlite_end(url: str, *, is_target: bool) -> AsyncIterator[SqlEnd]:
    """Open the file, to write or only to read. A target is created if it is missing.

    Raises StorageError if a bot uses it, or if its schema isn't of this release.
    """
    path = path_of(url)
    if not is_target:
        _check(url)
    with alone(url) as check_lock:
        if is_target:
            look(path)
            await (await SqliteDatabase.open(url)).close()
            check_lock()
        else:
            _check(url)
        with closing(_connected(url)) as connection:
            yield SqlEnd(connection)


def _check(url: str) -> None:
    path = path_of(url)
    standing = look(path)
    if standing is None:
        raise StorageError(f"there is no database {path}")
    if standing.is_behind:
        raise StorageError(
            f"the database {path} is of version {standing.version}, and this program needs {newest_version()}: "
            "start the bot once with this release first"
        )


def _connected(url: str) -> sqlite3.Connection:
    path = path_of(url)
    with _explained(f"cannot use the database {path}"):
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)
        connection.create_function("letters", 1, _letters, deterministic=True)
        connection.execute("BEGIN IMMEDIATE")
        return connection


def _letters(value: str | None) -> int | None:
    return None if value is None else len(value)


@contextmanager
def _explained(name: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StorageError(f"{name}: {error}") from error
