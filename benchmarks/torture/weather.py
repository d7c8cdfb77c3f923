"""Faults on the wires: at random, or one of each kind, so that every path through the bot is taken.

Only faults under which the promises still hold are included. An answer that Telegram or the image API has to mean (a
permanent refusal, a wrong key) is not one of them: the bot is right to give an order up then.
"""

import random
from typing import Any

Fault = dict[str, Any]

_BROKEN: tuple[tuple[str, Any], ...] = (
    ("drop", None),
    ("drop_after", None),
    ("cut", None),
    ("html", 502),
    ("http", 500),
    ("delay", 0.7),
)
_TELEGRAM = (
    "sendMessage",
    "editMessageText",
    "editMessageMedia",
    "deleteMessage",
    "sendMediaGroup",
    "getFile",
    "getUpdates",
    "getMe",
    "setWebhook",
)
_IMAGE: dict[str, tuple[tuple[str, Any], ...]] = {
    "generate": (("code", "429:call frequency"), ("code", 455), ("code", 550), ("code", 500)),
    "record-info": (("code", 429), ("code", 500)),
    "upload": (("code", 500),),
    "result": (("http", 404), ("http", 503)),
    "direct": (("http", 503),),
    "task": (("code", "451:Failed to fetch the image"), ("code", "500:Generation failed"), ("delay", 1.5)),
}
_CALLBACK: tuple[tuple[str, Any], ...] = (("lose", None), ("double", None), ("early", None), ("delay", 0.6))

FAIR: list[Fault] = []
RAIN: list[Fault] = [
    {"wire": "telegram", "match": "sendMessage", "kind": "html", "value": 502, "times": 2},
    {"wire": "telegram", "match": "getFile", "kind": "drop"},
    {"wire": "image", "match": "generate", "kind": "code", "value": "429:call frequency"},
    {"wire": "image", "match": "generate", "kind": "drop_after"},
    {"wire": "image", "match": "task", "kind": "delay", "value": 1.2, "times": 3},
    {"wire": "image", "match": "result", "kind": "http", "value": 404},
    {"wire": "image", "match": "result", "kind": "drop"},
]
HAIL: list[Fault] = [
    {"wire": "image", "match": "task", "kind": "code", "value": "451:Failed to fetch the image", "times": 8},
    {"wire": "image", "match": "record-info", "kind": "drop", "times": 2},
]
WEATHERS = (FAIR, RAIN, HAIL)
"""Rain: wait, ask again, ask for a direct link, be uncertain. Hail: upload and order again, and poll later."""
SLOW = (True, False, True)
"""Whether every outcome counts as late in this weather, and so comes as a new message."""


def squall(dice: random.Random) -> list[Fault]:
    """Return two or three faults, on any wire."""
    return [_fault(dice) for _ in range(dice.randint(2, 3))]


def _fault(dice: random.Random) -> Fault:
    wire = dice.choice(("telegram", "telegram", "image", "image", "callback", "file", "webhook"))
    match wire:
        case "telegram":
            kind, value = dice.choice((*_BROKEN, ("retry_after", 1)))
            return _of("telegram", dice.choice(_TELEGRAM), kind, value)
        case "image":
            name = dice.choice(tuple(_IMAGE))
            kind, value = dice.choice(_IMAGE[name] if name == "task" else (*_BROKEN, *_IMAGE[name]))
            return _of("image", name, kind, value)
        case "callback":
            return _of("callback", "*", *dice.choice(_CALLBACK))
        case "webhook":
            return _of("telegram", "webhook", *dice.choice((("double", None), ("delay", 0.4))))
        case _:
            return _of("file", "telegram", *dice.choice(_BROKEN))


def _of(wire: str, match: str, kind: str, value: Any) -> Fault:
    return {"wire": wire, "match": match, "kind": kind, "value": value}
