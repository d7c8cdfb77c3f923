"""What an address behind words means: a web page, somebody, an emoji, or a time."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sandbox.telegram.written import refuse

_INTERNAL = re.compile(r"tg:(?://)?([\w-]+)/?(?:\?([^#]*))?(?:#.*)?", re.IGNORECASE | re.ASCII)
_NUMBER = re.compile(r"-?\d{1,19}", re.ASCII)
_DATE_FORMAT = re.compile(r"r|w?[dD]?[tT]?")


def link_entity(address: str) -> tuple[str, dict[str, Any]] | None:
    """The kind and the details of the entity that a link makes; None where it leads nowhere."""
    host, query = _internal(address)
    person = number(query.get("id", "")) if host == "user" else 0
    if person > 0:
        return "text_mention", {"user": {"id": person}}
    checked = checked_link(address)
    return None if checked is None else ("text_link", {"url": checked})


def sign_entity(address: str) -> tuple[str, dict[str, Any]]:
    """The entity of `![…](…)`: an emoji of its own, or a time."""
    host, query = _internal(address)
    emoji, time = number(query.get("id", "")), number(query.get("unix", ""))
    if host == "emoji" and emoji:
        return "custom_emoji", {"custom_emoji_id": str(emoji)}
    if host != "time" or time <= 0:
        refuse("Invalid tg://emoji or tg://time URL specified")
    return "date_time", time_details(time, query.get("format", ""))


def time_details(unix_time: int, shape: str) -> dict[str, Any]:
    """What a `date_time` entity says."""
    if not _DATE_FORMAT.fullmatch(shape):
        refuse("Invalid date-time format specified")
    return {"unix_time": unix_time} | ({"date_time_format": shape} if shape else {})


def emoji_details(identifier: str) -> dict[str, Any]:
    """What a `custom_emoji` entity says."""
    if not number(identifier):
        refuse("Invalid custom emoji identifier specified")
    return {"custom_emoji_id": identifier}


def checked_link(address: str) -> str | None:
    """An address as Telegram writes it: with a scheme, a small host and a path. None where it is none."""
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
    """Read digits; whatever else there is counts as zero."""
    return int(text) if _NUMBER.fullmatch(text) else 0
