"""Bar charts of the processor time per order, as PNG files."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from benchmarks.contestants import Contestant
from benchmarks.whole_job import Figures, cpu_of

_WIDTH, _LEFT, _RIGHT, _BAR, _GAP = 1200, 230, 110, 34, 10
_WIDE_LEFT = 300
_INK, _PAPER, _OURS, _OTHERS = "#1f2328", "#ffffff", "#2f7d5b", "#b8c0c8"


def draw(found: Mapping[int, Mapping[Contestant, Sequence[Figures]]], machine: str, into: Path) -> None:
    """Write the chart: a group of bars for each size of a picture, with lines from the fastest to the slowest run."""
    rows = [(size, name, list(figures)) for size, by_name in found.items() for name, figures in by_name.items()]
    largest = max(each.cpu_ms for _, _, figures in rows for each in figures)
    height = 120 + len(rows) * (_BAR + _GAP) + len(found) * 56
    image = Image.new("RGB", (_WIDTH, height), _PAPER)
    pen, font, large = ImageDraw.Draw(image), ImageFont.load_default(20), ImageFont.load_default(26)
    pen.text((24, 18), "Processor time per order, in milliseconds", _INK, large)
    pen.text((24, 54), machine, "#59636e", font)
    scale, y, before = (_WIDTH - _LEFT - _RIGHT) / largest, 90, 0
    for size, name, figures in rows:
        if size != before:
            pen.text((24, y + 18), f"pictures of {size // 1000:,} kB", _INK, font)
            y, before = y + 56, size
        cpu = [each.cpu_ms for each in figures]
        end = _LEFT + cpu_of(figures) * scale
        pen.text((24, y + 5), str(name), _INK, font)
        pen.rectangle((_LEFT, y, end, y + _BAR), _OURS if name is Contestant.OURS else _OTHERS)
        middle = y + _BAR / 2
        pen.line((_LEFT + min(cpu) * scale, middle, _LEFT + max(cpu) * scale, middle), _INK, 2)
        pen.text((_LEFT + max(cpu) * scale + 10, y + 5), f"{cpu_of(figures):.1f}", _INK, font)
        y += _BAR + _GAP
    image.save(into, "PNG", optimize=True)


def draw_parts(
    bars: Sequence[tuple[str, tuple[float, float]]], names: tuple[str, str], machine: str, into: Path
) -> None:
    """Write a chart with one bar for each name: two parts of the processor time per order, side by side."""
    image = Image.new("RGB", (_WIDTH, 150 + len(bars) * (_BAR + _GAP)), _PAPER)
    pen, font, large = ImageDraw.Draw(image), ImageFont.load_default(20), ImageFont.load_default(26)
    pen.text((24, 18), "Processor time per order, in milliseconds", _INK, large)
    pen.text((24, 54), machine, "#59636e", font)
    colors, left = (_OURS, _OTHERS), float(_WIDE_LEFT)
    for name, color in zip(names, colors, strict=True):
        pen.rectangle((left, 94, left + 20, 114), color)
        pen.text((left + 30, 92), name, _INK, font)
        left += 60 + pen.textlength(name, font)
    scale = (_WIDTH - _WIDE_LEFT - _RIGHT) / max(sum(parts) for _, parts in bars)
    for number, (name, parts) in enumerate(bars):
        y, x = 130 + number * (_BAR + _GAP), float(_WIDE_LEFT)
        pen.text((24, y + 5), name, _INK, font)
        for part, color in zip(parts, colors, strict=True):
            pen.rectangle((x, y, x + part * scale, y + _BAR), color)
            x += part * scale
        pen.text((x + 10, y + 5), f"{sum(parts):.1f}", _INK, font)
    image.save(into, "PNG", optimize=True)
