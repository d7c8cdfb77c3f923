"""The prompt as text at the bottom of the picture, wrapped, and shortened if it is too long."""

import unicodedata
from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageDraw, ImageFont

SYSTEM_FONTS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "Arial.ttf")
"""Fonts for letters that the built-in font lacks. If none is installed, those letters are left out."""

MOST = 600
LINES = 3


def write_caption(image: Image.Image, prompt: str) -> None:
    """Write the prompt at the bottom of the picture on a translucent band."""
    text = _set(prompt, image.size)
    if text is not None:
        left, top = (image.width - text.wide) // 2, image.height - text.margin - text.tall
        image.paste((16, 19, 38), (left, top), _band((text.wide, text.tall), text.margin))
        text.write(image, top, (255, 253, 247))


def write_footer(image: Image.Image, prompt: str) -> None:
    """Write the prompt on a strip of paper. The strip covers the caption of the edited picture."""
    text = _set(prompt, image.size)
    if text is not None:
        tall = max(text.tall + text.margin, round(image.height * 0.16))
        image.paste((251, 248, 241), (0, image.height - tall, image.width, image.height))
        text.write(image, image.height - tall + (tall - text.tall) // 2, (44, 41, 52))


@dataclass(frozen=True)
class _Text:
    """Lines that fit the picture, with their font and margin."""

    lines: list[str]
    font: ImageFont.FreeTypeFont
    margin: int

    @property
    def step(self) -> int:
        return round(self.font.size * 1.32)

    @property
    def wide(self) -> int:
        return round(max(map(self.font.getlength, self.lines))) + 3 * self.margin

    @property
    def tall(self) -> int:
        return self.step * len(self.lines) + self.margin

    def write(self, image: Image.Image, top: int, ink: tuple[int, int, int]) -> None:
        pen = ImageDraw.Draw(image)
        for row, line in enumerate(self.lines):
            place = (image.width / 2, top + self.margin / 2 + self.step * (row + 0.5))
            pen.text(place, line, font=self.font, fill=ink, anchor="mm")


def _set(prompt: str, size: tuple[int, int]) -> _Text | None:
    """Return the text in the largest font that needs few lines, or None if no letter can be shown."""
    text = " ".join(prompt.split())[:MOST]
    short = min(size)
    margin = round(short * 0.04)
    room = size[0] - 5 * margin
    for points in (42, 36, 30, 26):
        font, shown = _font_for(text, round(points * short / 1024))
        lines = _wrap(shown, font, room)
        if len(lines) <= LINES - (points == 42):
            break
    return _Text(_shorten(lines, font, room), font, margin) if shown.strip() else None


def _band(size: tuple[int, int], radius: int) -> Image.Image:
    """Return the mask of a translucent band with rounded corners."""
    wide, tall = size[0] * 2, size[1] * 2
    mask = Image.new("L", (wide, tall))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, wide - 1, tall - 1), radius=radius * 2, fill=186)
    return mask.reduce(2)


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
    """Wrap at words. Break inside a word only if it is longer than a line."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= room:
            lines[-1] = longer
            continue
        pieces = _pieces(word, font, room)
        lines = lines + pieces if lines[-1] else pieces
    return lines


def _pieces(word: str, font: ImageFont.FreeTypeFont, room: float) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and font.getlength(pieces[-1] + letter) > room:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _shorten(lines: list[str], font: ImageFont.FreeTypeFont, room: float) -> list[str]:
    if len(lines) <= LINES:
        return lines
    last = lines[LINES - 1]
    while last and font.getlength(f"{last}...") > room:
        last = last[:-1]
    return [*lines[: LINES - 1], f"{last.rstrip()}..."]
