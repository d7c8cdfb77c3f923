"""Telegram's updates and the parts of albums, as they are stored."""

from dataclasses import dataclass

from core.models.image_request import Source
from core.models.job import Destination


@dataclass(frozen=True, slots=True)
class AlbumPart:
    """One message of an album."""

    album_id: str
    address: Destination
    chat_kind: str
    requester_id: int
    source: Source | None
    caption: str
    said_at: int = 0
    """The time of the message in epoch milliseconds."""


@dataclass(frozen=True, slots=True)
class Update:
    """An update as Telegram sent it: its JSON, and its chat and user (0 if it has none).

    `attempts` counts how often its handling was begun and did not return. `tries` counts how often it was put off.
    """

    update_id: int
    chat_id: int
    payload: str
    attempts: int = 0
    person: int = 0
    """The user who acts, or the chat in whose name a message was sent."""
    album_id: str | None = None
    """The album that the message belongs to."""
    tries: int = 0
    received_at: int = 0
    """Epoch milliseconds."""
    is_begun: bool = False
    """Whether this attempt is counted already."""

    @property
    def line(self) -> tuple[int, int]:
        """The key of its queue: updates of one user in one chat are handled one after the other."""
        return self.chat_id, self.person
