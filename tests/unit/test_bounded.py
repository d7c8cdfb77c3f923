"""Streams from outside are taken up to a limit."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.errors import StorageError
from core.runtime.bounded import TooManyBytes, read_bounded, save_bounded, take_bounded


async def _stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def test_a_stream_of_just_the_limit_is_taken(tmp_path: Path) -> None:
    """As bytes and as a file."""
    assert await read_bounded(_stream(b"abc", b"de"), 5) == b"abcde"
    await save_bounded(_stream(b"abc", b"de"), tmp_path / "file", 5)
    assert (tmp_path / "file").read_bytes() == b"abcde"


@pytest.mark.parametrize("last", [b"", b"x"], ids=["just short", "one byte longer"])
async def test_a_short_stream_needs_no_file(tmp_path: Path, last: bytes) -> None:
    """Only a longer one is written, whole."""
    chunks = [bytes([number]) * 65_536 for number in range(16)]
    content = await take_bounded(_stream(*chunks, last), tmp_path / "file", 2_000_000)

    assert content == (None if last else b"".join(chunks))
    assert (tmp_path / "file").exists() is bool(last)
    if last:
        assert (tmp_path / "file").read_bytes() == b"".join(chunks) + last


async def test_one_byte_more_is_refused_without_reading_on(tmp_path: Path) -> None:
    """The rest of the stream is never asked for."""

    async def endless() -> AsyncIterator[bytes]:
        yield b"abcdef"
        raise AssertionError("read on")

    with pytest.raises(TooManyBytes):
        await read_bounded(endless(), 5)
    with pytest.raises(TooManyBytes):
        await save_bounded(endless(), tmp_path / "file", 5)
    assert (tmp_path / "file").read_bytes() == b""
    with pytest.raises(TooManyBytes):
        await take_bounded(endless(), tmp_path / "other", 5)
    assert not (tmp_path / "other").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
async def test_a_full_disk_is_a_storage_error_even_for_the_last_bytes() -> None:
    """A few bytes stay in the buffer, so the disk refuses them only when the file is closed."""
    with pytest.raises(StorageError):
        await save_bounded(_stream(b"few"), Path("/dev/full"), 5)
