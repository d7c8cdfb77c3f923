"""Updates of Telegram, and the pieces of albums among them, as they are stored."""

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
