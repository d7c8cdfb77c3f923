"""Access to the bot's own files, where errors of the disk become StorageError."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from core.errors import StorageError


@contextmanager
def disk() -> Iterator[None]:
    """Raise StorageError for an OSError. Use it around work on files only, because sockets raise OSError, too."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"a file in the data directory can't be used: {error.strerror or type(error).__name__}"
        ) from error


def opened(path: Path) -> BufferedReader:
    """Open a file for reading. Raises StorageError."""
    with disk():
        return path.open("rb")
