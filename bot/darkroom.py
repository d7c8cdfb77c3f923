"""Everything done to picture files, in one thread of its own: it keeps the loop free and the memory bounded.

At most one picture is decoded at a time, so a flood of large ones waits in line instead of filling the memory.
"""

import asyncio
import hashlib
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from PIL import ExifTags, Image, UnidentifiedImageError
from pillow_heif import register_heif_opener

from bot.domain.errors import BadPicture, Failure
from bot.domain.exchange import MaskWay, Prepared
from bot.domain.request import Picture

MAX_PIXELS = 64_000_000  # above what phones take; more is a decompression bomb or of no use at 1536 pixels
MAX_SIDE = 4096  # the service paints at most 1536 pixels, more than this only costs time
MAX_UPLOAD = 26_214_400  # bytes the service takes
_READABLE = ("JPEG", "PNG", "WEBP", "HEIF")  # MPO, which phones write, is opened by way of JPEG
_JPEG_QUALITY = 95
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a picture upright, by its EXIF orientation."""

Result = TypeVar("Result")

register_heif_opener()
Image.MAX_IMAGE_PIXELS = MAX_PIXELS


class PillowDarkroom:
    """See bot.domain.ports.Darkroom."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="darkroom")

    def close(self) -> None:
        """End the thread after the picture it is at."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def prepare(self, path: Path) -> Prepared:
        """Make an upright picture without metadata beside `path`. Raises BadPicture."""
        return await self._in_thread(lambda: _prepare(path))

    async def inspect(self, path: Path) -> Picture:
        """Decode a result wholly and name its bytes. Raises BadPicture."""
        return await self._in_thread(lambda: _inspect(path))

    async def base(self, path: Path, into: Path) -> None:
        """Make the PNG that a mask can belong to. Raises BadPicture."""
        await self._in_thread(lambda: _base(path, into))

    async def mask(self, way: MaskWay, base: Path, other: Path, into: Path) -> None:
        """Make a mask for `base`. Raises BadMask, BadPicture."""
        from bot import masks, scribble

        make = {MaskWay.PAINTED: masks.painted, MaskWay.SCRIBBLED: scribble.scribbled, MaskWay.BY_HAND: masks.by_hand}[
            way
        ]
        await self._in_thread(lambda: make(base, other, into))

    async def opaque(self, path: Path, base_into: Path, mask_into: Path) -> None:
        """Make base and mask of a partly transparent picture. Raises BadMask, BadPicture."""
        from bot import masks

        await self._in_thread(lambda: masks.transparent(path, base_into, mask_into))

    async def tinted(self, base: Path, mask: Path, into: Path) -> None:
        """Draw a preview of what a mask changes."""
        from bot import masks

        await self._in_thread(lambda: masks.tinted(base, mask, into))

    async def sheet(self, pictures: Sequence[Path], first: int, into: Path) -> None:
        """Lay out numbered thumbnails."""
        from bot import sheet

        await self._in_thread(lambda: sheet.contact_sheet(pictures, first, into))

    async def run(self, work: Callable[[], Result]) -> Result:
        """Do any other work on pictures, in the same thread."""
        return await self._in_thread(work)

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _prepare(path: Path) -> Prepared:
    plain, lossless = _plain(path)
    if lossless:
        target = path.with_suffix(".png")
        plain.save(target, "PNG", compress_level=3)
        if target.stat().st_size <= MAX_UPLOAD:
            return Prepared(target, ".png", *plain.size)
        target.unlink()
        plain = plain.convert("RGB")
    target = path.with_suffix(".jpg")
    plain.save(target, "JPEG", quality=_JPEG_QUALITY)
    return Prepared(target, ".jpg", *plain.size)


def _base(path: Path, into: Path) -> None:
    """Masks go with PNGs only: the service wants both in one format."""
    plain = _plain(path)[0].convert("RGB")
    plain.save(into, "PNG", compress_level=3)
    while into.stat().st_size > MAX_UPLOAD:  # noise does not compress
        plain = plain.resize((plain.width * 3 // 4, plain.height * 3 // 4), Image.Resampling.LANCZOS)
        plain.save(into, "PNG", compress_level=3)


def _plain(path: Path) -> tuple[Image.Image, bool]:
    """Upright, of a size that makes sense, without metadata; and whether it should stay lossless."""
    with _opened(path) as image:
        image.draft("RGB", (MAX_SIDE, MAX_SIDE))  # a JPEG is decoded at a fraction of its size where that is enough
        has_alpha = "transparency" in image.info or image.mode in {"RGBA", "LA", "PA"}
        lossless = image.format == "PNG" or has_alpha
        upright = _upright(image)
        if upright.mode.startswith("I"):  # 16 bits of grey: convert() would make all but the darkest white
            upright = upright.point(lambda level: level * (1 / 257)).convert("L")
        upright.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
        plain = upright.convert("RGBA" if has_alpha else "RGB")
    plain.info.clear()
    return plain, lossless


def _upright(image: Image.Image) -> Image.Image:
    """Pillow's own exif_transpose writes the metadata anew and stumbles over what cameras wrote wrongly there."""
    orientation = None
    with suppress(Exception):  # an unreadable remark in the margin is no reason to refuse the picture
        orientation = image.getexif().get(ExifTags.Base.Orientation)
    turn = _TURNS.get(orientation) if isinstance(orientation, int) else None
    return image.copy() if turn is None else image.transpose(turn)


def _inspect(path: Path) -> Picture:
    with _opened(path) as image:
        image.load()
        width, height, kind = image.width, image.height, image.format or ""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Picture(digest, "jpg" if kind in {"JPEG", "MPO"} else kind.lower(), width, height, path.stat().st_size)


class _opened:  # noqa: N801 - used like a function
    """Open a picture; whatever Pillow trips over, there or while it is used, is a BadPicture."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Image.Image:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                self._image = Image.open(self._path, formats=_READABLE)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise _too_many_pixels() from error
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
            raise _unreadable(error) from error
        return self._image

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        self._image.close()
        if isinstance(error, Image.DecompressionBombError):
            raise _too_many_pixels() from error
        if isinstance(error, Exception):  # Pillow's readers let through nearly every kind, struct.error among them
            raise _unreadable(error) from error


def _too_many_pixels() -> BadPicture:
    return BadPicture(Failure.HUGE_PICTURE, f"more than {MAX_PIXELS} pixels")


def _unreadable(error: BaseException) -> BadPicture:
    return BadPicture(Failure.BAD_PICTURE, type(error).__name__)
