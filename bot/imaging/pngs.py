"""PNGs as they concern us: the picture alone, without remarks, further frames and what only its writer knows.

Pillow keeps all of that in memory, up to a hundred times what the file has, and stumbles over what is damaged there. So
does it over transparency, profile and EXIF, without which viewers show the picture: they are left out where broken.
"""

import io
import struct
import zlib
from pathlib import Path

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PICTURE = (b"IHDR", b"IDAT", b"IEND")
_HELPFUL = (b"tRNS", b"iCCP", b"eXIf")
_MOST_HELP = 1_048_576  # bytes, also of a profile when it is unpacked: Pillow gives up there
_PALETTE = 3
_TRANSPARENT = {0: 2, 2: 6}
"""Bytes that name the transparent color, by the kind of color; palettes have one for each of the first colors."""


def essence(path: Path) -> io.BytesIO | None:
    """Read what Pillow needs of a PNG; None where the file is none."""
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
    """Whether a chunk that only helps is as the standard has it; `chunk` ends with its checksum."""
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
