"""Files of our own: what the disk refuses is a StorageError, whoever reads or writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from core.errors import StorageError


@contextmanager
def disk() -> Iterator[None]:
    """Translate what the system says about files. Only around work on files: sockets raise OSError, too."""
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
