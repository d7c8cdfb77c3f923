"""Bounded reads: streams from outside are taken up to a limit, and refused beyond it."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from io import FileIO
from pathlib import Path

from core.errors import BotError
from core.runtime.files import disk

SHORT = 65_536
"""Bytes that are read or written faster than a thread takes over: the system's cache holds them."""
_HELD = 1_048_576
"""Bytes that are held until they are written: a write takes a switch of threads."""


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


async def take_bounded(chunks: AsyncIterator[bytes], into: Path, limit: int) -> bytes | None:
    """Return a short stream. Write a longer one, of at most `limit` bytes, to a file, and return None.

    Raises as `save_bounded`.
    """
    pieces, size = list[bytes](), 0
    async for chunk in chunks:
        pieces.append(chunk)
        size += len(chunk)
        if size > limit:
            raise TooManyBytes(f"more than {limit} bytes")
        if size > _HELD:
            await save_bounded(_all(pieces, chunks), into, limit)
            return None
    return b"".join(pieces)


async def _all(pieces: Sequence[bytes], chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
    async for chunk in chunks:
        yield chunk


async def save_bounded(chunks: AsyncIterable[bytes], into: Path, limit: int) -> None:
    """Write a stream to a file, at most `limit` bytes. Raises TooManyBytes, StorageError.

    A part of the file may be left after an error.
    """
    written, held = 0, bytearray()
    with disk():
        file = into.open("wb", buffering=0)
    try:
        async for chunk in chunks:
            written += len(chunk)
            if written > limit:
                raise TooManyBytes(f"more than {limit} bytes")
            held += chunk
            if len(held) >= _HELD:
                await _write(file, held)
                held.clear()
        await _write(file, held)
    finally:
        with disk():
            file.close()


async def _write(file: FileIO, data: bytearray) -> None:
    """Write all bytes, in a thread if they are many."""
    with disk():
        if len(data) <= SHORT:
            write_all(file, data)
        else:
            await asyncio.to_thread(write_all, file, data)


def write_all(file: FileIO, data: bytes | bytearray) -> None:
    """Write all bytes to an unbuffered file. Raises OSError."""
    with memoryview(data) as left:
        written = 0
        while written < len(left):
            written += file.write(left[written:])
