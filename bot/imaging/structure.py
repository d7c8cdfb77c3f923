"""The structure of a result picture, checked without decoding it.

A PNG carries a checksum for each of its chunks, so a file whose chunks are complete and match is what the painter
wrote. A JPEG has none, but its markers tell whether it is complete. Anything that is unusual in the least is left to
Pillow in the helper process: see bot.imaging.child. Sources: the PNG specification (W3C, third edition), sections 5
and 11; ITU-T T.81, annex B.
"""

import struct
import zlib

_PNG = b"\x89PNG\r\n\x1a\n"
_HEADER = struct.Struct(">IIBBBBB")
_DEPTHS = {0: {1, 2, 4, 8, 16}, 2: {8, 16}, 3: {1, 2, 4, 8}, 4: {8, 16}, 6: {8, 16}}
"""The permitted bits of a sample, by color type."""
_CRITICAL = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
_SIZES_OF_JPEG = {0xC0, 0xC1, 0xC2}
_OTHER_FRAMES = {*range(0xC3, 0xD0)} - {0xC4, 0xC8, 0xCC}
_MOST_PIXELS = 40_000_000


def sound(data: bytes) -> tuple[str, int, int] | None:
    """Return the format, width and height of a complete picture; None if only decoding can tell."""
    found = _png(data) if data.startswith(_PNG) else _jpeg(data)
    return found if found and 0 < found[1] * found[2] <= _MOST_PIXELS else None


def _png(data: bytes) -> tuple[str, int, int] | None:
    kinds: list[bytes] = []
    at, view = len(_PNG), memoryview(data)
    while at + 12 <= len(data):
        (length,), kind = struct.unpack_from(">I", data, at), data[at + 4 : at + 8]
        end = at + 12 + length
        if end > len(data) or zlib.crc32(view[at + 4 : end - 4]) != int.from_bytes(view[end - 4 : end], "big"):
            return None
        if kind != b"IDAT" or kinds[-1:] != [b"IDAT"]:
            kinds.append(kind)
        at = end
    if at != len(data) or not _is_usual(kinds) or len(data) < 33 or data[8:12] != b"\0\0\0\x0d":
        return None
    width, height, depth, color, *methods = _HEADER.unpack_from(data, 16)
    permitted = depth in _DEPTHS.get(color, ()) and methods[:2] == [0, 0] and methods[2] in {0, 1}
    return ("png", width, height) if permitted and (b"PLTE" in kinds) >= (color == 3) else None


def _is_usual(kinds: list[bytes]) -> bool:
    """Return whether the chunks come in the usual order, each critical one once, and the frames are not several."""
    critical = [kind for kind in kinds if not kind[0] & 32]  # bit 5 of the first letter: ancillary
    expected = [kind for kind in _CRITICAL if kind != b"PLTE" or b"PLTE" in critical]
    return kinds[:1] == [b"IHDR"] and kinds[-1:] == [b"IEND"] and critical == expected and b"acTL" not in kinds


def _jpeg(data: bytes) -> tuple[str, int, int] | None:
    if not data.startswith(b"\xff\xd8\xff") or not data.endswith(b"\xff\xd9"):
        return None
    at, size = 2, None
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker in _OTHER_FRAMES or not 0xC0 <= marker < 0xFF or 0xD0 <= marker <= 0xD9 or length < 2:
            return None
        if marker == 0xDA:
            return ("jpg", *size) if size else None
        if marker in _SIZES_OF_JPEG:
            if size or length < 11:
                return None
            height, width = struct.unpack_from(">HH", data, at + 5)
            size = (width, height)
        at += 2 + length
    return None
