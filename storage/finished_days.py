"""The counts of a span of time whose jobs have all ended. They don't change, so they are counted once."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from core.models.statistics import ChatUse
from storage.database import Row


@dataclass(slots=True)
class Counts:
    """Counts of jobs: by number of the day since 1970, by chat, and the requesters."""

    days: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    """Jobs, failures and hundredths of credits."""
    chats: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Jobs and hundredths of credits."""
    people: set[int] = field(default_factory=set)

    def add(self, by_day: Iterable[Row], by_chat: Iterable[Row], requesters: Iterable[Row]) -> None:
        """Add the rows of the statements in `queries/statistics.sql`."""
        for row in by_day:
            jobs, failures, spent = self.days.get(row["day"], (0, 0, 0))
            self.days[row["day"]] = jobs + row["jobs"], failures + row["failures"], spent + row["credits"]
        for row in by_chat:
            jobs, spent = self.chats.get(row["chat_id"], (0, 0))
            self.chats[row["chat_id"]] = jobs + row["jobs"], spent + row["credits"]
        self.people.update(row["requester_id"] for row in requesters)


class FinishedDays:
    """Counts that stay, in arrays of 8 bytes a number: a busy bot has 100,000 requesters in 60 days.

    `until` is the end of the span, in epoch milliseconds.
    """

    def __init__(self, counts: Counts, until: int) -> None:
        self.until = until
        self._days = counts.days
        self._people = array("q", sorted(counts.people))
        self._chats = array("q", sorted(counts.chats))
        self._jobs = array("q", (counts.chats[chat][0] for chat in self._chats))
        self._credits = array("q", (counts.chats[chat][1] for chat in self._chats))
        places = sorted(range(len(self._chats)), key=lambda place: (-self._jobs[place], -self._credits[place], place))
        self._busiest_first = array("q", places)

    def day(self, number: int, later: Counts) -> tuple[int, int, int]:
        """Return the jobs, failures and credits of a day, here and in `later` together."""
        (jobs, failures, spent), more = self._days.get(number, (0, 0, 0)), later.days.get(number, (0, 0, 0))
        return jobs + more[0], failures + more[1], spent + more[2]

    def people(self, later: Counts) -> int:
        """Return the number of people here and in `later` together."""
        return len(self._people) + sum(_place(self._people, person) is None for person in later.people)

    def chats(self, later: Counts) -> int:
        """Return the number of chats here and in `later` together."""
        return len(self._chats) + sum(_place(self._chats, chat_id) is None for chat_id in later.chats)

    def busiest(self, later: Counts, limit: int) -> tuple[ChatUse, ...]:
        """Return the `limit` busiest chats here and in `later` together, the busiest first."""
        found = [self._use(chat_id, *use) for chat_id, use in later.chats.items()]
        others = (self._chats[place] for place in self._busiest_first[: limit + len(later.chats)])
        found += [self._use(chat_id) for chat_id in others if chat_id not in later.chats]
        found.sort(key=lambda use: (-use.jobs, -use.credits, use.chat_id))
        return tuple(found[:limit])

    def _use(self, chat_id: int, jobs: int = 0, spent: int = 0) -> ChatUse:
        place = _place(self._chats, chat_id)
        if place is None:
            return ChatUse(chat_id, jobs, spent)
        return ChatUse(chat_id, jobs + self._jobs[place], spent + self._credits[place])


def _place(ids: Sequence[int], wanted: int) -> int | None:
    place = bisect_left(ids, wanted)
    return place if place < len(ids) and ids[place] == wanted else None
