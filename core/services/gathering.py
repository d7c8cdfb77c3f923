"""Orders whose pictures are tasks of their own: each is split into parts, and gathered from them.

1. `split` is committed. A crash before it leaves the order QUEUED, a crash after it leaves all its parts QUEUED.
2. Each part goes the way of a job (`submission.py`, `polling.py`). None is created twice, and none is lost.
3. Once all parts have ended, or `gather_patience_ms` after the first picture, `gather` commits the outcome of the
   order. `delivery.py` shows it as one album.
4. A part that is open then is late: it is an order of its own, and its picture is sent alone.
"""

import structlog

from core.models.job import Gathered, Job
from core.models.timing import Timing
from core.ports.parts import Parts
from core.services.placeholder import Placeholder
from core.services.usual_times import UsualTimes

log = structlog.get_logger()


class ResultGatherer:
    """The service that gives orders the outcome of their parts."""

    def __init__(
        self,
        *,
        parts: Parts,
        placeholder: Placeholder,
        usual_times: UsualTimes,
        interval_ms: int,
        timing: Timing = Timing(),
    ) -> None:
        self._parts = parts
        self._placeholder = placeholder
        self._usual_times = usual_times
        self._interval_ms = interval_ms
        self._patience_ms = timing.gather_patience_ms

    async def take(self, limit: int) -> list[Job]:
        """Return the orders to look at now."""
        return await self._parts.to_gather(limit)

    async def gather(self, order: Job) -> None:
        """Settle an order if its parts allow, else show how far they are."""
        gathered = await self._parts.gather(order.id, self._patience_ms, self._interval_ms)
        if gathered is None:
            return
        if gathered.is_settled:
            if gathered.arrived:
                self._usual_times.note(order)
            log.info("order_gathered", job=order.id, pictures=gathered.arrived, late=gathered.open)
        elif _may_be_lost(gathered):
            await self._placeholder.uncertain(order)
        else:
            await self._placeholder.progress(order, self._placeholder.painting(order, gathered.progress))


def _may_be_lost(gathered: Gathered) -> bool:
    """Return whether nothing is left to wait for but parts whose confirmation was lost."""
    return gathered.uncertain == gathered.open and not gathered.arrived
