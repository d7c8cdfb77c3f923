"""One process a database: two would submit the same order, and both would be paid for."""

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
"""Behind the end of every database: SQLite locks bytes around the first gigabyte."""
_FLOCK = "hhqqi4x"  # struct flock, of which Linux wants l_pid to be 0: type, whence, start, length, pid
_BUSY = {errno.EAGAIN, errno.EACCES}


@contextmanager
def alone(url: str) -> Iterator[Callable[[], None]]:
    """Hold the lock of the database behind `url`; the system releases it with the process, however that ends.

    However the file is called: a link leads to the same lock beside the real file, and a second name of it to the same
    lock in it. What this answers locks a file that was only made afterwards. Raises StorageError where another process
    has it, or where it can't be locked.
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
        # Only here, after SQLite is done: closing any descriptor of the database drops the locks SQLite has on it.
        for descriptor in descriptors:
            os.close(descriptor)


def _open(name: Path, flags: int, path: Path) -> int:
    try:
        return os.open(name, flags | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StorageError(f"cannot lock the database {path}: {error.strerror}") from error


def _lock_far(descriptor: int, path: Path) -> None:
    """Lock the file itself, by a lock of this descriptor's own: SQLite's are the process's, and end when it says so."""
    if sys.platform != "linux":  # others lay this out in other ways, if they know it; the lock beside it has to do
        return
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, _FAR, 1, 0))
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file system that knows no such locks
            raise _refusal(path, error) from error


def _refusal(path: Path, error: OSError) -> StorageError:
    if error.errno in _BUSY:
        return StorageError(f"another process is running on the database {path}")
    return StorageError(f"cannot lock the database {path}: {error.strerror}")
