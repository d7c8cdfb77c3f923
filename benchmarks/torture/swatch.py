"""Pictures that identify a text: four colored quarters made from it, which survive JPEG compression."""

import hashlib
import io

from PIL import Image

SIZE = (96, 64)
_LEVELS = (0, 85, 170, 255)
_TOLERANCE = 40


def swatch(text: str) -> list[tuple[int, ...]]:
    """Return four colors, one for each quarter."""
    digest = hashlib.sha256(text.encode()).digest()
    channels = [_LEVELS[byte % len(_LEVELS)] for byte in digest[:12]]
    return [tuple(channels[start : start + 3]) for start in range(0, 12, 3)]


def picture(text: str) -> bytes:
    """Return a PNG with the colors of a text."""
    image = Image.new("RGB", SIZE)
    for number, color in enumerate(swatch(text)):
        image.paste(color, _quarter(number))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def shows(data: bytes, text: str) -> bool:
    """Return whether these bytes are the picture of a text, recompressed or not."""
    image = Image.open(io.BytesIO(data)).convert("RGB").resize(SIZE)
    for number, color in enumerate(swatch(text)):
        left, top, right, bottom = _quarter(number)
        seen = image.getpixel(((left + right) // 2, (top + bottom) // 2))
        if not isinstance(seen, tuple) or any(abs(a - b) > _TOLERANCE for a, b in zip(seen, color, strict=True)):
            return False
    return True


def _quarter(number: int) -> tuple[int, int, int, int]:
    width, height = SIZE[0] // 2, SIZE[1] // 2
    left, top = number % 2 * width, number // 2 * height
    return left, top, left + width, top + height
