"""The upper half of a scene: the sky, its lights, clouds, birds and snow."""

import math

from sandbox.imageapi.art.canvas import Canvas, Point
from sandbox.imageapi.art.palette import Colour, Mood, hexed, mix

WHITE = hexed("#ffffff")


def paint_sky(canvas: Canvas, mood: Mood, words: set[str]) -> Point:
    """Draw the sky and return the position of the sun or the moon."""
    canvas.gradient([mood.sky[0], mood.sky[0], mood.sky[1], mood.sky[2], mood.sky[2]], 0, canvas.h)
    if mood.night or words & {"star", "stars", "starry"}:
        _stars(canvas)
    if words & {"storm", "stormy", "rain", "rainy", "thunderstorm"} and not mood.night:
        return canvas.w * 0.5, canvas.h * 0.3
    light = _light(canvas, mood, moon=mood.night or bool(words & {"moon", "moonlight", "moonlit"}))
    if not mood.night:
        _clouds(canvas, mood)
        _birds(canvas, mood, light)
    return light


def night_lights(canvas: Canvas, mood: Mood) -> None:
    """Draw stars and a moon over the present picture."""
    _stars(canvas)
    _light(canvas, mood, moon=True)


def _light(canvas: Canvas, mood: Mood, *, moon: bool) -> Point:
    rng, unit = canvas.rng, canvas.unit
    x = canvas.w * (rng.uniform(0.2, 0.36) if rng.random() < 0.5 else rng.uniform(0.64, 0.8))
    y = canvas.h * (rng.uniform(0.16, 0.24) if moon else rng.uniform(0.27, 0.4))
    radius = unit * rng.uniform(0.06, 0.085)
    canvas.glow((x, y), radius * 9, mood.light, 0.5)
    canvas.glow((x, y), radius * 3.2, mood.light, 0.75)
    canvas.oval((x, y), (radius, radius), mood.light)
    if moon:
        for dx, dy, size in ((-0.35, -0.2, 0.2), (0.25, 0.3, 0.26), (0.3, -0.4, 0.12), (-0.2, 0.45, 0.1)):
            crater = (radius * size, radius * size)
            canvas.oval((x + dx * radius, y + dy * radius), crater, mix(mood.light, mood.sky[1], 0.22))
    return x, y


def _stars(canvas: Canvas) -> None:
    rng, unit = canvas.rng, canvas.unit
    for _ in range(170):
        place = (rng.uniform(0, canvas.w), rng.uniform(0, 0.62) * canvas.h)
        size = unit * rng.choice((0.0008, 0.001, 0.0014, 0.002))
        canvas.oval(place, (size, size), WHITE, rng.randint(110, 255))
    for _ in range(7):
        x, y = rng.uniform(0, canvas.w), rng.uniform(0.03, 0.4) * canvas.h
        long = unit * rng.uniform(0.006, 0.013)
        points = [
            (x + math.cos(k * math.pi / 4) * long * (1 if k % 2 == 0 else 0.22),
             y + math.sin(k * math.pi / 4) * long * (1 if k % 2 == 0 else 0.22))
            for k in range(8)
        ]  # fmt: skip
        canvas.poly(points, hexed("#fff8dc"))


def _clouds(canvas: Canvas, mood: Mood) -> None:
    """Draw clouds with flat bottoms, spread over the width so that they don't overlap."""
    rng, unit = canvas.rng, canvas.unit
    count = max(2, round(canvas.w / unit * 3))
    for k in range(count):
        x, y = (k + rng.uniform(0.1, 0.9)) * canvas.w / count, rng.uniform(0.1, 0.4) * canvas.h
        size = unit * rng.uniform(0.02, 0.036)
        behind = mix(mood.sky[0], mood.sky[1], min(1.0, y / canvas.h * 2.2))
        _cloud(canvas, (x, y), size, mix(behind, mix(WHITE, mood.light, 0.25), 0.66))


def _cloud(canvas: Canvas, foot: Point, size: float, colour: Colour) -> None:
    rng, (x, y) = canvas.rng, foot
    puffs = rng.randint(3, 5)
    half = size * (puffs * 0.62 + 0.9)
    canvas.pen.rounded_rectangle((x - half, y - size * 0.9, x + half, y), radius=size * 0.45, fill=colour)
    for k in range(puffs):
        middle = (k - (puffs - 1) / 2) * size * 1.15
        radius = size * rng.uniform(0.75, 1.15) * (1.15 - abs(middle) / half * 0.55)
        canvas.oval((x + middle, y - max(radius, size * 0.8)), (radius, radius), colour)


def _birds(canvas: Canvas, mood: Mood, light: Point) -> None:
    rng, unit = canvas.rng, canvas.unit
    aside = rng.uniform(0.1, 0.36)
    x, y = canvas.w * (aside if light[0] > canvas.w / 2 else 1 - aside), rng.uniform(0.14, 0.3) * canvas.h
    colour = mix(mood.sky[0], hexed("#22243a"), 0.6)
    for _ in range(rng.randint(3, 5)):
        bx, by = x + rng.uniform(-0.11, 0.11) * unit, y + rng.uniform(-0.05, 0.05) * unit
        wing = unit * rng.uniform(0.009, 0.016)
        left = [(bx - wing, by - wing * 0.35), (bx - wing * 0.5, by - wing * 0.6), (bx, by)]
        canvas.stroke(left, colour, wing * 0.17)
        canvas.stroke([(2 * bx - px, py) for px, py in left], colour, wing * 0.17)


def snowfall(canvas: Canvas) -> None:
    """Draw snowflakes over the whole picture, a few of them near and large."""
    rng, unit = canvas.rng, canvas.unit
    for _ in range(230):
        place = (rng.uniform(0, canvas.w), rng.uniform(0, canvas.h))
        size = unit * rng.choice((0.0016, 0.002, 0.0026, 0.0034, 0.005))
        canvas.oval(place, (size, size), WHITE, rng.randint(120, 235))
