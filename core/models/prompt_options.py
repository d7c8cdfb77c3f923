"""The parser for `/imagine PROMPT [--size 3:2] [--n 2] …`, as users and their phones type it."""

import re
from dataclasses import replace
from typing import Any

from core.errors import BadOption
from core.models.image_request import VARIANTS, Fallback, Request, Size
from core.text import clip, text

# Phones replace "--" with a dash. A dash may also be part of the prose ("a fox —red"), so only known options count
# after it. After a typed "--", an unknown word is more likely a mistake that the requester would pay for.
_OPTION = re.compile(r"(?<!\S)(?P<dash>--|[—–])(?P<name>[A-Za-z][^\s=]*)(?:=(?P<value>\S*))?")
_NEXT = re.compile(r"\s+(?P<value>\S+)")
_RATIO = re.compile(r"(\d{1,4})[:x×/](\d{1,4})", re.IGNORECASE)

_SHAPES = {"square": Size.SQUARE, "landscape": Size.LANDSCAPE, "portrait": Size.PORTRAIT}
_FALLBACKS = {"flux": Fallback.FLUX, "gpt": Fallback.GPT}
_NUMBERS = {str(number): number for number in VARIANTS}
_PLAIN = Request(prompt="")
_FLAGS: dict[str, dict[str, Any]] = {
    "enhance": {"enhance": True},
    "no-enhance": {"enhance": False},
    "no-fallback": {"fallback": None},
    "cn": {"china": True},
}
"""Options without a value."""
NAMES = ("size", "ar", "n", "fallback", *_FLAGS)


def parse(words: str, defaults: Request = _PLAIN) -> Request:
    """Split `words` into a prompt and options; return a request in which the options override `defaults`.

    Raises BadOption, whose reply names the legal values.
    """
    request = replace(defaults, prompt="")
    prompt: list[str] = []
    end = 0
    while match := _OPTION.search(words, end):
        name = match["name"].lower()
        if name not in NAMES and match["dash"] != "--":
            prompt.append(words[end : match.end()])
            end = match.end()
            continue
        prompt.append(words[end : match.start()])
        request, end = _take(request, name, match["value"], words, match.end())
    prompt.append(words[end:])
    return replace(request, prompt=_tidy(prompt))


def _take(request: Request, name: str, value: str | None, words: str, end: int) -> tuple[Request, int]:
    """Apply one option; return the new request, and the index in `words` behind the option."""
    following = _NEXT.match(words, end) if value is None else None
    given = (following["value"] if following else value or "").lower()
    after = following.end() if following else end
    match name:
        case _ if name in _FLAGS and value is not None:
            raise BadOption(text("<code>--{name}</code> stands alone, without a value.", name=name))
        case _ if name in _FLAGS:
            return replace(request, **_FLAGS[name]), end
        case "fallback" if given in _FALLBACKS:
            return replace(request, fallback=_FALLBACKS[given]), after
        case "fallback" if value is None:
            return replace(request, fallback=Fallback.FLUX), end
        case "fallback":
            raise BadOption(text("<code>--fallback</code> can be flux or gpt."))
        case "n" if given in _NUMBERS:
            return replace(request, variants=_NUMBERS[given]), after
        case "n":
            raise BadOption(text("<code>--n</code> can be 1, 2 or 4: that many pictures from one prompt."))
        case "size" | "ar":
            size, wished = _size(given)
            return replace(request, size=size, wished=wished), after
        case _:
            raise BadOption(
                text(
                    "I don't know the option <code>--{name}</code>. "
                    "I know --size, --n, --enhance, --fallback and --cn.",
                    name=clip(name, 30),
                )
            )


def _size(given: str) -> tuple[Size, str | None]:
    if given in _SHAPES:
        return _SHAPES[given], None
    match = _RATIO.fullmatch(given)
    if not match or not int(match[1]) or not int(match[2]):
        raise BadOption(text("<code>--size</code> can be 1:1, 3:2 or 2:3, in words: square, landscape or portrait."))
    size = Size.nearest(int(match[1]), int(match[2]))
    exact = size.ratio == int(match[1]) / int(match[2])
    return size, None if exact else given


def _tidy(pieces: list[str]) -> str:
    """Join the pieces of the prompt. Doubled spaces are removed at the seams only, and line breaks stay."""
    joined = ""
    for piece in pieces:
        if joined and joined[-1].isspace():
            piece = piece.lstrip(" \t")  # noqa: PLW2901 - the piece is cut to fit the seam
        joined += piece
    return joined.strip()
