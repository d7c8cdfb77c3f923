"""Texts for users, as values: a sentence stays in English and unformatted until it is sent.

Only the messenger's adapter knows the user's language. All other code passes a Renderable: the sentence and its
parameters. The message extractor looks for calls of `text` and `plural`. A sentence may contain Telegram's HTML (`<b>`,
`<code>`); its parameters are escaped when it is rendered.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


class Renderable:
    """Anything that can be told to a user."""


@dataclass(frozen=True, slots=True)
class Percent:
    """A share between 0 and 1, shown as a percentage in the reader's notation."""

    share: float


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time, shown in hours and minutes, in words; a part of a minute counts as a whole one."""

    ms: int


@dataclass(frozen=True, slots=True)
class Date:
    """The day (UTC) of a time in epoch milliseconds, shown as day and month; the year is left out."""

    ms: int


@dataclass(frozen=True, slots=True)
class Credits:
    """Hundredths of credits, shown as credits with at most two decimals."""

    hundredths: int


Param = str | int | Credits | Percent | Duration | Date | Renderable


@dataclass(frozen=True, slots=True)
class Text(Renderable):
    """One translatable sentence; with `many` and `count`, one that has a plural."""

    source: str
    params: Mapping[str, Param] = field(default_factory=dict)
    many: str | None = None
    count: int = 0


@dataclass(frozen=True, slots=True)
class Verbatim(Renderable):
    """A user's own words, shown as they are and never translated."""

    words: str


@dataclass(frozen=True, slots=True)
class Quote(Renderable):
    """A long text that the reader can unfold."""

    inner: Renderable


@dataclass(frozen=True, slots=True)
class Joined(Renderable):
    """Several texts, one after the other, with `between` between them."""

    parts: tuple[Renderable, ...]
    between: str = "\n"


def text(source: str, **params: Param) -> Text:
    """Build a sentence. `source` must be a literal, so that the message extractor finds it."""
    return Text(source, params)


def plural(one: str, many: str, count: int, **params: Param) -> Text:
    """Build a sentence about `count` things; `{count}` stands for the number."""
    return Text(one, {"count": count, **params}, many, count)


def utf16_length(words: str) -> int:
    """Return the length in UTF-16 code units, in which Telegram counts."""
    return len(words) + sum(1 for char in words if ord(char) > 0xFFFF)


def clip(words: str, units: int) -> str:
    """Shorten a string to at most `units` UTF-16 code units; an ellipsis stands for the part that was cut."""
    if utf16_length(words) <= units:
        return words
    room = units - 1
    for index, char in enumerate(words):
        room -= 2 if ord(char) > 0xFFFF else 1
        if room < 0:
            return words[:index].rstrip() + "…"
    return words
