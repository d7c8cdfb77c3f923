"""The ports to the stored jobs: one protocol for each client, and `Jobs` for the wiring.

Every change is committed and checks the state that it starts from. A job in another state, or an unknown job, stays
as it is, and the method returns False or None. So each change happens once, even if two callers try it at the same
time or one caller repeats it.

States are those of `core.models.job.State`. Times end in `_ms` and are milliseconds. `limit` is the largest number
of jobs to return. Every method raises StorageError if the store can't be used; no change is then left half done.
"""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from core.errors import Failure
from core.models.image_request import Picture, Request
from core.models.job import Job, NewJob, Task, TaskNotification
from core.models.media import Shown
from core.models.shards import ALL_SHARDS
from core.models.spending import Limits


class JobLookup(Protocol):
    """A lookup of one job."""

    @abstractmethod
    async def get(self, job_id: str) -> Job | None:
        """Return a job, or None if it is unknown."""
        ...


class JobSettling(Protocol):
    """The step that gives a job its outcome."""

    @abstractmethod
    async def settle(self, job_id: str, outcome: Sequence[str] | Failure, consumed: int | None = None) -> bool:
        """Store the outcome of a job, result links or a failure, and settle its money; any open state → SETTLED.

        Open states are QUEUED, SUBMITTING, UNCERTAIN and GENERATING. The job is charged `consumed`, the image API's own
        charge in hundredths of credits, or else its price for each link, but not more than was set aside. The rest is
        free again, and a failure is free. Exactly one caller gets True.
        """
        ...


class JobPostponing(Protocol):
    """The step that puts off what is due."""

    @abstractmethod
    async def postpone(self, job_id: str, wait_ms: int, hindrance: Failure | None = None) -> None:
        """Count an attempt at a QUEUED or SETTLED job and make it due in `wait_ms`; `hindrance` is as in `requeue`."""
        ...


class JobEnding(Protocol):
    """The step that ends a job whose outcome no one will see."""

    @abstractmethod
    async def cancelled(self, job_id: str) -> bool:
        """Cancel a job that can't be shown to its requester: QUEUED or SETTLED → CANCELLED.

        A settled job stays charged. Return False in any other state.
        """
        ...


class JobCanceling(Protocol):
    """The step that takes an order back."""

    @abstractmethod
    async def cancel_queued(self, job_id: str, idempotency_key: str | None = None) -> bool:
        """Cancel a job at its requester's wish: QUEUED → CANCELLED. Return False in any other state.

        Nothing is charged. `idempotency_key` identifies the message or button press that asked for it, so that a replay
        finds the job; None if it was asked for before.
        """
        ...


class RequestedJobs(JobLookup, JobCanceling, Protocol):
    """The jobs as handlers use them."""

    @abstractmethod
    async def is_known(self, idempotency_key: str) -> bool:
        """Return whether a message or button press with this key has already made a job."""
        ...


class JobIntake(Protocol):
    """The way in for new jobs."""

    @abstractmethod
    async def add(self, new: NewJob, limits: Limits | None = None) -> tuple[Job, bool]:
        """Store a job and set its cost aside; return the job and True.

        If a job with the same idempotency key exists, return that job as it stands now and False; nothing is checked or
        changed. A job that needs confirmation of its price must fit into the limits too, but sets nothing aside yet.
        Without `limits`, the job is free and always fits. Each change that ends a job also settles its money.

        Raises TooManyJobs, TooManyPrices and OverBudget; then nothing is stored.
        """
        ...

    @abstractmethod
    async def pressed_for(self, button_key: str, requester_id: int, within_ms: int) -> Job | None:
        """Return the latest job that the requester made with the same button, or None.

        A job counts if it is less than `within_ms` old, or if it is neither overdue nor DELIVERED nor CANCELLED. So a
        double press finds the first job instead of making a second one.
        """
        ...

    @abstractmethod
    async def release(self, job_id: str, limits: Limits | None = None, variants: int | None = None) -> bool:
        """Queue a job whose price was confirmed, and set its cost aside; `variants` changes its number of pictures.

        The price stays as it was told; `limits.price` isn't used. The job's age and its deadline count from now. Return
        False if the job doesn't await confirmation. Raises TooManyJobs and OverBudget; then the job still awaits
        confirmation.
        """
        ...


