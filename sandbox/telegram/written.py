"""Plain words with their entities, as they come out of a bot's markup."""

from typing import Any, NoReturn

from sandbox.telegram.errors import bad_request
from sandbox.telegram.overlaps import Entity, in_order

Formatted = tuple[str, list[Entity]]


class Written:
    """What was said so far; entities begin and end in UTF-16 units."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.units = 0
        self.entities: list[Entity] = []

    def say(self, words: str) -> None:
        """Put words behind what is there."""
        self.words.append(words)
        self.units += len(words.encode("utf-16-le", "surrogatepass")) // 2

    def add(self, kind: str, start: int, **details: Any) -> None:
        """Let an entity end here. One that covers nothing is none."""
        if self.units > start:
            self.entities.append({"type": kind, "offset": start, "length": self.units - start, **details})

    def done(self) -> Formatted:
        """The text and its entities, in Telegram's order."""
        return "".join(self.words), in_order(self.entities)


def byte_offset(source: str, at: int) -> int:
    """Where a character stands in UTF-8, in which Telegram counts when it complains."""
    return len(source[:at].encode("utf-8", "surrogatepass"))


def refuse(words: str) -> NoReturn:
    """Say that this is no markup."""
    raise bad_request(f"can't parse entities: {words}")
