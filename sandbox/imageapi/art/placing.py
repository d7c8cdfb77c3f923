"""Where the motifs of a scene stand, and how large they are."""

from dataclasses import dataclass

from sandbox.imageapi.art.canvas import Canvas, Point
from sandbox.imageapi.art.lettering import write_letters
from sandbox.imageapi.art.motifs import Motif, colours_of, stamp
from sandbox.imageapi.art.palette import Mood, hexed, mix
from sandbox.imageapi.art.things import MOTIFS
from sandbox.imageapi.art.wish import INTO, Thing, Wish

LANDSCAPES = frozenset(("land", "sea", "high", "desert", "forest"))
SCALES = (1.0, 0.82, 1.16, 0.9)
"""The sizes of motifs by look."""
ALONE = (0.5, 0.33, 0.64, 0.42)
"""The horizontal position of a single motif by look."""
SEATS = {"horse": 0.6, "unicorn": 0.6, "elephant": 0.82, "turtle": 0.64, "whale": 0.5, "cup": 0.55, "bowl": 0.42,
         "boat": 0.1, "armchair": 0.36, "bicycle": 0.74, "car": 0.56, "cow": 0.62, "dragon": 0.56, "balloon": 0.08,
         "lion": 0.9, "moon": 0.9, "planet": 0.84}  # fmt: skip
"""The height at which others stand on a motif, as a share of its height, where that isn't its top."""
HOVERING = frozenset(("air", "sky"))


@dataclass(frozen=True)
class Stage:
    """A canvas with its wishes. `ground` is the height on which things stand, and `light` the sun's position."""

    canvas: Canvas
    wish: Wish
    mood: Mood
    look: int
    where: str
    ground: float
    light: float


def place_far(stage: Stage) -> None:
    """Draw the motifs of the middle distance of a landscape, which the foreground partly hides."""
    things = [thing for thing in _free_standing(stage) if _home(thing) == "far" and not _in_water(stage, thing)]
    front = any(_home(thing) not in {"far", "sky"} for thing in _free_standing(stage))
    _row(stage, things, stage.ground, aside=front)


def place_all(stage: Stage) -> None:
    """Draw all motifs that `place_far` doesn't."""
    things, canvas = _free_standing(stage), stage.canvas
    outside = stage.where in LANDSCAPES
    heights = {"air": 0.52, "sky": 0.32, "float": 0.8, "deep": 0.8} if outside else {"air": 0.56, "sky": 0.62}
    if stage.where == "deep":
        heights |= {"deep": 0.68, "float": 0.66}
    if stage.where == "studio":
        heights |= {"bust": 1.0}
    hidden = {"sun", "moon", "cloud"} if outside else set()
    far = [thing for thing in things if _home(thing) == "far" and (not outside or _in_water(stage, thing))]
    _row(stage, far, stage.ground, aside=len(far) < len(things))
    near = [thing for thing in things if _home(thing) != "far" and thing.name not in hidden]
    for home in dict.fromkeys(map(_home, near)):
        if home in heights:
            group = [thing for thing in near if _home(thing) == home]
            _row(stage, group, canvas.h * heights[home], aside=len(group) < len(near))
    rest = [thing for thing in near if _home(thing) not in heights]
    _row(stage, rest, stage.ground, aside=False)


def _home(thing: Thing) -> str:
    return MOTIFS[thing.name].home


def _in_water(stage: Stage, thing: Thing) -> bool:
    """Return whether a motif of the middle distance would stand in the sea, and so is brought ashore."""
    return stage.where == "sea" and thing.name not in {"lighthouse", "city", "palm"}


def _free_standing(stage: Stage) -> list[Thing]:
    """Return the motifs except one that stands on another."""
    on = stage.wish.on
    return [thing for thing in stage.wish.things if on is None or thing != on[0]]


def _row(stage: Stage, things: list[Thing], ground: float, *, aside: bool) -> None:
    """Draw motifs side by side. `aside` leaves the middle to others."""
    copies = [thing for thing in things for _ in range(_copies(stage, thing))]
    canvas, count = stage.canvas, len(copies)
    for number, thing in enumerate(copies):
        share = _share(canvas, stage.look, number, count, aside=aside)
        fits = canvas.w * (1.0 if thing.name == "city" and count > 1 else 0.94 / count)
        tall = _height(stage, thing, fits, count, aside=aside)
        jitter = canvas.rng.uniform(-0.012, 0.02) * canvas.h if count > 1 and _home(thing) != "far" else 0.0
        _stand(stage, thing, (canvas.w * share, ground + jitter), tall)


def _copies(stage: Stage, thing: Thing) -> int:
    if thing.name == "city" and not (stage.wish.on and thing in stage.wish.on):
        return 3 if stage.canvas.w > stage.canvas.h else 2
    if _home(thing) == "field" and thing.count > 1:
        return 9
    return thing.count


