"""Measure the memory and time that one picture takes. Run: python -m benchmarks.pictures

Each input is generated here and processed in a process of its own. The figure is that process's peak resident size
above that after its imports; the bot itself takes about 85 MB.
"""

import io
import json
import random
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Self

from PIL import Image
from pillow_heif import register_heif_opener

from benchmarks.studio import machine

_NURSERY = """
import json, os, sys, threading, time
from pathlib import Path
from bot.imaging import masks, normalize, scribble_mask
def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
def child(work, into, *paths):
    works = {"prepare": normalize.prepare, "inspect": normalize.inspect,
             "base": lambda path: normalize.base(path, into),
             "transparent": lambda path: masks.transparent(path, into, into),
             "painted": lambda path: masks.painted(path, path, into)}
    said = ["taken"]
    def darkroom():
        try:
            for path in paths:
                works[work](path)
        except Exception as error:
            said[0] = getattr(error, "failure", None) or type(error).__name__
    before, began = peak(), time.perf_counter()
    thread = threading.Thread(target=darkroom)  # as in the bot: memory is given back differently there
    thread.start()
    thread.join()
    print(peak() - before, time.perf_counter() - began, said[0], flush=True)
for line in sys.stdin:
    work, *paths = json.loads(line)
    if (pid := os.fork()) == 0:
        child(work, *map(Path, paths))
        os._exit(0)
    if os.waitpid(pid, 0)[1] != 0:
        print(0, 0, "died", flush=True)
"""
IN_TURN = ("HEIC 24 MP", "PNG 38 MP", "JPEG 48 MP, progressive")
"""An order in which memory that is not freed adds up."""
WORKS = ("prepare", "inspect", "base")
MASKS = ("transparent", "painted")
"""The work on transparent pictures: to make a mask of one, or to take one as a mask."""


def _noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    seed = Image.frombytes("RGB", (500, 375), random.Random(1).randbytes(500 * 375 * 3))  # noqa: S311 - noise, no secret
    return seed.resize((width, height), Image.Resampling.BILINEAR).convert(mode)


def flat_png(width: int, height: int, color: int = 2, depth: int = 8) -> bytes:
    """Return a PNG of one color: a small file, however large the picture is."""
    channels = {0: 1, 2: 3, 3: 1, 6: 4}[color]
    row = 1 + (width * channels * depth + 7) // 8
    data = _packed_zeros(row * height)
    head = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    parts = [(b"IHDR", head), *([(b"PLTE", b"\0\0\0")] if color == 3 else []), (b"IDAT", data), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in parts)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _packed_zeros(count: int) -> bytes:
    """Return zlib's output for `count` zeros, compressed a million at a time: a flushed block can be repeated."""
    packer = zlib.compressobj(9, wbits=-15)
    block = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    packer = zlib.compressobj(9, wbits=-15)
    rest = packer.compress(bytes(count % 1_000_000)) + packer.flush()
    checksum = struct.pack(">HH", count % 65_521, 1)  # Adler-32, which starts at one and adds up zeros
    return b"\x78\xda" + block * (count // 1_000_000) + rest + checksum


def with_transparency(png: bytes) -> bytes:
    """Add a palette transparency: the first color becomes half transparent."""
    place = png.index(b"IDAT") - 4
    return png[:place] + _chunk(b"tRNS", b"\x80") + png[place:]


def packed_bmp(width: int, height: int) -> bytes:
    """Return a BMP of 8 bits per pixel in runs of one color: a few bytes for every 255 pixels."""
    row = b"\xff\0" * (width // 255) + bytes((width % 255, 0)) + b"\0\0"
    body = row * height + b"\0\1"
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(body), 2835, 2835, 256, 0)
    palette = b"".join(bytes((level, level, level, 0)) for level in range(256))
    start = 14 + len(head) + len(palette)
    return b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start) + head + palette + body


def see_through(mode: str) -> Image.Image:
    """Return the largest picture that isn't reduced, with soft colors and a transparent left half."""
    image = Image.linear_gradient("L").resize((4096, 4096)).convert(mode)
    image.paste(0, (0, 0, 2048, 4096))
    return image


