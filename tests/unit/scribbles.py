"""Twenty pictures with drawings as users make them in Telegram's editor, and the area that each drawing means.

Each picture is drawn on in each color. Each of these sixty cases is sent in its own quality and scale. No color equals
the background under most of its strokes, because no user draws with an invisible color. The meant area is defined
without the bot's code: strokes as wide as drawn, filled where they surround or hatch an area, and on every side wider
by GROWTH of the longer side, because that growth is promised, too.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

Color = tuple[int, int, int]
Point = tuple[float, float]

COLORS: dict[str, Color] = {"red": (235, 20, 30), "white": (255, 255, 255), "black": (0, 0, 0)}
GROWTH = 0.01
_INK, _PAPER = (30, 30, 34), (232, 226, 210)


# --- the pictures -------------------------------------------------------------------------------------------------


def _ramp(size: tuple[int, int], top: Color, bottom: Color) -> Image.Image:
    ramp = Image.linear_gradient("L").resize(size)
    return Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), ramp)


def _clouds(size: tuple[int, int], cells: int, random: Random, low: Color, high: Color) -> Image.Image:
    coarse = Image.frombytes("L", (cells, cells), random.randbytes(cells * cells)).resize(
        size, Image.Resampling.BICUBIC
    )
    return Image.composite(Image.new("RGB", size, high), Image.new("RGB", size, low), coarse)


def _grain(image: Image.Image, sigma: float, random: Random) -> Image.Image:
    """Add noise whose levels are equally frequent, so that they spread over 74 of 255."""
    noise = Image.frombytes("RGB", image.size, random.randbytes(image.width * image.height * 3))
    return ImageChops.add(image, noise.point(lambda level: 128 + (level - 128) * sigma / 74), 1, -128)


def _shade(image: Image.Image) -> Image.Image:
    light = Image.radial_gradient("L").resize(image.size).point(lambda level: 255 - level // 3)
    return ImageChops.multiply(image, Image.merge("RGB", [light] * 3))


def _sky(size: tuple[int, int], random: Random) -> Image.Image:
    return _ramp(size, (60, 110, 190), (225, 205, 180))


def _spotlight(size: tuple[int, int], random: Random) -> Image.Image:
    return _grain(_shade(Image.new("RGB", size, (180, 150, 120))), 6, random)


def _fine_noise(size: tuple[int, int], random: Random) -> Image.Image:
    return _grain(Image.new("RGB", size, (120, 130, 110)), 45, random)


def _marble(size: tuple[int, int], random: Random) -> Image.Image:
    return _grain(_clouds(size, 24, random, (60, 70, 60), (205, 200, 190)), 8, random)


def _grass(size: tuple[int, int], random: Random) -> Image.Image:
    blades = _clouds(size, 190, random, (20, 60, 15), (140, 190, 70))
    return ImageChops.blend(blades, _clouds(size, 9, random, (30, 60, 20), (120, 160, 60)), 0.4)


def _fractal(size: tuple[int, int], random: Random) -> Image.Image:
    shape = Image.effect_mandelbrot(size, (-2.2, -1.4, 1.0, 1.4), 60)
    glow = Image.merge("RGB", [shape.point(lambda v, k=k: 40 + v * k // 3) for k in (1, 2, 3)])
    return ImageChops.screen(glow, _ramp(size, (10, 5, 60), (150, 60, 30)))


def _page(size: tuple[int, int], random: Random) -> Image.Image:
    return _written(Image.new("RGB", size, _PAPER), _INK, random)


def _dark_page(size: tuple[int, int], random: Random) -> Image.Image:
    return _written(Image.new("RGB", size, (44, 48, 60)), (220, 220, 225), random)


def _written(image: Image.Image, ink: Color, random: Random) -> Image.Image:
    draw, height = ImageDraw.Draw(image), max(image.size) // 45
    font = ImageFont.load_default(height)
    for row in range(height, image.height - height, height * 3 // 2):
        words = " ".join("".join(random.choices("aeionrstlkmwg", k=random.randint(2, 9))) for _ in range(30))
        draw.text((height, row), words, ink, font)
    return image


def _face(size: tuple[int, int], random: Random) -> Image.Image:
    image = _clouds(size, 6, random, (70, 80, 100), (150, 160, 170))
    _put_face(ImageDraw.Draw(image), size[0] / 2, size[1] * 0.45, min(size) * 0.3, (225, 180, 150))
    return _grain(_shade(image.filter(ImageFilter.GaussianBlur(2))), 5, random)


def _group(size: tuple[int, int], random: Random) -> Image.Image:
    image = _ramp(size, (120, 140, 120), (80, 70, 60))
    for number, skin in enumerate([(235, 195, 170), (150, 100, 70), (200, 150, 110), (90, 60, 45)]):
        place = size[0] * (number + 0.6) / 4.2, size[1] * (0.4 + 0.2 * (number % 2))
        _put_face(ImageDraw.Draw(image), *place, min(size) * 0.12, skin)
    return _grain(image, 7, random)


def _put_face(draw: ImageDraw.ImageDraw, x: float, y: float, r: float, skin: Color) -> None:
    draw.ellipse((x - r * 1.1, y - r * 1.5, x + r * 1.1, y + r), (60, 40, 30))
    draw.ellipse((x - r, y - r * 1.25, x + r, y + r * 1.3), skin)
    draw.ellipse((x - r * 0.3, y + r * 0.5, x + r * 0.3, y + r * 0.75), (190, 60, 70))
    for side in (-0.4, 0.4):
        draw.ellipse((x + r * (side - 0.17), y - r * 0.3, x + r * (side + 0.17), y - r * 0.1), (240, 240, 240))
        draw.ellipse((x + r * (side - 0.08), y - r * 0.29, x + r * (side + 0.08), y - r * 0.11), (20, 20, 20))


def _hills(size: tuple[int, int], random: Random) -> Image.Image:
    image = _ramp(size, (90, 150, 220), (210, 220, 230))
    draw = ImageDraw.Draw(image)
    for number in range(4):
        top = [
            (x, size[1] * (0.45 + 0.13 * number) + size[1] * 0.07 * math.sin(x / size[0] * (5 + number) + number * 2))
            for x in range(0, size[0] + 20, 20)
        ]
        draw.polygon([*top, (size[0], size[1]), (0, size[1])], (90 - 15 * number, 130 - 18 * number, 90 - 20 * number))
    return _grain(image, 9, random)


def _night(size: tuple[int, int], random: Random) -> Image.Image:
    image = _ramp(size, (38, 40, 72), (70, 60, 90))
    draw, unit = ImageDraw.Draw(image), max(size) / 60
    for column in range(int(size[0] / unit / 3)):
        roof = int(size[1] * random.uniform(0.3, 0.8))
        draw.rectangle((column * 3 * unit, roof, (column * 3 + 2.6) * unit, size[1]), (48, 46, 58))
        for row in range(roof, size[1], int(unit * 1.5)):
            if random.random() < 0.5:
                draw.rectangle(
                    (column * 3 * unit + unit, row, column * 3 * unit + unit * 1.6, row + unit * 0.8), (250, 220, 120)
                )
    return _grain(image, 6, random)


def _snow(size: tuple[int, int], random: Random) -> Image.Image:
    image = _clouds(size, 14, random, (190, 200, 215), (228, 230, 234))
    draw = ImageDraw.Draw(image)
    for _ in range(12):
        x, y, r = random.random() * size[0], random.random() * size[1], max(size) * random.uniform(0.02, 0.06)
        draw.polygon([(x, y - 3 * r), (x - r, y), (x + r, y)], (40, 70, 50))
    return _grain(image, 4, random)


def _stripes(size: tuple[int, int], random: Random) -> Image.Image:
    image = Image.new("RGB", size)
    draw, loud = ImageDraw.Draw(image), [(255, 0, 200), (0, 220, 40), (20, 40, 255), (255, 210, 0), (0, 210, 230)]
    step = max(size) // 17
    for number, x in enumerate(range(-size[1], size[0], step)):
        draw.polygon([(x, 0), (x + step, 0), (x + step + size[1], size[1]), (x + size[1], size[1])], loud[number % 5])
    return image


def _rainbow(size: tuple[int, int], random: Random) -> Image.Image:
    hue = Image.linear_gradient("L").rotate(90).resize(size)
    full, bright = Image.new("L", size, 235), Image.linear_gradient("L").resize(size).point(lambda v: 120 + v // 2)
    return Image.merge("HSV", [hue, full, bright]).convert("RGB")


def _checkers(size: tuple[int, int], random: Random) -> Image.Image:
    small = Image.new("L", (size[0] // 40 + 1, size[1] // 40 + 1))
    small.putdata(
        [
            225 if (number % small.width + number // small.width) % 2 else 35
            for number in range(small.width * small.height)
        ]
    )
    board = small.resize((small.width * 40, small.height * 40), Image.Resampling.NEAREST).crop((0, 0, *size))
    return Image.merge("RGB", [board, board, board.point(lambda v: v * 4 // 5 + 20)])


def _roses(size: tuple[int, int], random: Random) -> Image.Image:
    image = _grass(size, random)
    draw = ImageDraw.Draw(image)
    for _ in range(25):
        x, y, r = random.random() * size[0], random.random() * size[1], max(size) * random.uniform(0.015, 0.05)
        draw.ellipse((x - r, y - r, x + r, y + r), (random.randint(190, 240), 20, random.randint(20, 60)))
    return _grain(image.filter(ImageFilter.GaussianBlur(1)), 6, random)


def _zebra(size: tuple[int, int], random: Random) -> Image.Image:
    waves = _clouds(size, 12, random, (0, 0, 0), (255, 255, 255)).convert("L")
    bands = waves.point(lambda v: 235 if v // 16 % 2 else 25).filter(ImageFilter.GaussianBlur(1.5))
    return _grain(Image.merge("RGB", [bands] * 3), 6, random)


def _shirt(size: tuple[int, int], random: Random) -> Image.Image:
    image = _ramp(size, (110, 60, 50), (60, 30, 40))
    draw, (w, h) = ImageDraw.Draw(image), size
    draw.polygon([(w * 0.2, h), (w * 0.28, h * 0.6), (w * 0.72, h * 0.6), (w * 0.8, h)], (238, 238, 240))
    draw.polygon([(w * 0.47, h * 0.62), (w * 0.53, h * 0.62), (w * 0.55, h), (w * 0.45, h)], (5, 5, 8))
    _put_face(draw, w / 2, h * 0.35, min(size) * 0.18, (205, 160, 130))
    return _grain(image, 5, random)


def _product(size: tuple[int, int], random: Random) -> Image.Image:
    image = _shade(Image.new("RGB", size, (238, 238, 236)))
    draw, (w, h) = ImageDraw.Draw(image), size
    draw.rounded_rectangle((w * 0.35, h * 0.25, w * 0.65, h * 0.85), w // 20, (30, 110, 120))
    draw.rectangle((w * 0.35, h * 0.45, w * 0.65, h * 0.65), (240, 200, 60))
    draw.text((w * 0.38, h * 0.5), "TEA", _INK, ImageFont.load_default(w // 9))
    return _grain(image, 2, random)


Painter = Callable[[tuple[int, int], Random], Image.Image]
PICTURES: list[tuple[Painter, tuple[int, int]]] = [
    (_sky, (1280, 853)), (_spotlight, (1024, 1024)), (_fine_noise, (960, 1280)), (_marble, (1200, 800)),
    (_grass, (1200, 900)), (_fractal, (800, 800)), (_page, (905, 1280)), (_dark_page, (1280, 960)),
    (_face, (960, 1440)), (_group, (2048, 1365)), (_hills, (1280, 720)), (_night, (810, 1440)),
    (_snow, (1100, 1100)), (_stripes, (1000, 800)), (_rainbow, (1024, 768)), (_checkers, (900, 1200)),
    (_roses, (900, 1350)), (_zebra, (1080, 810)), (_shirt, (853, 1280)), (_product, (1024, 1024)),
]  # fmt: skip


@cache
def picture(number: int) -> Image.Image:
    """Draw the picture with this number."""
    painter, size = PICTURES[number]
    return painter(size, Random(number))  # noqa: S311 - nothing secret


# --- drawings -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gesture:
    """Lines and the shapes that they mean.

    Points are fractions of the sides, and the width is a fraction of the longer side.
    """

    lines: list[list[Point]]
    shapes: list[list[Point]]
    width: float


def _ring(random: Random, x: float, y: float, r: float, gap: float = 0.0) -> list[Point]:
    phase, wobble = random.random() * 6, random.uniform(0.03, 0.1)
    turns = [phase + 2 * math.pi * (1 - gap) * step / 90 for step in range(91)]
    reach = [
        r * (1 + wobble * math.sin(3 * (turn - phase)) + wobble / 2 * math.sin(5 * (turn - phase))) for turn in turns
    ]
    return [(x + far * math.cos(turn), y + 0.8 * far * math.sin(turn)) for turn, far in zip(turns, reach, strict=True)]


def _circled(random: Random) -> Gesture:
    ring = _ring(random, random.uniform(0.35, 0.65), random.uniform(0.35, 0.65), random.uniform(0.12, 0.3))
    return Gesture([ring], [ring], random.uniform(0.008, 0.02))


def _nearly_circled(random: Random) -> Gesture:
    r = random.uniform(0.15, 0.28)
    ring = _ring(random, 0.5, 0.5, r, gap=0.02 / (2 * math.pi * r))
    return Gesture([ring], [ring], random.uniform(0.012, 0.02))


def _crossed_out(random: Random) -> Gesture:
    x, y, r = random.uniform(0.3, 0.7), random.uniform(0.3, 0.7), random.uniform(0.08, 0.16)
    lines = [[(x - r, y - r), (x + r, y + r)], [(x - r, y + r), (x + r, y - r)]]
    return Gesture(lines, [], random.uniform(0.018, 0.03))


def _hatched(random: Random) -> Gesture:
    left, top, width = random.uniform(0.1, 0.4), random.uniform(0.1, 0.4), random.uniform(0.25, 0.45)
    rows = random.randint(9, 14)
    line = [(left + width * (row % 2) + random.uniform(-0.01, 0.01), top + row * 0.024) for row in range(rows)]
    return Gesture([line], [line[0::2] + line[1::2][::-1]], 0.016)


def _two_things(random: Random) -> Gesture:
    rings = [_ring(random, x, random.uniform(0.3, 0.7), random.uniform(0.08, 0.15)) for x in (0.25, 0.72)]
    return Gesture(rings, rings, random.uniform(0.009, 0.015))


def _at_the_border(random: Random) -> Gesture:
    r, x = random.uniform(0.15, 0.3), random.uniform(0.4, 0.6)
    arc = [(x + r * math.cos(step / 40 * math.pi), 1 - r * 1.3 * math.sin(step / 40 * math.pi)) for step in range(41)]
    return Gesture([arc], [arc], random.uniform(0.01, 0.02))


GESTURES = [_circled, _crossed_out, _nearly_circled, _hatched, _two_things, _at_the_border]


def area(size: tuple[int, int], gesture: Gesture, *, meant: bool) -> Image.Image:
    """Draw the strokes in white on black with soft edges, or, with `meant`, the whole area that they mean."""
    fine = 1 if meant else 2
    image = Image.new("L", (size[0] * fine, size[1] * fine))
    draw, side = ImageDraw.Draw(image), max(image.size)
    width = (gesture.width + (2 * GROWTH if meant else 0)) * side
    for line in gesture.lines:
        _stroke(draw, [(x * image.width, y * image.height) for x, y in line], width)
    for shape in gesture.shapes if meant else []:
        corners = [(x * image.width, y * image.height) for x, y in shape]
        draw.polygon(corners, 255)
        if len(gesture.lines) == 1 and gesture.lines[0] is not shape:
            _stroke(draw, corners, width)
    return image if meant else image.resize(size, Image.Resampling.BOX)


def _stroke(draw: ImageDraw.ImageDraw, points: list[Point], width: float) -> None:
    draw.line(points, 255, round(width))
    for x, y in points:
        draw.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), 255)


# --- how it arrives -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """A picture that a user drew on and sent."""

    number: int
    color: str
    quality: int
    scale: float

    @property
    def name(self) -> str:
        """Return the name of the picture."""
        return PICTURES[self.number][0].__name__.strip("_").replace("_", " ")

    def write(self, base: Path, drawn: Path) -> Image.Image:
        """Write the original and the received picture, and return the meant area: white on black."""
        original, random = picture(self.number), Random(f"{self.number} {self.color}")  # noqa: S311 - nothing is secret
        gesture = GESTURES[(self.number + list(COLORS).index(self.color)) % len(GESTURES)](random)
        if random.random() < 0.5:
            original.save(base, "PNG", compress_level=0)
        else:
            original.save(base, "JPEG", quality=random.randint(60, 95))
            original = Image.open(base).convert("RGB")
        shown = sent(original, random.randint(60, 95), random.choice([self.scale, 1.0]))
        shown.paste(COLORS[self.color], mask=area(shown.size, gesture, meant=False))
        drawn.write_bytes(_jpeg(shown, self.quality, self.scale * original.width / shown.width))
        return area(original.size, gesture, meant=True)


def sent(image: Image.Image, quality: int, scale: float) -> Image.Image:
    """Return the picture as it is after it was sent."""
    return Image.open(BytesIO(_jpeg(image, quality, scale))).convert("RGB")


def _jpeg(image: Image.Image, quality: int, scale: float) -> bytes:
    buffer = BytesIO()
    size = round(image.width * scale), round(image.height * scale)
    image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def cases() -> Iterator[Case]:
    """Yield every picture in every color, over the whole range of qualities and scales."""
    for number in range(len(PICTURES)):
        for step, color in enumerate(COLORS):
            place = number * len(COLORS) + step
            yield Case(number, color, 60 + place * 17 % 36, 0.5 + place * 7 % 11 / 20)


def overlap(mask: Path, meant: Image.Image) -> float:
    """Return intersection over union of the mask's area and the meant area."""
    with Image.open(mask) as image:
        changed = ImageChops.invert(image.convert("L"))
    both, either = ImageChops.darker(changed, meant), ImageChops.lighter(changed, meant)
    return both.histogram()[255] / either.histogram()[255]
