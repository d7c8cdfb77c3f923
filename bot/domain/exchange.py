"""The small values that go through the ports and belong to no single order."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal

from bot.domain.job import Address, Job, PictureId
from bot.domain.request import Fallback, Picture, Request, Size, Source
from bot.domain.text import Words

Keyboard = tuple[tuple["Button", ...], ...]


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button, which does one thing.

    `data` comes back when it is pressed (at most 64 bytes), `link` opens an address, `app` one inside Telegram (in
    private chats only), `copy` goes to the clipboard (at most 256 characters).
    """

    label: Words
    data: str = ""
    link: str = ""
    app: str = ""
    copy: str = ""


@dataclass(frozen=True, slots=True)
class Showable:
    """A picture of ours with the path of its bytes, and what re-sends it where Telegram has it."""

    picture: Picture
    path: Path
    file_id: str | None = None


UNNAMED = 0
"""The id of a message that Telegram took without naming it: it is there, and can't be changed."""


@dataclass(frozen=True, slots=True)
class Permits:
    """What the bot may send in a chat."""

    text: bool = True
    photos: bool = True
    documents: bool = True

    @property
    def pictures(self) -> bool:
        """Whether a picture can be shown in any form."""
        return self.photos or self.documents


@dataclass(frozen=True, slots=True)
class Shown:
    """A message that shows a picture; `file_id` re-sends it for free, `message_id` may be UNNAMED."""

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
class Result:
    """A finished picture, the job it is of, and what re-sends it for free where Telegram has it."""

    job: Job
    position: int
    picture: Picture
    file_id: str | None
    unique_id: str | None
    is_deleted: bool

    @property
    def id(self) -> PictureId:
        """Its lasting name."""
        return PictureId(self.job.id, self.position)

    @property
    def source(self) -> Source:
        """Itself, as the picture of another order: from the bytes that we hold."""
        return Source(self.file_id or "", self.picture.sha256, self.picture.size, self.picture)


class MaskWay(StrEnum):
    """How a mask was made."""

    PAINTED = "painted"
    SCRIBBLED = "scribbled"
    BY_HAND = "by_hand"


class Asking(StrEnum):
    """What the words that a question waits for will be; kept in the database, so the values stay as they are."""

    EDIT = "edit"
    SCRIBBLE = "scribble"
    """Two pictures wait: the original, and the one that was drawn on."""


@dataclass(frozen=True, slots=True)
class Question:
    """The bot asked a person what to do with pictures. `message_id` is the question's own message."""

    address: Address
    asked_by: int
    pictures: tuple[Source, ...]
    message_id: int | None = None
    asking: Asking = Asking.EDIT
    parent: PictureId | None = None
    origin: str = ""
    """The message or press that made the bot ask."""
    asked_at: int = 0


@dataclass(frozen=True, slots=True)
class NewDraft:
    """A change of a part of a picture that is being put together.

    `base` is the picture, a PNG of ours; `words` say what shall happen, options and all.
    """

    address: Address
    asked_by: int
    base: Picture
    words: str
    parent: PictureId | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A stored draft; `mask` once it is known, `message_id` is the preview that shows it. Nothing is paid for yet."""

    id: str
    new: NewDraft
    mask: Picture | None = None
    message_id: int | None = None

    @property
    def seal(self) -> str:
        """What a preview shows, in eight digits: a yes to one is no yes to what is drawn or written after it."""
        said = f"{self.mask.sha256 if self.mask else ''} {self.new.words}"
        return hashlib.sha256(said.encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Preferences:
    """What somebody wants where a command names nothing; None where they never said."""

    size: Size | None = None
    variants: int | None = None
    enhance: bool | None = None
    fallback: Fallback | Literal["off"] | None = None
    as_file: bool | None = None

    def over(self, other: "Preferences") -> "Preferences":
        """Combine: what these leave open is as in `other`."""
        return Preferences(
            size=self.size or other.size,
            variants=self.variants or other.variants,
            enhance=other.enhance if self.enhance is None else self.enhance,
            fallback=self.fallback or other.fallback,
            as_file=other.as_file if self.as_file is None else self.as_file,
        )

    @property
    def request(self) -> Request:
        """An order without words, as these want it."""
        return Request(
            prompt="",
            size=self.size,
            variants=self.variants or 1,
            enhance=bool(self.enhance),
            fallback=self.fallback if isinstance(self.fallback, Fallback) else None,
            as_file=bool(self.as_file),
        )


@dataclass(frozen=True, slots=True)
class AlbumPart:
    """One message of an album."""

    album_id: str
    address: Address
    chat_kind: str
    asked_by: int
    source: Source | None
    caption: str
    said_at: int = 0
    """Milliseconds since 1970."""


@dataclass(frozen=True, slots=True)
class Update:
    """An update of Telegram as it came: its JSON, and where and by whom it is (0 where it names none).

    `attempts` is how often its handling was begun and did not come back, `tries` how often it was put off.
    """

    update_id: int
    chat_id: int
    payload: str
    attempts: int = 0
    person: int = 0
    """Who acts: somebody, or a chat that speaks in its own name."""
    album_id: str | None = None
    """The album that it is a piece of."""
    tries: int = 0
    received_at: int = 0
    """Milliseconds since 1970."""

    @property
    def line(self) -> tuple[int, int]:
        """What it waits in: one after the other for each person in each chat."""
        return self.chat_id, self.person
