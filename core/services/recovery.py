"""Recovery after a restart.

Little is needed, because every worker asks the store for due items. A decision is needed only about steps that the last
process may or may not have finished: a generate call, a message of a broadcast, the opening of a picture.
"""

from collections.abc import Awaitable, Callable

import structlog

from core.ports.files import Openings
from core.ports.jobs import Jobs
from core.services.awaited_answers import AwaitedAnswers
from core.services.broadcasts import BroadcastService
from core.services.circuit_breaker import CircuitBreaker
from core.services.usual_times import UsualTimes

log = structlog.get_logger()


async def recover_after_restart(
    make_due: Callable[[], Awaitable[None]],
    openings: Openings,
    breaker: CircuitBreaker,
    broadcasts: BroadcastService,
    awaited: AwaitedAnswers,
    jobs: Jobs,
    usual_times: UsualTimes,
) -> None:
    """Turn everything that the last process left behind into work for this one. Raises StorageError.

    Call this before the web server starts and before any worker: it takes what it finds in the store for the last
    process's. `make_due` makes waiting items due, and compares the clock with the newest row. The regular notices tell
    the requesters of jobs that are uncertain from here on.
    """
    await make_due()
    for sha256, deaths in (await openings.abandon()).items():
        log.warning("picture_left_open", sha256=sha256, deaths=deaths)
    await breaker.recall()
    await broadcasts.recall()
    await awaited.recall()
    await usual_times.recall(jobs)
    for job_id in await jobs.abandon_submitting():
        log.error("submission_interrupted", job=job_id)
