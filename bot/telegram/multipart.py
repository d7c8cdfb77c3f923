"""The body of a call with files, as multipart/form-data (RFC 7578).

Aiohttp's own form writes each part, its headers and each line break by themselves, and reads files in another thread.
Here the fields and small files go out in one piece.
"""

import os
import secrets
from collections.abc import Mapping
from typing import IO

from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import BytesPayload, Payload
from typing_extensions import override

from core.runtime.bounded import SHORT
from core.runtime.files import disk

File = tuple[str, bytes | IO[bytes], str]
"""A file's name, its content, and its media type."""

_CHUNK = 262_144
"""Bytes of a large file that are written at a time. It was written just now, so the system's cache holds it."""
_AT_ONCE = 1_048_576
"""Bytes that aiohttp writes in one piece without a warning."""
_ESCAPED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})  # as browsers do (HTML, "Multipart form data")


def form(fields: Mapping[str, str], files: Mapping[str, File]) -> Payload:
    """Return the payload for fields and files, each by its name. It leaves the files open. Raises StorageError."""
    boundary = secrets.token_hex(16)
    kind = f"multipart/form-data; boundary={boundary}"
    parts: list[bytes | IO[bytes]] = [
        _head(boundary, name) + value.encode() + b"\r\n" for name, value in fields.items()
    ]
    for name, (file_name, content, media_type) in files.items():
        about = f'; filename="{file_name.translate(_ESCAPED)}"\r\nContent-Type: {media_type}'
        parts += (_head(boundary, name, about), _read_if_short(content), b"\r\n")
    parts.append(f"--{boundary}--\r\n".encode())
    pieces = [part for part in parts if isinstance(part, bytes)]
    if len(pieces) < len(parts) or sum(map(len, pieces)) > _AT_ONCE:
        return _Parts(parts, content_type=kind)
    return BytesPayload(b"".join(pieces), content_type=kind)


def _head(boundary: str, name: str, more: str = "") -> bytes:
    return f'--{boundary}\r\nContent-Disposition: form-data; name="{name.translate(_ESCAPED)}"{more}\r\n\r\n'.encode()


def _read_if_short(content: bytes | IO[bytes]) -> bytes | IO[bytes]:
    """Return the bytes of a short file. An earlier try may have read it."""
    if isinstance(content, bytes):
        return content
    with disk():
        return content if _size(content) > SHORT else os.pread(content.fileno(), SHORT, 0)


def _size(part: bytes | IO[bytes]) -> int:
    return len(part) if isinstance(part, bytes) else os.fstat(part.fileno()).st_size


class _Parts(Payload):
    """Bytes and files, one after the other."""

    _autoclose = True  # whoever opened the files closes them

    def __init__(self, parts: list[bytes | IO[bytes]], content_type: str) -> None:
        super().__init__(parts, content_type=content_type)
        with disk():
            self._size = sum(map(_size, parts))

    @override
    async def write(self, writer: AbstractStreamWriter) -> None:
        for part in self._value:
            if isinstance(part, bytes):
                await writer.write(part)
                continue
            at = 0
            while chunk := os.pread(part.fileno(), _CHUNK, at):
                at += len(chunk)
                await writer.write(chunk)

    @override
    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        raise TypeError("this body has files")
