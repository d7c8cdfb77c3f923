"""Styles as filters over a finished picture."""

import random
from collections.abc import Callable

from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from sandbox.imageapi.art.palette import hexed, mix

STYLES: dict[str, str] = {
    "sketch": "sketch pencil drawing drawn charcoal graphite doodle",
    "ink": "ink engraving woodcut linocut etching lineart",
    "bw": "monochrome grayscale greyscale noir bw",
    "old": "vintage retro old sepia antique polaroid",
    "pixel": "pixel pixels pixelated pixelart 8bit bit voxel minecraft lego",
    "watercolor": "watercolor watercolour aquarelle gouache",
    "oil": "oil impressionist impressionism gogh monet acrylic painterly painting painted",
    "anime": "anime manga ghibli",
    "comic": "comic comics cartoon pop warhol",
    "neon": "neon cyberpunk synthwave glowing vaporwave",
    "blueprint": "blueprint schematic",
    "flat": "flat minimal minimalist vector minimalism simple icon logo",
    "clay": "clay 3d claymation plasticine plastic toy",
    "photo": "photo photograph photorealistic realistic cinematic photography film",
    "blur": "blur blurry blurred soft bokeh",
}
"""Name of a style → the words that ask for it. The first match wins."""


def style_of(said: set[str]) -> str | None:
    """Return the name of the style that the words ask for, or None."""
    if {"black", "white"} <= said:
        return "bw"
    words = said - ({"old"} if said & {"man", "woman", "fisherman", "house", "castle"} else set())
    return next((name for name, signs in STYLES.items() if words & set(signs.split())), None)


def apply_style(image: Image.Image, style: str | None, rng: random.Random, look: int) -> Image.Image:
    """Return the picture in a style. Looks differ in paper or colors, where the style has them."""
    return FILTERS[style](image, rng, look) if style else image


