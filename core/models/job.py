"""A job is one order of pictures, from the command to the picture in the chat."""

from dataclasses import dataclass
from enum import StrEnum

from core.errors import Failure
from core.models.image_request import Request


class State(StrEnum):
    """Where a job stands. The chart is in the README under "How a job lives"."""

    QUEUED = "queued"
    """Stored, and not yet given to the image service; sending it is safe."""
    SUBMITTING = "submitting"
    """The generate call is under way; a crash now leaves it unknown whether it was taken."""
    UNCERTAIN = "uncertain"
    """The answer to generate was lost: never submitted again, only a callback can still tell."""
    GENERATING = "generating"
    """The image service has taken it and named a task."""
    SETTLED = "settled"
    """The outcome is known and stored: result links or a failure; the person does not see it yet."""
    DELIVERED = "delivered"
    """The person was shown the outcome."""
    CANCELLED = "cancelled"
    """Called off, by the person or because its chat is gone; nothing more is shown."""


TRANSITIONS: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.SUBMITTING, State.SETTLED, State.CANCELLED}),
    State.SUBMITTING: frozenset({State.QUEUED, State.UNCERTAIN, State.GENERATING, State.SETTLED}),
    State.UNCERTAIN: frozenset({State.GENERATING, State.SETTLED}),
    State.GENERATING: frozenset({State.SETTLED, State.QUEUED}),
    State.SETTLED: frozenset({State.DELIVERED, State.CANCELLED}),
    State.DELIVERED: frozenset(),
    State.CANCELLED: frozenset(),
}
"""Every legal step; the statements in storage/queries/jobs.sql permit exactly these."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an answer belongs: a chat, its topic, the message it answers, and the language it is read in."""

    chat_id: int
    thread_id: int | None = None
    reply_to: int | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True)
class PictureId:
    """One result: the job, and its place among the job's results, from 0."""

    job_id: str
    position: int


@dataclass(frozen=True, slots=True)
class NewJob:
    """An order about to be stored.

    `idempotency_key` names what caused it, so that a replay finds it again; `button_key` names the button that was
    pressed for it, so that a second tap does too. `parent` is the result it goes on from.
    """

    idempotency_key: str
    address: Destination
    requester_id: int
    request: Request
    parent: PictureId | None = None
    button_key: str | None = None
    needs_confirmation: bool = False
    """Whether it waits for a yes to its price."""


@dataclass(frozen=True, slots=True)
class Job:
    """A stored order. Times are epoch milliseconds, `progress` is 0 to 1."""

    id: str
    idempotency_key: str
    address: Destination
    requester_id: int
    request: Request
    state: State
    created_at: int
    submitted_at: int | None = None
    attempts: int = 0
    task_id: str | None = None
    progress: float = 0.0
    placeholder_id: int | None = None
    callback_at: int | None = None
    callback_failure: Failure | None = None
    failure: Failure | None = None
    result_urls: tuple[str, ...] = ()
    parent: PictureId | None = None
    suppressed: bool = False
    """Called off when the service had it already: its result is kept, but not shown."""
    restored: bool = False
    """Suppressed because it came with a backup: nobody hears what becomes of it."""
    awaiting_confirmation: bool = False
    """Waits for a yes to its price."""
    price: int = 0
    """Credits a picture."""
    overdue_at: int | None = None
    """Since when it has taken longer than usual: it is still waited for, but counts no longer as under way."""


# What record-info can say of a task.


@dataclass(frozen=True, slots=True)
class Generating:
    """Still at work; `progress` is 0 to 1."""

    progress: float


@dataclass(frozen=True, slots=True)
class Painted:
    """Done; the result links, none while the service's record is only half written."""

    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """Ended without a picture; `message` is the service's own, for the operator."""

    failure: Failure
    message: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The service has no record of the task, as is normal just after submitting."""


Report = Generating | Painted | Failed | Unknown


@dataclass(frozen=True, slots=True)
class TaskNotification:
    """A callback as it came: whose task it says it is, and what it claims."""

    task_id: str | None
    failed: Failed | None
