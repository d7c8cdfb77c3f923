"""Writing files: what the disk refuses is a StorageError, whoever writes."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.domain.errors import StorageError


@contextmanager
def disk() -> Iterator[None]:
    """Translate what the system says about files. Only around work on files: sockets raise OSError, too."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"cannot write to the data directory: {error.strerror or type(error).__name__}") from error
