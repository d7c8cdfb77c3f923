"""Recovery after a restart, and the takeover of shards from another process.

Little is needed, because every worker asks the store for due items. A decision is needed only about steps that the last
process may or may not have finished: a generate call, a message of a broadcast, the opening of a picture.
"""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

import structlog

from core.models.shards import FIRST_SHARD, SHARDS
from core.ports.files import Openings
from core.ports.jobs import Jobs
from core.services.awaited_answers import AwaitedAnswers
from core.services.broadcasts import BroadcastService
from core.services.circuit_breaker import CircuitBreaker
from core.services.usual_times import UsualTimes

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Recovery:
    """Turn everything that the last process left behind into work for this one.

    `make_due` makes waiting items due, and compares the clock with the newest row. `calling` returns the ids of the
    jobs whose generate call this process itself is making.
    """

    make_due: Callable[[], Awaitable[None]]
    openings: Openings
    breaker: CircuitBreaker
    broadcasts: BroadcastService
    awaited: AwaitedAnswers
    jobs: Jobs
    usual_times: UsualTimes
    calling: Callable[[], Collection[str]] = tuple

    async def begin(self) -> None:
        """Read the pause and the usual times, before any work. Raises StorageError."""
        await self.breaker.recall()
        await self.usual_times.recall(self.jobs)

    async def take_over(self, shards: Collection[int]) -> None:
        """Take over shards, before any work begins in them. Raises StorageError; then it may be repeated.

        It takes what it finds there for the work of a process that has ended or lost the shards. The regular notices
        tell the requesters of jobs that are uncertain from here on.
        """
        if len(shards) == SHARDS:  # the only process; otherwise others have kept everything due
            await self.make_due()
        for sha256, deaths in (await self.openings.abandon()).items():
            log.warning("picture_left_open", sha256=sha256, deaths=deaths)
        if FIRST_SHARD in shards:
            await self.broadcasts.recall()
        await self.awaited.recall(shards)
        for job_id in await self.jobs.abandon_submitting(shards, self.calling()):
            log.error("submission_interrupted", job=job_id)
