"""Words that a prompt wants to be written in the picture."""

import unicodedata
from functools import cache

from PIL import Image, ImageDraw, ImageFont

SYSTEM_FONTS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "Arial.ttf")
"""Fonts for letters that the built-in font lacks. If none is installed, those letters are left out."""


def write_letters(
    image: Image.Image, text: str, box: tuple[float, float, float, float], ink: tuple[int, int, int]
) -> None:
    """Write words into a box, given by its middle and its size in pixels, as large as they fit on one line or two."""
    x, y, wide, tall = box
    for lines in (1, 2):
        for size in range(round(tall / lines / 1.15), 5, -3):
            font, shown = _font_for(text, size)
            rows = _wrap(shown, font, wide) if lines > 1 else [shown]
            if len(rows) <= lines and max(map(font.getlength, rows)) <= wide and (lines > 1 or size > tall * 0.4):
                _rows(ImageDraw.Draw(image), rows, (x, y), font, ink)
                return


def _rows(
    pen: ImageDraw.ImageDraw,
    rows: list[str],
    middle: tuple[float, float],
    font: ImageFont.FreeTypeFont,
    ink: tuple[int, int, int],
) -> None:
    step = font.size * 1.12
    for number, row in enumerate(rows):
        place = (middle[0], middle[1] + step * (number - (len(rows) - 1) / 2))
        pen.text(
            place, row, font=font, fill=ink, anchor="mm", stroke_width=max(0, round(font.size / 36)), stroke_fill=ink
        )


def _font_for(text: str, size: int) -> tuple[ImageFont.FreeTypeFont, str]:
    """Return a font and the part of the text that it can show."""
    built_in = _built_in(size)
    plain = text.translate({0x2014: "-", 0x2013: "-", 0x2019: "'"})
    if plain.isascii():
        return built_in, plain
    system = _system(size)
    if system is not None:
        return system, "".join(letter for letter in text if _shows(system, letter))
    bare = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return built_in, "".join(letter for letter in bare if letter.isascii())


@cache
def _built_in(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType")
    return font


@cache
def _system(size: int) -> ImageFont.FreeTypeFont | None:
    for name in SYSTEM_FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return None


def _shows(font: ImageFont.FreeTypeFont, letter: str) -> bool:
    return letter.isspace() or bytes(font.getmask(letter)) != bytes(font.getmask("\U000f0000"))


def _wrap(text: str, font: ImageFont.FreeTypeFont, room: float) -> list[str]:
    """Wrap at words."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= room or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
