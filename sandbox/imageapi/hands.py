"""The hand of each model: the same motif, painted so that people see at a glance which model it was.

A hand works on the finished picture, before it is enlarged to its size. Sizes are shares of the picture's shorter side,
so that a hand looks the same in every size.
"""

from collections.abc import Callable, Mapping

from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from sandbox.imageapi.art.canvas import dice
from sandbox.imageapi.art.palette import hexed
from sandbox.imageapi.art.styles import apply_style, vignette

Hand = Callable[[Image.Image], Image.Image]

OVER_A_PICTURE = 0.55
"""The strength of a hand in an edit, so that the given picture can still be recognized."""


def in_hand(image: Image.Image, name: str, strength: float = 1.0) -> Image.Image:
    """Return a picture of mode RGB or RGBA in the hand of a model. Names without a hand change nothing."""
    if name not in HANDS:
        return image
    flat = image.convert("RGB")
    worked = HANDS[name](flat.copy())
    if strength < 1:
        worked = Image.blend(flat, worked, strength)
    if image.mode == "RGBA":
        worked.putalpha(image.getchannel("A"))
    return worked


def _unit(image: Image.Image, share: float) -> float:
    return max(0.5, min(image.size) * share)


def _lines(image: Image.Image, wide: float, threshold: int) -> Image.Image:
    """Return a mask of dark outlines, about `wide` of the shorter side."""
    small = image.convert("L").reduce(2).filter(ImageFilter.MedianFilter(5))  # the median takes away snow and rain
    light = small
    for _ in range(max(1, round(_unit(small, wide)))):
        light = light.filter(ImageFilter.MaxFilter(3))
    steps = ImageChops.subtract(light, small).point(lambda level: min(255, max(0, level - threshold) * 12))
    return steps.resize(image.size, Image.Resampling.BICUBIC)


def _toned(image: Image.Image, *stops: str) -> Image.Image:
    """Return the shades of a picture in two or three colors, from dark to light."""
    shades = ImageOps.autocontrast(image.convert("L"), cutoff=1)
    if len(stops) == 2:
        return ImageOps.colorize(shades, stops[0], stops[1])
    return ImageOps.colorize(shades, stops[0], stops[2], mid=stops[1])


def _framed(image: Image.Image, colour: str, share: float) -> Image.Image:
    """Return a picture with a frame inside its edges."""
    edge = max(1, round(_unit(image, share)))
    inner = image.crop((edge, edge, image.width - edge, image.height - edge))
    return ImageOps.expand(inner, edge, hexed(colour))


def _book(image: Image.Image) -> Image.Image:
    """Paint as in a picture book: bright, even colors in dark outlines."""
    bright = ImageEnhance.Color(ImageEnhance.Brightness(image).enhance(1.08)).enhance(1.45)
    bright.paste(hexed("#1b1830"), (0, 0), _lines(image, 0.004, 9))
    return bright


