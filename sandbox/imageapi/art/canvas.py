"""A canvas of twice the picture's size. Halving it smooths all edges."""

import math
import random
from collections.abc import Sequence

from PIL import Image, ImageDraw

from sandbox.imageapi.art.palette import Colour, mix

Point = tuple[float, float]
SCALE = 2


def dice(seed: str) -> random.Random:
    """Return a generator of random numbers that are the same for the same seed."""
    return random.Random(seed)  # noqa: S311 (it draws pictures, it guards nothing)


def smooth(points: Sequence[Point], steps: int = 8) -> list[Point]:
    """Return a closed Catmull-Rom curve through the points."""
    count, curve = len(points), []
    for place in range(count):
        corners = [points[(place + shift) % count] for shift in (-1, 0, 1, 2)]
        curve += [_between(corners, step / steps) for step in range(steps)]
    return curve


def _between(corners: Sequence[Point], t: float) -> Point:
    xs, ys = zip(*corners, strict=True)
    return _catmull(xs, t), _catmull(ys, t)


def _catmull(p: Sequence[float], t: float) -> float:
    bend = 2 * p[0] - 5 * p[1] + 4 * p[2] - p[3]
    twist = 3 * (p[1] - p[2]) + p[3] - p[0]
    return 0.5 * (2 * p[1] + (p[2] - p[0]) * t + bend * t * t + twist * t**3)


def _blend(stops: Sequence[Colour], share: float) -> Colour:
    """Return the color at a share (0 to 1) of the way through the stops, with smooth changes."""
    place, part = divmod(share * (len(stops) - 1), 1)
    return mix(stops[int(place)], stops[int(place) + 1], part * part * (3 - 2 * part))


class Canvas:
    """The drawing surface that the painters share.

    Coordinates are pixels of the large canvas. `unit` is its shorter side.
    """

    def __init__(self, size: tuple[int, int], rng: random.Random) -> None:
        self.w, self.h = size[0] * SCALE, size[1] * SCALE
        self.unit = min(self.w, self.h)
        self.rng = rng
        self.image = Image.new("RGB", (self.w, self.h))
        self.pen = ImageDraw.Draw(self.image, "RGBA")

    def finished(self) -> Image.Image:
        """Return the picture at its final size."""
        return self.image.reduce(SCALE)

    def gradient(self, stops: Sequence[Colour], top: float, bottom: float) -> None:
        """Fill a band over the whole width, from the first color to the last."""
        column = Image.new("RGB", (1, 32 * len(stops)))
        column.putdata([_blend(stops, (place + 0.5) / column.height) for place in range(column.height)])
        height = round(bottom) - round(top)
        tall = column.resize((1, height), Image.Resampling.BILINEAR)
        self.image.paste(tall.resize((self.w, height), Image.Resampling.NEAREST), (0, round(top)))

    def veil(self, colour: Colour, top: float, bottom: float, strength: float) -> None:
        """Draw mist over a band. Its opacity grows from 0 at the top to `strength` at the bottom."""
        height = max(1, round(bottom) - round(top))
        fade = Image.linear_gradient("L").resize((self.w, height)).point(lambda v: round(v * strength))
        self.image.paste(colour, (0, round(top), self.w, round(top) + height), fade)

    def glow(self, middle: Point, radius: float, colour: Colour, strength: float) -> None:
        """Draw light that fades with the distance from its center."""
        x, y = middle
        side = max(2, round(radius * 2))
        fade = Image.radial_gradient("L").point(lambda v: round(max(0.0, 1 - v / 181) ** 2.2 * 255 * strength))
        box = (round(x) - side // 2, round(y) - side // 2)
        self.image.paste(colour, (*box, box[0] + side, box[1] + side), fade.resize((side, side)))

    def blob(self, points: Sequence[Point], colour: Colour, alpha: int = 255) -> None:
        """Draw a closed shape with smooth edges."""
        self.pen.polygon(smooth(points), fill=(*colour, alpha))

    def poly(self, points: Sequence[Point], colour: Colour, alpha: int = 255) -> None:
        """Draw a polygon."""
        self.pen.polygon(list(points), fill=(*colour, alpha))

    def oval(self, middle: Point, radii: Point, colour: Colour, alpha: int = 255) -> None:
        """Draw an ellipse around its center."""
        (x, y), (rx, ry) = middle, radii
        self.pen.ellipse((x - rx, y - ry, x + rx, y + ry), fill=(*colour, alpha))

    def ring(self, middle: Point, radii: Point, colour: Colour, width: float) -> None:
        """Draw the outline of an ellipse around its center."""
        (x, y), (rx, ry) = middle, radii
        self.pen.ellipse((x - rx, y - ry, x + rx, y + ry), outline=colour, width=max(1, round(width)))

    def ridge(self, base: float, swing: float, *, rough: float = 0.0) -> list[Point]:
        """Return the upper edge of a hill: waves around `base` with a jagged part of size `rough`."""
        waves = [(self.rng.uniform(0.6, 1.3) * k, self.rng.uniform(0, 2 * math.pi), 1 / k) for k in (1, 2.3, 4.1)]
        step = self.w / 96
        edge = []
        for place in range(98):
            turn = 2 * math.pi * place / 96
            wave = sum(size * math.sin(speed * turn + start) for speed, start, size in waves) / 1.7
            jag = self.rng.uniform(-1, 1) * rough
            edge.append((place * step, base - swing * (wave + jag)))
        return edge

    def land(self, edge: Sequence[Point], colour: Colour) -> None:
        """Fill the area below an edge."""
        self.poly([(-9, self.h + 9), *edge, (self.w + 9, self.h + 9)], colour)

    def stroke(self, points: Sequence[Point], colour: Colour, width: float) -> None:
        """Draw a curve through the points with a round brush."""
        ends = [points[0], *points, points[-1]]
        path = [_between(ends[k : k + 4], t / 12) for k in range(len(points) - 1) for t in range(13)]
        self.pen.line(path, fill=colour, width=max(1, round(width)), joint="curve")
        for end in (path[0], path[-1]):
            self.oval(end, (width / 2, width / 2), colour)
