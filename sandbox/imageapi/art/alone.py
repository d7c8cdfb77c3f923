"""A picture of the motifs alone, with nothing behind them: for models that are asked for a transparent background."""

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from sandbox.imageapi.art.canvas import Canvas, dice
from sandbox.imageapi.art.palette import Colour, choose_mood
from sandbox.imageapi.art.placing import Stage, fill_with
from sandbox.imageapi.art.scene import scene, with_board
from sandbox.imageapi.art.styles import apply_style
from sandbox.imageapi.art.wish import Wish, read_wish

FEATHER = 0.02
"""The width of a badge's soft edge, as a share of the shorter side."""
BLACK, WHITE = (0, 0, 0), (255, 255, 255)


def alone(prompt: str, size: tuple[int, int], seed: str, look: int = 0) -> Image.Image:
    """Paint the motifs of a prompt as RGBA. A prompt without any gives an oval badge of its scene."""
    wish = with_board(read_wish(prompt))
    if not wish.things:
        return _badge(scene(prompt, size, seed, look))
    return _styled(
        _matted(*(_painted(wish, prompt, size, seed, look, ground) for ground in (BLACK, WHITE))), wish, seed, look
    )


def _painted(wish: Wish, prompt: str, size: tuple[int, int], seed: str, look: int, ground: Colour) -> Image.Image:
    canvas = Canvas(size, dice(f"{seed}|{look}|alone|{prompt}"))
    canvas.image.paste(ground, (0, 0, canvas.w, canvas.h))
    mood = choose_mood(wish.words, None, look)
    fill_with(Stage(canvas, wish, mood, look, "space", canvas.h * 0.97, canvas.w / 2))  # in space, no shadows fall
    return canvas.finished()


def _matted(dark: Image.Image, light: Image.Image) -> Image.Image:
    """Return the common part of two pictures that differ in their ground: it shines through where they differ."""
    alpha = ImageChops.invert(ImageChops.difference(light, dark).convert("L"))
    return Image.merge("RGBa", (*dark.split(), alpha)).convert("RGBA")


def _styled(cut: Image.Image, wish: Wish, seed: str, look: int) -> Image.Image:
    if wish.style is None:
        return cut
    paper = Image.new("RGBA", cut.size, (*WHITE, 255))
    styled = apply_style(
        Image.alpha_composite(paper, cut).convert("RGB"), wish.style, dice(f"{seed}|style|{look}"), look
    )
    styled.putalpha(cut.getchannel("A"))
    return styled


def _badge(picture: Image.Image) -> Image.Image:
    edge = max(1, round(min(picture.size) * FEATHER))
    alpha = Image.new("L", picture.size)
    box = (2 * edge, 2 * edge, picture.width - 2 * edge, picture.height - 2 * edge)
    ImageDraw.Draw(alpha).ellipse(box, fill=255)
    picture = picture.convert("RGBA")
    picture.putalpha(alpha.filter(ImageFilter.GaussianBlur(edge / 2)))
    return picture
