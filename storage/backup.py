"""A backup of the database and the pictures in one file, which can be made at any time."""

import os
import sqlite3
import tarfile
import tempfile
from contextlib import closing, suppress
from pathlib import Path

from core.errors import StorageError
from storage.blob_store import is_picture
from storage.database import path_of, queries, refuse_postgresql

DATABASE, PICTURES = "imagine-bot.db", "pictures"
"""The names of the two parts inside a backup, whatever their names in the settings."""


def backup(url: str, data_dir: Path | None, target: Path) -> None:
    """Write a tar file of the database and the pictures, consistent even while the bot runs. Raises StorageError.

    Without `data_dir`, the pictures are in an object store, and the file has the database alone. The database is copied
    first. A picture's file is complete before a row names it, so every picture that the copy names has a file, unless
    housekeeping drops it in the meantime.
    """
    refuse_postgresql(
        url,
        "Copy a PostgreSQL database with `pg_dump --format=custom --file=FILE NAME`, and then "
        + (f"the folder {data_dir / PICTURES}" if data_dir else "the pictures in the object store"),
    )
    source = path_of(url)
    if not source.exists():
        raise StorageError(f"there is no database {source}")
    partial = target.with_name(f"{target.name}.partial")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent) as directory:
            copy = Path(directory) / DATABASE
            _copy(source, copy)
            partial.unlink(missing_ok=True)  # an existing file would keep its mode
            with (
                os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file,
                tarfile.open(fileobj=file, mode="w") as archive,
            ):
                archive.add(copy, DATABASE, filter=_private)
                for path in sorted((data_dir / PICTURES).glob("??/*")) if data_dir else ():
                    if is_picture(path):
                        with suppress(FileNotFoundError):  # housekeeping may drop it meanwhile
                            archive.add(path, f"{PICTURES}/{path.parent.name}/{path.name}", filter=_private)
                archive.close()
                file.flush()
                os.fsync(file.fileno())
        partial.replace(target)
    except (OSError, sqlite3.Error, tarfile.TarError) as error:
        partial.unlink(missing_ok=True)
        raise StorageError(f"the backup failed: {error}") from error


def _copy(source: Path, copy: Path) -> None:
    """Copy the database without its secrets and without the remains of deleted rows."""
    with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as origin:
        origin.execute("VACUUM INTO ?", (str(copy),))
    with closing(sqlite3.connect(copy)) as destination:
        destination.execute("PRAGMA secure_delete = ON")
        with destination:
            destination.execute(queries()["drop_secrets"])


def _private(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Make a member private to its owner, without the name of its owner."""
    member.mode, member.uid, member.gid, member.uname, member.gname = 0o600, 0, 0, "", ""
    return member
