"""Small picture files that take a lot of memory or whose headers lie."""

import struct
import zlib
from functools import cache
from io import BytesIO

from PIL import Image
from pillow_heif import from_bytes

from benchmarks.pictures import flat_png

_APP1 = 65_533  # bytes, the maximum of one segment


def chunk(kind: bytes, body: bytes, checksum: int | None = None) -> bytes:
    """Return one chunk of a PNG; `checksum` replaces the right one."""
    right = zlib.crc32(kind + body) if checksum is None else checksum
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", right)


def with_chunks(png: bytes, *chunks: bytes, late: bool = False) -> bytes:
    """Insert chunks behind the header, or before the end if `late`."""
    place = len(png) - 12 if late else 33
    return png[:place] + b"".join(chunks) + png[place:]


def texts(*, late: bool) -> bytes:
    """Return a PNG with 60 compressed texts of 1 MB; one character makes Python use four bytes for each character."""
    packed = zlib.compress("\N{GRINNING FACE}".encode() + bytes(1_000_000), 9)
    chunks = [chunk(b"iTXt", b"k%d\0\1\0\0\0" % number + packed) for number in range(60)]
    return with_chunks(flat_png(500, 500), *chunks, late=late)


def private_chunks() -> bytes:
    """Return a PNG with 300,000 empty private chunks."""
    return with_chunks(flat_png(500, 500), chunk(b"abCd", b"") * 300_000)


def several_scans_disguised() -> bytes:
    """Return a JPEG with a scan for each color, the first of which a marker without a length hides."""
    buffer = BytesIO()
    Image.new("RGB", (10_000, 9_000)).save(buffer, "JPEG", subsampling=0)
    data = buffer.getvalue()
    scan = data.index(b"\xff\xda")
    whole, single = data[scan : scan + 14], b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
    remark = bytearray(_APP1)
    # A reader that takes the next marker for a length continues here.
    remark[0xFFE1 - 4 : 0xFFE1 - 4 + len(whole)] = whole
    head = data[:2] + b"\xff\xd0\xff\xe1\xff\xff" + bytes(remark) + data[2:scan]
    return head + single + data[scan + 14 :]


@cache
def progressive() -> bytes:
    """Return a progressive JPEG just below the limit."""
    buffer = BytesIO()
    Image.new("RGB", (8064, 6048)).save(buffer, "JPEG", progressive=True)
    return buffer.getvalue()


def exif_of_megabytes() -> bytes:
    """Return the progressive JPEG just below the limit, with 16 MB of metadata."""
    data = progressive()
    return data[:2] + (b"\xff\xe1\xff\xffExif\0\0" + bytes(_APP1 - 6)) * 250 + data[2:]


def heic(width: int, height: int, *, depth: int = 8, **options: object) -> bytes:
    """Return a black HEIC with 8 or 10 bits for each color."""
    mode, size = ("RGB", 3) if depth == 8 else ("RGB;16", 6)
    image = from_bytes(mode=mode, size=(width, height), data=bytes(size * width * height))
    buffer = BytesIO()
    image.save(buffer, quality=1, enc_params={"preset": "ultrafast"}, **options)
    return buffer.getvalue()


def overstated(data: bytes, size: tuple[int, int]) -> bytes:
    """Return a HEIC of 128 × 128 pixels whose header claims `size`, to test a header without its picture."""
    true, false = (b"ispe\0\0\0\0" + struct.pack(">II", *sides) for sides in ((128, 128), size))
    if true not in data:
        raise ValueError("no such size in there")
    return data.replace(true, false)


def overstated_tiles(size: tuple[int, int]) -> bytes:
    """Return a HEIC of 128 × 128 pixels made of tiles that claim `size` in total."""
    data = heic(128, 128, tile_size=64)
    true, false = (b"\0\0\1\1" + struct.pack(">HH", *sides) for sides in ((128, 128), size))
    if true not in data:
        raise ValueError("no tiles in there")
    return data.replace(true, false)
