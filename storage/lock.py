"""A lock for one process for each database: two would submit the same job, and both would cost money."""

import errno
import fcntl
import os
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import StorageError
from storage.database import path_of

_FAR = 1 << 62
"""The byte to lock, beyond the end of every database: SQLite locks bytes around the first gigabyte."""
_FLOCK = "hhqqi4x"  # struct flock: type, whence, start, length, pid; Linux wants the pid to be 0
_BUSY = {errno.EAGAIN, errno.EACCES}


@contextmanager
def alone(url: str) -> Iterator[Callable[[], None]]:
    """Hold the lock of the database of `url`; the system releases it with the process, however the process ends.

    The name of the file doesn't matter: a link leads to the same lock beside the real file, and a hard link to the same
    lock in it. Yields a function that locks a file that was created after the lock. Raises StorageError if another
    process has the lock, or if the database can't be locked.
    """
    path = Path(os.path.realpath(path_of(url)))
    descriptors: list[int] = []

    def check() -> None:
        if len(descriptors) == 1 and path.is_file():
            descriptors.append(_open(path, os.O_RDWR, path))
            _lock_far(descriptors[-1], path)

    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StorageError(f"cannot lock the database {path}: {error.strerror}") from error
    try:
        descriptors.append(_open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, path))
        try:
            fcntl.flock(descriptors[0], fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise _refusal(path, error) from error
        check()
        yield check
    finally:
        # Not before SQLite is done: to close any descriptor of the database drops SQLite's locks on it.
        for descriptor in descriptors:
            os.close(descriptor)


def _open(name: Path, flags: int, path: Path) -> int:
    try:
        return os.open(name, flags | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageError(f"cannot lock the database {path}: {error.strerror}") from error


def _lock_far(descriptor: int, path: Path) -> None:
    """Lock the file itself by an open file description lock: SQLite's locks belong to the process, and come and go."""
    if sys.platform != "linux":  # other systems have another struct, if any; there the lock beside the file must do
        return
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, _FAR, 1, 0))
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file system without such locks
            raise _refusal(path, error) from error


def _refusal(path: Path, error: OSError) -> StorageError:
    if error.errno in _BUSY:
        return StorageError(f"another process uses the database {path}. Stop it first")
    return StorageError(f"cannot lock the database {path}: {error.strerror}")
