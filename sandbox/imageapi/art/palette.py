"""Colors: the moods of scenes, and the color words of a prompt."""

import re
from dataclasses import dataclass, replace
from functools import cache

from PIL import ImageColor

Colour = tuple[int, int, int]


@cache
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
    "storm": _mood("#2b3440 #56636f #8f9aa0", "#6f7c80", "#3a4a4c", "#e4e8ea", "#26383a"),
    "night": _mood("#090e2c #1d2961 #5363a8", "#3b4a88", "#101739", "#f7f1d2", "#0b112e", night=True),
}

WHEN = {
    "night": "night midnight dark moon moonlight moonlit stars starry galaxy aurora space lantern nighttime 🌙",
    "storm": "storm stormy thunder thunderstorm lightning rain rainy raining tempest gloomy cloudy overcast ⛈ 🌧",
    "sunset": "sunset dusk evening golden desert fire warm warmer twilight 🌅",
    "dawn": "dawn sunrise morning misty mist fog foggy",
    "spring": "spring meadow garden flower flowers blossom forest jungle frog",
    "autumn": "autumn fall leaves pumpkin harvest october 🍂",
    "dream": "dream dreamy magic magical cyberpunk fantasy surreal synthwave vaporwave",
    "day": "day daylight daytime noon summer sunny beach sky bright",
}

SNOWY = {
    "snow",
    "snowy",
    "snowing",
    "snowfall",
    "winter",
    "ice",
    "icy",
    "frozen",
    "frost",
    "christmas",
    "blizzard",
    "❄",
}

NAMES = {
    "red": "#d8402f", "scarlet": "#d8402f", "crimson": "#b3243c", "orange": "#ef8432", "ginger": "#e0853a",
    "yellow": "#f3c53c", "golden": "#e9b64a", "gold": "#e9b64a", "green": "#4c9a58", "emerald": "#2f9a72",
    "teal": "#2f9a9a", "turquoise": "#45bdb6", "blue": "#3f77c4", "azure": "#4a9fe0", "navy": "#27407c",
    "purple": "#7d53b3", "violet": "#8a5fc7", "lavender": "#b39fe0", "pink": "#ee8fb4", "magenta": "#cf4a98",
    "brown": "#8a5a3a", "black": "#2c2b35", "white": "#f3f1ec", "grey": "#8d949e", "gray": "#8d949e",
    "silver": "#b9c0ca", "beige": "#e2d2b4", "cream": "#f3e7cc", "cyan": "#3cc3dc", "lime": "#9bd13f",
    "indigo": "#44409c", "maroon": "#7c2436", "burgundy": "#7a2038", "olive": "#7d7f3a", "mint": "#9fdcbc",
    "coral": "#f27a62", "salmon": "#f2957d", "peach": "#f7c09a", "lilac": "#c2a5dc", "copper": "#b9693c",
    "bronze": "#a87a3f", "khaki": "#b9ad78", "tan": "#c9a877", "charcoal": "#3d4048", "ivory": "#f6f1e0",
}  # fmt: skip


def words_of(prompt: str) -> list[str]:
    """Return the words of a prompt in lower case, and its other characters one by one."""
    return re.findall(r"\w+|[^\w\s]", prompt.lower()[:2000])


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


def said_mood(said: set[str]) -> str | None:
    """Return the name of the mood that the words ask for, or None."""
    return next((name for name, signs in WHEN.items() if said & set(signs.split())), None)


def choose_mood(words: list[str], free: Colour | None, look: int) -> Mood:
    """Return the mood that the words name, or one by `look`. `free`, a color without a motif, tints it.

    A mood of the same name differs from look to look, so that variants of one order differ.
    """
    said = set(words)
    asked = said_mood(said)
    snowy = bool(said & SNOWY)
    mood = MOODS[
        asked or (("dawn", "day") if snowy else ("day", "dawn", "sunset", "spring"))[look % (2 if snowy else 4)]
    ]
    mood = _in_snow(mood) if snowy else mood
    if asked or snowy:
        mood = _turned(mood, hexed(TURNS[look % 4]), 0.0 if look % 4 == 0 else 0.3)
    return mood if free is None else _turned(mood, free, 0.45)


TURNS = ("#ffffff", "#3fa0a8", "#a86fc4", "#d9825f")
"""The colors by which the looks of one mood differ."""


def _turned(mood: Mood, colour: Colour, strength: float) -> Mood:
    top, middle, low = mood.sky
    sky = (mix(top, colour, strength), mix(middle, colour, strength * 0.7), mix(low, colour, strength * 0.25))
    return replace(
        mood, sky=sky, far=mix(mood.far, colour, strength * 0.7), near=mix(mood.near, colour, strength * 0.5)
    )


def _in_snow(mood: Mood) -> Mood:
    """Return the winter version of a mood: white ground that takes on the color of the sky."""
    top, middle, low = mood.sky
    white = hexed("#8fa3cf") if mood.night else hexed("#f6f8fc")
    sky = (mix(top, hexed("#8fb4d4"), 0.0 if mood.night else 0.35), middle, mix(low, hexed("#ffffff"), 0.15))
    trees = mix(mood.trees, hexed("#24485a"), 0.6)
    return Mood(sky, mix(middle, white, 0.25), white, mood.light, trees, mood.night, snowy=True)
