"""The request behind an order, a question or a draft."""

from dataclasses import dataclass

from core.models.job import Destination


@dataclass(frozen=True, slots=True)
class RequestContext:
    """The requester, the place where the answer belongs, and the message or button press that asked.

    A replay with the same `idempotency_key` finds the same job.
    """

    address: Destination
    requester_id: int
    idempotency_key: str
    said_at: int = 0
    """Epoch milliseconds; 0 means just now."""
