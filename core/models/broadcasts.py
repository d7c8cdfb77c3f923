"""Words for every chat, and what became of them."""

from dataclasses import dataclass
from enum import StrEnum

from core.models.job import Destination


class BroadcastState(StrEnum):
    """Where a broadcast stands; kept in the database, so the values stay as they are."""

    ASKED = "asked"
    """Written down; nothing is sent before the operator says so."""
    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"
    DROPPED = "dropped"
    """Not wanted after all."""


class Fate(StrEnum):
    """What became of a broadcast in one chat; kept in the database, so the values stay as they are."""

    TRIED = "tried"
    """The intent, noted before sending."""
    SENT = "sent"
    GONE = "gone"
    """The bot is no longer there."""
    REFUSED = "refused"
    UNSURE = "unsure"
    """Tried, and no answer came: it may stand there, so it is not sent again."""


@dataclass(frozen=True, slots=True)
class NewBroadcast:
    """Words for every chat; `address` is where its operator sees how it goes."""

    idempotency_key: str
    address: Destination
    words: str


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A stored broadcast; `message_id` is the operator's message about it, `reach` whom it would go to by now."""

    id: str
    new: NewBroadcast
    state: BroadcastState
    message_id: int | None = None
    reach: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """How far a broadcast got, in chats."""

    total: int = 0
    tried: int = 0
    sent: int = 0
    gone: int = 0
    refused: int = 0
    unsure: int = 0


@dataclass(frozen=True, slots=True)
class Recipient:
    """A chat that a running broadcast has yet to reach."""

    broadcast_id: str
    chat_id: int
    words: str
