"""The motifs that a prompt can name: their words, their colors and how to draw them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sandbox.imageapi.art import shapes as drawn
from sandbox.imageapi.art.canvas import Canvas, Point
from sandbox.imageapi.art.palette import Colour, hexed, mix

Shape = tuple[str, str, list[Point]]


def read_shapes(text: str) -> list[Shape]:
    """Parse the lines of `shapes.py`."""
    shapes: list[Shape] = []
    for line in filter(None, text.splitlines()):
        pair = "pair " if line.startswith("pair ") else ""
        form, role, *places = line.removeprefix("pair ").split()
        points = [(float(x) / 100, float(y) / 100) for x, y in (place.split(",") for place in places)]
        if form == "oval":
            middle, radii = points
            points = [middle, (middle[0] + radii[0], middle[1] + radii[1])]
        shapes.append((pair + form, role, points))
    return shapes


@dataclass(frozen=True)
class Motif:
    """A motif: the words that name it, its shapes, and its color if the prompt names none."""

    words: frozenset[str]
    shapes: list[Shape]
    colour: Colour


def _motif(words: str, shapes: str, colour: str) -> Motif:
    return Motif(frozenset(words.split()), read_shapes(shapes), hexed(colour))


MOTIFS: Mapping[str, Motif] = {
    "house": _motif("house houses home cottage cabin hut barn village", drawn.HOUSE, "#e6c9a3"),
    "tree": _motif("tree trees oak apple", drawn.TREE, "#5d9a55"),
    "balloon": _motif("balloon balloons zeppelin airship", drawn.BALLOON, "#dd5f49"),
    "boat": _motif("boat boats ship sailboat yacht", drawn.BOAT, "#e07a55"),
    "flower": _motif("flower flowers rose roses tulip tulips daisy blossom garden", drawn.FLOWER, "#ec7fa0"),
    "cat": _motif("cat cats kitten kittens kitty", drawn.CAT, "#e39a4e"),
    "fox": _motif("fox foxes vixen", drawn.FOX, "#e0702c"),
}


def colours_of(main: Colour, *, snowy: bool = False) -> dict[str, Colour]:
    """Return the colors by role for a motif whose main color is `main`."""
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
    }


def stamp(canvas: Canvas, motif: Motif, place: Point, height: float, colours: Mapping[str, Colour]) -> None:
    """Draw a motif that stands at `place`."""
    flip = canvas.rng.choice((-1, 1))
    for form, role, points in motif.shapes:
        for side in (1, -1) if form.startswith("pair ") else (1,):
            turn = flip * side * height
            placed = [(place[0] + x * turn, place[1] - y * height) for x, y in points]
            _shape(canvas, form.removeprefix("pair "), colours[role], placed, height)


def _shape(canvas: Canvas, form: str, colour: Colour, points: Sequence[Point], height: float) -> None:
    if form == "blob":
        canvas.blob(points, colour)
    elif form == "poly":
        canvas.poly(points, colour)
    elif form == "oval":
        (x, y), (right, top) = points
        canvas.oval((x, y), (abs(right - x), abs(y - top)), colour)
    else:
        canvas.stroke(points, colour, height * (0.09 if form == "line" else 0.008))
