"""The place of a page in a requester's history."""

from dataclasses import dataclass

from core.models.job import PictureId


@dataclass(frozen=True, slots=True)
class HistoryPlace:
    """A result beside which a page begins: with the next older ones or, with `is_newer`, the next newer ones.

    The history is sorted by the time of the order in epoch milliseconds, newest first, then by job and position. A
    place stays valid if its result is deleted.
    """

    created_at: int
    picture: PictureId
    is_newer: bool = False


NEWEST = HistoryPlace(2**62, PictureId("", -1))
"""The place before the newest result."""
