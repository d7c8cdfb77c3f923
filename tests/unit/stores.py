"""Shared helpers for storage tests: a clock that the test turns, and a database in a directory.

The fixture `each_database` runs a test once with each kind of database.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from core.models.image_request import Request
from core.models.job import Destination, NewJob
from core.ports.clock import Clock
from storage.chats import SqlChats
from storage.database import Database
from storage.jobs import SqlJobs
from tests.postgresql import server

CHAT = 1001
DATABASES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.slow))
_ELSEWHERE = "database-url"


class HandClock(Clock):
    """A clock that the test turns."""

    def __init__(self, now_ms: int = 1_700_000_000_000) -> None:
        self.now = now_ms

    @override
    def now_ms(self) -> int:
        return self.now


async def choose_database(kind: str, directory: Path) -> None:
    """Make the database of a directory an SQLite file or one on a PostgreSQL server."""
    if kind == "postgresql":
        (directory / _ELSEWHERE).write_text(await server().new_database())


def url_in(directory: Path) -> str:
    """Return the address of the database of a directory."""
    elsewhere = directory / _ELSEWHERE
    return elsewhere.read_text() if elsewhere.exists() else f"sqlite:///{directory}/bot.db"


@asynccontextmanager
async def database_in(directory: Path) -> AsyncIterator[Database]:
    """Open the database of a directory."""
    database = await Database.open(url_in(directory))
    try:
        yield database
    finally:
        await database.close()


def rows_in(directory: Path, statement: str) -> list[tuple[Any, ...]]:
    """Run a statement in the database of a directory, beside the bot's connections, and return its rows."""
    url = url_in(directory)
    if url.startswith("postgresql:"):
        with ThreadPoolExecutor(1) as pool:  # it has no event loop yet
            return [tuple(row) for row in pool.submit(asyncio.run, server().execute(statement, url)).result()]
    with closing(sqlite3.connect(directory / "bot.db", isolation_level=None)) as connection:
        return connection.execute(statement).fetchall()


@asynccontextmanager
async def jobs_in(directory: Path, clock: HandClock | None = None) -> AsyncIterator[SqlJobs]:
    """Open the jobs of a database, with a chat that they can belong to."""
    clock = clock or HandClock()
    async with database_in(directory) as database:
        await SqlChats(database, clock).seen(CHAT, "private")
        yield SqlJobs(database, clock)


def order(idempotency_key: str, prompt: str = "a red fox") -> NewJob:
    """Return a new job as a handler makes it."""
    return NewJob(idempotency_key, Destination(CHAT, None, 7, "en"), 1, Request(prompt))
