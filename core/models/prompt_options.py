"""The parser for `/imagine PROMPT [--size 3:2] [--n 2] …`, as users and their phones type it."""

import re
from dataclasses import replace
from typing import Any

from core.errors import BadOption
from core.models.image_request import VARIANTS, Fallback, Request, Size
from core.text import clip, text

# Phones replace "--" with a dash. A dash may also be part of the prose ("a fox —red"), so only known options count
# after it. After a typed "--", an unknown word is more likely a mistake that the requester would pay for.
_OPTION = re.compile(r"(?<!\S)(?P<dash>--|[—–]|-(?=[mM](?:[\s=]|$)))(?P<name>[A-Za-z][^\s=]*)(?:=(?P<value>\S*))?")
_NEXT = re.compile(r"\s+(?P<value>\S+)")
_QUOTED = re.compile(r"[ \t]+[\"“”„'‘«](?P<value>[^\"“”'’»\n]{1,40})[\"“”'’»](?!\S)")
_VALUES = re.compile(
    r"(?:[ \t]+(?:https?://\S+|[\d.,:;x×%-]+|random|raw|auto|low|medium|high|hd|standard)(?!\S))*", re.IGNORECASE
)
"""The values of an option that the image API doesn't have: numbers, links and the words that other services know."""
_REST_OF_LINE = re.compile(r"[ \t]*(?P<value>(?:(?!(?<!\S)(?:--|[—–])[A-Za-z])[^\n])*)")
_RESOLUTION = re.compile(r"(?:1|1\.5|2|3|4|8)k?")
_RATIO = re.compile(r"(\d{1,4})[:x×/](\d{1,4})", re.IGNORECASE)

_SHAPES = {"square": Size.SQUARE, "landscape": Size.LANDSCAPE, "portrait": Size.PORTRAIT}
_FALLBACKS = {"flux": Fallback.FLUX, "gpt": Fallback.GPT}
_NUMBERS = {str(number): number for number in VARIANTS}
_PLAIN = Request(prompt="")
_FLAGS: dict[str, dict[str, Any]] = {
    "transparent": {"transparent": True},
    "enhance": {"enhance": True},
    "no-enhance": {"enhance": False},
    "no-fallback": {"fallback": None},
    "cn": {"china": True},
}
"""Options without a value."""
NAMES = ("size", "ar", "n", "fallback", "model", "m", "res", *_FLAGS)
_WORDED = {"style": "{} style", "no": "without {}"}
"""Options that people know from elsewhere, and the words of the prompt that say the same."""
_UNUSED = frozenset(
    (
        *("v", "version", "niji", "seed", "q", "quality", "s", "stylize", "c", "chaos", "w", "weird", "iw", "stop"),
        *("sref", "cref", "oref", "sw", "cw", "ow", "sv", "exp", "p", "profile", "r", "repeat", "steps", "cfg"),
        *("sampler", "scheduler", "hd", "tile", "turbo", "fast", "relax", "raw", "video", "draft", "test", "creative"),
    )
)
"""Options of other services that the image API doesn't have (Midjourney, Stable Diffusion and DALL·E front ends)."""


def parse(words: str, defaults: Request = _PLAIN) -> Request:
    """Split `words` into a prompt and options; return a request in which the options override `defaults`.

    Raises BadOption, whose reply names the legal values.
    """
    request = replace(defaults, prompt="")
    prompt: list[str] = []
    end = 0
    while match := _OPTION.search(words, end):
        name = match["name"].lower()
        if match["dash"] != "--" and not _is_known(name, words, match.end()):
            prompt.append(words[end : match.end()])
            end = match.end()
            continue
        prompt.append(words[end : match.start()])
        if name in _WORDED:
            before = "".join(prompt).rstrip()
            request, said, end = _worded(request, match, words, has_prompt=bool(before))
            prompt = [before, said]
        elif name in _UNUSED:
            values = _VALUES.match(words, match.end()) if match["value"] is None else None
            end = values.end() if values else match.end()
            request = replace(request, unused=f"{request.unused} {words[match.start() : end]}".strip())
        else:
            request, end = _take(request, name, match["value"], words, match.end())
    prompt.append(words[end:])
    return replace(request, prompt=_tidy(prompt))


def names_number(words: str) -> bool:
    """Return whether `words` say how many pictures are wanted. Raises BadOption."""
    return parse(words, replace(_PLAIN, variants=0)).variants > 0


