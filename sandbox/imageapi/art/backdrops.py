"""Places other than a landscape: under water, in space, a room, a table, a wall, and a studio."""

from collections.abc import Callable

from sandbox.imageapi.art.canvas import Canvas
from sandbox.imageapi.art.palette import Colour, Mood, hexed, mix

WALLS = ("#d9c7a8 #8a6a4a", "#a9c0b4 #6a5240", "#c9b3c4 #5a4a58", "#9fb4cc #7a5c44")
STUDIOS = ("#f0d9b5 #d9a05f", "#bcd9e4 #5f93b0", "#e4c4d2 #a8648a", "#cfe0bf #7a9a62")
DEPTHS = ("#4fc0d0 #1b6f9a #0a2f5c", "#6fd0b8 #1f7f86 #0c3a52", "#7fb0e8 #2f5fae #141f5a", "#9fd8c8 #3f8f9a #1f3f66")
FURTHER = ("#d8402f", "#3f77c4", "#4c9a58", "#7d53b3", "#f3c53c", "#2f9a9a")
WHITE = hexed("#ffffff")


def _colours(canvas: Canvas, options: tuple[str, ...], look: int, free: Colour | None) -> list[Colour]:
    """Return the colors of a look. After the first four looks, they are mixed with another color."""
    colours = [hexed(part) for part in options[look % 4].split()]
    if look >= 4:
        other = hexed(canvas.rng.choice(FURTHER))
        colours = [mix(colour, other, canvas.rng.uniform(0.3, 0.45)) for colour in colours]
    return colours if free is None else [mix(colour, free, 0.62) for colour in colours]


def depths(canvas: Canvas, mood: Mood, free: Colour | None, look: int) -> float:
    """Draw the sea below its surface, with rays of light, and return the height of the ground."""
    rng, unit = canvas.rng, canvas.unit
    stops = _colours(canvas, DEPTHS, look, free)
    stops = [mix(stop, hexed("#050b24"), 0.6) for stop in stops] if mood.night else stops
    canvas.gradient(stops, 0, canvas.h)
    for _ in range(6):
        x, wide = rng.uniform(-0.1, 1.0) * canvas.w, unit * rng.uniform(0.04, 0.12)
        lean = unit * 0.3
        canvas.poly([(x, 0), (x + wide, 0), (x + wide * 2 + lean, canvas.h), (x - wide + lean, canvas.h)], WHITE, 16)
    sand = mix(hexed("#d9c48f"), stops[1], 0.45)
    canvas.land(canvas.ridge(canvas.h * 0.87, canvas.h * 0.02), sand)
    for _ in range(15):
        x, tall = rng.uniform(0, canvas.w), unit * rng.uniform(0.07, 0.24)
        colour = rng.choice((hexed("#2f7a5a"), hexed("#3f9a62"), hexed("#c2557a"), hexed("#d9825f")))
        sway = [(x + rng.uniform(-0.03, 0.03) * unit, canvas.h * 0.95 - tall * share) for share in (0, 0.4, 0.7, 1)]
        canvas.stroke(sway, mix(colour, stops[1], 0.25), unit * 0.014)
    for _ in range(26):
        size = unit * rng.uniform(0.004, 0.016)
        place = (rng.uniform(0, canvas.w), rng.uniform(0.05, 0.85) * canvas.h)
        canvas.ring(place, (size, size), mix(stops[0], WHITE, 0.5), unit * 0.002)
    return canvas.h * 0.9


def space(canvas: Canvas, mood: Mood, free: Colour | None, look: int) -> float:
    """Draw stars, clouds of gas and a planet, and return the height in which things float."""
    del mood
    rng, unit = canvas.rng, canvas.unit
    tints = [hexed(part) for part in ("#5a3fae", "#1f7f9a", "#b0407a", "#c2703f")]
    gas = free or tints[look % 4]
    canvas.gradient([hexed("#05061a"), mix(hexed("#0b0d2c"), gas, 0.25), hexed("#05061a")], 0, canvas.h)
    for share in (0.5, 0.4, 0.3):
        place = (canvas.w * rng.uniform(0.2, 0.8), canvas.h * rng.uniform(0.2, 0.8))
        canvas.glow(place, unit * rng.uniform(0.4, 0.7), mix(gas, tints[(look + 1) % 4], rng.random() * 0.6), share)
    for _ in range(190):
        size = unit * rng.choice((0.0008, 0.001, 0.0016, 0.0024))
        canvas.oval((rng.uniform(0, canvas.w), rng.uniform(0, canvas.h)), (size, size), WHITE, rng.randint(110, 255))
    x, y = canvas.w * rng.choice((0.14, 0.86)), canvas.h * rng.choice((0.16, 0.84))
    size = unit * rng.uniform(0.09, 0.16)
    colour = mix(tints[(look + 2) % 4], WHITE, 0.3)
    canvas.oval((x, y), (size, size), colour)
    canvas.glow((x - size * 0.4, y - size * 0.4), size * 0.8, WHITE, 0.5)
    return canvas.h * 0.76


