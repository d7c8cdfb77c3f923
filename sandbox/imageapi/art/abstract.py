"""Abstract compositions, for prompts of which no word names anything that can be painted."""

import math
from collections.abc import Callable, Sequence
from zlib import crc32

from sandbox.imageapi.art.canvas import Canvas, Point
from sandbox.imageapi.art.palette import Colour, hexed, mix

PALETTES = (
    "#f4ede0 #d8402f #1f3a5f #f3c53c #2f9a9a",
    "#1d1b33 #ee8fb4 #7d53b3 #45bdb6 #f7f1d2",
    "#fbe7d0 #ef8432 #7a2038 #3f6f5a #2c2b35",
    "#e6f0f2 #27407c #4a9fe0 #f27a62 #f3c53c",
    "#233d4d #fe7f2d #fcca46 #a1c181 #619b8a",
    "#f6e9ef #8a5fc7 #cf4a98 #2f9a72 #27407c",
    "#101820 #f2aa4c #d8402f #f3f1ec #5a7d9a",
)


def paint_abstract(canvas: Canvas, prompt: str, free: Colour | None, look: int) -> None:
    """Paint a composition by the prompt. Looks of one prompt differ in kind; `free` is the color it names, if any."""
    words = crc32(" ".join(prompt.split()).lower().encode())
    palette = [hexed(part) for part in PALETTES[words % len(PALETTES)].split()]
    if free is not None:
        palette = [mix(colour, free, share) for colour, share in zip(palette, (0.25, 1, 0.75, 0.5, 0.85), strict=True)]
    canvas.gradient([palette[0], mix(palette[0], palette[1], 0.18)], 0, canvas.h)
    KINDS[(words // 7 + look) % len(KINDS)](canvas, palette)


def _discs(canvas: Canvas, palette: Sequence[Colour]) -> None:
    """Circles of all sizes, each with a ring, some across others."""
    rng, unit = canvas.rng, canvas.unit
    for number in range(16):
        place = (rng.uniform(0, canvas.w), rng.uniform(0, canvas.h))
        size = unit * rng.uniform(0.04, 0.3) * (1 if number < 8 else 0.4)
        colour = palette[1 + number % 4]
        canvas.oval(place, (size, size), colour, 205)
        canvas.ring(place, (size * 1.15, size * 1.15), mix(colour, palette[0], 0.3), unit * 0.006)
    for _ in range(6):
        start, end = (
            (rng.uniform(0, canvas.w), rng.uniform(0, canvas.h)),
            (rng.uniform(0, canvas.w), rng.uniform(0, canvas.h)),
        )
        canvas.stroke([start, end], rng.choice(palette[1:]), unit * rng.uniform(0.003, 0.012))


def _waves(canvas: Canvas, palette: Sequence[Colour]) -> None:
    """Waves over the whole height, from one color to the next."""
    count = 11
    for row in range(count):
        edge = canvas.ridge(canvas.h * (0.06 + row / count), canvas.h * 0.07)
        canvas.land(edge, mix(palette[1 + row % 4], palette[1 + (row + 1) % 4], 0.25))
        canvas.stroke([edge[k] for k in range(0, len(edge), 12)], palette[0], canvas.unit * 0.004)


def _tiles(canvas: Canvas, palette: Sequence[Colour]) -> None:
    """A grid of quarter circles, discs and triangles."""
    rng, side = canvas.rng, canvas.unit / 5
    for column in range(-(-canvas.w // round(side))):
        for row in range(-(-canvas.h // round(side))):
            x, y = column * side, row * side
            one, other = rng.sample(list(palette), 2)
            canvas.poly([(x, y), (x + side, y), (x + side, y + side), (x, y + side)], one)
            form = rng.randrange(3)
            if form == 0:
                corner = (x + side * rng.randrange(2), y + side * rng.randrange(2))
                start = {(0, 0): 0, (1, 0): 90, (1, 1): 180, (0, 1): 270}[
                    round((corner[0] - x) / side), round((corner[1] - y) / side)
                ]
                box = (corner[0] - side, corner[1] - side, corner[0] + side, corner[1] + side)
                canvas.pen.pieslice(box, start, start + 90, fill=other)
            elif form == 1:
                canvas.oval((x + side / 2, y + side / 2), (side * 0.34, side * 0.34), other)
            else:
                canvas.poly([(x, y + side), (x + side, y), (x + side, y + side)], other)


def _rays(canvas: Canvas, palette: Sequence[Colour]) -> None:
    """Rays around a point, with arcs between them."""
    rng, long = canvas.rng, canvas.w + canvas.h
    x, y = canvas.w * rng.uniform(0.25, 0.75), canvas.h * rng.uniform(0.3, 0.75)
    count = 22
    for ray in range(count):
        turn, wide = 2 * math.pi * ray / count, math.pi / count
        ends = [(x + long * math.cos(turn + by), y + long * math.sin(turn + by)) for by in (-wide, wide)]
        canvas.poly([(x, y), *ends], mix(palette[1 + ray % 4], palette[0], 0.25 * (ray % 3)))
    for ring in range(7, 0, -1):
        size = canvas.unit * 0.045 * ring * rng.uniform(0.9, 1.1)
        canvas.oval((x, y), (size, size), palette[ring % 5])


def _shards(canvas: Canvas, palette: Sequence[Colour]) -> None:
    """Triangles between the points of an uneven grid."""
    rng, across = canvas.rng, 6
    step = canvas.unit / across
    columns, rows = round(canvas.w / step) + 2, round(canvas.h / step) + 2

    def spot(column: int, row: int) -> Point:
        return (column - 0.5 + rng.uniform(-0.35, 0.35)) * step, (row - 0.5 + rng.uniform(-0.35, 0.35)) * step

    spots = [[spot(c, r) for c in range(columns + 1)] for r in range(rows + 1)]
    for r in range(rows):
        for c in range(columns):
            a, b, d, e = spots[r][c], spots[r][c + 1], spots[r + 1][c], spots[r + 1][c + 1]
            for corners in ((a, b, d), (b, d, e)):
                canvas.poly(corners, mix(rng.choice(palette), palette[(r + c) % 5], rng.uniform(0, 0.5)))


KINDS: tuple[Callable[[Canvas, Sequence[Colour]], None], ...] = (_discs, _waves, _tiles, _rays, _shards)
