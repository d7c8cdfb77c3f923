"""PNGs reduced to the picture: without metadata, further frames and private chunks.

Pillow keeps all of these in memory, up to a hundred times their size in the file, and fails if they are damaged. It
also fails on damaged transparency, profile and EXIF, without which viewers show the picture, so damaged ones are left
out.
"""

import io
import struct
import zlib
from pathlib import Path

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PICTURE = (b"IHDR", b"IDAT", b"IEND")
_HELPFUL = (b"tRNS", b"iCCP", b"eXIf")
_MOST_HELP = 1_048_576  # bytes, also of an unpacked profile: Pillow's own limit
_PALETTE = 3
_TRANSPARENT = {0: 2, 2: 6}
"""Bytes of the transparent color, by color type; a palette has one for each of its first colors."""


def essence(path: Path) -> io.BytesIO | None:
    """Read the parts of a PNG that Pillow needs; None if the file isn't a PNG."""
    with path.open("rb") as file:
        if file.read(8) != _SIGNATURE:
            return None
        left = path.stat().st_size - 8
        parts, helped, color, shades = [_SIGNATURE], set[bytes](), -1, 0
        while left > 0 and len(head := file.read(8)) == 8:
            (length,), kind = struct.unpack(">I", head[:4]), head[4:]
            size = min(length + 4, left - 8)
            left -= 8 + size
            if kind in _PICTURE or (kind == b"PLTE" and color == _PALETTE):
                parts += [head, body := file.read(size)]
                if kind == b"IHDR":
                    color = body[9] if len(body) > 9 else -1
                elif kind == b"PLTE":
                    shades = length // 3
            elif kind in _HELPFUL and size <= _MOST_HELP and kind not in helped:
                body = file.read(size)
                if _is_sound(kind, body, _TRANSPARENT.get(color), shades):
                    helped.add(kind)
                    parts += [head, body]
            else:
                file.seek(size, io.SEEK_CUR)
            if kind == b"IEND":
                break
    return io.BytesIO(b"".join(parts))


def _is_sound(kind: bytes, chunk: bytes, transparent: int | None, shades: int) -> bool:
    """Return whether an optional chunk follows the standard. `chunk` is its body and its checksum."""
    body, checksum = chunk[:-4], chunk[-4:]
    if zlib.crc32(kind + body).to_bytes(4, "big") != checksum:
        return False
    if kind == b"tRNS":
        return len(body) == transparent or 0 < len(body) <= shades
    return kind != b"iCCP" or _unpacks(body)


def _unpacks(profile: bytes) -> bool:
    _, _, packed = profile.partition(b"\0")
    if packed[:1] != b"\0":
        return False
    try:
        return len(zlib.decompressobj().decompress(packed[1:], _MOST_HELP + 1)) <= _MOST_HELP
    except zlib.error:
        return False