class JobQueue(JobSettling, JobPostponing, JobCanceling, Protocol):
    """The queued jobs, and their way to the image API."""

    @abstractmethod
    async def queued(self, limit: int) -> list[Job]:
        """Return the QUEUED jobs that are due to be submitted, next one first.

        Requesters take turns: the first job of each requester comes before the second job of any requester, and equals
        go by age. Jobs that await confirmation of their price are left out.
        """
        ...

    @abstractmethod
    async def waiting(self, older_ms: int, limit: int) -> list[Job]:
        """Return the QUEUED jobs that are at least `older_ms` old, oldest first.

        A job that awaits confirmation of its price is included only while it has no placeholder: its price could not be
        told.
        """
        ...

    @abstractmethod
    async def submitting(self, job_id: str) -> int | None:
        """Claim a job for the generate call: QUEUED → SUBMITTING. Return the number of this attempt.

        Return None if the job isn't queued or awaits confirmation of its price. No two attempts at a job share a
        number.
        """
        ...

    @abstractmethod
    async def requeue(self, job_id: str, wait_ms: int, hindrance: Failure | None = None) -> bool:
        """Put back a job that the image API definitely did not accept: SUBMITTING → QUEUED, due in `wait_ms`.

        `hindrance` is the failure that the job ends with if it is still queued at its deadline; None keeps the previous
        one. Return False if the job isn't SUBMITTING.
        """
        ...

    @abstractmethod
    async def reassign(self, job_id: str, request: Request, price: int) -> bool:
        """Put back a job that the image API definitely did not accept, for another model: SUBMITTING → QUEUED, due now.

        `request` and `price`, for each picture, take the place of the present ones. The credits that were set aside
        stay, so `price` must not be higher. Return False if the job isn't SUBMITTING.
        """
        ...

    @abstractmethod
    async def generating(self, job_id: str, task: Task, wait_ms: int) -> Job | None:
        """Record the task of a job: SUBMITTING or UNCERTAIN → GENERATING, with the first poll due in `wait_ms`.

        Return the job, or None in any other state, for example if a task notification named the task first.
        """
        ...


class TellingJobs(Protocol):
    """The note that a requester was told."""

    @abstractmethod
    async def told(self, job_id: str) -> None:
        """Record that the requester was told that the job is uncertain."""
        ...


class UncertainJobs(TellingJobs, Protocol):
    """The jobs that the image API may or may not have taken."""

    @abstractmethod
    async def submitting_since(self, older_ms: int) -> list[str]:
        """Return the ids of the jobs that have been SUBMITTING for at least `older_ms`."""
        ...

    @abstractmethod
    async def uncertain(self, job_id: str) -> bool:
        """Record that the answer to generate was lost: SUBMITTING → UNCERTAIN. Return False in any other state."""
        ...

    @abstractmethod
    async def abandon_submitting(
        self, shards: Collection[int] = ALL_SHARDS, besides: Collection[str] = ()
    ) -> list[str]:
        """Move every SUBMITTING job of the shards to UNCERTAIN and return their ids, without the jobs `besides`.

        Only for shards that another process had, or the last one, and before anything is submitted there.
        """
        ...

    @abstractmethod
    async def uncertain_untold(self) -> list[Job]:
        """Return the UNCERTAIN jobs whose requester was not told so yet, oldest first."""
        ...


class SubmittedJobs(JobLookup, JobIntake, JobQueue, UncertainJobs, Protocol):
    """The jobs as the submitter uses them."""


class JobsToPoll(Protocol):
    """The generating jobs, in the order in which they are polled."""

    @abstractmethod
    async def to_poll(self, limit: int) -> list[Job]:
        """Return the GENERATING jobs whose next poll is due, longest due first."""
        ...

    @abstractmethod
    async def notified_lately(self, within_ms: int, limit: int) -> list[Job]:
        """Return those of `to_poll` whose first task notification is less than `within_ms` old."""
        ...


