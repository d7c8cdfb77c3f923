"""Edits of pictures by prompt: light, colors, weather, added motifs and styles over the given picture."""

from collections.abc import Sequence
from zlib import crc32

from PIL import Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from sandbox.imageapi.art import land, sky
from sandbox.imageapi.art.abstract import PALETTES
from sandbox.imageapi.art.canvas import Canvas, dice
from sandbox.imageapi.art.palette import SNOWY, Colour, Mood, choose_mood, hexed, mix, said_mood
from sandbox.imageapi.art.placing import Stage, place_added
from sandbox.imageapi.art.scene import paint_weather, with_board
from sandbox.imageapi.art.styles import apply_style
from sandbox.imageapi.art.wish import BOLTS, FOG, RAIN, Wish, read_wish

GAP = 12
NIGHTS = ("#5468c4", "#3f86b4", "#8462c8", "#4a5a86")
"""The light of a night by look."""
FINISHES = ("#808080", "#c2803a", "#4a86c8", "#b8508c")
"""The light by which edits of the same words differ."""
PLACE_LIGHT = {"deep": "#1f8fae", "space": "#2a1f6a", "desert": "#d9a05f", "forest": "#3f8a5a", "sea": "#4f9fd0",
               "high": "#9fb8d8"}  # fmt: skip
LIGHTER: dict[str, tuple[frozenset[str], float, float]] = {
    "bright": (frozenset(["bright", "brighter", "light", "lighter", "brighten", "lighten"]), 1.35, 1.0),
    "dark": (frozenset(["dark", "darker", "darken", "dim", "moody"]), 0.55, 1.0),
    "vivid": (frozenset(["vivid", "colorful", "colourful", "vibrant", "saturated"]), 1.05, 1.9),
    "pale": (frozenset(["pale", "pastel", "faded", "soft", "softer", "desaturated", "dull", "calm"]), 1.15, 0.45),
}
"""Words of light and color → factors of brightness and saturation."""
COLD = frozenset(["cold", "cool", "colder", "cooler"])


def edit(pictures: Sequence[Image.Image], prompt: str, size: tuple[int, int], seed: str, look: int = 0) -> Image.Image:
    """Edit one picture, or several side by side. Results with other looks differ visibly."""
    return change(_side_by_side(pictures, size), prompt, seed, look, plain=len(pictures) > 1)


def change(image: Image.Image, prompt: str, seed: str, look: int, *, plain: bool = False) -> Image.Image:
    """Apply the words to a picture of mode RGB. With `plain`, words that aren't known leave its colors."""
    wish = with_board(read_wish(prompt))
    rng = dice(f"{seed}|{look}|edit|{prompt}")
    mood = choose_mood(wish.words, None, look)
    canvas = Canvas(image.size, rng)
    graded = _graded(image, wish, mood, look, None if plain else prompt)
    canvas.image.paste(graded.resize((canvas.w, canvas.h), Image.Resampling.NEAREST))
    _paint_over(canvas, wish, mood, look)
    return finished(apply_style(canvas.finished(), wish.style, rng, look), look)


def _graded(image: Image.Image, wish: Wish, mood: Mood, look: int, prompt: str | None) -> Image.Image:
    """Return the picture in the light and the colors of the words, or in colors of `prompt` if none is known."""
    known = bool(wish.things or wish.style or wish.letters)
    for signs, brightness, saturation in LIGHTER.values():
        if wish.names(signs) and not mood.night:
            image = ImageEnhance.Color(ImageEnhance.Brightness(image).enhance(brightness)).enhance(saturation)
            known = True
    if wish.names(COLD):
        image, known = _lit(image, [hexed("#5f9fe0")], 0.7), True
    if said_mood(wish.said) or wish.said & SNOWY:
        image, known = _in_mood(image, wish, mood, look), True
    if wish.where in PLACE_LIGHT:
        image, known = _lit(image, [hexed(PLACE_LIGHT[wish.where])], 0.65), True
    if wish.free is not None:
        return _lit(image, [mix(wish.free, (255, 255, 255), 0.15), wish.free], 0.8)
    return image if known or prompt is None else _lit(image, _own_colours(prompt, look), 0.75)


