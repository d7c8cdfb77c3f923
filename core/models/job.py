"""A job: one order of pictures, from the command to the picture in the chat."""

from dataclasses import dataclass
from enum import StrEnum

from core.errors import Failure
from core.models.image_request import Request


class State(StrEnum):
    """The state of a job. The README has a chart of the states under "How a job lives"."""

    QUEUED = "queued"
    """Stored, and not yet submitted to the image API; submitting it is safe."""
    SUBMITTING = "submitting"
    """The generate call is in progress. After a crash it is unknown whether the image API accepted it."""
    UNCERTAIN = "uncertain"
    """The answer to generate was lost. The job is never submitted again; only a task notification can resolve it."""
    GENERATING = "generating"
    """The image API accepted the job and named its task."""
    SETTLED = "settled"
    """The outcome, result links or a failure, is stored and not yet shown to the requester."""
    DELIVERED = "delivered"
    """The outcome was shown to the requester."""
    CANCELLED = "cancelled"
    """Canceled by the requester, or because its chat is gone; nothing more is shown."""


TRANSITIONS: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.SUBMITTING, State.GENERATING, State.SETTLED, State.CANCELLED}),
    State.SUBMITTING: frozenset({State.QUEUED, State.UNCERTAIN, State.GENERATING, State.SETTLED}),
    State.UNCERTAIN: frozenset({State.GENERATING, State.SETTLED}),
    State.GENERATING: frozenset({State.SETTLED, State.QUEUED}),
    State.SETTLED: frozenset({State.DELIVERED, State.CANCELLED}),
    State.DELIVERED: frozenset(),
    State.CANCELLED: frozenset(),
}
"""Every legal transition. The statements in storage/queries/jobs.sql permit exactly these. From QUEUED to
GENERATING goes an order that is split into parts."""


@dataclass(frozen=True, slots=True)
class Destination:
    """The place for an answer: a chat, a topic in it, the message to reply to, and the language to write in."""

    chat_id: int
    thread_id: int | None = None
    reply_to: int | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True)
class PictureId:
    """The lasting name of a result: its job, and its position among the job's results, from 0."""

    job_id: str
    position: int


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to be stored.

    `idempotency_key` identifies the message, album, button press or draft that caused the job, so that a replay finds
    it: `message:<chat id>:<message id>`, `album:<chat id>:<album id>`, `press:<callback query id>` or `draft:<draft
    id>:<fingerprint>`. `button_key` identifies the button that was pressed, so that a double press finds the job.
    `parent` is the result that the job continues from.
    """

    idempotency_key: str
    address: Destination
    requester_id: int
    request: Request
    parent: PictureId | None = None
    button_key: str | None = None
    needs_confirmation: bool = False
    """Whether the job waits until its requester confirms the price."""
    wanted: int | None = None
    """The number of pictures that did not fit, if the job waits for a yes to a smaller number."""


@dataclass(frozen=True, slots=True)
class Job:
    """A stored job. Times are epoch milliseconds, and `progress` is 0 to 1."""

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
    placed_at: int | None = None
    """The time at which the placeholder was sent; None if the version that sent it didn't record it."""
    arrival_id: int | None = None
    """The message that was sent for the present outcome, see `core/services/arrival.py`."""
    arrival_tries: int = 0
    """How often such a message may have been sent without its id being recorded."""
    outdated_id: int | None = None
    """The placeholder that this message replaced, until it is removed."""
    notified_at: int | None = None
    notified_failure: Failure | None = None
    failure: Failure | None = None
    result_urls: tuple[str, ...] = ()
    parent: PictureId | None = None
    suppressed: bool = False
    """Canceled when the image API had the job already: its results are stored, but not shown."""
    restored: bool = False
    """Suppressed because it came from a backup: its requester isn't told how it ends."""
    awaiting_confirmation: bool = False
    """Waits until its requester confirms the price."""
    price: int = 0
    """Hundredths of credits for each picture."""
    overdue_at: int | None = None
    """The time since which the job has taken longer than usual. It is still awaited, but not counted as in progress."""
    wanted: int | None = None
    """The number of pictures that did not fit, if a smaller number was offered instead."""

    part_of: str | None = None
    """The order that the job is a part of, see `core/ports/parts.py`."""
    parts: int = 0
    """The number of parts of an order; 0 for a job that has a task of its own."""
    late: int = 0
    """For a part: 1 if its order was shown without it. For an order: the number of its parts that are late."""
    account: str = ""
    """The fingerprint of the key that the task was asked for with; empty if there is only one, or it isn't known."""
    is_told: bool = False
    """Whether the requester was told that the job is uncertain."""
    ahead: int | None = None
    """How many jobs were to be submitted before this one when it was stored; None if it was read later."""
    is_new_outcome: bool = False
    """Whether the commit that settled the job handed it over, so that none of its results is recorded yet."""

    @property
    def is_shown_elsewhere(self) -> bool:
        """Whether the job is a part that is shown with its order."""
        return self.part_of is not None and not self.late

    @property
    def task(self) -> "Task":
        """The task of the job; its id is empty until it is known."""
        return Task(self.task_id or "", self.request.model, self.account)


@dataclass(frozen=True, slots=True)
class Task:
    """A task of the image API: its opaque id, the name of its model, and the account that has it, if that is known."""

    id: str
    model: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account of the image API: the fingerprint of its key, why it is passed over, and the credits left.

    `left` is None if the image API didn't tell.
    """

    name: str
    refusal: Failure | None
    left: float | None


@dataclass(frozen=True, slots=True)
class Gathered:
    """The state of an order's parts: how many have ended, have a picture, may have been taken, and are still open.

    `is_settled` tells that the order has its outcome now; then `open` of its parts are late.
    """

    ended: int
    arrived: int
    uncertain: int
    open: int
    is_settled: bool

    @property
    def progress(self) -> float:
        """The share of the parts that have ended, 0 to 1."""
        return self.ended / max(self.ended + self.open, 1)


# The states of a task that record-info reports.


@dataclass(frozen=True, slots=True)
class Generating:
    """The task is in progress; `progress` is 0 to 1."""

    progress: float


@dataclass(frozen=True, slots=True)
class Painted:
    """The task succeeded. `urls` are the result links, none while the image API's record is incomplete.

    `consumed` is the charge of the image API for it, in hundredths of credits; None if its record doesn't tell.
    """

    urls: tuple[str, ...]
    consumed: int | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The task failed; `message` is the image API's own, for the operator. `consumed` is as in `Painted`."""

    failure: Failure
    message: str
    consumed: int | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """The image API has no record of the task, which is normal just after submitting."""


Report = Generating | Painted | Failed | Unknown


@dataclass(frozen=True, slots=True)
class TaskNotification:
    """A parsed task notification: the task that it names, and the failure that it reports, if any."""

    task_id: str | None
    failed: Failed | None
