"""Pictures in every format that users send, drawn on the fly: the left half is red, the right half blue."""

from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from pillow_heif import register_heif_opener

register_heif_opener()

RED, BLUE = (220, 30, 30), (30, 30, 220)
ORIENTATION, GPS, MAKE, COMMENT = 0x0112, 0x8825, 0x010F, b"taken at home"


def two_halves(width: int = 64, height: int = 32, mode: str = "RGB") -> Image.Image:
    """Draw a picture."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return image.convert(mode)


def turned(image: Image.Image, orientation: int) -> Image.Image:
    """Store the picture as a camera held that way does; a viewer that follows EXIF shows it unchanged."""
    undo = {
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    for step in undo.get(orientation, []):
        image = image.transpose(step)
    return image


def told(orientation: int = 1) -> Image.Exif:
    """Return metadata with the place and the camera."""
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[MAKE] = "Snooper"
    exif.get_ifd(GPS).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    return exif


def encoded(image: Image.Image, form: str, **options: Any) -> bytes:
    """Encode the picture in a format."""
    buffer = BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def reddish(image: Image.Image, place: tuple[int, int]) -> bool:
    """Return whether a pixel belongs to the red half rather than the blue one."""
    red, _, blue = image.convert("RGB").getpixel(place)  # type: ignore[misc]
    return bool(red > 150 and blue < 100)


def reopened(path: Path) -> Image.Image:
    """Decode the whole picture from a file."""
    with Image.open(path) as image:
        image.load()
        return image
