"""Contact sheets: pages of numbered thumbnails, each page one picture."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

from bot.imaging.decode import plain
from core.errors import BadPicture

COLUMNS = 3
TILE = 320  # pixels
_GAP = 12
_GROUND, _MISSING, _BADGE, _DIGITS = "#17181c", "#3a3d45", (0, 0, 0, 170), "white"


def contact_sheet(pictures: Sequence[Path], first: int, into: Path) -> None:
    """Draw `pictures` in rows of three, numbered from `first`. One that can't be read leaves a gray tile."""
    rows = -(-len(pictures) // COLUMNS)
    columns = min(len(pictures), COLUMNS)
    sheet = Image.new("RGB", (_extent(columns), _extent(rows)), _GROUND)
    draw = ImageDraw.Draw(sheet, "RGBA")
    font = ImageFont.load_default(40)
    for place, path in enumerate(pictures):
        row, column = divmod(place, COLUMNS)
        left, top = _GAP + column * (TILE + _GAP), _GAP + row * (TILE + _GAP)
        sheet.paste(_thumbnail(path), (left, top))
        words = str(first + place)
        width = draw.textlength(words, font) + 28
        draw.rounded_rectangle((left + 10, top + 10, left + 10 + width, top + 66), 14, fill=_BADGE)
        draw.text((left + 10 + width / 2, top + 38), words, fill=_DIGITS, font=font, anchor="mm")
    sheet.save(into, "JPEG", quality=88)


def _thumbnail(path: Path) -> Image.Image:
    try:
        picture, _ = plain(path, TILE * 2)
        return ImageOps.fit(picture.convert("RGB"), (TILE, TILE), Image.Resampling.LANCZOS)
    except BadPicture:  # deleted by retention, or unreadable
        return Image.new("RGB", (TILE, TILE), _MISSING)


def _extent(tiles: int) -> int:
    return _GAP + tiles * (TILE + _GAP)