def _etching(image: Image.Image) -> Image.Image:
    """Etch dark parts with slanted lines, blue-black on cream over a little color, in a thin frame."""
    period = max(3, round(_unit(image, 0.012)))
    tile = Image.new("L", (period, period), 255)
    for place in range(period):
        for wide in range(max(1, period // 3)):
            tile.putpixel((place, (2 * period - 1 - place - wide) % period), 0)
    shades = ImageOps.autocontrast(image.convert("L"), cutoff=2)
    etched = ImageChops.lighter(_tiled(tile, image.size), shades.point(lambda level: min(255, max(0, level - 60) * 2)))
    plate = Image.blend(_toned(image, "#24304e", "#fbf3df"), image, 0.4)
    inked = Image.composite(plate, Image.new("RGB", image.size, hexed("#15203a")), etched)
    inked.paste(hexed("#15203a"), (0, 0), _lines(image, 0.0015, 12))
    return _framed(inked, "#15203a", 0.014)


def _tiled(tile: Image.Image, size: tuple[int, int]) -> Image.Image:
    board = Image.new("L", size)
    for x in range(0, size[0], tile.width):
        for y in range(0, size[1], tile.height):
            board.paste(tile, (x, y))
    return board


def _sunny(image: Image.Image) -> Image.Image:
    """Take it as a sunny photo: warm light that blooms, from one corner."""
    warm = ImageChops.multiply(image, Image.new("RGB", image.size, hexed("#fff0c4")))
    glow = ImageEnhance.Brightness(warm.filter(ImageFilter.GaussianBlur(_unit(image, 0.03)))).enhance(0.55)
    bloomed = ImageEnhance.Color(ImageChops.screen(warm, glow)).enhance(1.25)
    fall = Image.linear_gradient("L")
    corner = ImageChops.multiply(fall.rotate(180), fall.rotate(270)).point(lambda level: level * 3 // 4)
    bloomed.paste(hexed("#ffd25a"), (0, 0), corner.resize(image.size, Image.Resampling.BICUBIC))
    return bloomed


def _screenprint(image: Image.Image) -> Image.Image:
    """Print with a few loud colors, the red and the blue a little out of place."""
    small = image.reduce(2).filter(ImageFilter.MedianFilter(5))
    few = ImageOps.posterize(ImageEnhance.Color(small).enhance(1.5), 2).resize(image.size, Image.Resampling.NEAREST)
    loud = ImageEnhance.Brightness(ImageEnhance.Color(few).enhance(1.7)).enhance(1.25)
    red, green, blue = loud.split()
    shift = round(_unit(image, 0.006))
    return Image.merge("RGB", (ImageChops.offset(red, shift, shift // 2), green, ImageChops.offset(blue, -shift, 0)))


def _cinema(image: Image.Image) -> Image.Image:
    """Grade it as in a cinema: teal shadows, orange lights, deep contrast and dark corners."""
    graded = Image.blend(image, _toned(image, "#04202c", "#7f7468", "#ffd9a8"), 0.55)
    return vignette(ImageEnhance.Contrast(graded).enhance(1.3).filter(ImageFilter.UnsharpMask(2, 90, 2)), 1.3)


def _watercolor(image: Image.Image) -> Image.Image:
    """Paint a watercolor that leaves a margin of paper."""
    return apply_style(image, "watercolor", dice("seedream"), 0)


def _lens(image: Image.Image) -> Image.Image:
    """Take it through a fast lens: cool, sharp in the middle, and blurred towards the edges, with fine grain."""
    cool = ImageChops.multiply(
        ImageEnhance.Contrast(image).enhance(1.12), Image.new("RGB", image.size, hexed("#dcecff"))
    )
    far = cool.filter(ImageFilter.GaussianBlur(_unit(image, 0.022)))
    focus = Image.radial_gradient("L").point(lambda level: min(255, max(0, level - 70) * 3)).resize(image.size)
    taken = Image.composite(far, cool.filter(ImageFilter.UnsharpMask(2, 120, 2)), focus)
    grain = Image.frombytes("L", (256, 256), dice("flux").randbytes(65_536)).point(
        lambda level: 116 + level * 24 // 255
    )
    noise = _tiled(grain, image.size)
    return ImageChops.overlay(taken, Image.merge("RGB", [noise] * 3))


def _inkwash(image: Image.Image) -> Image.Image:
    """Paint with ink and a little color on rice paper."""
    small = image.reduce(2).filter(ImageFilter.MedianFilter(5)).filter(ImageFilter.GaussianBlur(_unit(image, 0.002)))
    wet = small.resize(image.size, Image.Resampling.BICUBIC)
    washed = Image.blend(_toned(wet, "#1d2326", "#8f9a8c", "#f4ecd6"), ImageEnhance.Color(wet).enhance(1.3), 0.3)
    washed.paste(
        hexed("#14181a"), (0, 0), _lines(image, 0.007, 14).filter(ImageFilter.GaussianBlur(_unit(image, 0.002)))
    )
    paper = Image.radial_gradient("L").point(lambda level: min(255, max(0, level - 130) * 3)).resize(image.size)
    washed.paste(hexed("#efe6cc"), (0, 0), paper)
    return washed


def _pencil(image: Image.Image) -> Image.Image:
    """Sketch it with a pencil."""
    return apply_style(image, "sketch", dice("draft"), 0)


HANDS: Mapping[str, Hand] = {
    "gpt": _book,
    "gpt-fine": _etching,
    "banana": _sunny,
    "banana-lite": _screenprint,
    "banana-pro": _cinema,
    "seedream": _watercolor,
    "flux": _lens,
    "qwen": _inkwash,
    "draft": _pencil,
}
"""Name of a model → its hand. 4o has none: it paints as the sandbox always did."""
