"""Colors: the moods of scenes, and the color words of a prompt."""

import random
import re
from dataclasses import dataclass, replace

from PIL import ImageColor

Colour = tuple[int, int, int]


def hexed(text: str) -> Colour:
    """Return a color from its hexadecimal form."""
    red, green, blue = ImageColor.getrgb(text)[:3]
    return red, green, blue


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Mix two colors. `share` is the weight of the second, from 0 to 1."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


@dataclass(frozen=True)
class Mood:
    """The colors of a scene: the sky from top to horizon, the hills from far to near, the light and the trees."""

    sky: tuple[Colour, Colour, Colour]
    far: Colour
    near: Colour
    light: Colour
    trees: Colour
    night: bool = False
    snowy: bool = False


def _mood(sky: str, far: str, near: str, light: str, trees: str, *, night: bool = False) -> Mood:
    top, middle, low = (hexed(part) for part in sky.split())
    return Mood((top, middle, low), hexed(far), hexed(near), hexed(light), hexed(trees), night)


MOODS = {
    "day": _mood("#3f93d2 #9fd3ea #fdf1d6", "#a3c9bb", "#3b7a56", "#fff3bf", "#2b5f4a"),
    "dawn": _mood("#6d8bc8 #f0b2b4 #ffe6c4", "#c3a3bd", "#4a5480", "#fff1d2", "#39426b"),
    "sunset": _mood("#3a2a6a #d55a79 #ffc379", "#b5607f", "#372149", "#ffe7a8", "#291838"),
    "spring": _mood("#78bfc4 #cdeadb #fff5dc", "#b2d6ae", "#4c8a5c", "#fff6cf", "#35704f"),
    "autumn": _mood("#5d92b2 #ebcfa6 #fde8c4", "#d7a06a", "#8a4522", "#fff0c4", "#6e3017"),
    "dream": _mood("#46367f #bd79bd #ffd3c4", "#9f77b6", "#3a2b66", "#fff0d6", "#2c2052"),
    "night": _mood("#090e2c #1d2961 #5363a8", "#3b4a88", "#101739", "#f7f1d2", "#0b112e", night=True),
}

WHEN = {
    "night": "night midnight dark moon moonlight moonlit stars starry galaxy aurora space lantern lanterns",
    "sunset": "sunset dusk evening golden desert fire dragon warm twilight",
    "dawn": "dawn sunrise morning misty mist fog foggy",
    "spring": "spring meadow garden flower flowers blossom forest jungle frog",
    "autumn": "autumn fall leaves pumpkin harvest october",
    "dream": "dream dreamy magic magical abstract neon cyberpunk fantasy surreal synthwave",
    "day": "day noon summer sunny beach sky",
}

SNOWY = {"snow", "snowy", "snowing", "snowfall", "winter", "ice", "icy", "frozen", "frost", "christmas"}

NAMES = {
    "red": "#d8402f", "scarlet": "#d8402f", "crimson": "#b3243c", "orange": "#ef8432", "ginger": "#e0853a",
    "yellow": "#f3c53c", "golden": "#e9b64a", "gold": "#e9b64a", "green": "#4c9a58", "emerald": "#2f9a72",
    "teal": "#2f9a9a", "turquoise": "#45bdb6", "blue": "#3f77c4", "azure": "#4a9fe0", "navy": "#27407c",
    "purple": "#7d53b3", "violet": "#8a5fc7", "lavender": "#b39fe0", "pink": "#ee8fb4", "magenta": "#cf4a98",
    "brown": "#8a5a3a", "black": "#2c2b35", "white": "#f3f1ec", "grey": "#8d949e", "gray": "#8d949e",
    "silver": "#b9c0ca", "beige": "#e2d2b4", "cream": "#f3e7cc",
}  # fmt: skip


def words_of(prompt: str) -> list[str]:
    """Return the words of a prompt in lower case."""
    return re.findall(r"\w+", prompt.lower()[:2000])


def named(word: str) -> Colour | None:
    """Return the color that a word names, or None."""
    return hexed(NAMES[word]) if word in NAMES else None


def colour_before(words: list[str], nouns: frozenset[str]) -> Colour | None:
    """Return the color named up to three words before one of the nouns, as in "a red fox" or "a white wooden house"."""
    for place, word in enumerate(words):
        if word in nouns:
            for colour in reversed(words[max(0, place - 3) : place]):
                if colour in NAMES:
                    return named(colour)
    return None


def choose_mood(words: list[str], free: Colour | None, rng: random.Random) -> Mood:
    """Return the mood that the words name, or a random one. `free`, a color without a motif, tints it."""
    said = set(words)
    asked = [name for name, signs in WHEN.items() if said & set(signs.split())]
    mood = MOODS[asked[0]] if asked else MOODS[rng.choice(["day", "dawn", "sunset", "spring", "dream"])]
    if said & SNOWY:
        mood = _in_snow(mood if asked else MOODS[rng.choice(["dawn", "day"])])
    if free is not None:
        top, middle, low = mood.sky
        sky = (mix(top, free, 0.45), mix(middle, free, 0.3), mix(low, free, 0.1))
        mood = replace(mood, sky=sky, far=mix(mood.far, free, 0.35), near=mix(mood.near, free, 0.3))
    return mood


def _in_snow(mood: Mood) -> Mood:
    """Return the winter version of a mood: white ground that takes on the color of the sky."""
    top, middle, low = mood.sky
    white = hexed("#8fa3cf") if mood.night else hexed("#f6f8fc")
    sky = (mix(top, hexed("#8fb4d4"), 0.0 if mood.night else 0.35), middle, mix(low, hexed("#ffffff"), 0.15))
    trees = mix(mood.trees, hexed("#24485a"), 0.6)
    return Mood(sky, mix(middle, white, 0.25), white, mood.light, trees, mood.night, snowy=True)
