"""A landscape from the words of a prompt. The same words and seed give the same picture."""

from PIL import Image

from sandbox.imageapi.art import land, sky
from sandbox.imageapi.art.canvas import Canvas, Point, dice
from sandbox.imageapi.art.motifs import MOTIFS, colours_of, stamp
from sandbox.imageapi.art.palette import NAMES, Colour, Mood, choose_mood, colour_before, mix, named, words_of

SEA = frozenset(
    (
        "sea",
        "ocean",
        "beach",
        "lake",
        "boat",
        "boats",
        "ship",
        "sailboat",
        "yacht",
        "water",
        "waves",
        "island",
        "coast",
        "shore",
    )
)
HIGH = frozenset(("mountain", "mountains", "alps", "peak", "peaks", "summit", "himalaya", "volcano"))

HEIGHTS = {"fox": 0.4, "cat": 0.38, "house": 0.25, "tree": 0.52, "balloon": 0.3, "boat": 0.25, "flower": 0.2}
"""The height of each motif as a share of the picture's shorter side."""


def scene(prompt: str, size: tuple[int, int], seed: str) -> Image.Image:
    """Paint a landscape for a prompt. `size` is in pixels."""
    canvas = Canvas(size, dice(f"{seed}|{prompt}"))
    words = words_of(prompt)
    said = frozenset(words)
    things = {name: _colour(words, name) for name, motif in MOTIFS.items() if said & motif.words}
    mood = choose_mood(words, _free_colour(words, things), canvas.rng)
    light = sky.paint_sky(canvas, mood, set(words))
    high, wet = bool(said & HIGH), bool(said & SEA)
    if high or canvas.rng.random() < 0.6:
        land.mountains(canvas, mood, high=high)
    if wet:
        land.sea(canvas, mood, light)
    else:
        land.hills(canvas, mood)
    _behind(canvas, mood, things, light, wet=wet)
    ground = land.foreground(canvas, mood, shore=wet)
    _before(canvas, mood, things, (light[0], ground), wet=wet)
    if mood.snowy:
        sky.snowfall(canvas)
    return canvas.finished()


def _colour(words: list[str], name: str) -> Colour:
    return colour_before(words, MOTIFS[name].words) or MOTIFS[name].colour


def _free_colour(words: list[str], things: dict[str, Colour]) -> Colour | None:
    """Return a color that the prompt names for none of the motifs, or None."""
    for word in words:
        if word in NAMES and named(word) not in things.values():
            return named(word)
    return None


def _behind(canvas: Canvas, mood: Mood, things: dict[str, Colour], light: Point, *, wet: bool) -> None:
    """Draw the motifs of the middle distance, away from the light. Houses don't stand in water."""
    away = 0.7 if light[0] < canvas.w / 2 else 0.3
    places = {"balloon": (away, 0.47), "boat": (away, 0.72), "house": (1 - away, 0.77)}
    for name, (x, y) in places.items():
        if name in things and not (wet and name == "house"):
            _stand(canvas, mood, name, things[name], (x * canvas.w, y * canvas.h))


def _before(canvas: Canvas, mood: Mood, things: dict[str, Colour], anchor: Point, *, wet: bool) -> None:
    """Draw the motifs of the foreground side by side, away from the light."""
    left = anchor[0] > canvas.w / 2
    y = anchor[1] + canvas.h * 0.02
    if wet and "house" in things:
        _stand(canvas, mood, "house", things["house"], (canvas.w * (0.74 if left else 0.26), y))
    if "tree" in things:
        _stand(canvas, mood, "tree", things["tree"], (canvas.w * (0.16 if left else 0.84), y))
    if "flower" in things:
        for k in range(9):
            place = ((k + canvas.rng.uniform(0.2, 0.8)) * canvas.w / 9, y + canvas.unit * 0.03)
            _stand(canvas, mood, "flower", things["flower"], place)
    animals = [name for name in ("fox", "cat") if name in things]
    for k, name in enumerate(animals):
        spot = (0.4 if left else 0.6) if len(animals) == 1 else (0.3, 0.68)[k]
        _stand(canvas, mood, name, things[name], (canvas.w * spot, y + canvas.h * 0.01))


def _stand(canvas: Canvas, mood: Mood, name: str, colour: Colour, place: Point) -> None:
    tall = canvas.unit * HEIGHTS[name] * canvas.rng.uniform(0.92, 1.08)
    if name == "flower":
        tall *= canvas.rng.uniform(0.6, 1.1)
    if name not in {"balloon", "flower", "boat"}:
        shadow = mix(mood.near, (20, 20, 50), 0.7)
        canvas.oval(place, (tall * 0.42, tall * 0.035), shadow, 90)
    stamp(canvas, MOTIFS[name], place, tall, colours_of(colour, snowy=mood.snowy))
