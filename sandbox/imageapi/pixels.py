"""Files of pictures as Pillow's images, and back."""

from io import BytesIO

from PIL import ExifTags, Image, ImageOps

from sandbox.imageapi.envelope import BAD_PICTURE, ApiError

MAX_PIXELS = 64_000_000
ON_ITS_SIDE = frozenset((5, 6, 7, 8))
"""The EXIF orientations that exchange width and height."""

Broken = (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning)
"""Exceptions that Pillow raises for bytes that it can't decode."""


def decode(body: bytes) -> Image.Image:
    """Return the picture of a file. Raises ApiError if it isn't one, or has more than MAX_PIXELS."""
    try:
        image = Image.open(BytesIO(body))
        if image.width * image.height > MAX_PIXELS:
            raise ApiError(400, BAD_PICTURE)
        image.load()
    except Broken as error:
        raise ApiError(400, BAD_PICTURE) from error
    return image


def upright(body: bytes) -> Image.Image:
    """Return the picture of a file as its EXIF orientation shows it. Raises ApiError as `decode` does."""
    return ImageOps.exif_transpose(decode(body))


def png(image: Image.Image) -> bytes:
    """Return a picture as the bytes of a PNG file."""
    out = BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()


def inverted(mask: bytes) -> bytes:
    """Return a mask with black and white exchanged, as PNG bytes. Raises ApiError as `decode` does."""
    return png(ImageOps.invert(decode(mask).convert("L")))


def shape_of(body: bytes) -> tuple[int, int] | None:
    """Return the width and height of an upright picture from the head of its file, or None if it isn't one."""
    try:
        image = Image.open(BytesIO(body))
        turned = image.getexif().get(ExifTags.Base.Orientation) in ON_ITS_SIDE
    except Broken:
        return None
    return (image.height, image.width) if turned else image.size
