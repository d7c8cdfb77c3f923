"""A copy of all there is, in one file, made at any time."""

import os
import sqlite3
import tarfile
import tempfile
from contextlib import closing, suppress
from pathlib import Path

from core.errors import StorageError
from storage.blob_store import is_picture
from storage.database import path_of, queries

DATABASE, PICTURES = "imagine-bot.db", "pictures"
"""What the parts are called inside of a backup, however the settings call them."""


def backup(url: str, data_dir: Path, target: Path) -> None:
    """Write a tar of the database and the pictures, consistent also while the bot runs. Raises StorageError.

    The database is copied first: a picture's file is complete before a row names it, so every name in the copy has one,
    unless it is dropped in the meantime.
    """
    source = path_of(url)
    if not source.exists():
        raise StorageError(f"there is no database {source}")
    partial = target.with_name(f"{target.name}.partial")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent) as directory:
            copy = Path(directory) / DATABASE
            _copy(source, copy)
            partial.unlink(missing_ok=True)  # its mode would stay as it is
            with (
                os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file,
                tarfile.open(fileobj=file, mode="w") as archive,
            ):
                archive.add(copy, DATABASE, filter=_private)
                for path in sorted((data_dir / PICTURES).glob("??/*")):
                    if is_picture(path):
                        with suppress(FileNotFoundError):  # housekeeping goes on meanwhile
                            archive.add(path, f"{PICTURES}/{path.parent.name}/{path.name}", filter=_private)
                archive.close()
                file.flush()
                os.fsync(file.fileno())
        partial.replace(target)
    except (OSError, sqlite3.Error, tarfile.TarError) as error:
        partial.unlink(missing_ok=True)
        raise StorageError(f"the backup failed: {error}") from error


def _copy(source: Path, copy: Path) -> None:
    """Copy the database without its secrets, and without what was deleted but is still there between the rows."""
    with closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as origin:
        origin.execute("VACUUM INTO ?", (str(copy),))
    with closing(sqlite3.connect(copy)) as destination:
        destination.execute("PRAGMA secure_delete = ON")
        with destination:
            destination.execute(queries()["drop_secrets"])


def _private(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Nothing in it is anybody else's, nor does it tell who made it."""
    member.mode, member.uid, member.gid, member.uname, member.gname = 0o600, 0, 0, "", ""
    return member