TINY_WEBP = bytes.fromhex("524946461a000000574542505650384c0d0000002f3fdfcf17071011118888fe0700")
"""34 bytes that claim 8000 × 8000 pixels with transparency."""


def tiny_webp(width: int, height: int) -> bytes:
    """Return TINY_WEBP with another size."""
    sides = (width - 1) | (height - 1) << 14 | 1 << 28
    return TINY_WEBP[:21] + struct.pack("<I", sides) + TINY_WEBP[25:]


def animated_webp(width: int, height: int, frames: int) -> bytes:
    """Return an animation of so many frames, each the smallest file that a picture can be."""
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    frame = bytes(6) + sides + b"\x0a\0\0\0" + tiny_webp(width, height)[12:]
    parts = [(b"VP8X", b"\x12\0\0\0" + sides), (b"ANIM", bytes(6)), *([(b"ANMF", frame)] * frames)]
    body = b"WEBP" + b"".join(kind + struct.pack("<I", len(part)) + part for kind, part in parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def animated_png(width: int, height: int, frames: int) -> bytes:
    """Return an animation of so many frames of one color."""
    png = flat_png(width, height)
    data = _packed_zeros((1 + width * 3) * height)
    control = struct.pack(">IIIIHHBB", width, height, 0, 0, 1, 100, 0, 0)
    later = [
        _chunk(b"fcTL", struct.pack(">I", 2 * number - 1) + control)
        + _chunk(b"fdAT", struct.pack(">I", 2 * number) + data)
        for number in range(1, frames)
    ]
    start = _chunk(b"acTL", struct.pack(">II", frames, 0)) + _chunk(b"fcTL", struct.pack(">I", 0) + control)
    return png[:33] + start + png[33:-12] + b"".join(later) + png[-12:]


def many_scans(times: int, side: int = 2000) -> bytes:
    """Return a progressive JPEG that repeats its last, short scan; each scan passes over the whole picture."""
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), "gray").save(buffer, "JPEG", progressive=True)
    data = buffer.getvalue()
    scan = data.rindex(b"\xff\xda")
    return data[:-2] + data[scan:-2] * times + data[-2:]


def saved(width: int, height: int, form: str, mode: str = "RGB", **options: object) -> Callable[[Path], None]:
    """Return a function that writes noise of this size in a format."""
    return lambda path: _noise(width, height, mode).save(path, form, **options)


