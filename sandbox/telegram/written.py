"""Plain text and entities, as the parsers of markup produce them."""

from typing import Any, NoReturn

from sandbox.telegram.errors import bad_request
from sandbox.telegram.overlaps import Entity, in_order

Formatted = tuple[str, list[Entity]]


class Written:
    """The text so far, in parts, with its entities. `units` is its length in UTF-16 code units."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.units = 0
        self.entities: list[Entity] = []

    def say(self, words: str) -> None:
        """Append text."""
        self.words.append(words)
        self.units += len(words.encode("utf-16-le", "surrogatepass")) // 2

    def add(self, kind: str, start: int, **details: Any) -> None:
        """Add an entity from `start` to the present end. An empty entity is dropped."""
        if self.units > start:
            self.entities.append({"type": kind, "offset": start, "length": self.units - start, **details})

    def done(self) -> Formatted:
        """Return the text and its entities in Telegram's order."""
        return "".join(self.words), in_order(self.entities)


def byte_offset(source: str, at: int) -> int:
    """Return the offset of a character in UTF-8. Telegram's error messages count bytes."""
    return len(source[:at].encode("utf-8", "surrogatepass"))


def refuse(words: str) -> NoReturn:
    """Raise BotApiError for invalid markup."""
    raise bad_request(f"can't parse entities: {words}")
