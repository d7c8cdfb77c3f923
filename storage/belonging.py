"""The database that a data directory belongs to, and whether the last process ended in order.

The directory holds the pictures of one database, and housekeeping drops every picture that its database doesn't name.
With another database, or with a new one in the place of a lost one, all pictures would be gone within the hour. So a
marker in the directory names its database.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.errors import StorageError
from storage.blob_store import is_picture
from storage.database import Database, path_of
from storage.inspection import ID, look
from storage.marker import mark, owner_of

_RUNNING = "running"


@contextmanager
def sole_user(data_dir: Path, *, shared: bool = False) -> Iterator[None]:
    """Lock the directory until the process ends, however it ends. Raises StorageError if another process has it.

    With `shared`, other processes may lock it likewise, but none may have it alone.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(data_dir, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise StorageError(f"cannot use the picture directory: {error}") from error
    try:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StorageError(f"another process uses the pictures in {data_dir}. Stop it first") from error
        except OSError as error:
            raise StorageError(f"cannot lock {data_dir}: {error.strerror}") from error
        yield
    finally:
        os.close(descriptor)


def verify(url: str, data_dir: Path) -> None:
    """Refuse a database that is damaged, lost, or not the one that the directory belongs to. Raises StorageError.

    Nothing is changed. A directory without a marker fits every database: earlier releases wrote none.
    """
    path, owner = path_of(url), owner_of(data_dir)
    try:
        standing = look(path)
    except StorageError as error:
        raise StorageError(f"{error}. {_ways_out(path, data_dir)}") from error
    if standing is None and (owner is not None or _has_pictures(data_dir)):
        raise StorageError(
            f"the database {path} is missing or empty, but {data_dir} shows that there was one. "
            f"{_ways_out(path, data_dir)}"
        )
    if standing and owner is not None and standing.id != owner:
        raise StorageError(
            f"{data_dir} belongs to another database than {path}. The bot would delete that database's pictures. "
            "Set a separate DATA_DIR for each database. Restore a backup with `imagine-bot restore FILE`, not by hand"
        )


async def claim(database: Database, data_dir: Path) -> str:
    """Note in the database and in the directory that they belong together, if it isn't noted. Raises StorageError.

    Return the id of the database.
    """
    await database.fetch("keep_value", name=ID, value=secrets.token_hex(16))
    row = await database.fetch_one("kept_value", name=ID)
    owner = str(row["value"]) if row else ""
    if row and owner_of(data_dir) is None:
        mark(data_dir, owner)
    return owner


@contextmanager
def at_work(data_dir: Path) -> Iterator[bool]:
    """Note that a process runs, and yield whether the previous one ended without order. Raises StorageError."""
    note = data_dir / _RUNNING
    try:
        was_unclean = note.exists()
        os.close(os.open(note, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StorageError(f"cannot write into {data_dir}: {error.strerror}") from error
    try:
        yield was_unclean
    finally:
        with suppress(OSError):
            note.unlink(missing_ok=True)


def _has_pictures(data_dir: Path) -> bool:
    return any(is_picture(path) for path in (data_dir / "pictures").glob("??/*"))


def _ways_out(path: Path, data_dir: Path) -> str:
    return (
        "Restore a backup with `imagine-bot restore FILE`, or correct DATABASE_URL and DATA_DIR. To start over without "
        f"any data, move {path} and the content of {data_dir} to another place"
    )
