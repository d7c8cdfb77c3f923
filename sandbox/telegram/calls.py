"""A call of a Bot API method: its checked and converted parameters, and its files."""

import json
import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from sandbox.telegram.errors import BotApiError, bad_request
from sandbox.telegram.schema import (
    BOOL,
    CHAT,
    DICT,
    FILE,
    FLOAT,
    INT,
    INTS,
    LIST,
    METHODS,
    MISSING,
    NAMES,
    NOT_ACTED_OUT,
    OBJECTS,
    STR,
    Fields,
)

BY_LOWER_NAME = {name.lower(): name for name in (*METHODS, *NOT_ACTED_OUT)}
OLD_NAMES = {
    "getchatmemberscount": "getChatMemberCount",
    "kickchatmember": "banChatMember",
    "setstickersetthumb": "setStickerSetThumbnail",
}
STRICT: ContextVar[bool] = ContextVar("strict", default=False)
"""Whether unknown parameters are refused. Telegram ignores them."""


NUMBERED = {"message_id", "message_thread_id", "user_id"}
_DECIMAL = re.compile(r"-?\d{1,18}(?:\.\d*)?(?:[eE][-+]?\d{1,2})?", re.ASCII)
_DIGITS = re.compile(r"-?\d{1,18}", re.ASCII)


@dataclass(frozen=True)
class Upload:
    """A file part of a multipart request."""

    name: str
    content_type: str
    data: bytes


@dataclass
class Call:
    """A call with the method's canonical name. `values` holds only the parameters that the bot sent."""

    method: str
    values: dict[str, Any]
    files: dict[str, Upload] = field(default_factory=dict)

    def get(self, name: str, default: Any = None) -> Any:
        """Return a parameter, or the default if the bot didn't send it."""
        return self.values.get(name, default)

    def file(self, name: str) -> Upload | str:
        """Return a file parameter: an upload, or a file identifier or URL."""
        upload = self.files.get(name)
        return upload if upload is not None else self.attached(str(self.values.get(name, "")))

    def attached(self, reference: str) -> Upload | str:
        """Resolve `attach://name` to the upload of that name. Return any other reference unchanged.

        Raises BotApiError if the upload is missing.
        """
        scheme, found, name = reference.partition("attach://")
        if scheme or not found:
            return reference
        if name not in self.files:
            raise bad_request("wrong file identifier/HTTP URL specified")
        return self.files[name]


def read_call(method: str, raw: Mapping[str, Any], files: Mapping[str, Upload]) -> Call:
    """Check a call against the schema and convert its parameters. Method names are case-insensitive, as at Telegram.

    Raises BotApiError if the method is unknown, a required parameter is missing, or a value can't be converted.
    """
    name = proper_name(method)
    if name in NOT_ACTED_OUT:
        raise bad_request(f"the sandbox does not act out {name}")
    if name not in METHODS:
        raise BotApiError(404, "Not Found: method not found")
    known = METHODS[name]
    given = {key: value for key, value in raw.items() if not _is_left_out(value, known.get(key, STR))}
    if STRICT.get():
        _check_names(given, known, name)
    else:
        given = {key: value for key, value in _renewed(given, known).items() if key in known}
    values = {key: _read(key, known[key], value) for key, value in given.items()}
    values = {key: value for key, value in values.items() if not _names_nothing(key, value)}
    for key, kind in known.items():
        if kind.endswith("!") and values.get(key, "") == "" and key not in files:
            _refuse_missing(name, key)
    return Call(name, values, dict(files))


def _is_left_out(value: Any, kind: str) -> bool:
    """Return whether a value counts as missing. Clients that fill in forms send empty values."""
    return value is None or (value == "" and kind.rstrip("!") not in {STR, FILE})


def _names_nothing(key: str, value: Any) -> bool:
    """Return whether an identifier refers to nothing: Telegram numbers messages, topics and users from 1."""
    return value is None or (key in NUMBERED and value <= 0)


def proper_name(method: str) -> str:
    """Return a method's canonical name, or an unknown name unchanged."""
    lower = method.lower()
    return BY_LOWER_NAME.get(lower) or OLD_NAMES.get(lower) or method