def _is_known(name: str, words: str, end: int) -> bool:
    """Return whether the word behind a dash is an option; a single letter of other services needs a value."""
    if name in _UNUSED and len(name) == 1:
        return bool(re.match(r"[ \t]+[\d.]", words[end:]))
    return name in NAMES or name in _WORDED or name in _UNUSED


def _worded(request: Request, match: re.Match[str], words: str, *, has_prompt: bool) -> tuple[Request, str, int]:
    """Put an option into words; return the new request, the words, and the index behind the option.

    Behind a prompt, the option has all words up to the next option. In front of one it has a single word.
    """
    name, value, end = match["name"].lower(), match["value"], match.end()
    if value is None and (found := (_REST_OF_LINE if has_prompt else _NEXT).match(words, end)):
        value, end = found["value"], found.end()
    value = (value or "").strip(" \t\"'“”,")
    option = words[match.start() : end].strip()
    if not value or value.lower() == "raw":
        return replace(request, unused=f"{request.unused} {option}".strip()), " ", end
    said = _WORDED[name].format(value)
    return (
        replace(request, worded=f"{request.worded} {option}".strip()),
        f", {said} " if has_prompt else f"{said}, ",
        end,
    )


def _take(request: Request, name: str, value: str | None, words: str, end: int) -> tuple[Request, int]:
    """Apply one option; return the new request, and the index in `words` behind the option."""
    following = _NEXT.match(words, end) if value is None else None
    given = (following["value"] if following else value or "").lower()
    after = following.end() if following else end
    if name in _FLAGS:
        if value is not None:
            raise BadOption(text("<code>--{name}</code> stands alone, without a value.", name=name))
        return replace(request, **_FLAGS[name]), end
    if name in {"model", "m"} and value is None and (quoted := _QUOTED.match(words, end)):
        return replace(request, **_valued(name, quoted["value"].strip().lower())), quoted.end()
    if name == "fallback" and value is None and given not in _FALLBACKS:
        return replace(request, fallback=Fallback.FLUX), end
    return replace(request, **_valued(name, given)), after


def _valued(name: str, given: str) -> dict[str, Any]:
    """Return the fields of a request that an option with a value sets."""
    match name:
        case "fallback" if given in _FALLBACKS:
            return {"fallback": _FALLBACKS[given]}
        case "fallback":
            raise BadOption(text("<code>--fallback</code> can be flux or gpt."))
        case "n":
            return {"variants": _number(given)}
        case "size" | "ar":
            return {"size": _size(given), "wished": None}
        case "model" | "m":
            return {"model": _model(given), "instead_of": ""}
        case "res":
            return {"resolution": _resolution(given)}
        case _:
            raise BadOption(
                text(
                    "I don't know the option <code>--{name}</code>. "
                    "I know --model, --ar, --res, --n, --transparent, --enhance, --fallback and --cn.",
                    name=clip(name, 30),
                )
            )


def _number(given: str) -> int:
    if given not in _NUMBERS:
        raise BadOption(text("<code>--n</code> can be 1, 2 or 4: that many pictures from one prompt."))
    return _NUMBERS[given]


def _model(given: str) -> str:
    if not given:
        raise BadOption(text("<code>--model</code> needs a name, such as gpt. /model shows all of them."))
    return given


def _resolution(given: str) -> str:
    if not _RESOLUTION.fullmatch(given):
        raise BadOption(text("<code>--res</code> can be 1K, 2K or 4K: how large the picture is."))
    return f"{float(given.rstrip('k')):g}K"


def _size(given: str) -> Size:
    if given in _SHAPES:
        return _SHAPES[given]
    match = _RATIO.fullmatch(given)
    if not match or not int(match[1]) or not int(match[2]):
        raise BadOption(
            text(
                "<code>--ar</code> or <code>--size</code> can be 1:1, 3:2, 16:9 and so on, or square, landscape, "
                "portrait."
            )
        )
    return Size(f"{int(match[1])}:{int(match[2])}")


def _tidy(pieces: list[str]) -> str:
    """Join the pieces of the prompt. Doubled spaces are removed at the seams only, and line breaks stay."""
    joined = ""
    for piece in pieces:
        if joined and joined[-1].isspace():
            piece = piece.lstrip(" \t")  # noqa: PLW2901 - the piece is cut to fit the seam
        joined += piece
    return joined.strip()
