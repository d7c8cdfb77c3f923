"""How motifs are drawn from their shapes, and the colors of their parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sandbox.imageapi.art.canvas import Canvas, Point
from sandbox.imageapi.art.palette import Colour, hexed, mix

Shape = tuple[str, str, list[Point]]

ROUND = frozenset({"oval", "ring", "hoop", "glow"})
PENS = {"line": 0.09, "rod": 0.035, "hair": 0.011}
"""Form of a curve → its width as a share of the motif's height."""
RINGS = {"ring": 0.03, "hoop": 0.07}

SKINS = ("#f2c9a4", "#e0a878", "#b97a50", "#8a5637")
LOCKS = ("#3a2620", "#8a4f2a", "#1f1c24", "#c9973f")


def read_shapes(text: str) -> list[Shape]:
    """Parse the lines of `shapes`."""
    shapes: list[Shape] = []
    for line in filter(None, text.splitlines()):
        pair = "pair " if line.startswith("pair ") else ""
        form, role, *places = line.removeprefix("pair ").split()
        points = [(float(x) / 100, float(y) / 100) for x, y in (place.split(",") for place in places)]
        if form in ROUND:
            middle, radii = points
            points = [middle, (middle[0] + radii[0], middle[1] + radii[1])]
        shapes.append((pair + form, role, points))
    return shapes


@dataclass(frozen=True)
class Motif:
    """A motif: its shapes, its color if the prompt names none, and where it belongs.

    `home` is a key of `scene.PLACES`. `size` is its height as a share of the picture's shorter side if it is alone.
    `board` is the middle and the size of the area for letters, in shares of its height.
    """

    words: frozenset[str]
    lines: str
    colour: Colour
    home: str
    size: float
    board: tuple[float, float, float, float] | None = field(default=None)

    @cached_property
    def shapes(self) -> list[Shape]:
        """The parsed shapes."""
        return read_shapes(self.lines)

    @cached_property
    def reach(self) -> tuple[float, float]:
        """Half of the width, and the top, in shares of the height. Light doesn't count."""
        places = [point for form, _, points in self.shapes if "glow" not in form for point in _extent(form, points)]
        return max(abs(x) for x, _ in places), max(y for _, y in places)


def _extent(form: str, points: list[Point]) -> list[Point]:
    if form.removeprefix("pair ") not in ROUND:
        return points
    (x, y), (right, top) = points
    return [(2 * x - right, 2 * y - top), (right, top)]


def colours_of(main: Colour, *, snowy: bool = False, look: int = 0) -> dict[str, Colour]:
    """Return the colors by role for a motif whose main color is `main`. `look` chooses those of people."""
    white = hexed("#fdf8f0")
    return {
        "main": main,
        "shade": mix(main, hexed("#2a1a2e"), 0.22),
        "dark": mix(main, hexed("#231a26"), 0.74),
        "light": mix(main, white, 0.88 if sum(main) < 640 else 0.2),
        "tip": white if snowy else mix(main, hexed("#f4f0a8"), 0.3),
        "ink": hexed("#201a22"),
        "spark": white,
        "pink": hexed("#f0a9a0"),
        "nose": hexed("#d9776f"),
        "eye": hexed("#bcd06a"),
        "glass": hexed("#ffd977"),
        "stone": hexed("#8b7f80"),
        "cap": hexed("#fbfaf6"),
        "roof": hexed("#fafcff") if snowy else hexed("#a8483c"),
        "bark": hexed("#6a4632"),
        "stem": hexed("#4f8a52"),
        "skin": hexed(SKINS[look % 4]),
        "locks": hexed(LOCKS[(look // 2 + look) % 4]),
    }


def stamp(canvas: Canvas, motif: Motif, place: Point, height: float, colours: dict[str, Colour]) -> None:
    """Draw a motif that stands at `place`."""
    flip = 1 if motif.board else canvas.rng.choice((-1, 1))
    if "skin" in motif.lines and motif.words & {"turtle"}:
        colours = {**colours, "skin": mix(colours["main"], hexed("#d8d79a"), 0.55)}
    for form, role, points in motif.shapes:
        for side in (1, -1) if form.startswith("pair ") else (1,):
            turn = flip * side * height
            placed = [(place[0] + x * turn, place[1] - y * height) for x, y in points]
            _shape(canvas, form.removeprefix("pair "), _colour(colours, role), placed, height)


def _colour(colours: Mapping[str, Colour], role: str) -> Colour:
    return hexed(role) if role.startswith("#") else colours[role]


def _shape(canvas: Canvas, form: str, colour: Colour, points: Sequence[Point], height: float) -> None:
    if form == "blob":
        canvas.blob(points, colour)
    elif form == "poly":
        canvas.poly(points, colour)
    elif form in PENS:
        canvas.stroke(points, colour, height * PENS[form])
    else:
        (x, y), (right, top) = points
        radii = (abs(right - x), abs(y - top))
        if form == "oval":
            canvas.oval((x, y), radii, colour)
        elif form == "glow":
            canvas.glow((x, y), radii[0], colour, 0.6)
        else:
            canvas.ring((x, y), radii, colour, height * RINGS[form])