def room(canvas: Canvas, mood: Mood, free: Colour | None, look: int) -> float:
    """Draw a room with a window, a floor and a rug, and return the height on which furniture stands."""
    unit, floor = canvas.unit, canvas.h * 0.76
    wall, boards = _colours(canvas, WALLS, look, free)
    wall = mix(wall, hexed("#232038"), 0.5) if mood.night else wall
    canvas.gradient([mix(wall, WHITE, 0.16), wall], 0, floor)
    canvas.gradient([boards, mix(boards, (20, 12, 12), 0.3)], floor, canvas.h)
    canvas.poly(
        [(0, floor - unit * 0.022), (canvas.w, floor - unit * 0.022), (canvas.w, floor), (0, floor)],
        mix(wall, WHITE, 0.6),
    )
    x = canvas.w * (0.5, 0.24, 0.76, 0.6)[look % 4]
    _window(canvas, mood, (x, canvas.h * 0.33), unit * 0.19)
    canvas.oval((canvas.w / 2, canvas.h * 0.87), (canvas.w * 0.36, canvas.h * 0.075), mix(wall, hexed("#a8483c"), 0.6))
    canvas.oval((canvas.w / 2, canvas.h * 0.87), (canvas.w * 0.31, canvas.h * 0.058), mix(wall, hexed("#f3dca0"), 0.5))
    return canvas.h * 0.845


def _window(canvas: Canvas, mood: Mood, middle: tuple[float, float], half: float) -> None:
    (x, y), tall = middle, half * 1.2
    inner = half * 0.92
    low = y + inner * 1.2
    for reach, colour in ((half, hexed("#f6f1e4")), (inner, mood.sky[1])):
        top, foot = y - reach * 1.2, y + reach * 1.2
        canvas.poly([(x - reach, top), (x + reach, top), (x + reach, foot), (x - reach, foot)], colour)
    hill = [(x - inner, y + inner * 0.3), (x, y + inner * 0.1), (x + inner, y + inner * 0.5)]
    canvas.poly([*hill, (x + inner, low), (x - inner, low)], mood.far)
    canvas.oval((x + half * 0.4, y - half * 0.6), (half * 0.16, half * 0.16), mood.light)
    canvas.stroke([(x, y - tall), (x, y + tall)], hexed("#f6f1e4"), half * 0.08)
    canvas.stroke([(x - half, y), (x + half, y)], hexed("#f6f1e4"), half * 0.08)


def table(canvas: Canvas, mood: Mood, free: Colour | None, look: int) -> float:
    """Draw a table in front of a wall in soft light, and return the height on which things stand."""
    unit, edge = canvas.unit, canvas.h * 0.66
    wall, boards = _colours(canvas, STUDIOS, look, free)
    wall = mix(wall, hexed("#1d1b33"), 0.7) if mood.night else wall
    canvas.gradient([mix(wall, boards, 0.3), wall], 0, edge)
    canvas.glow(
        (canvas.w * (0.25, 0.75, 0.5, 0.1)[look % 4], canvas.h * 0.2), unit * 0.7, WHITE, 0.12 if mood.night else 0.6
    )
    wood = mix(hexed("#8a5a3a"), boards, 0.35)
    canvas.gradient([mix(wood, WHITE, 0.2), wood, mix(wood, (30, 16, 12), 0.35)], edge, canvas.h)
    for number in range(1, 5):
        y = edge + (canvas.h - edge) * (number / 5) ** 1.4
        canvas.stroke([(0, y), (canvas.w, y)], mix(wood, (30, 16, 12), 0.25), unit * 0.004)
    return canvas.h * 0.84


def wall(canvas: Canvas, mood: Mood, free: Colour | None, look: int) -> float:
    """Draw a brick wall and a pavement, and return the height on which a door stands."""
    rng, unit, floor = canvas.rng, canvas.unit, canvas.h * 0.86
    brick = _colours(canvas, ("#b98a6a #8f8a86", "#9aa0a8 #77726c", "#d2c4a8 #9a8f80", "#8fa59a #7a766e"), look, free)
    brick = [mix(colour, hexed("#0b0d2c"), 0.55) for colour in brick] if mood.night else brick
    canvas.gradient([mix(brick[0], WHITE, 0.25)] * 2, 0, floor)
    tall, wide = unit * 0.052, unit * 0.13
    for row in range(int(floor / tall) + 1):
        for column in range(int(canvas.w / wide) + 2):
            x, y = (column - 0.5 * (row % 2)) * wide - wide / 2, floor - (row + 1) * tall
            colour = mix(brick[0], (40, 24, 24), rng.uniform(0, 0.22))
            canvas.poly(
                [(x + 3, y + 3), (x + wide - 3, y + 3), (x + wide - 3, y + tall - 3), (x + 3, y + tall - 3)], colour
            )
    canvas.gradient([brick[1], mix(brick[1], (20, 20, 24), 0.3)], floor, canvas.h)
    return floor


def studio(canvas: Canvas, mood: Mood, free: Colour | None, look: int) -> float:
    """Draw a plain backdrop with soft light, and return the height on which things stand."""
    light, deep = _colours(canvas, STUDIOS, look, free)
    if mood.night:
        light, deep = mix(light, hexed("#1d1b33"), 0.7), mix(deep, hexed("#0b0d2c"), 0.75)
    canvas.gradient([deep, light, mix(light, deep, 0.4)], 0, canvas.h)
    canvas.glow(
        (canvas.w * (0.5, 0.3, 0.7, 0.5)[look % 4], canvas.h * 0.42),
        canvas.unit * 0.75,
        WHITE,
        0.2 if mood.night else 0.55,
    )
    return canvas.h * 0.82


BACKDROPS: dict[str, Callable[[Canvas, Mood, Colour | None, int], float]] = {
    "deep": depths,
    "space": space,
    "room": room,
    "table": table,
    "wall": wall,
    "studio": studio,
}
"""Name of a place → its painter, which returns the height of the ground in pixels."""
