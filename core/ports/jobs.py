"""The port of the memory of orders."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from core.errors import Failure
from core.models.image_request import Picture
from core.models.job import Job, NewJob, TaskNotification
from core.models.media import Shown
from core.models.spending import Limits


class Jobs(Protocol):
    """The memory of orders. Every change is one committed statement that checks the state it changes."""

    async def add(self, new: NewJob, limits: Limits | None = None) -> tuple[Job, bool]:
        """Store an order and set its cost aside; one with the same origin is answered as it stands, with False.

        Raises TooManyJobs and OverBudget, then nothing is stored. Whatever ends the job settles its money with it.
        """
        ...

    async def is_known(self, idempotency_key: str) -> bool:
        """Whether a message or press was made an order already."""
        ...

    async def pressed_for(self, button_key: str, requester_id: int, within_ms: int) -> Job | None:
        """The order an earlier tap on the same button made, if it is under way or less than `within_ms` old."""
        ...

    async def get(self, job_id: str) -> Job | None:
        """Look one up."""
        ...

    async def queued(self, limit: int) -> list[Job]:
        """Those whose waiting time is over; people take turns, so that nobody's many orders hold up the others."""
        ...

    async def to_poll(self, limit: int) -> list[Job]:
        """Generating jobs whose next question to the service is due, longest due first."""
        ...

    async def called_lately(self, within_ms: int, limit: int) -> list[Job]:
        """Those of them that were first called back within that time."""
        ...

    async def settled(self, limit: int) -> list[Job]:
        """Jobs whose outcome is due to be shown."""
        ...

    async def ahead(self, job: Job) -> int:
        """How many queued jobs stand before this one."""
        ...

    async def waiting(self, older_ms: int, limit: int) -> list[Job]:
        """Queued jobs that have waited for `older_ms`."""
        ...

    async def submitting(self, job_id: str) -> int | None:
        """Queued → submitting; answers the number of this attempt, None when the job is no longer queued."""
        ...

    async def release(self, job_id: str, limits: Limits | None = None) -> bool:
        """Let a held job go on, and set its cost aside; False when it is not held.

        Raises TooManyJobs and OverBudget, then it still waits.
        """
        ...

    async def requeue(self, job_id: str, wait_ms: int, hindrance: Failure | None = None) -> bool:
        """Submitting → queued, to be tried again after `wait_ms`; `hindrance` is what it fails by if it never works."""
        ...

    async def resubmit(self, job_id: str) -> bool:
        """Generating → queued: the task ended because the service could not fetch a picture."""
        ...

    async def postpone(self, job_id: str, wait_ms: int, hindrance: Failure | None = None) -> None:
        """Leave a queued or settled job alone for `wait_ms`; `hindrance` as in `requeue`."""
        ...

    async def submitting_since(self, older_ms: int) -> list[str]:
        """What is being submitted for longer than this."""
        ...

    async def uncertain(self, job_id: str) -> bool:
        """Submitting → uncertain."""
        ...

    async def abandon_submitting(self) -> list[str]:
        """After a restart: every job caught submitting is uncertain now; answers their ids."""
        ...

    async def uncertain_untold(self) -> list[Job]:
        """Uncertain jobs whose person does not know yet."""
        ...

    async def told(self, job_id: str) -> None:
        """The person was told that the order is uncertain."""
        ...

    async def generating(self, job_id: str, task_id: str, wait_ms: int) -> bool:
        """Submitting or uncertain → generating, first poll after `wait_ms`; False when a callback was faster."""
        ...

    async def polled(self, job_id: str, progress: float, wait_ms: int) -> None:
        """Note an answered poll, and when the next is due."""
        ...

    async def poll_later(self, job_id: str, wait_ms: int) -> None:
        """The poll got no answer; try again after `wait_ms`."""
        ...

    async def linkless(self, job_id: str, wait_ms: int) -> int:
        """The poll found a success without links; ask again after `wait_ms`. Answers for how many ms that is so."""
        ...

    async def called_back(self, job_id: str, callback: TaskNotification) -> bool:
        """Note that the service called back and ask it at once; False when the job is past caring."""
        ...

    async def settle(self, job_id: str, outcome: Sequence[str] | Failure) -> bool:
        """Any open state → settled with links or a failure; exactly one caller gets True."""
        ...

    async def expire(
        self, deadline_ms: int, queued_failure: Failure | None = None, *, callbacks: bool = False
    ) -> list[str]:
        """Settle what will get no answer any more; answers the ids.

        What is queued ends `deadline_ms` after its order or the yes to its price: by `queued_failure` if given, else by
        what hindered it last. What is uncertain ends as long after the call; where `callbacks` may still resolve it, a
        day after. What is generating ends a day after its task was named, once the service was asked after that day,
        and at the latest a day later.
        """
        ...

    async def overdue(self, deadline_ms: int) -> list[str]:
        """Mark what has been generating or uncertain for `deadline_ms`, and was asked about; answers the ids."""
        ...

    async def overdue_untold(self) -> list[Job]:
        """Overdue jobs whose person does not know yet."""
        ...

    async def overdue_told(self, job_id: str) -> None:
        """The person was told that it takes longer."""
        ...

    async def try_album(self, job_id: str) -> int:
        """Note that an album is about to be sent; answers how often that was noted, this time included."""
        ...

    async def untry_album(self, job_id: str) -> None:
        """The album surely was not sent."""
        ...

    async def placed(self, job_id: str, message_id: int) -> None:
        """Note which message is the job's placeholder."""
        ...

    async def keep_picture(self, job_id: str, position: int, picture: Picture) -> None:
        """Note that the bytes of result number `position` (from 0) are ours."""
        ...

    async def pictures(self, job_id: str) -> dict[int, Picture]:
        """Results whose bytes we hold, by position."""
        ...

    async def shown(self, job_id: str, messages: Mapping[int, Shown]) -> None:
        """Note the messages that show results, by position, before the job is delivered."""
        ...

    async def shown_positions(self, job_id: str) -> set[int]:
        """The results whose messages were noted."""
        ...

    async def delivered(self, job_id: str) -> bool:
        """Settled → delivered."""
        ...

    async def cancel_queued(self, job_id: str, idempotency_key: str | None = None) -> bool:
        """Queued → cancelled, as a person wishes by a message or press; False when it is no longer queued."""
        ...

    async def suppress(self, job_id: str, idempotency_key: str | None = None) -> bool:
        """Keep the result of what the service has already, but don't show it; False when there is an outcome."""
        ...

    async def cancel_or_suppress(self, job_id: str, idempotency_key: str) -> Job | None:
        """Call it off, or else mute it: in one step, as in between it may become what the other would have stopped.

        Answers what it is then; None when there is an outcome.
        """
        ...

    async def cancelled(self, job_id: str) -> bool:
        """Queued or settled → cancelled."""
        ...
