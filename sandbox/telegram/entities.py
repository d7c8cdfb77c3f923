"""Formatted text as Telegram stores it: plain text and entities, with offsets in UTF-16 code units."""

import re
from collections.abc import Callable
from typing import Any

from sandbox.telegram.calls import check_object
from sandbox.telegram.errors import bad_request
from sandbox.telegram.html import parse_html
from sandbox.telegram.markdown import parse_markdown, parse_markdown_v2
from sandbox.telegram.overlaps import Entity, untangle, with_found
from sandbox.telegram.written import Formatted

Known = Callable[[int], dict[str, Any] | None]
"""A function that returns the User with an id, or None if the bot doesn't know the user."""

_COMMAND = re.compile(r"(?<![\w/@<>.:])/([A-Za-z0-9_]{1,64})(?:@([A-Za-z0-9_]{3,32}))?(?![\w/@])")
_MENTION = re.compile(r"(?<![\w@/])@[A-Za-z][A-Za-z0-9_]{2,31}(?!\w)")
_URL = re.compile(
    r"(?<![\w@.])(?:https?://[^\s<>\"]+|(?:[a-z0-9-]+\.)+(?:com|org|net|io|ai|app|dev|me|ru)(?![\w.-])(?:/[^\s<>\"]*)?)",
    re.IGNORECASE,
)
_FINDERS = (("bot_command", _COMMAND), ("mention", _MENTION), ("url", _URL))
_PARSERS = {"html": parse_html, "markdown": parse_markdown, "markdownv2": parse_markdown_v2}
_OPAQUE = {"code", "pre", "text_link", "text_mention", "custom_emoji", "date_time"}
_FORMATS = {
    *("bold", "italic", "underline", "strikethrough", "spoiler", "blockquote", "expandable_blockquote", "code", "pre"),
    *("text_link", "text_mention", "custom_emoji", "date_time"),
}
# Telegram finds these types itself and ignores them in a bot's entities.
_FOUND = {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bank_card_number"}
_MOST = 1_000_000


def _nobody(_: int) -> None:
    return None


def utf16_length(text: str) -> int:
    """Return the length of a text in UTF-16 code units, as Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def format_text(source: str, parse_mode: str | None, entities: list[Any] | None, known: Known = _nobody) -> Formatted:
    """Return the plain text and its entities: those of the markup or of `entities`, and those that Telegram finds
    itself.

    Raises BotApiError if the markup or the entities are invalid.
    """
    if parse_mode and parse_mode.lower() != "none":
        if parse_mode.lower() not in _PARSERS:
            raise bad_request("unsupported parse_mode")
        text, found = _PARSERS[parse_mode.lower()](source)
    else:
        text, found = source, [entity for each in entities or [] if (entity := _given(each))]
    found = untangle(entity for each in found if (entity := _introduced(each, known)))
    _check_places(text, found)
    text, found = _trim(*_without_returns(text, found))
    found = untangle(found)
    return text, with_found(found, _discover(text, found))


def _given(entity: Any) -> Entity | None:
    checked = check_object("MessageEntity", entity)
    if checked["type"] in _FOUND:
        return None
    if checked["type"] not in _FORMATS:
        raise bad_request("can't parse MessageEntity: Unsupported type specified")
    for name in ("offset", "length"):
        if not 0 <= checked[name] <= _MOST:
            raise bad_request(f"receive an entity with incorrect {name} {checked[name]}")
    return checked


def _introduced(entity: Entity, known: Known) -> Entity | None:
    """Complete the User of a mention. Drop the mention if the bot doesn't know the user."""
    if entity["type"] != "text_mention":
        return entity
    number = entity.get("user", {}).get("id")
    user = known(number) if isinstance(number, int) else None
    return None if user is None else entity | {"user": user}


def _check_places(text: str, entities: list[Entity]) -> None:
    units = text.encode("utf-16-le", "surrogatepass")
    size = len(units) // 2
    for entity in entities:
        start, end = entity["offset"], entity["offset"] + entity["length"]
        if start > size:
            raise bad_request(f"entity begins after the end of the text at UTF-16 offset {start}")
        beginning = f"entity beginning at UTF-16 offset {start}"
        if end > size:
            raise bad_request(f"{beginning} ends after the end of the text at UTF-16 offset {end}")
        for place, words in ((start, "entity begins"), (end, f"{beginning} ends")):
            if 0xDC <= (units[2 * place + 1] if place < size else 0) < 0xE0:
                byte = len(units[: 2 * place + 2].decode("utf-16-le", "surrogatepass").encode("utf-8", "surrogatepass"))
                raise bad_request(f"{words} in a middle of a UTF-16 symbol at byte offset {byte}")


def person_text(source: str) -> Formatted:
    """Return a user's text with its commands, mentions and URLs as entities. It has no markup."""
    return format_text(source, None, None)


def entity_text(text: str, entity: Entity) -> str:
    """Return the part of the text that an entity covers."""
    units = text.encode("utf-16-le", "surrogatepass")
    start = int(entity["offset"]) * 2
    return units[start : start + int(entity["length"]) * 2].decode("utf-16-le", "surrogatepass")


def split_text(text: str, limit: int) -> list[str]:
    """Split a long text into messages, as users' apps do. `limit` is in UTF-16 code units."""
    parts, start, used = [], 0, 0
    for index, character in enumerate(text):
        units = 2 if ord(character) > 0xFFFF else 1
        if used + units > limit:
            parts.append(text[start:index])
            start, used = index, 0
        used += units
    return [*parts, text[start:]]


def _without_returns(text: str, entities: list[Entity]) -> Formatted:
    """Remove carriage returns and move the entities accordingly."""
    if "\r" not in text:
        return text, entities

    def moved(position: int) -> int:
        return position - entity_text(text, {"offset": 0, "length": position}).count("\r")

    placed = [(entity, moved(entity["offset"]), moved(entity["offset"] + entity["length"])) for entity in entities]
    return text.replace("\r", ""), [entity | {"offset": start, "length": end - start} for entity, start, end in placed]


def _trim(text: str, entities: list[Entity]) -> Formatted:
    """Remove the white space around a text and move the entities accordingly."""
    kept = text.strip()
    lead = utf16_length(text[: len(text) - len(text.lstrip())])
    size = utf16_length(kept)
    moved = []
    for entity in entities:
        start = max(0, entity["offset"] - lead)
        end = min(size, entity["offset"] + entity["length"] - lead)
        if end > start:
            moved.append({**entity, "offset": start, "length": end - start})
    return kept, moved


def _discover(text: str, known: list[Entity]) -> list[Entity]:
    if not any(mark in text for mark in "/@."):
        return []
    closed = [(e["offset"], e["offset"] + e["length"]) for e in known if e["type"] in _OPAQUE]
    found: list[Entity] = []
    for kind, pattern in _FINDERS:
        for match in pattern.finditer(text):
            covered = match[0].rstrip(".,;:!?)") if kind == "url" else match[0]
            start, length = utf16_length(text[: match.start()]), utf16_length(covered)
            if not any(start < end and begin < start + length for begin, end in closed):
                found.append({"type": kind, "offset": start, "length": length})
                closed.append((start, start + length))
    return found
