"""The bot's questions about pictures."""

from dataclasses import dataclass
from enum import StrEnum

from core.models.image_request import Source
from core.models.job import Destination, PictureId


class Asking(StrEnum):
    """The purpose of the words that a question waits for. The values are stored, so they never change."""

    EDIT = "edit"
    SCRIBBLE = "scribble"
    """The question has two pictures: the original, and the copy that was drawn on."""
    NEW = "new"
    """Without pictures: what to paint, in the shape that `words` name."""
    WHICH = "which"
    """The words are there, in `words`; the question is which picture they are about."""
    WHICH_PART = "part"
    """The same for a change of a part, whose words may be missing."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question to a user about pictures.

    `message_id` is the message that asks it. `asked_at` is in epoch milliseconds.
    """

    address: Destination
    requester_id: int
    pictures: tuple[Source, ...]
    message_id: int | None = None
    asking: Asking = Asking.EDIT
    parent: PictureId | None = None
    idempotency_key: str = ""
    """The message or button press that caused the question; see `NewJob` for its grammar."""
    asked_at: int = 0
    words: str = ""
    """The words that wait for a picture."""
