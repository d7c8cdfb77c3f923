"""The counts of days whose jobs have all ended. They don't change, so one count of them serves for a while."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from core.models.statistics import ChatUse
from storage.database import Row


@dataclass(frozen=True, slots=True)
class FinishedDays:
    """The counts of a span of days, in arrays of 8 bytes a number: a busy bot has 100,000 requesters in 60 days.

    `days` are rows of `jobs_by_day`. `people` and `chats` are ascending ids; `jobs` and `credits` belong to `chats`.
    """

    days: Sequence[Row] = ()
    people: "array[int]" = field(default_factory=lambda: array("q"))
    chats: "array[int]" = field(default_factory=lambda: array("q"))
    jobs: "array[int]" = field(default_factory=lambda: array("q"))
    credits: "array[int]" = field(default_factory=lambda: array("q"))
    by_jobs: "array[int]" = field(default_factory=lambda: array("q"))
    """The places in `chats`, the busiest chat first."""

    @classmethod
    def of(cls, days: Sequence[Row], chats: Sequence[Row], requesters: Sequence[Row]) -> "FinishedDays":
        """Build the arrays from the rows of the statements in `queries/statistics.sql`."""
        jobs, spent = (array("q", (row[name] for row in chats)) for name in ("jobs", "credits"))
        return cls(
            days,
            array("q", (row["requester_id"] for row in requesters)),
            array("q", (row["chat_id"] for row in chats)),
            jobs,
            spent,
            array("q", sorted(range(len(jobs)), key=lambda place: (-jobs[place], -spent[place], place))),
        )

    def people_with(self, others: Iterable[Row]) -> int:
        """Return the number of people in these days and in `others`, rows of `requesters`."""
        return len(self.people) + sum(_place(self.people, row["requester_id"]) is None for row in others)

    def chats_with(self, others: Iterable[Row]) -> int:
        """Return the number of chats in these days and in `others`, rows of `jobs_by_chat`."""
        return len(self.chats) + sum(_place(self.chats, row["chat_id"]) is None for row in others)

    def busiest_with(self, others: Sequence[Row], limit: int) -> tuple[ChatUse, ...]:
        """Return the `limit` busiest chats in these days and in `others` together, rows of `jobs_by_chat`."""
        found = [self._use(row["chat_id"], row["jobs"], row["credits"]) for row in others]
        elsewhere = {use.chat_id for use in found}
        for taken, place in enumerate(self.by_jobs):
            if taken == limit + len(elsewhere):
                break
            if self.chats[place] not in elsewhere:
                found.append(self._use(self.chats[place]))
        found.sort(key=lambda use: (-use.jobs, -use.credits, use.chat_id))
        return tuple(found[:limit])

    def _use(self, chat_id: int, jobs: int = 0, spent: int = 0) -> ChatUse:
        place = _place(self.chats, chat_id)
        if place is None:
            return ChatUse(chat_id, jobs, spent)
        return ChatUse(chat_id, jobs + self.jobs[place], spent + self.credits[place])


def _place(ids: "array[int]", wanted: int) -> int | None:
    place = bisect_left(ids, wanted)
    return place if place < len(ids) and ids[place] == wanted else None