class PolledJobs(JobLookup, JobSettling, Protocol):
    """The jobs as the poller uses them, from the task to the outcome."""

    @abstractmethod
    async def polled(self, job_id: str, progress: float, wait_ms: int) -> None:
        """Record the answer to a poll of a GENERATING job; the next poll is due in `wait_ms`.

        `progress` is 0 to 1; the stored value never decreases.
        """
        ...

    @abstractmethod
    async def poll_later(self, job_id: str, wait_ms: int) -> None:
        """Make the next poll of a GENERATING job due in `wait_ms`, after a poll without an answer."""
        ...

    @abstractmethod
    async def linkless(self, job_id: str, wait_ms: int) -> int:
        """Record that a poll reported success without result links; the next poll is due in `wait_ms`.

        Return the milliseconds since the first such report in a row, also across restarts; `polled` ends the row.
        Return 0 if the job isn't GENERATING.
        """
        ...

    @abstractmethod
    async def notified(self, job_id: str, notification: TaskNotification, attempt: int | None = None) -> Job | None:
        """Store a task notification and make the next poll due.

        The poll is due at once, but not within 400 ms of the last answered one: record-info permits three queries a
        second for each task (image API docs). Only the first notification's failure and time are stored; later ones
        only make a poll due. If the notification names a task that no other job has, a SUBMITTING or UNCERTAIN job
        becomes GENERATING. Return the job, or None if it is unknown, QUEUED or has an outcome, or if this is another
        `attempt` at it.
        """
        ...

    @abstractmethod
    async def resubmit(self, job_id: str) -> bool:
        """Put back a job whose task failed because a picture could not be fetched: GENERATING → QUEUED, due now.

        Its task and its task notification are forgotten, and its deadline counts from now. Return False if the job
        isn't GENERATING.
        """
        ...

    @abstractmethod
    async def expire(
        self, deadline_ms: int, queued_failure: Failure | None = None, *, has_webhook: bool = False
    ) -> list[str]:
        """Settle the jobs that can't expect an answer any longer, charge nothing for them, and return their ids.

        - A QUEUED job ends `deadline_ms` after it was ordered, confirmed or resubmitted: with UNCONFIRMED if it awaits
          confirmation, else with `queued_failure`, its last hindrance, or BUSY, the first of these that there is.
        - An UNCERTAIN job ends with LOST_ANSWER `deadline_ms` after the generate call began. If `has_webhook` can still
          resolve it, that time is at least a day.
        - A GENERATING job ends with TIMED_OUT a day after its task was named, once a poll was answered after that day,
          and after two days in any case.
        - A GENERATING job ends `deadline_ms` after its task was named if a task notification reported a failure and no
          poll is due.

        A failure that a task notification reported takes precedence over all of these.
        """
        ...

    @abstractmethod
    async def overdue(self, deadline_ms: int) -> list[str]:
        """Mark the jobs that take longer than usual as overdue, and return the ids of those newly marked.

        These are GENERATING jobs whose task was named `deadline_ms` ago and that are not due to be polled, and
        UNCERTAIN jobs whose generate call began `deadline_ms` ago.
        """
        ...

    @abstractmethod
    async def overdue_untold(self) -> list[Job]:
        """Return the overdue jobs whose requester was not told so yet, longest overdue first."""
        ...

    @abstractmethod
    async def overdue_told(self, job_id: str) -> None:
        """Record that the requester was told that the job is overdue, and with it that it may be uncertain."""
        ...


