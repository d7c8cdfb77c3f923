"""A prompt as wishes: its motifs with their colors and numbers, its place, weather, style and letters."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.imageapi.art.palette import NAMES, SNOWY, Colour, colour_before, named, said_mood, words_of
from sandbox.imageapi.art.styles import style_of
from sandbox.imageapi.art.things import MOTIFS, NOUNS

COUNTS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "pair": 2, "couple": 2, "2": 2, "3": 3,
          "4": 4, "5": 5, "many": 5, "several": 4}  # fmt: skip
SIZES = {"tiny": 0.55, "small": 0.85, "little": 0.8, "mini": 0.6, "big": 1.25, "large": 1.25, "huge": 1.4, "giant": 1.4,
         "gigantic": 1.5, "enormous": 1.5}  # fmt: skip
UPON = frozenset(["on", "riding", "atop", "upon", "above", "rides", "sitting"])
INTO = frozenset(("boat", "cup", "bowl", "balloon", "car", "armchair"))
"""Motifs in which another one can be, as in "a cat in a cup"."""

PLACES: dict[str, str] = {
    "space": "space galaxy cosmos nebula universe orbit outer milky 🌌",
    "deep": "underwater submarine coral reef seabed aquarium undersea",
    "room": "room interior corner kitchen living reading bedroom library indoors indoor office inside fireplace",
    "desert": "desert dunes dune sahara sand",
    "forest": "forest jungle woods woodland rainforest",
    "sea": "sea ocean beach lake water waves wave island coast shore harbor harbour pier river seaside 🌊 🏖",
    "high": "mountain mountains alps peak peaks summit himalaya volcano ⛰ 🏔 🗻",
    "land": "landscape hill hills field valley meadow countryside park sky nature road path horizon view",
}
"""Name of a place → the words that ask for it. The first match wins."""

FOG = frozenset(["fog", "foggy", "mist", "misty", "haze", "hazy"])
RAIN = frozenset(
    ["rain", "rainy", "raining", "storm", "stormy", "thunder", "thunderstorm", "lightning", "tempest", "⛈", "🌧"]
)
BOLTS = frozenset(["storm", "stormy", "thunder", "thunderstorm", "lightning", "tempest", "⛈"])
POSTER = frozenset(["poster", "flyer", "postcard", "cover", "leaflet", "placard", "advert", "advertisement"])
QUOTED = re.compile(r"[“\"„«‘]([^“”\"„«»‘’]{1,40})[”\"“»’]")


@dataclass(frozen=True)
class Thing:
    """A motif of the prompt. `known` means that the prompt speaks of it as already there, as in "the house"."""

    name: str
    colour: Colour | None
    count: int
    scale: float
    known: bool
    place: int


@dataclass(frozen=True)
class Wish:
    """The contents of a prompt. `on` pairs a motif with the one on which it stands."""

    words: list[str]
    said: set[str]
    things: list[Thing]
    on: tuple[Thing, Thing] | None
    free: Colour | None
    where: str | None
    style: str | None
    letters: str

    @property
    def is_known(self) -> bool:
        """Whether any word names something that can be painted."""
        return bool(self.things or self.where or self.letters or said_mood(self.said) or self.said & SNOWY)

    def names(self, words: frozenset[str]) -> bool:
        """Return whether the prompt has any of the words."""
        return bool(self.said & words)


def read_wish(prompt: str) -> Wish:
    """Read a prompt."""
    quoted = QUOTED.search(prompt[:2000])
    words = words_of(QUOTED.sub(" ", prompt[:2000]))
    things = _things(words)
    taken = {thing.colour for thing in things if not thing.known}
    free = next((named(word) for word in words if word in NAMES and named(word) not in taken), None)
    said = set(words)
    where = next((name for name, signs in PLACES.items() if said & set(signs.split())), None)
    if {"under", "sea"} <= said or {"under", "water"} <= said:
        where = "deep"
    letters = " ".join(quoted[1].split()) if quoted else ""
    return Wish(words, said, things, _stacked(words, things), free, where, style_of(said), letters)


def _things(words: list[str]) -> list[Thing]:
    """Return the motifs in order. A noun right before another one only describes it, as in "apple tree"."""
    found: dict[str, Thing] = {}
    for place, word in enumerate(words):
        if word not in NOUNS or NOUNS[word][0] in found:
            continue
        following = words[place + 1] if place + 1 < len(words) else ""
        if following in NOUNS and NOUNS[following][0] != NOUNS[word][0] and word.isascii():
            continue
        name, count = NOUNS[word]
        before = words[max(0, place - 3) : place]
        found[name] = Thing(
            name,
            colour_before(words, frozenset({word})),
            next((COUNTS[one] for one in before if one in COUNTS), count),
            next((SIZES[one] for one in before if one in SIZES), 1.0),
            "the" in before and not {"a", "an", "add"} & set(before),
            place,
        )
    if "portrait" in found:
        found.pop("person", None)
    return list(found.values())


def _stacked(words: Sequence[str], things: list[Thing]) -> tuple[Thing, Thing] | None:
    """Return the first motif that stands on, or sits in, the one that follows it."""
    for one, other in itertools.pairwise(things):
        between = set(words[one.place + 1 : other.place])
        inside = "in" in between and other.name in INTO
        if (inside or between & UPON) and MOTIFS[one.name].home != "sky" and other.count == 1:
            return one, other
    return None
