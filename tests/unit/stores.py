"""Shared helpers for storage tests: a clock that the test turns, and a database in a directory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from typing_extensions import override

from core.models.image_request import Request
from core.models.job import Destination, NewJob
from core.ports.clock import Clock
from storage.chats import SqliteChats
from storage.jobs import SqliteJobs
from storage.sqlite import SqliteDatabase

CHAT = 1001


class HandClock(Clock):
    """A clock that the test turns."""

    def __init__(self, now_ms: int = 1_700_000_000_000) -> None:
        self.now = now_ms

    @override
    def now_ms(self) -> int:
        return self.now


@asynccontextmanager
async def database_in(directory: Path) -> AsyncIterator[SqliteDatabase]:
    """Open the database of a directory."""
    database = await SqliteDatabase.open(f"sqlite:///{directory}/bot.db")
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def jobs_in(directory: Path, clock: HandClock | None = None) -> AsyncIterator[SqliteJobs]:
    """Open the jobs of a database, with a chat that they can belong to."""
    clock = clock or HandClock()
    async with database_in(directory) as database:
        await SqliteChats(database, clock).seen(CHAT, "private")
        yield SqliteJobs(database, clock)


def order(idempotency_key: str, prompt: str = "a red fox") -> NewJob:
    """Return a new job as a handler makes it."""
    return NewJob(idempotency_key, Destination(CHAT, None, 7, "en"), 1, Request(prompt))
