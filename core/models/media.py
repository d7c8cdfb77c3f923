"""Pictures on their way: shown, uploaded, prepared, and finished."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.models.image_request import Picture, Source
from core.models.job import Job, PictureId


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
