"""The port to the parts of orders: an order of several pictures, of a model that paints one a task, has one for each.

An order is a job. Each of its parts is a job as well, with an attempt, a webhook token, a task and an outcome of its
own. The order keeps the money and the placeholder, and gets its outcome from its parts.
"""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from core.models.job import Gathered, Job, Task


class Parts(Protocol):
    """The parts of orders. Every method raises StorageError."""

    @abstractmethod
    async def split(self, order_id: str, parts: int, wait_ms: int) -> bool:
        """Make `parts` QUEUED parts of an order, due now: the order goes from QUEUED to GENERATING.

        The first look at them is due in `wait_ms`. Return False if the order isn't QUEUED or awaits confirmation.
        """
        ...

    @abstractmethod
    async def to_gather(self, limit: int) -> list[Job]:
        """Return the orders whose parts are to be looked at now, longest due first."""
        ...

    @abstractmethod
    async def gather(self, order_id: str, patience_ms: int, wait_ms: int) -> Gathered | None:
        """Settle an order from its parts, GENERATING → SETTLED, or make the next look due in `wait_ms`.

        An order is settled when all its parts have ended, or `patience_ms` after the first picture arrived. Parts that
        are open then become late: each is an order of its own from then on, with the credits that were set aside for
        it. Each picture that is there is charged as `JobSettling.settle` describes it. Return None if the order isn't
        GENERATING.
        """
        ...

    @abstractmethod
    async def links(self, order: Job) -> Sequence[tuple[Task, str]]:
        """Return the result links of a SETTLED job, with the task of each. The place in the list is the position."""
        ...
