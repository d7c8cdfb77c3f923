"""Edits under a mask: a motif in the hole, a plain color, or the words' effect on what was there."""

from PIL import Image, ImageFilter

from sandbox.imageapi.art.abstract import paint_abstract
from sandbox.imageapi.art.canvas import Canvas, dice
from sandbox.imageapi.art.edit import change, finished, flat
from sandbox.imageapi.art.palette import SNOWY, Colour, choose_mood, mix, said_mood
from sandbox.imageapi.art.placing import Stage, fill_with
from sandbox.imageapi.art.scene import with_board
from sandbox.imageapi.art.styles import apply_style
from sandbox.imageapi.art.wish import Wish, read_wish

LONGEST, SHORTEST = 768, 48
"""The size in pixels at which a hole is painted."""
CELLS = 14
REMOVED = frozenset(["remove", "removed", "erase", "delete", "gone", "nothing", "empty", "away", "without", "clean"])

Box = tuple[int, int, int, int]


def edit_within(picture: Image.Image, mask: Image.Image, prompt: str, seed: str, look: int = 0) -> Image.Image:
    """Change the picture only under the black part of the mask. All other pixels stay the same."""
    hole = mask.convert("L").point(lambda value: 255 if value < 128 else 0)
    box = hole.getbbox()
    if box is None:
        return picture
    wide, tall = box[2] - box[0], box[3] - box[1]
    share = min(1.0, LONGEST / max(wide, tall))
    size = (max(SHORTEST, round(wide * share)), max(SHORTEST, round(tall * share)))
    filling = _filling(picture, hole, box, size, prompt, seed, look).resize((wide, tall))
    changed = picture.copy()
    changed.paste(filling.convert(picture.mode), box, hole.crop(box))
    return changed


def _filling(
    picture: Image.Image, hole: Image.Image, box: Box, size: tuple[int, int], prompt: str, seed: str, look: int
) -> Image.Image:
    wish = with_board(read_wish(prompt))
    canvas = Canvas(size, dice(f"{seed}|{look}|hole|{prompt}"))
    if wish.things and not wish.names(REMOVED):
        _put(canvas, wish, _around(picture, hole, box), look)
    elif wish.names(REMOVED):
        canvas.image.paste(_around(picture, hole, box).resize((canvas.w, canvas.h), Image.Resampling.BICUBIC))
    elif wish.free is not None:
        _fill(canvas, wish.free, look)
    elif wish.style or wish.where or said_mood(wish.said) or wish.said & SNOWY:
        return change(flat(picture.crop(box)).resize(size), prompt, seed, look)
    else:
        paint_abstract(canvas, prompt, None, look)
    return finished(apply_style(canvas.finished(), wish.style, canvas.rng, look), look)


def _put(canvas: Canvas, wish: Wish, around: Image.Image, look: int) -> None:
    """Draw the motifs as large as the hole, in front of its surroundings or of the color that the prompt names."""
    if wish.free is not None:
        _fill(canvas, wish.free, look)
    else:
        canvas.image.paste(around.resize((canvas.w, canvas.h), Image.Resampling.BICUBIC))
    mood = choose_mood(wish.words, None, look)
    fill_with(Stage(canvas, wish, mood, look, "picture", canvas.h * 0.985, canvas.w / 2))


def _fill(canvas: Canvas, colour: Colour, look: int) -> None:
    """Fill the hole with a color, a little lighter where its light comes from."""
    light, deep = mix(colour, (255, 255, 255), 0.1), mix(colour, (10, 10, 30), (0.08, 0.2, 0.0, 0.13)[look % 4])
    canvas.gradient([light, deep] if look % 2 == 0 else [deep, light], 0, canvas.h)


def _around(picture: Image.Image, hole: Image.Image, box: Box) -> Image.Image:
    """Return a small picture of the hole as its surroundings suggest it: their colors spread into it."""
    left, top, right, bottom = box
    dx, dy = max(4, (right - left) // 6), max(4, (bottom - top) // 6)
    outer = (max(0, left - dx), max(0, top - dy), min(picture.width, right + dx), min(picture.height, bottom + dy))
    small = flat(picture.crop(outer)).resize((CELLS, CELLS), Image.Resampling.BOX)
    gaps = hole.crop(outer).resize((CELLS, CELLS), Image.Resampling.BOX)
    spread = _spread(small, gaps)
    scale = (CELLS / (outer[2] - outer[0]), CELLS / (outer[3] - outer[1]))
    inner = ((left - outer[0]) * scale[0], (top - outer[1]) * scale[1], (right - outer[0]) * scale[0],
             (bottom - outer[1]) * scale[1])  # fmt: skip
    return spread.resize((CELLS * 4, CELLS * 4), Image.Resampling.BICUBIC, inner)


def _spread(small: Image.Image, gaps: Image.Image) -> Image.Image:
    """Replace the cells of the hole by the blurred mean of their neighbors, until it is filled."""
    unknown = gaps.point(lambda value: 255 if value > 40 else 0)
    if unknown.getextrema() == (255, 255):
        return small.filter(ImageFilter.GaussianBlur(3))
    known = unknown.point(lambda value: 255 - value)
    whole = Image.composite(Image.new("RGB", small.size, _mean(small, known)), small, unknown)
    for _ in range(CELLS):
        whole = Image.composite(whole.filter(ImageFilter.BoxBlur(1)), small, unknown)
    return whole


def _mean(small: Image.Image, known: Image.Image) -> Colour:
    histogram = small.histogram(known)
    count = max(1, sum(known.histogram()[255:]))
    red, green, blue = (
        round(sum(level * histogram[band * 256 + level] for level in range(256)) / count) for band in range(3)
    )
    return red, green, blue
