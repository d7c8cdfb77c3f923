"""Bounded reads: streams from outside are taken up to a limit, and refused beyond it."""

import asyncio
from collections.abc import AsyncIterable
from pathlib import Path

from core.errors import BotError
from core.runtime.files import disk


class TooManyBytes(BotError):
    """A stream has more bytes than its limit."""


async def read_bounded(chunks: AsyncIterable[bytes], limit: int) -> bytes:
    """Return the bytes of a stream, at most `limit`. Raises TooManyBytes."""
    data = bytearray()
    async for chunk in chunks:
        data += chunk
        if len(data) > limit:
            raise TooManyBytes(f"more than {limit} bytes")
    return bytes(data)


async def save_bounded(chunks: AsyncIterable[bytes], into: Path, limit: int) -> None:
    """Write a stream to a file, at most `limit` bytes. Raises TooManyBytes, StorageError.

    A part of the file may be left after an error.
    """
    written = 0
    with disk():
        file = into.open("wb")
    try:
        async for chunk in chunks:
            written += len(chunk)
            if written > limit:
                raise TooManyBytes(f"more than {limit} bytes")
            with disk():
                await asyncio.to_thread(file.write, chunk)
    finally:
        with disk():  # the last bytes reach the disk only here
            file.close()