def _grain(size: tuple[int, int], rng: random.Random, cell: int) -> Image.Image:
    """Return gray noise in cells of so many pixels: the same for the same random numbers."""
    side = 256
    tile = Image.frombytes("L", (side, side), rng.randbytes(side * side))
    wide, tall = (-(-edge // cell) for edge in size)
    board = Image.new("L", (wide, tall))
    for x in range(0, wide, side):
        for y in range(0, tall, side):
            board.paste(tile, (x, y))
    return board.resize(size, Image.Resampling.BICUBIC if cell > 1 else Image.Resampling.NEAREST)


def _textured(image: Image.Image, grain: Image.Image, strength: float) -> Image.Image:
    """Lighten and darken the picture by the noise."""
    calm = grain.point(lambda v: round(128 + (v - 128) * strength))
    return ImageChops.overlay(image, Image.merge("RGB", (calm, calm, calm)))


def _daubed(image: Image.Image, shrink: int, brush: int) -> Image.Image:
    """Replace details by patches of one color."""
    return image.reduce(shrink).filter(ImageFilter.MedianFilter(brush)).resize(image.size, Image.Resampling.BILINEAR)


def _outline(image: Image.Image, shrink: int, threshold: int) -> Image.Image:
    """Return the edges as a mask."""
    small = image.convert("L").reduce(shrink)
    edges = ImageChops.subtract(small.filter(ImageFilter.MaxFilter(3)), small.filter(ImageFilter.MinFilter(3)))
    return edges.point(lambda v: min(255, max(0, (v - threshold) * 9))).resize(image.size, Image.Resampling.BICUBIC)


def _sketch(image: Image.Image, rng: random.Random, look: int) -> Image.Image:
    """Draw lines where the picture is darker than its surroundings, over a trace of its shades."""
    light = image.convert("L")
    edges = ImageChops.subtract(light.filter(ImageFilter.BoxBlur(5)), light, scale=0.3)
    lines = ImageChops.subtract(_textured(light.convert("RGB"), _grain(image.size, rng, 2), 0.35).convert("L"), edges)
    faint = Image.blend(ImageChops.lighter(lines, Image.new("L", light.size, 60)), Image.new("L", light.size, 255), 0.5)
    paper = ("#fdfaf2", "#f3ead6", "#e6edf2", "#efe4e4")[look % 4]
    ink = ("#2b2a33", "#4a3020", "#22304a", "#3a2030")[look % 4]
    return ImageOps.colorize(ImageChops.subtract(faint, edges), hexed(ink), hexed(paper))


def _ink(image: Image.Image, rng: random.Random, look: int) -> Image.Image:
    light = ImageOps.autocontrast(image.convert("L"), cutoff=2)
    dots = ImageChops.add(light, _grain(image.size, rng, 4), scale=2)
    hard = dots.point(lambda v: 255 if v > 112 else 0)
    return ImageOps.colorize(hard, hexed("#1d1b24"), hexed(("#f7f1e2", "#f2e2c8", "#dfe8ec", "#f4dede")[look % 4]))


def _bw(image: Image.Image, rng: random.Random, look: int) -> Image.Image:
    light = ImageOps.autocontrast(image.convert("L"), cutoff=1)
    bend = (1.0, 0.7, 1.45, 1.2)[look % 4]
    return _textured(
        light.point(lambda v: round(255 * (v / 255) ** bend)).convert("RGB"), _grain(image.size, rng, 1), 0.2
    )


def _old(image: Image.Image, rng: random.Random, look: int) -> Image.Image:
    light = ImageOps.autocontrast(image.convert("L"), cutoff=1)
    mid = ("#a5794f", "#b08a5a", "#8f6a58", "#94835a")[look % 4]
    brown = ImageOps.colorize(light, hexed("#2a1a10"), hexed("#fbeed0"), mid=hexed(mid))
    return vignette(_textured(brown, _grain(image.size, rng, 2), 0.3), 0.6)


def _pixel(image: Image.Image, rng: random.Random, look: int) -> Image.Image:
    del rng
    cells = (64, 80, 96, 52)[look % 4]
    step = max(1, round(min(image.size) / cells))
    small = image.reduce(step)
    few = ImageEnhance.Color(small).enhance(1.3).quantize(24, dither=Image.Dither.NONE).convert("RGB")
    wide, tall = few.width * step, few.height * step
    return few.resize((wide, tall), Image.Resampling.NEAREST).crop((0, 0, *image.size))


def _watercolor(image: Image.Image, rng: random.Random, look: int) -> Image.Image:
    pale = Image.blend(_daubed(image, 4, 5), Image.new("RGB", image.size, hexed("#fffaf0")), 0.24)
    wet = _textured(_textured(pale, _grain(image.size, rng, 90), 0.55), _grain(image.size, rng, 3), 0.22)
    edges = _outline(image, 3, 22).point(lambda v: v // 3)
    wet.paste(hexed(("#4a5a78", "#6a4a58", "#3f6458", "#5a4a6a")[look % 4]), (0, 0), edges)
    return _bordered(wet, rng)


def _bordered(image: Image.Image, rng: random.Random) -> Image.Image:
    """Leave an uneven margin of paper around the picture."""
    short = min(image.size)
    inside = Image.new("L", (image.width // 4, image.height // 4))
    margin = max(1, short // 60)
    inside.paste(255, (margin, margin, inside.width - margin, inside.height - margin))
    rough = Image.blend(inside.filter(ImageFilter.GaussianBlur(margin * 0.8)), _grain(inside.size, rng, 7), 0.3)
    cut = rough.point(lambda v: min(255, max(0, (v - 105) * 9))).resize(image.size, Image.Resampling.BILINEAR)
    return Image.composite(image, Image.new("RGB", image.size, hexed("#fbf8f0")), cut)


def _oil(image: Image.Image, rng: random.Random, look: int) -> Image.Image:
    daubed = ImageEnhance.Color(_daubed(image, (4, 5, 3, 6)[look % 4], 5)).enhance(1.3)
    half = (image.width // 2, image.height // 2)
    strokes = _grain((half[0] // 3, half[1]), rng, 2).resize(half, Image.Resampling.BILINEAR)
    bumps = strokes.filter(ImageFilter.EMBOSS).resize(image.size, Image.Resampling.BILINEAR)
    return _textured(daubed, bumps, 0.55)


def _anime(image: Image.Image, rng: random.Random, look: int) -> Image.Image:
    del rng
    daubed = _daubed(image, 3, 5)
    cells = ImageOps.posterize(daubed, 4)
    bright = ImageEnhance.Brightness(ImageEnhance.Color(cells).enhance(1.6)).enhance(1.08)
    bright.paste(hexed(("#2a2440", "#40202c", "#1f3040", "#3a2a18")[look % 4]), (0, 0), _outline(daubed, 2, 12))
    return bright


def _comic(image: Image.Image, rng: random.Random, look: int) -> Image.Image:
    del rng
    daubed = _daubed(image, 4, 5)
    flat = ImageEnhance.Color(ImageOps.posterize(daubed, 3)).enhance(1.7)
    lifted = Image.blend(
        flat, Image.new("RGB", image.size, hexed(("#fff2c8", "#ffe0dc", "#dff0ff", "#e8ffe0")[look % 4])), 0.25
    )
    step = max(4, min(image.size) // 110)
    dot = Image.radial_gradient("L").resize((step, step)).point(lambda v: 46 if v < 120 else 0)
    row = Image.new("L", (image.width, step))
    for x in range(0, image.width, step):
        row.paste(dot, (x, 0))
    dots = Image.new("L", image.size)
    for y in range(0, image.height, step):
        dots.paste(row, (0, y))
    lifted.paste(hexed("#c8402f"), (0, 0), dots)
    lifted.paste(hexed("#17151f"), (0, 0), _outline(daubed, 3, 14))
    return lifted


def _neon(image: Image.Image, rng: random.Random, look: int) -> Image.Image:
    del rng
    dark = ImageEnhance.Brightness(image).enhance(0.3)
    night = Image.blend(dark, Image.new("RGB", image.size, hexed("#12082e")), 0.35)
    pair = (("#ff3fb4", "#35e0ff"), ("#7dff6a", "#b45cff"), ("#ff8a3d", "#ff3f7a"), ("#5ad0ff", "#ffe95a"))[look % 4]
    fade = Image.linear_gradient("L").resize(image.size)
    colours = ImageOps.colorize(fade, hexed(pair[0]), hexed(pair[1]))
    edges = _outline(image, 3, 20)
    halo = edges.reduce(4).filter(ImageFilter.GaussianBlur(5)).resize(image.size).point(lambda v: min(255, v * 2))
    lit = ImageChops.screen(night, Image.composite(colours, Image.new("RGB", image.size), halo))
    return Image.composite(Image.blend(colours, Image.new("RGB", image.size, "white"), 0.35), lit, edges)


def _blueprint(image: Image.Image, rng: random.Random, look: int) -> Image.Image:
    del rng
    paper = hexed(("#1f4a8c", "#1f5f7a", "#2f3f8c", "#16406a")[look % 4])
    board = Image.blend(ImageOps.colorize(image.convert("L"), paper, mix(paper, (255, 255, 255), 0.35)),
                        Image.new("RGB", image.size, paper), 0.6)  # fmt: skip
    for step in range(0, max(image.size), max(8, min(image.size) // 20)):
        board.paste(mix(paper, (255, 255, 255), 0.22), (step, 0, step + 1, image.height))
        board.paste(mix(paper, (255, 255, 255), 0.22), (0, step, image.width, step + 1))
    board.paste((240, 246, 255), (0, 0), _outline(image, 2, 12))
    return board


def _flat(image: Image.Image, rng: random.Random, look: int) -> Image.Image:
    del rng
    few = (
        image.reduce(2)
        .filter(ImageFilter.MedianFilter(3))
        .quantize((12, 10, 14, 16)[look % 4], dither=Image.Dither.NONE)
    )
    return few.convert("RGB").resize(image.size, Image.Resampling.BICUBIC)


def _clay(image: Image.Image, rng: random.Random, look: int) -> Image.Image:
    round_ = _daubed(image, 4, 9)
    bumps = round_.convert("L").reduce(3).filter(ImageFilter.GaussianBlur(3)).filter(ImageFilter.EMBOSS)
    light = bumps.resize(image.size, Image.Resampling.BICUBIC).point(lambda v: min(255, max(0, 128 + (v - 128) * 5)))
    soft = _textured(ImageEnhance.Color(round_).enhance((1.2, 1.4, 1.05, 1.3)[look % 4]), light, 0.7)
    return _textured(soft, _grain(image.size, rng, 24), 0.12)


def _photo(image: Image.Image, rng: random.Random, look: int) -> Image.Image:
    del rng
    graded = ImageEnhance.Contrast(image).enhance((1.08, 1.16, 1.0, 1.22)[look % 4])
    return vignette(graded, 0.45)


def _blurred(image: Image.Image, rng: random.Random, look: int) -> Image.Image:
    del rng
    return (
        image.reduce(8)
        .filter(ImageFilter.GaussianBlur((1.4, 2, 2.6, 1)[look % 4]))
        .resize(image.size, Image.Resampling.BICUBIC)
    )


def vignette(image: Image.Image, strength: float) -> Image.Image:
    """Darken the corners."""
    fade = Image.radial_gradient("L").point(lambda v: round(max(0, v - 120) * strength)).resize(image.size)
    image.paste((16, 12, 20), (0, 0), fade)
    return image


FILTERS: dict[str, Callable[[Image.Image, random.Random, int], Image.Image]] = {
    "sketch": _sketch, "ink": _ink, "bw": _bw, "old": _old, "pixel": _pixel, "watercolor": _watercolor, "oil": _oil,
    "anime": _anime, "comic": _comic, "neon": _neon, "blueprint": _blueprint, "flat": _flat, "clay": _clay,
    "photo": _photo, "blur": _blurred,
}  # fmt: skip
