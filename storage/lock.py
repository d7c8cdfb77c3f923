"""One process a database: two would submit the same order, and both would be paid for."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from bot.domain.errors import StorageError
from storage.database import path_of


@contextmanager
def alone(url: str) -> Iterator[None]:
    """Hold the lock of the database behind `url`; the system releases it with the process, however that ends.

    Raises StorageError where another process has it.
    """
    path = path_of(url)
    lock = path.with_name(f"{path.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageError(f"cannot lock the database {path}: {error.strerror}") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StorageError(f"another process is running on the database {path}") from error
        yield
    finally:
        os.close(descriptor)
