"""Opening pictures of strangers: nothing is decoded that is too large, and nothing comes through but BadPicture."""

import warnings
from contextlib import suppress
from pathlib import Path

from PIL import ExifTags, Image, UnidentifiedImageError
from pillow_heif import register_heif_opener

from bot.domain.errors import BadPicture, Failure

MAX_PIXELS = 64_000_000  # above what phones take; more is a decompression bomb or of no use at 1536 pixels
MAX_SIDE = 4096  # the service paints at most 1536 pixels, more than this only costs time
MAX_UPLOAD = 26_214_400  # bytes the service takes
_READABLE = ("JPEG", "PNG", "WEBP", "HEIF")  # MPO, which phones write, is opened by way of JPEG
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

register_heif_opener()
Image.MAX_IMAGE_PIXELS = MAX_PIXELS


def plain(path: Path) -> tuple[Image.Image, bool]:
    """Upright, of a size that makes sense, without metadata; and whether it should stay lossless."""
    with opened(path) as image:
        image.draft("RGB", (MAX_SIDE, MAX_SIDE))  # a JPEG is decoded at a fraction of its size where that is enough
        has_alpha = "transparency" in image.info or image.mode in {"RGBA", "LA", "PA"}
        lossless = image.format == "PNG" or has_alpha
        turned = upright(image)
        if turned.mode.startswith("I"):  # 16 bits of grey: convert() would make all but the darkest white
            turned = turned.point(lambda level: level * (1 / 257)).convert("L")
        turned.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
        plain = turned.convert("RGBA" if has_alpha else "RGB")
    plain.info.clear()
    return plain, lossless


def upright(image: Image.Image) -> Image.Image:
    """Pillow's own exif_transpose writes the metadata anew and stumbles over what cameras wrote wrongly there."""
    orientation = None
    with suppress(Exception):  # an unreadable remark in the margin is no reason to refuse the picture
        orientation = image.getexif().get(ExifTags.Base.Orientation)
    turn = _TURNS.get(orientation) if isinstance(orientation, int) else None
    return image.copy() if turn is None else image.transpose(turn)


class opened:  # noqa: N801 - used like a function
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