def _in_mood(image: Image.Image, wish: Wish, mood: Mood, look: int) -> Image.Image:
    if mood.night:
        tinted = ImageChops.multiply(image, Image.new("RGB", image.size, hexed(NIGHTS[look % 4])))
        return ImageEnhance.Brightness(tinted).enhance(0.78)
    if wish.names(RAIN):
        image = ImageEnhance.Brightness(ImageEnhance.Color(image).enhance(0.45)).enhance(0.72)
    return _lit(image, [*mood.sky, mix(mood.near, mood.sky[1], 0.3)], 0.5 if mood.snowy else 0.68)


def _own_colours(prompt: str, look: int) -> list[Colour]:
    """Return colors for words that are not known: the same for the same words."""
    palette = PALETTES[crc32(prompt.strip().lower().encode()) % len(PALETTES)].split()
    return [hexed(palette[1 + (look + shift) % 4]) for shift in (0, 1)]


def _lit(image: Image.Image, colours: Sequence[Colour], strength: float) -> Image.Image:
    """Return the picture in colored light, from the first color at the top to the last one."""
    veil = Canvas((1, max(8, image.height // 2)), dice(""))
    veil.gradient([*colours, colours[-1]], 0, veil.h)
    wash = veil.image.resize(image.size, Image.Resampling.BILINEAR)
    lit = Image.blend(ImageChops.overlay(wash, image), ImageChops.overlay(image, wash), 0.35)
    return Image.blend(image, lit, strength)


def _paint_over(canvas: Canvas, wish: Wish, mood: Mood, look: int) -> None:
    """Add the lights of the sky, the weather and the motifs."""
    if mood.night or "stars" in wish.said:
        sky.night_lights(canvas, mood)
    elif said_mood(wish.said) and not wish.names(RAIN | FOG | BOLTS):
        corner = (canvas.w * (0.06, 0.94, 0.3, 0.7)[look % 4], canvas.h * 0.04)
        canvas.glow(corner, canvas.unit * 0.75, mood.light, 0.75)
    ground = canvas.h * 0.88
    if mood.snowy:
        ground = land.foreground(canvas, mood, shore=False, height=0.87) + canvas.h * 0.03
    place_added(Stage(canvas, wish, mood, look, "picture", ground, canvas.w / 2))
    paint_weather(canvas, wish, mood, indoors=False)


def finished(image: Image.Image, look: int) -> Image.Image:
    """Return the picture in a light from one side that belongs to the look."""
    if look % 4 == 0:
        return image
    fade = Image.linear_gradient("L").rotate(90 * (look % 4)).resize(image.size, Image.Resampling.BILINEAR)
    light = Image.composite(_solid(image, FINISHES[look % 4]), _solid(image, "#8a8a8a"), fade)
    return Image.blend(image, ImageChops.overlay(image, light), 0.8).filter(ImageFilter.UnsharpMask(1, 10, 2))


def _solid(image: Image.Image, colour: str) -> Image.Image:
    return Image.new("RGB", image.size, hexed(colour))


def _side_by_side(pictures: Sequence[Image.Image], size: tuple[int, int]) -> Image.Image:
    board = Image.new("RGB", size, hexed("#fbf8f1"))
    count = len(pictures)
    wide = (size[0] - GAP * (count - 1)) // count
    for place, picture in enumerate(pictures):
        left = place * (wide + GAP)
        right = size[0] if place == count - 1 else left + wide
        board.paste(ImageOps.fit(flat(picture), (right - left, size[1])), (left, 0))
    return board


def flat(picture: Image.Image) -> Image.Image:
    """Replace transparency by the color of paper."""
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    clear = picture.convert("RGBA")
    paper = Image.new("RGBA", clear.size, (*hexed("#fbf8f1"), 255))
    return Image.alpha_composite(paper, clear).convert("RGB")
