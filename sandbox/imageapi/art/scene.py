"""A picture from the words of a prompt. The same words, seed and look give the same picture."""

from dataclasses import replace

from PIL import Image

from sandbox.imageapi.art import backdrops, land, sky, weather
from sandbox.imageapi.art.abstract import paint_abstract
from sandbox.imageapi.art.canvas import Canvas, dice
from sandbox.imageapi.art.lettering import write_letters
from sandbox.imageapi.art.palette import Mood, choose_mood, hexed
from sandbox.imageapi.art.placing import Stage, place_all, place_far
from sandbox.imageapi.art.styles import apply_style
from sandbox.imageapi.art.things import MOTIFS
from sandbox.imageapi.art.wish import BOLTS, FOG, POSTER, RAIN, Thing, Wish, read_wish

HOMES = {"wall": "wall", "orbit": "space", "deep": "deep", "table": "table", "room": "room", "bust": "studio",
         "stage": "studio", "float": "sea"}  # fmt: skip
"""Home of a motif → the place in which it is shown if the prompt names none."""
NIGHT_SKY = frozenset(("moon", "planet", "star"))
BORDER = 0.045


def scene(prompt: str, size: tuple[int, int], seed: str, look: int = 0) -> Image.Image:
    """Paint a picture for a prompt. `size` is in pixels. Pictures with other looks differ visibly."""
    wish = read_wish(prompt)
    if wish.names(POSTER):
        return _poster(wish, prompt, size, seed, look)
    return _styled(wish, prompt, size, seed, look)


def _styled(wish: Wish, prompt: str, size: tuple[int, int], seed: str, look: int) -> Image.Image:
    return apply_style(_painted(wish, prompt, size, seed, look), wish.style, dice(f"{seed}|style|{look}"), look)


def _painted(wish: Wish, prompt: str, size: tuple[int, int], seed: str, look: int) -> Image.Image:
    canvas = Canvas(size, dice(f"{seed}|{look}|{prompt}"))
    if not wish.is_known:
        paint_abstract(canvas, prompt, wish.free, look)
        return canvas.finished()
    wish = _furnished(with_board(wish))
    mood = choose_mood(wish.words, wish.free, look)
    where = place_of(wish)
    stage = Stage(canvas, wish, mood, look, where, *paint_place(canvas, wish, mood, look, where))
    place_all(stage)
    paint_weather(canvas, wish, mood, indoors=where in backdrops.BACKDROPS)
    return canvas.finished()


def with_board(wish: Wish) -> Wish:
    """Add a sign if the prompt has words to write, and nothing on which they could stand."""
    if not wish.letters or any(MOTIFS[thing.name].board for thing in wish.things):
        return wish
    return replace(wish, things=[*wish.things, Thing("sign", None, 1, 1.0, known=False, place=0)])


def _furnished(wish: Wish) -> Wish:
    """Put an armchair, a lamp and a shelf into a room for which the prompt names no furniture."""
    if wish.where != "room" or any(MOTIFS[thing.name].home in {"room", "table"} for thing in wish.things):
        return wish
    furniture = [Thing(name, None, 1, 1.0, known=False, place=0) for name in ("shelf", "armchair", "lamp")]
    return replace(wish, things=[*furniture, *wish.things])


def _poster(wish: Wish, prompt: str, size: tuple[int, int], seed: str, look: int) -> Image.Image:
    """Paint a poster: the picture in a frame, and below it the words that the prompt has for it."""
    paper = hexed(("#f7efdf", "#20304f", "#f3d9c4", "#2f4a42")[look % 4])
    ink = hexed("#2c2b35") if sum(paper) > 400 else hexed("#f7efdf")
    board = Image.new("RGB", size, paper)
    margin = round(min(size) * BORDER)
    strip = round(size[1] * 0.17) if wish.letters else margin
    inner = (size[0] - 2 * margin, size[1] - margin - strip)
    board.paste(_styled(replace(wish, letters=""), prompt, inner, seed, look), (margin, margin))
    if wish.letters:
        box = (size[0] / 2, size[1] - strip / 2, inner[0] * 0.92, strip * 0.72)
        write_letters(board, wish.letters, box, ink)
    return board


def place_of(wish: Wish) -> str:
    """Return the name of the place: the one that the prompt names, or the home of its first motif."""
    if wish.where:
        return wish.where
    homes = [MOTIFS[thing.name].home for thing in wish.things if not (wish.on and thing == wish.on[0])]
    if homes and homes[0] == "sky":
        return "space" if wish.things[0].name in NIGHT_SKY else "land"
    if wish.things and wish.things[0].name == "lighthouse":
        return "sea"
    inside = [home for home in homes if home in {"table", "room"}]
    first = inside[0] if inside and homes[0] == "front" else homes[0] if homes else "land"
    return HOMES.get(first, "land")


def paint_place(canvas: Canvas, wish: Wish, mood: Mood, look: int, where: str) -> tuple[float, float]:
    """Draw the place. Return the height of its ground and the horizontal position of its light, in pixels."""
    if where in backdrops.BACKDROPS:
        return backdrops.BACKDROPS[where](canvas, mood, wish.free, look), canvas.w / 2
    return _landscape(canvas, wish, mood, look, where)


def _landscape(canvas: Canvas, wish: Wish, mood: Mood, look: int, where: str) -> tuple[float, float]:
    light = sky.paint_sky(canvas, mood, wish.said)
    if wish.names(RAIN):
        weather.clouds_of_storm(canvas)
    if wish.names(BOLTS):
        weather.bolt(canvas)
    if where == "high" or (where == "land" and look % 2 == 0):
        land.mountains(canvas, mood, high=where == "high")
    if where == "sea":
        land.sea(canvas, mood, light)
    elif where == "desert":
        mood = land.dunes(canvas, mood)
    else:
        land.hills(canvas, mood)
    if where == "forest":
        land.forest(canvas, mood)
    place_far(Stage(canvas, wish, mood, look, where, canvas.h * 0.77, light[0]))
    return land.foreground(canvas, mood, shore=where == "sea") + canvas.h * 0.03, light[0]


def paint_weather(canvas: Canvas, wish: Wish, mood: Mood, *, indoors: bool) -> None:
    """Draw the weather that the prompt names, which stays outside."""
    if indoors:
        return
    if mood.snowy:
        sky.snowfall(canvas)
    if wish.names(RAIN):
        weather.rainfall(canvas)
    if wish.names(FOG):
        weather.fog(canvas)
