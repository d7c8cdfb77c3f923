"""The choice of the tasks to poll next: a limited number of polls a second, however many tasks there are."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from core.models.job import Job
from core.ports.jobs import JobsToPoll

_PER_SECOND = 20
_PER_SECOND_CALLED = 2
"""The limit while task notifications arrive; polls then only find the ends that notifications miss."""
_UNLIMITED = 1_000
"""The limit for an image API of one's own, which knows none."""
_KEPT_FREE = 2  # of `_PER_SECOND`, for the next task notification
_LATELY_S = 60.0
"""For this time after a task notification, more of them are expected, and its task is polled before others."""


class Turns:
    """The order of polls: jobs with a recent task notification first, then those that have waited longest.

    `share` is the part of the limits that this process may use, 1.0 if there are no others.
    """

    def __init__(
        self,
        jobs: JobsToPoll,
        *,
        has_webhook: bool,
        is_limited: bool = True,
        now: Callable[[], float] = time.monotonic,
        share: Callable[[], float] = lambda: 1.0,
    ) -> None:
        self._jobs = jobs
        self._has_webhook = has_webhook
        self._all = Quota(_PER_SECOND if is_limited else _UNLIMITED, now, share)
        self._ordinary = Quota(_PER_SECOND_CALLED, now, share)
        self._now = now
        self._called_at: float | None = None
        self._first: set[str] = set()
        self._asking: set[str] = set()

    def notified(self) -> None:
        """Record that a task notification arrived."""
        self._called_at = self._now()

    async def take(self, limit: int) -> list[Job]:
        """Return the jobs to poll now; `limit` is at least the number of polls in progress."""
        if not self._all.room():
            return []
        first = await self._jobs.notified_lately(int(_LATELY_S * 1000), limit) if self._has_webhook else []
        room = self._room(0)
        others = await self._jobs.to_poll(min(limit, room + len(self._asking) + len(first))) if room else []
        # No await from here on, so that the room that is found is still there when it is used.
        self._first = {job.id for job in first}
        chosen = [job for job in first if job.id not in self._asking][: self._all.room()]
        waiting = [job for job in others if job.id not in self._asking | self._first]
        return chosen + waiting[: self._room(len(chosen))]

    def admit(self, notified: Sequence[Job]) -> list[Job]:
        """Return those of the jobs that may be polled now; their task notifications came just now."""
        chosen = [job for job in notified if job.id not in self._asking][: self._all.room()]
        self._first |= {job.id for job in chosen}
        return chosen

    def _room(self, taken: int) -> int:
        room = self._all.room() - taken - (_KEPT_FREE if self._has_webhook else 0)
        if self._called_at is not None and self._now() - self._called_at < _LATELY_S:
            room = min(room, self._ordinary.room())
        return max(room, 0)

    @contextmanager
    def asking(self, job: Job) -> Iterator[None]:
        """Use a turn for the poll in this context."""
        self._all.use()
        if job.id not in self._first:
            self._ordinary.use()
        self._asking.add(job.id)
        try:
            yield
        finally:
            self._asking.discard(job.id)


class Quota:
    """A limit of uses within any second. It never waits: without room, the caller comes again later."""

    def __init__(self, per_second: int, now: Callable[[], float], share: Callable[[], float] = lambda: 1.0) -> None:
        self._per_second = per_second
        self._share = share
        self._now = now
        self._used: deque[float] = deque(maxlen=per_second)

    def room(self) -> int:
        """Return how many more uses there may be now."""
        before = self._now() - 1.0
        while self._used and self._used[0] <= before:
            self._used.popleft()
        return max(int(self._per_second * self._share()), 1) - len(self._used)

    def use(self) -> None:
        """Record a use now."""
        self._used.append(self._now())
