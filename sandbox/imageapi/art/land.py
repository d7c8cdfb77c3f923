"""The lower half of a scene: mountains, hills with trees, or water."""

from collections.abc import Sequence
from dataclasses import replace

from sandbox.imageapi.art.canvas import Canvas, Point
from sandbox.imageapi.art.palette import Colour, Mood, hexed, mix

WHITE = hexed("#ffffff")
INK = hexed("#1d1b33")


def mountains(canvas: Canvas, mood: Mood, *, high: bool) -> None:
    """Draw a mountain range behind the hills: the far peaks first, with snow on the high ones."""
    rng = canvas.rng
    base = canvas.h * 0.66
    for row in (0, 1):
        colour = mix(mix(mood.sky[2], mood.sky[1], 0.35), mood.far, 0.4 + 0.4 * row)
        count = 3 if high else 4
        for k in range(count + 1):
            x = canvas.w * (k + rng.uniform(-0.2, 0.2) + 0.4 * row) / count
            tall = canvas.h * rng.uniform(0.2, 0.3) * (1.3 if high else 0.75) * (1 - 0.3 * row)
            _peak(canvas, (x, base - tall), tall, colour, snow=high or mood.snowy)
    canvas.veil(mood.sky[2], base - canvas.h * 0.2, base, 0.75)


def _peak(canvas: Canvas, top: Point, tall: float, colour: Colour, *, snow: bool) -> None:
    rng, (x, y) = canvas.rng, top
    wide = tall * rng.uniform(0.85, 1.15)
    spine = [(x + rng.uniform(-0.07, 0.09) * tall, y + tall * share) for share in (0.25, 0.5, 0.75, 1.0)]
    canvas.poly([top, (x - wide, y + tall), (x + wide, y + tall)], mix(colour, WHITE, 0.12))
    canvas.poly([top, *spine, (x + wide, y + tall)], mix(colour, INK, 0.12))
    if not snow:
        return
    cut, slope = tall * rng.uniform(0.26, 0.36), wide / tall
    edge = [(share, 1 if k % 2 else 0.72) for k, share in enumerate((-1, -0.6, -0.25, 0.1, 0.4, 0.75, 1))]
    cap = [(x + share * slope * cut * depth, y + cut * depth) for share, depth in edge]
    canvas.poly([top, *cap], mix(colour, WHITE, 0.86))
    canvas.poly([top, (x + 0.02 * tall, y + cut * 0.8), *cap[4:]], mix(colour, WHITE, 0.62))


def hills(canvas: Canvas, mood: Mood) -> None:
    """Draw four hills, from far to near, with mist between them and pines on them."""
    for layer in range(4):
        share = layer / 3
        base, colour = canvas.h * (0.575 + 0.075 * layer), mix(mood.far, mood.near, share * 0.85)
        edge = canvas.ridge(base, canvas.h * (0.045 - 0.004 * layer), rough=0.02)
        canvas.veil(mood.sky[2], base - canvas.h * 0.09, base + canvas.h * 0.05, 0.42)
        pines(canvas, mood, edge, share)
        canvas.land(edge, colour)
        shade = [(x, y + canvas.h * 0.03 + 0.4 * (y - base)) for x, y in edge]
        canvas.land(shade, mix(colour, mood.sky[1] if mood.snowy else INK, 0.07))


def pines(canvas: Canvas, mood: Mood, edge: Sequence[Point], share: float) -> None:
    """Draw clusters of pines along an edge. The hill that is drawn next covers their feet."""
    rng, unit = canvas.rng, canvas.unit
    for _ in range(rng.randint(2, 4)):
        middle = rng.randrange(len(edge))
        for _ in range(rng.randint(3, 8)):
            x, y = edge[min(len(edge) - 1, max(0, middle + rng.randint(-7, 7)))]
            tall = unit * (0.035 + 0.075 * share) * rng.uniform(0.65, 1.25)
            colour = mix(mix(mood.far, mood.trees, 0.35 + 0.6 * share), WHITE, rng.uniform(0, 0.06))
            pine(canvas, (x + rng.uniform(-0.01, 0.01) * unit, y + tall * 0.06), tall, colour, snowy=mood.snowy)


def pine(canvas: Canvas, foot: Point, tall: float, colour: Colour, *, snowy: bool) -> None:
    """Draw one pine of three layers, lit from the left, with snow in winter."""
    x, y = foot
    canvas.poly([(x - tall * 0.03, y), (x + tall * 0.03, y), (x, y - tall * 0.4)], mix(colour, INK, 0.4))
    for low, high, wide in ((0.1, 0.55, 0.24), (0.32, 0.78, 0.19), (0.56, 1.0, 0.13)):
        top, bottom, reach = (x, y - tall * high), y - tall * low, tall * wide
        canvas.poly([top, (x - reach, bottom), (x + reach, bottom)], colour)
        canvas.poly([top, (x + reach * 0.1, bottom), (x + reach, bottom)], mix(colour, INK, 0.22))
        if snowy:
            drop = y - tall * (low + (high - low) * 0.42)
            half = reach * 0.55
            zag = [(x - half, drop), (x - half * 0.4, drop - tall * 0.03), (x, drop + tall * 0.02),
                   (x + half * 0.5, drop - tall * 0.03), (x + half, drop)]  # fmt: skip
            canvas.poly([top, *zag], mix(colour, WHITE, 0.85))


