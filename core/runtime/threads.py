"""Work on files in threads, beside the event loop."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from core.models.media import Incoming
from core.runtime.files import disk

Result = TypeVar("Result")


async def in_thread(work: Callable[..., Result], *given: object) -> Result:
    """Do work on files in a thread, and wait for its end even if this task is canceled: a cleanup comes after it."""
    done = asyncio.ensure_future(asyncio.to_thread(work, *given))
    try:
        return await asyncio.shield(done)
    except asyncio.CancelledError:
        await asyncio.gather(done, return_exceptions=True)
        raise


async def on_disk(file: Incoming) -> Path:
    """Return the path of a file, and write it before if it is still in memory. Raises StorageError."""
    if file.content is not None:
        with disk():
            await in_thread(file.path.write_bytes, file.content)
    return file.path