def _renewed(given: dict[str, Any], known: Fields) -> dict[str, Any]:
    """Translate the deprecated parameters that the official server still accepts to their current form."""
    answered = _leading_number(given.get("reply_to_message_id"))
    if "reply_parameters" in known and "reply_parameters" not in given and answered > 0:
        may_miss = _boolean(given.get("allow_sending_without_reply", False))
        reply = {"message_id": answered, "allow_sending_without_reply": may_miss}
        given = given | {"reply_parameters": reply}
    if "link_preview_options" in known and "disable_web_page_preview" in given:
        is_off = _boolean(given["disable_web_page_preview"])
        given = {"link_preview_options": {"is_disabled": is_off}} | given
    return given


def check_object(kind: str, value: Any) -> dict[str, Any]:
    """Check a nested object against the schema and return it with converted fields.

    Raises BotApiError if a required field is missing or a value can't be converted.
    """
    fields = OBJECTS[kind]
    if not isinstance(value, dict):
        raise bad_request(f"can't parse {kind}: expected an Object")
    if STRICT.get():
        _check_names(value, fields, kind)
    value = {key: item for key, item in value.items() if key in fields and item is not None}
    for key, expected in fields.items():
        if expected.endswith("!") and value.get(key, "") == "":
            raise bad_request(f"can't parse {kind}: Can't find field \"{key}\"")
    return {key: _convert(key, fields[key], item) for key, item in value.items()}


def _check_names(given: Mapping[str, Any], known: Fields, where: str) -> None:
    for key in given:
        if key not in known:
            raise bad_request(f'{where} has no parameter "{key}"')


def _refuse_missing(method: str, key: str) -> None:
    # An empty url removes the webhook.
    if (method, key) != ("setWebhook", "url"):
        raise bad_request(MISSING.get(key, f'parameter "{key}" is required'))


def _read(key: str, kind: str, value: Any) -> Any:
    """Convert a parameter to its type. As at Telegram, an invalid number is 0 and an invalid list of names is None."""
    if not STRICT.get() and kind.rstrip("!") == INT:
        return _leading_number(value)
    if not STRICT.get() and kind.rstrip("!") == FLOAT:
        decimal = _DECIMAL.match(str(value))
        return float(decimal[0]) if decimal else 0.0
    try:
        return _convert(key, kind, value)
    except BotApiError:
        if STRICT.get() or kind != NAMES:
            raise
        return None


def _convert(key: str, kind: str, value: Any) -> Any:
    try:
        return _CONVERTERS[kind.rstrip("!")](value)
    except (ValueError, TypeError, RecursionError) as error:
        raise bad_request(f'can\'t parse parameter "{key}": expected {kind.rstrip("!")}') from error


def _leading_number(value: Any) -> int:
    """Return the integer at the start of a value, or 0 if it doesn't start with digits."""
    digits = _DIGITS.match(str(value))
    return int(digits[0]) if digits else 0


def _integer(value: Any) -> int:
    if isinstance(value, bool | float):
        raise TypeError("not an integer")
    return int(value)


def _float(value: Any) -> float:
    if not _DECIMAL.fullmatch(str(value)):
        raise TypeError("not a number")
    return float(value)


def _string(value: Any) -> str:
    if not isinstance(value, str | int | float):
        raise TypeError("not a string")
    text = str(value)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise bad_request("strings must be encoded in UTF-8") from error
    return text


def _boolean(value: Any) -> bool:
    return value if isinstance(value, bool) else str(value).lower() in {"true", "1", "yes", "t", "y"}


def _chat(value: Any) -> int | str:
    text = str(value)
    return int(text) if text.lstrip("-").isdigit() else text


def _list(value: Any) -> list[Any]:
    parsed = json.loads(value) if isinstance(value, str) else value
    if not isinstance(parsed, list):
        raise TypeError("not an array")
    return parsed


def _integers(value: Any) -> list[int]:
    return [_integer(item) for item in _list(value)]


def _names(value: Any) -> list[str]:
    names = _list(value)
    if not all(isinstance(name, str) for name in names):
        raise TypeError("not strings")
    return names


def _dict(value: Any) -> dict[str, Any]:
    parsed = json.loads(value) if isinstance(value, str) else value
    if not isinstance(parsed, dict):
        raise TypeError("not an object")
    return parsed


_CONVERTERS = {
    INT: _integer,
    FLOAT: _float,
    INTS: _integers,
    NAMES: _names,
    STR: _string,
    BOOL: _boolean,
    CHAT: _chat,
    FILE: _string,
    LIST: _list,
    DICT: _dict,
}
