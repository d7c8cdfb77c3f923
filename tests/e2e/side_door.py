"""The way past the bot into its database, for tests that look at rows or let time pass."""

import asyncio
import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
from typing_extensions import override

from tests.postgresql import PostgresServer, server

Row = dict[str, Any]
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
_FREE_LEASES = "UPDATE shard_leases SET owner = NULL, expires_at = 0, leaving = 0"
Result = TypeVar("Result")
_WAIT_S = 30
_OWN = {"rowid", "shard"}
"""Columns that only PostgreSQL shows."""


class SideDoor(ABC):
    """A way into the database of one bot."""

    @property
    @abstractmethod
    def url(self) -> str:
        """The database's address."""

    @abstractmethod
    def rows(self, statement: str) -> list[Row]:
        """Return the rows of a query."""

    @abstractmethod
    def rewrite(self, statement: str, *values: Any) -> None:
        """Run a statement; each `?` in it stands for a value. A bot that works on the database may block it."""


class SqliteDoor(SideDoor):
    """The file `bot.db` in a directory."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "bot.db"

    @property
    @override
    def url(self) -> str:
        return f"sqlite:///{self._path}"

    @override
    def rows(self, statement: str) -> list[Row]:
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(statement)]

    @override
    def rewrite(self, statement: str, *values: Any) -> None:
        with closing(sqlite3.connect(self._path, timeout=_WAIT_S)) as connection, connection:
            connection.execute(statement, values)


class PostgresDoor(SideDoor):
    """The database of this test process on the server of the tests, emptied for the next test.

    Its tables have a column `rowid`, as with SQLite, and rows come in the order of their insertion. The statements run
    in a thread with a loop of its own.
    """

    def __init__(self) -> None:
        self._url = _database(server())  # skips the test where there is no server
        tables = {row["tablename"] for row in self._fetched(_TABLES)} - {"schema_version", "shard_leases"}
        emptied = [f"DELETE FROM {table}" for table in sorted(tables)]  # noqa: S608 - faster than TRUNCATE for a few rows
        self._execute("; ".join(["SET session_replication_role = replica", *emptied, _FREE_LEASES]))

    @property
    @override
    def url(self) -> str:
        return self._url

    @override
    def rows(self, statement: str) -> list[Row]:
        if " ORDER BY " not in statement:
            statement, *limit = statement.partition(" LIMIT ")
            statement += " ORDER BY rowid" + "".join(limit)
        return [{name: value for name, value in row.items() if name not in _OWN} for row in self._fetched(statement)]

    @override
    def rewrite(self, statement: str, *values: Any) -> None:
        for value in values:
            statement = statement.replace("?", _literal(value), 1)
        self._execute(statement)

    def _fetched(self, statement: str) -> list[Row]:
        return [dict(row) for row in _run(_connection(self._url).fetch(statement))]

    def _execute(self, statements: str) -> None:
        _run(_connection(self._url).execute(statements))


@cache
def _database(started: PostgresServer) -> str:
    url = _run(started.new_database())
    tables = [row["tablename"] for row in _run(_connection(url).fetch(_TABLES))]
    _run(_connection(url).execute("; ".join(f"ALTER TABLE {table} ADD COLUMN rowid BIGSERIAL" for table in tables)))
    return url


@cache
def _connection(url: str) -> Any:
    """Return the connection to a database: opening one for each look would take longer than the tests."""
    return _run(asyncpg.connect(url))


def _literal(value: Any) -> str:
    return str(value) if isinstance(value, int | float) else "'" + str(value).replace("'", "''") + "'"


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    return asyncio.run_coroutine_threadsafe(work, _loop()).result(_WAIT_S)


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="side door", daemon=True).start()
    return loop