def dunes(canvas: Canvas, mood: Mood) -> Mood:
    """Draw dunes of sand, from far to near, and return the mood with the ground's color."""
    sand = mix(hexed("#dfb878"), mood.sky[0], 0.45 if mood.night else 0.08)
    for layer in range(3):
        edge = canvas.ridge(canvas.h * (0.6 + 0.07 * layer), canvas.h * 0.035)
        canvas.land(edge, mix(sand, mood.sky[2], 0.45 - 0.2 * layer))
        canvas.land(
            [(x, y + canvas.h * 0.025 + 0.5 * (y - edge[0][1])) for x, y in edge], mix(sand, INK, 0.06 + 0.04 * layer)
        )
    return replace(mood, near=sand)


def forest(canvas: Canvas, mood: Mood) -> None:
    """Draw two rows of large pines, which close off the view."""
    rng = canvas.rng
    for row, share in enumerate((0.35, 0.8)):
        for number in range(13 - 3 * row):
            x = canvas.w * (number + rng.uniform(0.1, 0.9)) / (13 - 3 * row)
            if row == 1 and 0.3 < x / canvas.w < 0.7:
                continue
            tall = canvas.unit * rng.uniform(0.36, 0.56) * (1 + 0.25 * row)
            colour = mix(mix(mood.far, mood.trees, share), WHITE, rng.uniform(0, 0.08))
            pine(canvas, (x, canvas.h * (0.78 + 0.03 * row)), tall, colour, snowy=mood.snowy)
        canvas.veil(mood.sky[2], canvas.h * 0.5, canvas.h * 0.8, 0.3 - 0.2 * row)


def sea(canvas: Canvas, mood: Mood, light: Point) -> None:
    """Draw water up to the horizon with the light reflected in it."""
    rng, unit, top = canvas.rng, canvas.unit, canvas.h * 0.6
    deep = mix(mood.sky[0], mood.near, 0.35)
    canvas.gradient([mix(mood.sky[2], mood.sky[1], 0.4), mix(mood.sky[1], deep, 0.45), deep, deep], top, canvas.h)
    for _ in range(90):
        share = rng.random() ** 1.4
        y = top + (canvas.h - top) * share
        spread = unit * (0.05 + 0.17 * share)
        x, wide = light[0] + rng.gauss(0, 0.55) * spread, unit * rng.uniform(0.008, 0.04) * (0.4 + share)
        canvas.oval((x, y), (wide, unit * (0.0012 + 0.002 * share)), mood.light, rng.randint(90, 200))
    for _ in range(60):
        share = rng.random()
        y = top + (canvas.h - top) * share
        x, wide = rng.uniform(0, canvas.w), unit * rng.uniform(0.01, 0.05) * (0.4 + share)
        canvas.oval((x, y), (wide, unit * (0.001 + 0.0016 * share)), mix(deep, WHITE, 0.35), 110)


def foreground(canvas: Canvas, mood: Mood, *, shore: bool, height: float = 0.79) -> float:
    """Draw the ground under the main motif and return its height in the middle."""
    base = canvas.h * (0.82 if shore else height)
    edge = canvas.ridge(base, canvas.h * 0.014)
    colour = mix(hexed("#e6cfa0"), mood.near, 0.35) if shore else mood.near
    if mood.snowy:
        colour = mix(mood.near, WHITE, 0.3)
    canvas.veil(mood.sky[2], base - canvas.h * 0.1, base + canvas.h * 0.05, 0.3)
    canvas.land(edge, colour)
    shadow = mood.sky[1] if mood.snowy else INK
    for k in (1, 2, 3):
        canvas.land([(x, y + canvas.h * 0.035 * k) for x, y in edge], mix(colour, shadow, 0.06 * k))
    if not shore:
        _tufts(canvas, edge, mix(colour, shadow, 0.3))
    return edge[len(edge) // 2][1]


def _tufts(canvas: Canvas, edge: Sequence[Point], colour: Colour) -> None:
    rng, unit = canvas.rng, canvas.unit
    for _ in range(46):
        x, top = rng.choice(edge)
        x, y = x + rng.uniform(-0.02, 0.02) * unit, top + rng.uniform(0.0, 0.14) * canvas.h
        for lean in (-0.6, 0.0, 0.6):
            tip = (x + lean * unit * 0.008, y - unit * rng.uniform(0.008, 0.016))
            canvas.poly([(x - unit * 0.0016, y), tip, (x + unit * 0.0016, y)], colour)
