"""The small values that go through the ports and belong to no single order."""

from dataclasses import dataclass
from pathlib import Path

from bot.domain.job import Address, Picture
from bot.domain.request import Source
from bot.domain.text import Words

Keyboard = tuple[tuple["Button", ...], ...]


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button; `data` comes back when it is pressed (at most 64 bytes)."""

    label: Words
    data: str


@dataclass(frozen=True, slots=True)
class Showable:
    """A picture of ours with the path of its bytes."""

    picture: Picture
    path: Path


@dataclass(frozen=True, slots=True)
class Shown:
    """A message that shows a picture; `file_id` re-sends it for free."""

    message_id: int
    file_id: str | None
    unique_id: str | None


@dataclass(frozen=True, slots=True)
class Upload:
    """A link the service can fetch, and the shape of what is behind it, in pixels."""

    url: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture ready for upload: its file, the file name ending it should have, and its sides in pixels."""

    path: Path
    suffix: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Question:
    """The bot asked a person what to do with pictures. `message_id` is the question's own message."""

    address: Address
    asked_by: int
    pictures: tuple[Source, ...]
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class AlbumPart:
    """One message of an album."""

    album_id: str
    address: Address
    chat_kind: str
    asked_by: int
    source: Source | None
    caption: str


@dataclass(frozen=True, slots=True)
class Update:
    """An update of Telegram as it came: its JSON, and the chat whose order it keeps (0 where it names none)."""

    update_id: int
    chat_id: int
    payload: str
    attempts: int = 0
