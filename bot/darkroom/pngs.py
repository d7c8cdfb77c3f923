"""PNGs as they concern us: the picture alone, without remarks, further frames and what only its writer knows.

Pillow keeps all of that in memory, up to a hundred times what the file has, and stumbles over what is damaged there.
"""

import io
import struct
from pathlib import Path

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PICTURE = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
_HELPFUL = (b"tRNS", b"iCCP", b"eXIf")
_MOST_HELP = 1_048_576  # bytes


def essence(path: Path) -> io.BytesIO | None:
    """Read what Pillow needs of a PNG; None where the file is none."""
    with path.open("rb") as file:
        if file.read(8) != _SIGNATURE:
            return None
        left = path.stat().st_size - 8
        parts, helped = [_SIGNATURE], set[bytes]()
        while left > 0 and len(head := file.read(8)) == 8:
            (length,), kind = struct.unpack(">I", head[:4]), head[4:]
            size = min(length + 4, left - 8)
            left -= 8 + size
            if kind in _PICTURE or (kind in _HELPFUL and size <= _MOST_HELP and kind not in helped):
                helped.add(kind)
                parts += [head, file.read(size)]
            else:
                file.seek(size, io.SEEK_CUR)
            if kind == b"IEND":
                break
    return io.BytesIO(b"".join(parts))
