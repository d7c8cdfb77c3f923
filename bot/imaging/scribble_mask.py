"""Masks from a drawing: a picture is compared with a copy that a user drew on, and the difference is the area meant.

Neither arrives unchanged, as Telegram scales pictures and compresses them as JPEGs. So both are compared at a small
size and equally blurred, edges may be a pixel off, and the threshold for a stroke also depends on how much the
untouched part differs.
"""

from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter

from bot.imaging.components import Region, paint, regions
from bot.imaging.decode import header
from bot.imaging.masks import flat, same_shape, save
from core.errors import BadMask, MaskTrouble

_SIDE = 768  # pixels of the longer side for the comparison
_BLUR = 1.7  # pixels
_SEAL = 0.012  # share of the longer side, as the next two; half of a gap that belongs to the area
_BRIDGE = 0.03  # half of a gap in a line that still encloses an area
_GROWTH = 0.01
_SPECK = 1 / 20_000  # share of the area
_SURE = 1.6  # somewhere, a stroke must differ this many times as much as everywhere
_LEAST, _NOISY = 14, 3  # levels: the least that a stroke differs, and how many times the noise
_UNLIKE = 32  # levels: more than this is certainly not the untouched part
_RESTLESS = 10  # levels of noise that JPEG compression doesn't explain
_EDGE = 24  # levels of change within three pixels
_PAINT = 14  # levels around the most frequent one that count as the same paint


def scribbled(base: Path, drawn: Path, into: Path) -> None:
    """Make a mask from `drawn`, which is `base` with strokes: their area and all that they enclose. Raises BadMask."""
    _, size = header(base)
    after = flat(drawn)
    if not same_shape(size, after.size):
        raise BadMask(MaskTrouble.OTHER_PICTURE)
    side = min(_SIDE, max(size), max(after.size))
    small = max(1, round(size[0] * side / max(size))), max(1, round(size[1] * side / max(size)))
    after = after.resize(small, Image.Resampling.BILINEAR, reducing_gap=3)
    before = flat(base).resize(small, Image.Resampling.BILINEAR, reducing_gap=3)  # one whole picture at a time
    meant = _meant(*_strokes(before, after), side)
    share = _share(meant)
    if share < 0.001:
        raise BadMask(MaskTrouble.TOO_SMALL if share else MaskTrouble.EMPTY)
    if share > 0.95:
        raise BadMask(MaskTrouble.FULL)
    grown = _widened(meant, _GROWTH * side)
    save(ImageChops.invert(grown.resize(size, Image.Resampling.BICUBIC)), into)


def _strokes(before: Image.Image, after: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Find the strokes twice: with the halo that connects them, and at their real width."""
    difference, edges = _compared(before, after)
    noise = _noise(difference)
    least = max(_LEAST, _NOISY * noise)
    different = difference.point(lambda level: 255 if level > least else 0)
    narrow = _within_edges(difference, least)
    if noise > _RESTLESS or (_elsewhere(different, edges) and not _flat_paint(after, narrow)):
        raise BadMask(MaskTrouble.OTHER_PICTURE)
    core = _around(difference, ImageChops.darker, 1)  # removes the rest of an edge that moved a little
    wide = paint(different.size, _sure(different, core, _SURE * least))
    return wide, ImageChops.darker(wide, narrow)


def _compared(before: Image.Image, after: Image.Image) -> tuple[Image.Image, Image.Image]:
    """Return how far each pixel is outside of the colors around it in the original, and the original's edges."""
    blur = ImageFilter.GaussianBlur(_BLUR)
    was, became = before.filter(blur), after.filter(blur)
    most, least = _around(was, ImageChops.lighter, 1), _around(was, ImageChops.darker, 1)
    outside = ImageChops.lighter(ImageChops.subtract(became, most), ImageChops.subtract(least, became))
    edges = _strongest(ImageChops.subtract(most, least)).point(lambda level: 255 if level > _EDGE else 0)
    return _strongest(outside), edges


def _strongest(image: Image.Image) -> Image.Image:
    red, green, blue = image.split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue)


