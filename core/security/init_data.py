"""Validation of a Mini App's `initData`, which says who opened it: by signature and age.

Source: https://core.telegram.org/bots/webapps, "Validating data received via the Mini App".
"""

import json
from dataclasses import dataclass
from urllib.parse import parse_qsl

from core.errors import Refused
from core.security.signing import is_equal, sign
from core.text import text

MAX_CHARACTERS = 4_096
MAX_AGE_S = 3_600  # a mask takes minutes; to continue later, the user opens the page again
_AHEAD_S = 60


class NotOpenedByTelegram(Refused):
    """The data is forged, meant for another bot, too old or damaged; only the log says which, by `cause`."""

    def __init__(self, cause: str) -> None:
        super().__init__(
            text("This page is too old, or wasn't opened from Telegram. Please open it again in the chat.")
        )
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Visitor:
    """The user for whom Telegram vouches."""

    person: int
    language: str


def read_init_data(init_data: str, token: str, now_s: float) -> Visitor:
    """Validate and parse `initData`. Raises NotOpenedByTelegram.

    `token` is the bot's token. `now_s` is in epoch seconds.
    """
    if len(init_data) > MAX_CHARACTERS:
        raise NotOpenedByTelegram("too long")
    try:
        pairs = parse_qsl(init_data, keep_blank_values=True, strict_parsing=True, max_num_fields=32)
    except ValueError as error:
        raise NotOpenedByTelegram("not a query string") from error
    fields = dict(pairs)
    given = fields.pop("hash", "")
    if len(fields) + 1 != len(pairs) or not is_equal(_signature(fields, token), given.encode("utf-8", "replace")):
        raise NotOpenedByTelegram("the signature is wrong")
    try:
        age = now_s - int(fields["auth_date"])
        user = json.loads(fields["user"])
        person, language = user["id"], user.get("language_code", "en")
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise NotOpenedByTelegram("parts are missing") from error
    if not -_AHEAD_S <= age <= MAX_AGE_S:
        raise NotOpenedByTelegram(f"{age:.0f} s old")
    if type(person) is not int or not isinstance(language, str):
        raise NotOpenedByTelegram("the user is none")
    return Visitor(person, language)


def _signature(fields: dict[str, str], token: str) -> bytes:
    lines = "\n".join(f"{name}={value}" for name, value in sorted(fields.items()))
    key = sign(b"WebAppData", token.encode())
    return sign(key, lines.encode("utf-8", "replace")).hex().encode()
