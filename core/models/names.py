"""The names of people and chats, as Telegram told them with a message."""

import re
import unicodedata
from dataclasses import dataclass

from core.text import clip

_USERNAME = re.compile(r"[A-Za-z0-9_]{1,32}")
_TITLE_UNITS = 64
"""A first name has at most 64 characters, a title of a chat 128 (Bot API, setChatTitle)."""
_LANGUAGE = re.compile(r"[A-Za-z0-9-]{1,16}")
_JOINER = "\u200d"


@dataclass(frozen=True, slots=True)
class Name:
    """The names of a person, or of a chat if the id is below 0; build it with `of`.

    `username` is in lower case and without `@`. `title` is a first name or the title of a chat.
    """

    id: int
    username: str | None = None
    title: str | None = None
    language: str = "en"

    @classmethod
    def of(cls, id_: int, username: str | None, title: str | None, language: str | None = None) -> "Name":
        """Build a name from what Telegram sent: bounded, and without characters that could disturb a line."""
        known = username if username and _USERNAME.fullmatch(username) else None
        tag = language if language and _LANGUAGE.fullmatch(language) else "en"
        return cls(id_, known.casefold() if known else None, _one_line(title or "") or None, tag)

    @property
    def label(self) -> str:
        """The title and the user name, as far as they are known, in one line; an empty string without any."""
        return ", ".join(part for part in (self.title, f"@{self.username}" if self.username else None) if part)


def _one_line(title: str) -> str:
    """Remove control characters and those that turn the direction of a line, and shorten the rest."""
    shown = "".join(" " if char.isspace() else char for char in title if char.isspace() or _is_shown(char))
    return clip(" ".join(shown.split()), _TITLE_UNITS)


def _is_shown(char: str) -> bool:
    return char == _JOINER or not unicodedata.category(char).startswith("C")
