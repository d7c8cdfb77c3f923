"""The lock belongs to the database file under every name, and doesn't disturb readers and writers."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import StorageError
from storage.lock import alone
from tests.unit.stores import database_in

BUSY = "another process uses"


@pytest.fixture
async def home(tmp_path: Path) -> Path:
    """Make a directory with a database and an empty subdirectory."""
    (tmp_path / "elsewhere").mkdir()
    async with database_in(tmp_path):
        pass
    return tmp_path


def _url(path: Path) -> str:
    return f"sqlite:///{path}"


def _refused(path: Path) -> None:
    with pytest.raises(StorageError, match=BUSY), alone(_url(path)):
        pass


def test_links_lead_to_the_same_lock(home: Path) -> None:
    """A symbolic link to the file or its directory and a hard link all lead to the same lock."""
    (home / "elsewhere" / "link.db").symlink_to(home / "bot.db")
    (home / "way").symlink_to(home)
    (home / "elsewhere" / "other.db").hardlink_to(home / "bot.db")
    names = (home / "bot.db", home / "elsewhere" / "link.db", home / "way" / "bot.db", home / "elsewhere" / "other.db")
    for held in names:
        with alone(_url(held)):
            for name in names:
                _refused(name)
    with alone(_url(names[3])):
        pass


async def test_a_database_that_is_made_under_the_lock_has_it_too(tmp_path: Path) -> None:
    """A first start locks the name before the file exists, and the file as soon as it exists."""
    (tmp_path / "elsewhere").mkdir()
    with alone(_url(tmp_path / "bot.db")) as check:
        assert not (tmp_path / "bot.db").exists()
        async with database_in(tmp_path):
            check()
            check()
            (tmp_path / "elsewhere" / "other.db").hardlink_to(tmp_path / "bot.db")
            _refused(tmp_path / "elsewhere" / "other.db")
        _refused(tmp_path / "elsewhere" / "other.db")


async def test_sqlites_own_locks_and_ours_are_apart(home: Path) -> None:
    """The lock doesn't interfere with SQLite's own locks, and outlives its connections."""
    (home / "elsewhere" / "other.db").hardlink_to(home / "bot.db")
    with alone(_url(home / "bot.db")):
        async with database_in(home) as database:
            with closing(sqlite3.connect(home / "bot.db", timeout=0, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                with closing(sqlite3.connect(home / "bot.db", timeout=0)) as third:
                    assert third.execute("SELECT count(*) FROM jobs").fetchone() == (0,)
                    with pytest.raises(sqlite3.OperationalError, match="locked"):
                        third.execute("INSERT INTO kept VALUES ('a', 'b')")
                other.execute("ROLLBACK")
            await database.fetch("keep_value", name="key", value="x")
        _refused(home / "elsewhere" / "other.db")
