"""Edits of pictures by prompt: fit to the size, recolor, and add the motifs that the prompt names."""

from collections.abc import Sequence

from PIL import Image, ImageChops, ImageFilter, ImageOps

from sandbox.imageapi.art import land, sky
from sandbox.imageapi.art.canvas import Canvas, dice
from sandbox.imageapi.art.motifs import MOTIFS, colours_of, stamp
from sandbox.imageapi.art.palette import Colour, Mood, choose_mood, colour_before, hexed, mix, named, words_of
from sandbox.imageapi.art.scene import scene

GREY = frozenset(("monochrome", "grayscale", "greyscale", "noir", "bw"))
SKETCH = frozenset(("sketch", "pencil", "drawing", "drawn", "charcoal"))
PAINTED = frozenset(("watercolor", "watercolour", "painting", "painted", "oil", "cartoon", "comic", "anime", "poster"))
OLD = frozenset(("vintage", "retro", "old", "sepia", "antique"))

GAP = 12
STAMPED = {"fox": 0.34, "cat": 0.32, "house": 0.24, "tree": 0.44, "balloon": 0.3, "boat": 0.22, "flower": 0.22}


def edit(pictures: Sequence[Image.Image], prompt: str, size: tuple[int, int], seed: str) -> Image.Image:
    """Edit one picture, or several side by side."""
    rng = dice(f"{seed}|edit|{prompt}")
    words = words_of(prompt)
    free = next((named(word) for word in words if named(word)), None)
    mood = choose_mood(words, free, rng)
    image = _grade(_side_by_side(pictures, size), set(words), _wash(mood, free, size))
    canvas = Canvas(size, rng)
    canvas.image.paste(image.resize((canvas.w, canvas.h), Image.Resampling.NEAREST))
    _put_in(canvas, mood, words)
    return canvas.finished()


def edit_within(picture: Image.Image, mask: Image.Image, prompt: str, seed: str) -> Image.Image:
    """Change the picture only under the black part of the mask. All other pixels stay the same."""
    hole = mask.convert("L").point(lambda value: 255 if value < 128 else 0)
    box = hole.getbbox()
    if box is None:
        return picture
    wide, tall = box[2] - box[0], box[3] - box[1]
    size = (1024, 768) if wide >= tall else (768, 1024)
    filling = ImageOps.fit(scene(prompt, size, seed), (wide, tall))
    changed = picture.copy()
    changed.paste(filling.convert(picture.mode), box, hole.crop(box))
    return changed


def _side_by_side(pictures: Sequence[Image.Image], size: tuple[int, int]) -> Image.Image:
    board = Image.new("RGB", size, hexed("#fbf8f1"))
    count = len(pictures)
    wide = (size[0] - GAP * (count - 1)) // count
    for place, picture in enumerate(pictures):
        left = place * (wide + GAP)
        right = size[0] if place == count - 1 else left + wide
        board.paste(ImageOps.fit(_flat(picture), (right - left, size[1])), (left, 0))
    return board


def _flat(picture: Image.Image) -> Image.Image:
    """Replace transparency by the color of paper."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    clear = picture.convert("RGBA")
    paper = Image.new("RGBA", clear.size, (*hexed("#fbf8f1"), 255))
    return Image.alpha_composite(paper, clear).convert("RGB")


def _wash(mood: Mood, free: Colour | None, size: tuple[int, int]) -> Image.Image:
    """Return a gradient in the colors of the mood, or in the color that the prompt names."""
    low = mix(mood.near, mood.sky[1], 0.3)
    stops = [mood.sky[0], mood.sky[1], mood.sky[2], low]
    if free is not None:
        stops = [mix(stop, free, 0.75) for stop in stops]
    veil = Canvas((1, size[1] // 2), dice(""))
    veil.gradient(stops, 0, veil.h)
    return veil.image.resize(size, Image.Resampling.NEAREST)


def _grade(image: Image.Image, words: set[str], wash: Image.Image) -> Image.Image:
    """Return the picture in the colors and the style that the prompt names."""
    if words & SKETCH:
        return _sketch(image.convert("L"))
    if words & GREY or {"black", "white"} <= words:
        return ImageOps.autocontrast(image.convert("L"), cutoff=1).convert("RGB")
    if words & OLD:
        light = ImageOps.autocontrast(image.convert("L"), cutoff=1)
        return ImageOps.colorize(light, hexed("#2a1a10"), hexed("#fbeed0"), mid=hexed("#a5794f"))
    if words & PAINTED:
        small = image.reduce(4).filter(ImageFilter.ModeFilter(5))
        image = ImageOps.posterize(small.resize(image.size, Image.Resampling.BICUBIC), 4)
    return Image.blend(image, ImageChops.overlay(wash, image), 0.68)


def _sketch(light: Image.Image) -> Image.Image:
    """Return lines where the picture is darker than its surroundings, over a trace of its shades."""
    edges = ImageChops.subtract(light.filter(ImageFilter.BoxBlur(5)), light, scale=0.3)
    paper = Image.blend(light, Image.new("L", light.size, 255), 0.6)
    return ImageOps.colorize(ImageChops.subtract(paper, edges), hexed("#2b2a33"), hexed("#fdfaf2"))


def _put_in(canvas: Canvas, mood: Mood, words: list[str]) -> None:
    """Add the lights of the mood, the weather and the motifs that the prompt names."""
    said = set(words)
    if mood.night:
        sky.night_lights(canvas, mood)
    else:
        corner = (canvas.w * canvas.rng.choice((0.06, 0.94)), canvas.h * 0.04)
        canvas.glow(corner, canvas.unit * 0.75, mood.light, 0.75)
    ground = canvas.h * 0.8
    if mood.snowy:
        ground = land.foreground(canvas, mood, shore=False)
    things = [name for name, motif in MOTIFS.items() if said & motif.words]
    for place, name in enumerate(things):
        motif = MOTIFS[name]
        colour = colour_before(words, motif.words) or motif.colour
        x = canvas.w * (0.8 - 0.6 * place / max(1, len(things) - 1)) if len(things) > 1 else canvas.w * 0.76
        y = canvas.h * 0.42 if name == "balloon" else ground + canvas.h * 0.03
        stamp(canvas, motif, (x, y), canvas.unit * STAMPED[name], colours_of(colour, snowy=mood.snowy))
    if mood.snowy:
        sky.snowfall(canvas)
