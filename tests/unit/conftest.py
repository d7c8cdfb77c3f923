"""Fixtures of the unit tests: a clock that the test turns, a database, its jobs, and an image processor."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.imaging.processor import PillowImageProcessor
from storage.database import Database
from storage.jobs import SqlJobs
from storage.sqlite import SqliteDatabase
from tests.unit.rooms import image_processor
from tests.unit.stores import HandClock, database_in, jobs_in


@pytest.fixture
def clock() -> HandClock:
    """Return a clock that the test turns."""
    return HandClock()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """Open a new database."""
    async with database_in(tmp_path) as opened:
        yield opened


@pytest.fixture
async def sqlite_database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    """Open a new database with SQLite, whatever the other tests use."""
    async with database_in(tmp_path) as opened:
        assert isinstance(opened, SqliteDatabase)
        yield opened


@pytest.fixture
async def jobs(tmp_path: Path, clock: HandClock) -> AsyncIterator[SqlJobs]:
    """Open the jobs of a new database."""
    async with jobs_in(tmp_path, clock) as opened:
        yield opened


@pytest.fixture
def room() -> PillowImageProcessor:
    """Return an image processor."""
    return image_processor()
