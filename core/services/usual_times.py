"""The usual time of an order in the image API, by the kind of order, and with it the time that is left.

The times of the latest orders are kept in memory, and read once from the store after a restart.
"""

from collections import deque
from dataclasses import dataclass
from statistics import median

from core.models.image_model import FOUR_O
from core.models.image_request import Request
from core.models.job import Job
from core.ports.clock import Clock
from core.ports.jobs import PaintedJobs

_KEPT = 50
"""The orders of each kind that count."""
_ENOUGH = 3
"""With fewer orders, one that was unusually slow or quick would speak for all."""
_READ = 1000
"""The orders of all kinds that are read after a restart."""
_REMEMBERED = 1000
"""The orders in progress whose bar is remembered; a worker polls far fewer at a time."""
_NEARLY = 0.95
"""The time alone never fills the bar: a full one promises a picture."""

Kind = tuple[str, str, bool]
"""The model, the work, and whether several pictures were asked for."""


@dataclass(frozen=True, slots=True)
class Wait:
    """An order in progress: the share that is done, 0 to 1, and the times in milliseconds.

    `usual_ms` and `left_ms` are None if too few orders of the kind are known. `left_ms` is 0 once the order has taken
    as long as usual.
    """

    share: float
    usual_ms: int | None = None
    left_ms: int | None = None


class UsualTimes:
    """The median time from the generate call to the outcome, of the latest orders of each kind."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._took_ms: dict[Kind, deque[int]] = {}
        self._shares: dict[str, float] = {}

    async def recall(self, jobs: PaintedJobs) -> None:
        """Read the latest orders after a restart. Raises StorageError."""
        for request, took_ms in reversed(await jobs.painted_lately(_READ)):
            self._add(request, took_ms)

    def note(self, job: Job) -> None:
        """Note that the pictures of a job are ready now."""
        self._shares.pop(job.id, None)
        if job.submitted_at is not None:
            self._add(job.request, self._clock.now_ms() - job.submitted_at)

    def usual_ms(self, request: Request) -> int | None:
        """Return the median for requests of this kind, or None if too few are known."""
        known = self._took_ms.get(_kind(request), ())
        return int(median(known)) if len(known) >= _ENOUGH else None

    def wait(self, job: Job, progress: float) -> Wait:
        """Return how far a job is. `progress` is the image API's, 0 to 1; the larger of it and the time counts.

        For one job, the share never gets smaller while the process runs.
        """
        usual_ms = self.usual_ms(job.request)
        if usual_ms is None:
            return Wait(self._raised(job.id, progress))
        now = self._clock.now_ms()
        passed_ms = max(now - (job.submitted_at or now), 0)
        by_time = min(passed_ms / usual_ms, _NEARLY)
        share = self._raised(job.id, max(by_time, progress))
        left_ms = round((1 - share) * usual_ms) if passed_ms < usual_ms else 0
        return Wait(share, usual_ms, left_ms)

    def _raised(self, job_id: str, share: float) -> float:
        share = max(share, self._shares.pop(job_id, 0.0))
        self._shares[job_id] = share  # the newest is last
        if len(self._shares) > _REMEMBERED:
            del self._shares[next(iter(self._shares))]
        return share

    def _add(self, request: Request, took_ms: int) -> None:
        if took_ms > 0:  # the clock may have been set back
            self._took_ms.setdefault(_kind(request), deque(maxlen=_KEPT)).append(took_ms)


def _kind(request: Request) -> Kind:
    work = "masked" if request.mask else "edit" if request.pictures else "new"
    return request.model or FOUR_O, work, request.variants > 1
