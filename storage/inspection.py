"""Inspection of a database file without a change to it."""

import asyncio
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from core.errors import StorageError
from storage.database import queries
from storage.schema import newer, newest_version

ID = "database_id"
"""The name under which every database keeps an id of its own, beside the secrets."""

_FIRST_FEW = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """The version and the id of a database; earlier releases gave it no id."""

    version: int
    id: str | None

    @property
    def is_behind(self) -> bool:
        """Whether this release would change its schema."""
        return self.version < newest_version()


def look(path: Path) -> Standing | None:
    """Read header, schema and id; None if there isn't a database yet. Raises StorageError.

    A start that failed leaves an empty file, or one without tables, which isn't a database yet either.
    """
    try:
        if not path.exists() or (path.is_file() and path.stat().st_size == 0):
            return None
        with closing(reading(path)) as connection:
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not tables:
                return None
            if not {"schema_version", "kept"} <= tables:
                if tables == {"schema_version"}:
                    return None
                raise StorageError(f"cannot use the database {path}: it wasn't made by imagine-bot")
            ((version,),) = connection.execute("SELECT coalesce(max(version), 0) FROM schema_version")
            ids = connection.execute("SELECT value FROM kept WHERE name = ?", (ID,)).fetchall()
    except (OSError, sqlite3.Error) as error:
        raise StorageError(f"cannot use the database {path}: {error}") from error
    if version > newest_version():
        raise StorageError(newer(version))
    return Standing(int(version), ids[0][0] if ids else None)


def damages(path: Path) -> list[str]:
    """Read every page, and return the first few damages. It takes a second for each few hundred megabytes."""
    try:
        with closing(reading(path)) as connection:
            return _damages(connection)
    except sqlite3.Error as error:
        return [str(error)]


async def damages_beside(path: Path) -> list[str]:
    """Return the first few damages, beside the event loop. A cancellation doesn't wait for the last page."""
    try:
        connection = reading(path, check_same_thread=False)
    except sqlite3.Error as error:
        return [str(error)]

    def work() -> list[str]:
        with closing(connection):
            try:
                return _damages(connection)
            except sqlite3.Error as error:
                return [str(error)]

    looking = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(looking)
    finally:
        if not looking.done():
            connection.interrupt()
            await looking


def try_write(path: Path) -> None:
    """Commit a write, and take it back; the schema stays as it is. Raises StorageError.

    A database that another program locks for a moment passes.
    """
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=5)) as connection:
            for name in ("put_note", "drop_note"):
                with connection:
                    connection.execute(queries()[name], {"name": "probe", "value": "written"})
    except sqlite3.Error as error:
        if "locked" not in str(error):
            raise StorageError(f"cannot write the database {path}: {error}") from error


def try_place(path: Path) -> None:
    """Write a file where a database is going to be. Raises StorageError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=path.parent) as file:
            file.write(b"probe")
    except OSError as error:
        raise StorageError(f"cannot make the database {path}: {error.strerror}") from error


def reading(path: Path, *, check_same_thread: bool = True) -> sqlite3.Connection:
    """Open a database for reading only."""
    address = f"{path.absolute().as_uri()}?mode=ro"
    return sqlite3.connect(address, uri=True, timeout=5, check_same_thread=check_same_thread)


def _damages(connection: sqlite3.Connection) -> list[str]:
    found = [str(words) for (words,) in connection.execute(f"PRAGMA quick_check({_FIRST_FEW})")]
    return [] if found == ["ok"] else found
