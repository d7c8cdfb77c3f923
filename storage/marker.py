"""The marker in a directory of pictures that names the database to which they belong."""

import os
from pathlib import Path

from core.errors import StorageError

MARKER = "database-id"


def marking(owner: str) -> str:
    """Return the content of the marker."""
    return (
        f"{owner}\nThis directory belongs to the database with this id. Without this file, any database may use it.\n"
    )


def marked(content: str) -> str:
    """Return the id of the database that a marker names."""
    first, *_ = content.splitlines() or [""]
    return first.strip()


def owner_of(data_dir: Path) -> str | None:
    """Return the id of the database that the directory belongs to, None without a marker. Raises StorageError."""
    try:
        return marked((data_dir / MARKER).read_text(encoding="ascii", errors="replace"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageError(f"cannot use the picture directory: {error}") from error


def mark(data_dir: Path, owner: str) -> None:
    """Write the marker completely or not at all. Raises StorageError."""
    partial = data_dir / f"{MARKER}.partial"
    try:
        partial.unlink(missing_ok=True)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w") as file:
            file.write(marking(owner))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(data_dir / MARKER)
        sync(data_dir)
    except OSError as error:
        raise StorageError(f"cannot write into {data_dir}: {error.strerror}") from error


def sync(directory: Path) -> None:
    """Make the names in a directory survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def check_owner(place: str, known: str, owner: str) -> None:
    """Raise StorageError if a store of pictures belongs to another database."""
    if known != owner:
        raise StorageError(
            f"{place} belongs to another database. The bot would delete that database's pictures. "
            "Correct DATABASE_URL or DATA_URL"
        )
