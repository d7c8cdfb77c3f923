"""Pictures on their way: to show, shown, prepared, uploaded, and finished."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.models.image_request import Picture, Source
from core.models.job import Job, PictureId


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file on its way into the store. A short one is still in memory, as `content`, and not yet at `path`."""

    path: Path
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Showable:
    """A stored picture with the path of its file; `file_id` sends it again if Telegram has it."""

    picture: Picture
    path: Path
    file_id: str | None = None


UNNAMED = 0
"""The id of a message that was sent, but whose id Telegram didn't tell: it exists and can't be changed."""


@dataclass(frozen=True, slots=True)
class Permits:
    """The kinds of messages that the bot may send in a chat."""

    text: bool = True
    photos: bool = True
    documents: bool = True

    @property
    def pictures(self) -> bool:
        """Whether the bot can show a picture in any form."""
        return self.photos or self.documents


@dataclass(frozen=True, slots=True)
class Shown:
    """A message that shows a picture.

    `message_id` may be UNNAMED. `file_id` sends the picture again without an upload; it and `unique_id` are None if
    Telegram didn't tell them.
    """

    message_id: int
    file_id: str | None
    unique_id: str | None


@dataclass(frozen=True, slots=True)
class Upload:
    """The URL of a picture that the image API can fetch, with the picture's sides in pixels."""

    url: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """A picture that is ready for upload: its file, the suffix for its name, as in `.png`, and its sides in pixels."""

    path: Path
    suffix: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Result:
    """A finished picture with its job; `file_id` and `unique_id` are None if Telegram doesn't have the picture."""

    job: Job
    position: int
    picture: Picture
    file_id: str | None
    unique_id: str | None
    is_deleted: bool

    @property
    def id(self) -> PictureId:
        """The lasting name of the result."""
        return PictureId(self.job.id, self.position)

    @property
    def source(self) -> Source:
        """This result as the source of another job, with its stored bytes."""
        return Source(self.file_id or "", self.picture.sha256, self.picture.size, self.picture)


@dataclass(frozen=True, slots=True)
class FoundPicture:
    """The picture that a message is about; `parent` is set if it is a result of the bot."""

    source: Source
    parent: PictureId | None = None


class MaskWay(StrEnum):
    """The way a mask is made."""

    PAINTED = "painted"
    """In the mask painter."""
    SCRIBBLED = "scribbled"
    """By drawing on a copy of the picture."""
    BY_HAND = "by_hand"
    """As a black and white picture, in any program."""