class SettledJobs(JobLookup, JobPostponing, JobEnding, Protocol):
    """The jobs as delivery uses them, from the outcome to the messages that show it."""

    @abstractmethod
    async def settled(self, limit: int) -> list[Job]:
        """Return the SETTLED jobs that are due to be delivered: the earliest of each chat, oldest outcome first."""
        ...

    @abstractmethod
    async def try_album(self, job_id: str) -> int:
        """Count an attempt to send the album of a job, before it is made; return the count, this attempt included."""
        ...

    @abstractmethod
    async def untry_album(self, job_id: str) -> None:
        """Take back the last `try_album`, as the album definitely was not sent."""
        ...

    @abstractmethod
    async def keep_picture(self, job_id: str, position: int, picture: Picture) -> None:
        """Record that the blob store has the bytes of result `position`, from 0; a repetition replaces it."""
        ...

    @abstractmethod
    async def pictures(self, job_id: str) -> tuple[dict[int, Picture], set[int]]:
        """Return the results recorded with `keep_picture`, by position, and the positions recorded with `shown`.

        Their files may be missing: ask `BlobStore.has`.
        """
        ...

    @abstractmethod
    async def shown(self, job_id: str, messages: Mapping[int, Shown]) -> None:
        """Record the messages that show results, by position, all of them or none.

        Positions without a picture are ignored. A message whose id is UNNAMED counts as shown, but can't be found by
        its id.
        """
        ...

    @abstractmethod
    async def delivered(
        self,
        job_id: str,
        messages: Mapping[int, Shown] = MappingProxyType({}),
        pictures: Mapping[int, Picture] = MappingProxyType({}),
    ) -> Job | None:
        """Record that the requester was shown the outcome: SETTLED → DELIVERED.

        `pictures` and `messages` are recorded with it, as `keep_picture` and `shown` do. Return the job, or None in any
        other state.
        """
        ...


class PlaceholderJobs(JobLookup, JobEnding, TellingJobs, Protocol):
    """The jobs as their placeholders show them."""

    @abstractmethod
    async def ahead(self, job: Job) -> int:
        """Return how many jobs are ahead of this one in the order of `queued`; 0 if it isn't in the queue."""
        ...

    @abstractmethod
    async def placed(self, job_id: str, message_id: int, before: int | None = None) -> bool:
        """Record which message is the job's placeholder, and that it was sent now; `before` is the one it replaces.

        Return False if the job has ended or has another placeholder than `before`, as a process that took the job over
        has placed it. The message counts as outdated then.
        """
        ...


class PaintedJobs(Protocol):
    """The jobs that came to pictures, as a measure for the next ones."""

    @abstractmethod
    async def painted_lately(self, limit: int) -> list[tuple[Request, int]]:
        """Return the requests of the latest DELIVERED jobs, and the milliseconds from generate call to outcome.

        The latest come first. At most `limit` ended jobs of the last 30 days are looked at; failed ones are left out.
        """
        ...


class ArrivingJobs(JobLookup, Protocol):
    """The jobs as their outcomes arrive, see `core/services/arrival.py`. An outcome starts without an arrival."""

    @abstractmethod
    async def try_arrival(self, job_id: str) -> None:
        """Count an attempt to send a message for the outcome, before it is made."""
        ...

    @abstractmethod
    async def untry_arrival(self, job_id: str) -> None:
        """Take back the last `try_arrival`, as the message definitely was not sent."""
        ...

    @abstractmethod
    async def arrived(self, job_id: str, message_id: int) -> None:
        """Record which message was sent for the outcome; it becomes the placeholder, and the attempts end.

        The placeholder before it becomes outdated, unless it was sent for this outcome as well. A repetition changes
        nothing.
        """
        ...

    @abstractmethod
    async def arrived_in_place(self, job_id: str, placeholder_id: int) -> bool:
        """Record that the placeholder is the message for the outcome.

        Return False if the job isn't SETTLED, has a message for its outcome, or has another placeholder by now.
        """
        ...

    @abstractmethod
    async def outdated(self, limit: int) -> list[Job]:
        """Return jobs in any state but SETTLED that have an outdated placeholder, oldest first."""
        ...

    @abstractmethod
    async def tidied(self, job_id: str, message_id: int) -> None:
        """Record that the outdated placeholder `message_id` needs no more attention."""
        ...


class Jobs(
    RequestedJobs,
    SubmittedJobs,
    JobsToPoll,
    PolledJobs,
    SettledJobs,
    PlaceholderJobs,
    PaintedJobs,
    ArrivingJobs,
    Protocol,
):
    """Every method of the jobs, for the wiring."""