INPUTS: dict[str, Callable[[Path], object]] = {
    "JPEG 12 MP": saved(4000, 3000, "JPEG"),
    "JPEG 48 MP": saved(8064, 6048, "JPEG", quality=50),
    "JPEG 48 MP, progressive": saved(8064, 6048, "JPEG", quality=50, progressive=True),
    "JPEG 108 MP": saved(12000, 9000, "JPEG", quality=30),
    "JPEG 108 MP, progressive": saved(12000, 9000, "JPEG", quality=30, progressive=True),
    "JPEG 16 MP, CMYK": saved(4096, 4096, "JPEG", "CMYK", quality=50),
    "HEIC 12 MP": saved(4000, 3000, "HEIF", quality=50),
    "HEIC 24 MP": saved(5712, 4284, "HEIF", quality=50),
    "PNG 12 MP, RGBA": saved(4000, 3000, "PNG", "RGBA", compress_level=1),
    "PNG 17 MP, RGBA": lambda path: see_through("RGBA").save(path, "PNG", compress_level=1),
    "PNG 17 MP, grey and alpha": lambda path: see_through("LA").save(path, "PNG", compress_level=1),
    "PNG 38 MP, RGBA": lambda path: path.write_bytes(flat_png(7000, 5400, 6)),
    "PNG 32 MP": lambda path: path.write_bytes(flat_png(8000, 4000)),
    "PNG 32 MP, palette": lambda path: path.write_bytes(flat_png(8000, 4000, 3)),
    "PNG 38 MP": lambda path: path.write_bytes(flat_png(7000, 5400)),
    "PNG 63 MP (187 kB)": lambda path: path.write_bytes(flat_png(9000, 7000)),
    "PNG A4 at 600 dpi, 1 bit": lambda path: path.write_bytes(flat_png(4960, 7016, 0, 1)),
    "PNG A4 at 600 dpi, palette": lambda path: path.write_bytes(flat_png(4960, 7016, 3)),
    "PNG A4 at 600 dpi, palette and alpha": lambda path: path.write_bytes(with_transparency(flat_png(4960, 7016, 3))),
    "PNG 108 MP, palette and alpha": lambda path: path.write_bytes(with_transparency(flat_png(12_000, 9000, 3))),
    "PNG 80 MP, 16 bits of grey": lambda path: path.write_bytes(flat_png(10_000, 8000, 0, 16)),
    "PNG of one row, 9 MP": lambda path: path.write_bytes(flat_png(9_000_000, 1)),
    "PNG of one column, 36 MP": lambda path: path.write_bytes(flat_png(1, 36_000_000, 0)),
    "PNG 16 MP, 16 bits of grey": lambda path: path.write_bytes(flat_png(4000, 4000, 0, 16)),
    "WEBP 10 MP": saved(3800, 2600, "WEBP", quality=50),
    "WEBP 64 MP (34 bytes)": lambda path: path.write_bytes(TINY_WEBP),
    "GIF 12 MP": saved(4000, 3000, "GIF", "P"),
    "GIF A4 at 600 dpi": saved(4960, 7016, "GIF", "P"),
    "BMP 12 MP": saved(4000, 3000, "BMP"),
    "BMP A4 at 600 dpi, 1 bit": saved(4960, 7016, "BMP", "1"),
    "BMP A4 at 600 dpi, palette": saved(4960, 7016, "BMP", "P"),
    "BMP A4 at 600 dpi, packed": lambda path: path.write_bytes(packed_bmp(4960, 7016)),
    "BMP 107 MP, packed": lambda path: path.write_bytes(packed_bmp(11_900, 9000)),
}


class Meter:
    """A meter for work on pictures, in forks of a process that has imported everything, so that all start alike."""

    def __enter__(self) -> Self:
        self._nursery = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-c", _NURSERY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._nursery.communicate()

    def measured(self, work: str, *paths: Path) -> tuple[float, float, str]:
        """Process pictures one after another in one fork. Return MB above its imports, seconds, and the outcome.

        The fork inherits the memory that its parent holds, not its parent's peak.
        """
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        print(json.dumps([work, f"{paths[0]}-into", *map(str, paths)]), file=self._nursery.stdin, flush=True)
        kilobytes, seconds, said = self._nursery.stdout.readline().split()
        return int(kilobytes) / 1000, float(seconds), said


def main() -> None:
    """Print the table of docs/measurements.md."""
    register_heif_opener()
    Image.MAX_IMAGE_PIXELS = None
    print(machine())
    print(f"| picture | {' | '.join(WORKS)} |\n|---|{'---|' * len(WORKS)}")
    with tempfile.TemporaryDirectory() as directory, Meter() as meter:
        for name, make in INPUTS.items():
            path = Path(directory) / name.partition(" (")[0]
            make(path)
            print(_row(meter, name, path))
        print(_row(meter, "three of them in one process", *(Path(directory) / name for name in IN_TURN)))
        print(f"\n| picture | {' | '.join(MASKS)} |\n|---|{'---|' * len(MASKS)}")
        for name in ("PNG 17 MP, RGBA", "PNG 17 MP, grey and alpha"):
            print(_row(meter, name, Path(directory) / name, works=MASKS))


def _row(meter: Meter, name: str, *paths: Path, works: tuple[str, ...] = WORKS) -> str:
    found = [meter.measured(work, *paths) for work in works]
    cells = [f"{mb:.0f} MB, {s:.1f} s" if said == "taken" else f"{said}, {mb:.0f} MB" for mb, s, said in found]
    return f"| {name} | {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
