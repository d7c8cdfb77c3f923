"""Telegram's picture processing: the sizes of a photo and the thumbnail of a document.

It is slow; run it in a thread.
"""

import io
from dataclasses import dataclass

from PIL import Image, ImageOps

SIDES = {"s": 90, "m": 320, "x": 800, "y": 1280}
JPEG_QUALITY = 87
THUMBNAIL_SIDE = 320
MOST_PIXELS = 40_000_000
# Exceptions that Pillow raises for bytes that aren't a picture, truncated pictures and decompression bombs.
UNREADABLE = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


class NotAPictureError(ValueError):
    """Pillow can't read the bytes."""


class BadDimensionsError(ValueError):
    """The photo is too wide, too high or too narrow."""


@dataclass(frozen=True)
class Size:
    """One of the stored sizes of a picture."""

    letter: str
    width: int
    height: int
    jpeg: bytes


def photo_sizes(data: bytes) -> list[Size]:
    """Return a photo in its sizes as JPEG, smallest first, never larger than the original.

    Raises BadDimensionsError if width and height exceed 10000 together or their ratio exceeds 20 (Bot API, sendPhoto),
    and NotAPictureError if it can't be decoded.
    """
    picture = _open(data)
    width, height = picture.size
    if width + height > 10_000 or max(width, height) > 20 * min(width, height):
        raise BadDimensionsError(f"{width}x{height}")
    picture = _decode(picture)
    sizes = []
    for letter, side in SIDES.items():
        sizes.append(_shrink(picture, letter, side))
        if max(picture.size) <= side:
            break
    return sizes


def thumbnail(data: bytes) -> Size | None:
    """Return the thumbnail of a document, or None if the document isn't a picture that can be decoded."""
    try:
        picture = _open(data)
        if picture.width * picture.height > MOST_PIXELS:
            return None
        return _shrink(_decode(picture), "m", THUMBNAIL_SIDE)
    except NotAPictureError:
        return None


def dimensions(data: bytes) -> tuple[int, int]:
    """Return width and height without decoding the picture. Raises NotAPictureError if it can't be read."""
    return _open(data).size


def _open(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data))
    except UNREADABLE as error:
        raise NotAPictureError from error


def _decode(picture: Image.Image) -> Image.Image:
    try:
        upright = ImageOps.exif_transpose(picture)
        if not upright.has_transparency_data:
            return upright.convert("RGB")
        layered = upright.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layered.size, "white"), layered).convert("RGB")
    except UNREADABLE as error:
        raise NotAPictureError from error


def _shrink(picture: Image.Image, letter: str, side: int) -> Size:
    smaller = picture.copy()
    smaller.thumbnail((side, side))
    out = io.BytesIO()
    smaller.save(out, "JPEG", quality=JPEG_QUALITY)
    return Size(letter, smaller.width, smaller.height, out.getvalue())
