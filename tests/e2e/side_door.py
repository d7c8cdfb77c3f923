"""The way past the bot into its database, for tests that look at rows or let time pass."""

import asyncio
import itertools
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
_numbers = itertools.count(1)
_templates: list[str] = []
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
    """A new database on the server of the tests. Its statements run in a thread with a loop of its own.

    Its tables have a column `rowid`, as with SQLite, and rows come in the order of their insertion.
    """

    def __init__(self) -> None:
        started = server()  # skips the test where there is none
        self._url = _run(_new_database(started))

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

    def _fetched(self, statement: str) -> list[Row]:
        return _run(_fetch(self._url, statement))

    @override
    def rewrite(self, statement: str, *values: Any) -> None:
        for value in values:
            statement = statement.replace("?", _literal(value), 1)
        self._fetched(statement)


async def _new_database(started: PostgresServer) -> str:
    if not _templates:
        url = await started.new_database()
        tables = await _fetch(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        await _fetch(url, "; ".join(f"ALTER TABLE {row['tablename']} ADD COLUMN rowid BIGSERIAL" for row in tables))
        _templates.append(url.partition("@/")[2].partition("?")[0])
    name = f"e2e_{next(_numbers)}"
    await started.execute(f"CREATE DATABASE {name} TEMPLATE {_templates[0]}")
    return started.url(name)


async def _fetch(url: str, statement: str) -> list[Row]:
    connection = await asyncpg.connect(url)
    try:
        if ";" in statement:
            await connection.execute(statement)
            return []
        return [dict(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


def _literal(value: Any) -> str:
    return str(value) if isinstance(value, int | float) else "'" + str(value).replace("'", "''") + "'"


def _run(work: Coroutine[Any, Any, Result]) -> Result:
    return asyncio.run_coroutine_threadsafe(work, _loop()).result(_WAIT_S)


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="side door", daemon=True).start()
    return loop
