"""Broadcasts: messages for every chat, and their recipients."""

from dataclasses import dataclass
from enum import StrEnum

from core.models.job import Destination


class BroadcastState(StrEnum):
    """The state of a broadcast. The values are stored, so they never change."""

    ASKED = "asked"
    """Stored; nothing is sent before the operator confirms it."""
    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"
    DROPPED = "dropped"
    """Given up before its start."""


class Fate(StrEnum):
    """The result of sending a broadcast to one chat. The values are stored, so they never change."""

    TRIED = "tried"
    """The intent, recorded before sending."""
    SENT = "sent"
    GONE = "gone"
    """The bot was removed or blocked."""
    REFUSED = "refused"
    UNSURE = "unsure"
    """Sent, but no answer came. The message may have arrived, so it isn't sent again."""


@dataclass(frozen=True, slots=True)
class NewBroadcast:
    """A broadcast to be stored; `address` is the chat that shows its operator the progress."""

    idempotency_key: str
    address: Destination
    words: str


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A stored broadcast.

    `message_id` is the message that shows the operator the progress. `reach` is the number of chats it would go to now.
    """

    id: str
    new: NewBroadcast
    state: BroadcastState
    message_id: int | None = None
    reach: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """The progress of a broadcast, in chats."""

    total: int = 0
    tried: int = 0
    sent: int = 0
    gone: int = 0
    refused: int = 0
    unsure: int = 0


@dataclass(frozen=True, slots=True)
class Recipient:
    """A chat that a running broadcast is yet to be sent to."""

    broadcast_id: str
    chat_id: int
    words: str