def _sure(different: Image.Image, core: Image.Image, level: float) -> list[Region]:
    """Return the regions that are larger than specks and that clearly differ somewhere."""
    width, height = different.size
    levels, smallest = core.tobytes(), _SPECK * width * height
    return [
        area
        for area in regions(different)
        if area.size >= smallest
        and any(max(levels[row * width + start : row * width + end]) > level for row, start, end in area.runs)
    ]


def _within_edges(difference: Image.Image, least: float) -> Image.Image:
    """Remove the halo that blurring adds to strong strokes: an edge is at half of the change."""
    half = _around(difference, ImageChops.lighter, 1, 3).point(lambda level: max(least, level * 0.45))
    return ImageChops.subtract(difference, half).point(lambda level: 255 if level else 0)


def _around(image: Image.Image, choose: Callable[[Image.Image, Image.Image], Image.Image], *steps: int) -> Image.Image:
    """Choose among the pixels nearby, twenty times as fast as Pillow's rank filters; the border wraps around."""
    for step in steps:
        for across, down in ((step, 0), (0, step)):
            there, back = ImageChops.offset(image, across, down), ImageChops.offset(image, -across, -down)
            image = choose(choose(there, back), image)
    return image


def _noise(difference: Image.Image) -> int:
    """Return how far the part without strokes differs: the upper quartile. Strokes differ by far more."""
    counts = difference.histogram()[:_UNLIKE]
    wanted, passed = sum(counts) * 3 / 4, 0
    if wanted < 0.05 * difference.width * difference.height:
        return 0  # too little is untouched for a figure
    for level, count in enumerate(counts):
        passed += count
        if passed >= wanted:
            return level
    return _UNLIKE


def _flat_paint(after: Image.Image, different: Image.Image) -> bool:
    """Return whether nearly all that differs has one color, as paint does and another picture doesn't."""
    inner = _around(different, ImageChops.darker, 1)
    counts, enough = after.histogram(inner), 0.85 * max(1, inner.histogram()[255])
    near = _PAINT if _share(inner) < 0.5 else _PAINT // 2  # the smaller the area, the more of it is blurred edges
    for channel in (counts[:256], counts[256:512], counts[512:]):
        most = channel.index(max(channel))
        if sum(channel[max(0, most - near) : most + near + 1]) < enough:
            return False
    return True


def _elsewhere(different: Image.Image, edges: Image.Image) -> bool:
    """Return whether so much differs, or so many of the original's edges, that it is a crop or another picture."""
    total = _share(edges)
    return _share(different) > 0.5 or (total > 0.002 and _share(ImageChops.darker(edges, different)) > 0.25 * total)


def _meant(wide: Image.Image, strokes: Image.Image, side: int) -> Image.Image:
    """Close small gaps, and fill the areas that strokes enclose, alone or with the picture's border."""
    filled = strokes
    for reach in (_SEAL * side, _BRIDGE * side):
        away = ImageChops.invert(_within(wide, reach))  # no two of its regions connect through a narrow gap
        inside = [area for area in regions(away) if _enclosed(area, away.size)]
        filled = ImageChops.lighter(filled, _within(paint(away.size, inside), reach))
    gaps_left = _within(ImageChops.invert(_within(filled, _SEAL * side)), _SEAL * side)
    return ImageChops.lighter(filled, ImageChops.invert(gaps_left))


def _within(area: Image.Image, reach: float) -> Image.Image:
    """Return all pixels that are at most `reach` away in both directions."""
    return area.filter(ImageFilter.BoxBlur(reach)).point(lambda level: 255 if level else 0)


def _enclosed(area: Region, size: tuple[int, int]) -> bool:
    sides = area.sides(size)
    return sides == 0 or (sides <= 2 and area.size < size[0] * size[1] / 4)


def _widened(area: Image.Image, pixels: float) -> Image.Image:
    """Grow an area by `pixels` in every direction: 1.5 sigma from an edge, a blur leaves 17 of 255 levels."""
    return area.filter(ImageFilter.GaussianBlur(pixels / 1.5)).point(lambda level: 255 if level > 17 else 0)


def _share(area: Image.Image) -> float:
    return area.histogram()[255] / (area.width * area.height)
