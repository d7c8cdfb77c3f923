"""A data directory belongs to one database, and a damaged or lost database never starts as a new one."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from core.errors import StorageError
from core.models.image_request import Picture
from core.models.media import Incoming
from storage.belonging import at_work, claim, sole_user, verify
from storage.blob_store import FileBlobStore
from storage.marker import owner_of
from tests.unit.stores import database_in


async def _claimed(directory: Path, data_dir: Path | None = None) -> str:
    async with database_in(directory) as database:
        await claim(database, data_dir or directory)
    return owner_of(data_dir or directory) or ""


async def _with_picture(directory: Path) -> Path:
    blob_store, picture = FileBlobStore(directory), Picture("ab" * 32, "png", 1, 1, 3)
    await blob_store.open()
    arrived = blob_store.scratch()
    arrived.write_bytes(b"png")
    await blob_store.keep(Incoming(arrived), picture)
    return blob_store.path(picture)


def _url(directory: Path) -> str:
    return f"sqlite:///{directory}/bot.db"


async def test_both_find_each_other_again(tmp_path: Path) -> None:
    """The database ID is made once, and database and directory may move together."""
    verify(_url(tmp_path), tmp_path)
    owner = await _claimed(tmp_path)
    assert len(owner) == 32
    assert await _claimed(tmp_path) == owner
    verify(_url(tmp_path), tmp_path)
    shutil.copytree(tmp_path, tmp_path / "moved")
    verify(_url(tmp_path / "moved"), tmp_path / "moved")


async def test_an_installation_of_before_is_adopted(tmp_path: Path) -> None:
    """A database without an ID beside pictures without a marker is accepted: earlier releases had neither."""
    await _with_picture(tmp_path)
    async with database_in(tmp_path):
        pass
    verify(_url(tmp_path), tmp_path)
    assert await _claimed(tmp_path)


def _delete(path: Path) -> None:
    path.unlink()


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _drop_tables(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 1")
    connection.close()


def _scribble(path: Path) -> None:
    path.write_bytes(b"\xa5" * path.stat().st_size)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


LOSSES = (_delete, _empty, _drop_tables, _scribble, _cut)


@pytest.mark.parametrize("lose", LOSSES)
async def test_what_is_lost_is_not_started_as_new(tmp_path: Path, lose: Callable[[Path], None]) -> None:
    """A lost database is refused with instructions and left unchanged, however it was lost."""
    await _claimed(tmp_path)
    path = tmp_path / "bot.db"
    lose(path)
    before = path.read_bytes() if path.exists() else None
    with pytest.raises(StorageError, match=r"imagine-bot restore FILE.*start over"):
        verify(_url(tmp_path), tmp_path)
    assert (path.read_bytes() if path.exists() else None) == before


async def test_pictures_of_a_lost_database_are_not_for_a_new_one(tmp_path: Path) -> None:
    """If the marker is missing, pictures show that a database existed; a new one's cleanup would delete them."""
    picture = await _with_picture(tmp_path)
    with pytest.raises(StorageError, match="missing or empty"):
        verify(_url(tmp_path), tmp_path)
    picture.unlink()
    verify(_url(tmp_path), tmp_path)


async def test_another_database_is_refused(tmp_path: Path) -> None:
    """A database that doesn't own the directory is refused, whether or not it has an ID."""
    await _claimed(tmp_path / "first", tmp_path)
    for name in ("second", "third"):
        async with database_in(tmp_path / name) as database:
            if name == "second":
                (tmp_path / "elsewhere").mkdir()
                await claim(database, tmp_path / "elsewhere")
        with pytest.raises(StorageError, match="belongs to another database"):
            verify(_url(tmp_path / name), tmp_path)
    (tmp_path / "database-id").write_bytes(b"")
    with pytest.raises(StorageError, match="belongs to another database"):
        verify(_url(tmp_path / "first"), tmp_path)


def test_one_process_a_directory(tmp_path: Path) -> None:
    """Only one process may use a data directory at a time, because copies of a database share its ID."""
    with (
        sole_user(tmp_path / "data"),
        pytest.raises(StorageError, match="another process"),
        sole_user(tmp_path / "data"),
    ):
        pass
    with sole_user(tmp_path / "data"):
        pass


def test_an_end_without_order_is_known(tmp_path: Path) -> None:
    """Only a process that died leaves the running marker; an exit by an error removes it."""
    with suppress(RuntimeError), at_work(tmp_path) as was_unclean:
        assert not was_unclean
        raise RuntimeError
    (tmp_path / "running").touch()
    with at_work(tmp_path) as was_unclean:
        assert was_unclean
    with at_work(tmp_path) as was_unclean:
        assert not was_unclean
