"""The operators' chart: orders, failures and credits for each day, and the busiest chats.

It is read on a phone, where 1080 pixels are as wide as a hand, so it has large type, few lines and no legend. Its words
use only characters of Pillow's built-in typeface, which has little more than ASCII. The caption gives the totals in any
language.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from core.models.credits import HUNDREDTHS
from core.models.image_request import Picture
from core.models.statistics import ChatUse, Statistics
from core.text import clip

WIDTH = 1080
MARGIN = 56
_INNER = WIDTH - 2 * MARGIN
_GROUND, _CARD, _LINE = "#f2f4f7", "#ffffff", "#e3e7ed"
_INK, _FAINT = "#1c2430", "#6b7686"
_BLUE, _RED, _AMBER = "#2f80ed", "#e5484d", "#f2a30f"
_HEAD_H, _TILES_H, _PLOT_H, _ROW_H, _GAP = 130, 180, 372, 72, 24
_SCALE = 2  # drawn larger and scaled down at the end, which smooths round corners
_COMPRESSION = 3  # of 9; 6, the default, takes half as long again for a sixth less
_NAME_UNITS = 20
_LABELS = 7  # days that are labeled below a plot, at most


def chart(statistics: Statistics, into: Path) -> Picture:
    """Draw the statistics, save them as a PNG, and return its hash and size."""
    rows = max(len(statistics.busiest), 1)
    height = _HEAD_H + _TILES_H + 2 * (_PLOT_H + _GAP) + _GAP + 96 + rows * _ROW_H + 36 + MARGIN
    sheet = _Sheet(height)
    top = _head(sheet, statistics)
    top = _tiles(sheet, statistics, top)
    days = [f"{day.date.day} {day.date:%b}" for day in statistics.days]
    credits_ = [(day.credits // HUNDREDTHS,) for day in statistics.days]
    orders = [(day.jobs - day.failures, day.failures) for day in statistics.days]
    top = _plot(sheet, top, "Orders a day", "failed" if statistics.failures else "", days, orders, (_BLUE, _RED))
    top = _plot(sheet, top, "Credits a day", "", days, credits_, (_AMBER,))
    _busiest(sheet, statistics.busiest, top)
    return sheet.save(into)


_font = lru_cache(maxsize=16)(ImageFont.load_default)


class _Sheet:
    """A drawing in the coordinates of the finished picture."""

    def __init__(self, height: int) -> None:
        self._image = Image.new("RGB", (WIDTH * _SCALE, height * _SCALE), _GROUND)
        self._draw = ImageDraw.Draw(self._image)

    def box(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        fill: str,
        radius: float = 0,
        rounded: tuple[bool, bool, bool, bool] = (True, True, True, True),
    ) -> None:
        """Draw a filled rectangle, or nothing if it has no extent."""
        x0, y0, x1, y1 = (round(edge * _SCALE) for edge in (left, top, right, bottom))
        if x1 <= x0 or y1 <= y0:
            return
        curve = round(radius * _SCALE)
        if min(x1 - x0, y1 - y0) < 2 * curve + 2:  # Pillow fails if rounded corners meet
            curve = 0
        self._draw.rounded_rectangle((x0, y0, x1 - 1, y1 - 1), curve, fill=fill, corners=rounded)

    def bar(self, left: float, top: float, right: float, bottom: float, fill: str) -> None:
        """Draw a bar that stands on a line: only its upper corners are round."""
        self.box(left, top, right, bottom, fill, 6, (True, True, False, False))

    def words(self, left: float, top: float, words: str, size: int, fill: str = _INK, anchor: str = "lm") -> None:
        """Write one line of text. Pillow's typeface has no bold, so large text gets a thin outline."""
        bold = _SCALE if size >= 40 else 0
        font = _font(size * _SCALE)
        self._draw.text(
            (left * _SCALE, top * _SCALE),
            words,
            fill=fill,
            font=font,
            anchor=anchor,
            stroke_width=bold,
            stroke_fill=fill,
        )

    def save(self, into: Path) -> Picture:
        """Scale the drawing down and save it as a PNG."""
        image = self._image.reduce(_SCALE)
        image.save(into, "PNG", compress_level=_COMPRESSION)
        data = into.read_bytes()
        return Picture(hashlib.sha256(data).hexdigest(), "png", image.width, image.height, len(data))


def _head(sheet: _Sheet, statistics: Statistics) -> int:
    first, last = statistics.days[0].date, statistics.days[-1].date
    count = len(statistics.days)
    sheet.words(MARGIN, 78, "Today" if count == 1 else f"Last {count} days", 56)
    span = f"{first.day} {first:%b} to {last.day} {last:%b %Y}" if count > 1 else f"{last.day} {last:%b %Y}"
    sheet.words(WIDTH - MARGIN, 80, span, 34, _FAINT, "rm")
    return _HEAD_H


