"""Questions that the bot asks about pictures."""

from dataclasses import dataclass
from enum import StrEnum

from core.models.image_request import Source
from core.models.job import Destination, PictureId


class Asking(StrEnum):
    """What the words that a question waits for will be; kept in the database, so the values stay as they are."""

    EDIT = "edit"
    SCRIBBLE = "scribble"
    """Two pictures wait: the original, and the one that was drawn on."""


@dataclass(frozen=True, slots=True)
class Question:
    """The bot asked a person what to do with pictures. `message_id` is the question's own message."""

    address: Destination
    requester_id: int
    pictures: tuple[Source, ...]
    message_id: int | None = None
    asking: Asking = Asking.EDIT
    parent: PictureId | None = None
    idempotency_key: str = ""
    """The message or press that made the bot ask."""
    asked_at: int = 0
