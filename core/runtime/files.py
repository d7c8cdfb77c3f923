"""Access to the bot's own files, where errors of the disk become StorageError."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import TypeVar

from core.errors import StorageError

Result = TypeVar("Result")


@contextmanager
def disk() -> Iterator[None]:
    """Raise StorageError for an OSError. Use it around work on files only, because sockets raise OSError, too."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"a file in the data directory can't be used: {error.strerror or type(error).__name__}"
        ) from error


async def in_thread(work: Callable[..., Result], *given: object) -> Result:
    """Do work on files in a thread, and wait for its end even if this task is canceled: a cleanup comes after it."""
    done = asyncio.ensure_future(asyncio.to_thread(work, *given))
    try:
        return await asyncio.shield(done)
    except asyncio.CancelledError:
        await asyncio.gather(done, return_exceptions=True)
        raise


def opened(path: Path) -> BufferedReader:
    """Open a file for reading. Raises StorageError."""
    with disk():
        return path.open("rb")
