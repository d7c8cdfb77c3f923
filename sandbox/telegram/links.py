"""The meaning of a link's URL in markup: a web page, a mention, a custom emoji or a time."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sandbox.telegram.written import refuse

_INTERNAL = re.compile(r"tg:(?://)?([\w-]+)/?(?:\?([^#]*))?(?:#.*)?", re.IGNORECASE | re.ASCII)
_NUMBER = re.compile(r"-?\d{1,19}", re.ASCII)
_DATE_FORMAT = re.compile(r"r|w?[dD]?[tT]?")


def link_entity(address: str) -> tuple[str, dict[str, Any]] | None:
    """Return the type and the details of a link's entity, or None if the URL is invalid."""
    host, query = _internal(address)
    person = number(query.get("id", "")) if host == "user" else 0
    if person > 0:
        return "text_mention", {"user": {"id": person}}
    checked = checked_link(address)
    return None if checked is None else ("text_link", {"url": checked})


def sign_entity(address: str) -> tuple[str, dict[str, Any]]:
    """Return the type and the details of the entity for `![…](…)`: a custom emoji or a time.

    Raises BotApiError for any other URL.
    """
    host, query = _internal(address)
    emoji, time = number(query.get("id", "")), number(query.get("unix", ""))
    if host == "emoji" and emoji:
        return "custom_emoji", {"custom_emoji_id": str(emoji)}
    if host != "time" or time <= 0:
        refuse("Invalid tg://emoji or tg://time URL specified")
    return "date_time", time_details(time, query.get("format", ""))


def time_details(unix_time: int, shape: str) -> dict[str, Any]:
    """Return the fields of a `date_time` entity. Raises BotApiError if the format is invalid."""
    if not _DATE_FORMAT.fullmatch(shape):
        refuse("Invalid date-time format specified")
    return {"unix_time": unix_time} | ({"date_time_format": shape} if shape else {})


def emoji_details(identifier: str) -> dict[str, Any]:
    """Return the fields of a `custom_emoji` entity. Raises BotApiError if the identifier isn't a number."""
    if not number(identifier):
        refuse("Invalid custom emoji identifier specified")
    return {"custom_emoji_id": identifier}


def checked_link(address: str) -> str | None:
    """Return a URL in Telegram's form, with a scheme, a host in lower case and a path. Return None if it is invalid."""
    host, _ = _internal(address)
    if host:
        rest = address.partition(":")[2].removeprefix("//")[len(host) :]
        return f"tg://{host}{rest.removeprefix('/') if rest.startswith('/?') else rest}"
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        port = "" if parts.port is None else f":{parts.port}"
    except ValueError:
        return None
    name = parts.hostname or ""
    if parts.scheme.lower() not in {"http", "https"} or ("." not in name and ":" not in name) or " " in name:
        return None
    host = f"[{name}]" if ":" in name else name
    user, at, _ = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user}{at}{host}{port}", path=parts.path or "/").geturl()


def _internal(address: str) -> tuple[str, dict[str, str]]:
    match = _INTERNAL.fullmatch(address)
    if match is None:
        return "", {}
    return match[1].lower(), {key: values[0] for key, values in parse_qs(match[2] or "").items()}


def number(text: str) -> int:
    """Return the integer that a text consists of, or 0 for any other text."""
    return int(text) if _NUMBER.fullmatch(text) else 0
