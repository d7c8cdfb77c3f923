"""Weather over a scene or a picture: rain, lightning and fog."""

from sandbox.imageapi.art.canvas import Canvas
from sandbox.imageapi.art.palette import hexed, mix

WHITE = hexed("#ffffff")


def rainfall(canvas: Canvas) -> None:
    """Draw slanted rain over the whole picture."""
    rng, unit = canvas.rng, canvas.unit
    for _ in range(260):
        x, y, long = rng.uniform(-0.1, 1.0) * canvas.w, rng.uniform(-0.05, 1) * canvas.h, unit * rng.uniform(0.02, 0.06)
        canvas.pen.line(
            [(x, y), (x + long * 0.3, y + long)],
            fill=(214, 228, 240, rng.randint(90, 190)),
            width=max(1, round(unit * 0.0017)),
        )


def clouds_of_storm(canvas: Canvas) -> None:
    """Draw heavy clouds along the upper edge."""
    rng, unit = canvas.rng, canvas.unit
    for row, colour in enumerate(("#39424e", "#4a5460", "#2c343f")):
        for _ in range(9):
            place = (rng.uniform(-0.05, 1.05) * canvas.w, canvas.h * rng.uniform(0.0, 0.15) - row * canvas.h * 0.03)
            canvas.oval(place, (unit * rng.uniform(0.1, 0.2), unit * rng.uniform(0.05, 0.09)), hexed(colour))


def bolt(canvas: Canvas) -> None:
    """Draw one flash of lightning."""
    rng, unit = canvas.rng, canvas.unit
    x, y = canvas.w * rng.choice((0.2, 0.34, 0.66, 0.82)), canvas.h * 0.1
    path = [(x, y)]
    while y < canvas.h * 0.56:
        x, y = x + rng.uniform(-0.05, 0.05) * unit, y + unit * rng.uniform(0.05, 0.1)
        path.append((x, y))
    canvas.glow(path[len(path) // 2], unit * 0.4, hexed("#dfe8ff"), 0.5)
    for width, colour in ((0.014, mix(hexed("#9fb4f0"), WHITE, 0.3)), (0.006, WHITE)):
        canvas.pen.line(path, fill=colour, width=round(unit * width), joint="curve")


def fog(canvas: Canvas) -> None:
    """Draw fog that is thickest at the lower edge."""
    canvas.veil(hexed("#e6ebee"), canvas.h * 0.15, canvas.h, 0.72)
    canvas.veil(hexed("#e6ebee"), canvas.h * 0.4, canvas.h * 0.72, 0.4)