def _share(canvas: Canvas, look: int, number: int, count: int, *, aside: bool) -> float:
    """Return the horizontal position of one of several motifs, as a share of the width."""
    drift = canvas.rng.uniform(-0.14, 0.14) if look >= 4 else 0.0
    if count > 1:
        spread = (number + 0.5) / count
        return (1 - spread if look % 2 else spread) + drift / count
    if aside:
        return (0.22, 0.78)[look % 2] + drift / 2
    return ALONE[look % 4] + drift


def _height(stage: Stage, thing: Thing, fits: float, count: int, *, aside: bool) -> float:
    motif, canvas = MOTIFS[thing.name], stage.canvas
    half, top = motif.reach
    tall = canvas.unit * motif.size * thing.scale * SCALES[stage.look % 4] * (0.78 if aside else 1.0)
    tall *= 1.0 if count == 1 or thing.name == "city" else max(0.62, 1.1 - 0.12 * count)
    tall *= canvas.rng.uniform(0.8, 1.12) if stage.look >= 4 else 1.0
    return min(tall, fits / (2 * half), canvas.h * 0.92 / top)


def _stand(stage: Stage, thing: Thing, place: Point, tall: float) -> None:
    """Draw a motif with its shadow, its letters, and the motif that stands on it."""
    on, canvas = stage.wish.on, stage.canvas
    motif = MOTIFS[thing.name]
    x = min(max(place[0], motif.reach[0] * tall), canvas.w - motif.reach[0] * tall)
    x = canvas.w / 2 if canvas.w < 2 * motif.reach[0] * tall else x
    above = on[0] if on is not None and on[1] == thing else None
    inside = above is not None and thing.name in INTO
    if motif.home not in HOVERING | {"deep", "float", "bust"} and stage.where not in {"space", "deep"}:
        shadow = mix(stage.mood.near, (20, 20, 50), 0.7)
        canvas.oval((x, place[1]), (motif.reach[0] * tall * 0.92, tall * 0.035), shadow, 80)
    if above is not None and inside:
        _mount(stage, thing, above, (x, place[1]), tall)
    stamp(canvas, motif, (x, place[1]), tall, _colours(stage, thing, motif))
    if above is not None and not inside:
        _mount(stage, thing, above, (x, place[1]), tall)
    _letter(stage, motif, (x, place[1]), tall)


def _mount(stage: Stage, base: Thing, above: Thing, place: Point, tall: float) -> None:
    motif, under = MOTIFS[above.name], MOTIFS[base.name]
    room = under.reach[0] * tall * (1.1 if base.name != "turtle" else 1.0)
    height = min(room / (2 * motif.reach[0]) * 1.25, tall * 0.95, stage.canvas.unit * 0.5) * min(
        1.0, max(0.75, above.scale)
    )
    seat = SEATS.get(base.name, under.reach[1] * 0.96)
    stamp(stage.canvas, motif, (place[0], place[1] - seat * tall), height, _colours(stage, above, motif))


def _colours(stage: Stage, thing: Thing, motif: Motif) -> dict[str, tuple[int, int, int]]:
    return colours_of(thing.colour or motif.colour, snowy=stage.mood.snowy, look=stage.look)


def _letter(stage: Stage, motif: Motif, place: Point, tall: float) -> None:
    """Write the words of the prompt, or the name of a shop, on the motif's board."""
    if motif.board is None:
        return
    names = [word for word in stage.wish.words if word in motif.words and "shop" in motif.words]
    text = stage.wish.letters or (names[0].title() if names else "")
    if text:
        x, y, wide, high = (share * tall for share in motif.board)
        write_letters(stage.canvas.image, text, (place[0] + x, place[1] - y, wide, high), hexed("#2c2b35"))


def place_added(stage: Stage) -> None:
    """Draw motifs into a given picture, except those of which the prompt speaks as already there."""
    on = stage.wish.on
    carried = on[0] if on is not None and not on[1].known else None
    added = [thing for thing in stage.wish.things if not thing.known and thing.name not in {"sun", "moon"}]
    things = [thing for thing in added if thing != carried]
    high = [thing for thing in things if _home(thing) in {"air", "sky", "orbit"}]
    low = [thing for thing in things if thing not in high]
    _row(stage, high, stage.canvas.h * 0.42, aside=True)
    _row(stage, low, stage.ground + stage.canvas.h * 0.04, aside=True)


def fill_with(stage: Stage) -> None:
    """Draw motifs side by side, as large as the canvas allows."""
    canvas, things = stage.canvas, _free_standing(stage)
    wide = canvas.w / len(things)
    for number, thing in enumerate(things):
        motif = MOTIFS[thing.name]
        half, top = motif.reach
        fits = min(wide * 0.98 / (2 * half), canvas.h * 0.97 / top)
        covers = max(wide / (2 * half), canvas.h / top)
        tall = max(fits, min(covers * 0.45, canvas.h * 1.6)) * (1.0, 0.9, 0.97, 0.84)[stage.look % 4]
        middle = wide * (number + 0.5)
        _stand(stage, thing, (middle, (canvas.h + min(canvas.h, tall * top)) / 2), tall)