def _tiles(sheet: _Sheet, statistics: Statistics, top: int) -> int:
    """Draw the totals in large type. Return the top of the next part."""
    share = f"failed, {statistics.failures / statistics.jobs:.0%}" if statistics.failures else "failed"
    tiles = [
        (statistics.jobs, "orders", _BLUE),
        (statistics.failures, share, _RED),
        (statistics.credits // HUNDREDTHS, "credits", _AMBER),
        (statistics.people, "people", _INK),
    ]
    width = (_INNER - 3 * 20) / 4
    for place, (number, label, color) in enumerate(tiles):
        left = MARGIN + place * (width + 20)
        sheet.box(left, top, left + width, top + _TILES_H - 20, _CARD, 24)
        sheet.words(left + 26, top + 62, short(number), 58, color)
        sheet.words(left + 26, top + 122, label, 32, _FAINT)
    return top + _TILES_H + _GAP // 2


def _plot(
    sheet: _Sheet,
    top: int,
    title: str,
    failed: str,
    labels: Sequence[str],
    stacks: Sequence[tuple[int, ...]],
    colors: tuple[str, ...],
) -> int:
    """Draw one bar for each day, made of stacked parts. Return the top of the next part."""
    sheet.box(MARGIN, top, WIDTH - MARGIN, top + _PLOT_H, _CARD, 24)
    sheet.words(MARGIN + 30, top + 48, title, 38)
    sheet.words(WIDTH - MARGIN - 30, top + 48, failed, 32, _RED, "rm")
    left, right, roof, floor = MARGIN + 110, WIDTH - MARGIN - 30, top + 110, top + _PLOT_H - 74
    ceiling = ceiling_of(max(map(sum, stacks)))
    for share in (0, 0.5, 1):
        level = floor - share * (floor - roof)
        sheet.box(left, level - 1, right, level + 1, _LINE)
        sheet.words(left - 18, level, short(round(ceiling * share)), 30, _FAINT, "rm")
    step = (right - left) / len(stacks)
    every = -(-len(stacks) // _LABELS)
    for place, stack in enumerate(stacks):
        middle = left + (place + 0.5) * step
        for height, color in reversed(list(zip(accumulate(stack), colors, strict=True))):
            rise = height / ceiling * (floor - roof)
            sheet.bar(middle - step * 0.34, floor - rise, middle + step * 0.34, floor, color)
        if (len(stacks) - 1 - place) % every == 0:
            sheet.words(min(middle, right - 34), floor + 38, labels[place], 30, _FAINT, "mm")
    return top + _PLOT_H + _GAP


def _busiest(sheet: _Sheet, busiest: Sequence[ChatUse], top: int) -> None:
    """Draw the busiest chats, each with a bar as long as its share of orders."""
    bottom = top + 96 + max(len(busiest), 1) * _ROW_H + 36
    sheet.box(MARGIN, top, WIDTH - MARGIN, bottom, _CARD, 24)
    sheet.words(MARGIN + 30, top + 48, "Busiest chats", 38)
    sheet.words(WIDTH - MARGIN - 30, top + 48, "orders · credits", 32, _FAINT, "rm")
    if not busiest:
        sheet.words(MARGIN + 30, top + 120, "Nobody ordered anything yet.", 34, _FAINT)
    for place, use in enumerate(busiest):
        line = top + 96 + place * _ROW_H
        sheet.words(MARGIN + 30, line + 20, label_of(use), 34)
        used = f"{short(use.jobs)} · {short(use.credits // HUNDREDTHS)}"
        sheet.words(WIDTH - MARGIN - 30, line + 20, used, 34, _INK, "rm")
        share = use.jobs / busiest[0].jobs
        sheet.box(MARGIN + 30, line + 46, WIDTH - MARGIN - 30, line + 58, _GROUND, 5)
        sheet.box(MARGIN + 30, line + 46, MARGIN + 30 + share * (_INNER - 60), line + 58, _BLUE, 5)


def label_of(use: ChatUse) -> str:
    """Return the chat's name and number, or only the number if the typeface can't draw the name."""
    name = use.name if use.name.isascii() and use.name.isprintable() else ""
    return f"{clip(name, _NAME_UNITS)} · {use.chat_id}".removeprefix(" · ")


def ceiling_of(most: int) -> int:
    """Return a round number that is at least `most` and can be halved, for the top of an axis."""
    size = 1
    while True:
        for digit in (2, 4, 6, 10):
            if most <= digit * size:
                return digit * size
        size *= 10


def short(number: int) -> str:
    """Format a number in at most four characters, up to millions."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if number >= size * 10:
            return f"{number // size}{letter}"
        if number >= size:
            return f"{number * 10 // size / 10:g}{letter}"
    return str(number)
