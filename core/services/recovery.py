"""After a restart: what is owed?

Nearly nothing needs doing here, as every line asks the store what is due. Only a job caught in the middle of the one
call that may cost money has to be judged: nobody knows whether the service took it.
"""

import structlog

from core.ports.jobs import Jobs
from core.services.submission import JobSubmitter

log = structlog.get_logger()


async def recover(jobs: Jobs, submit: JobSubmitter) -> None:
    """Make what was being submitted uncertain, and tell whom it concerns."""
    for job_id in await jobs.abandon_submitting():
        log.error("the process ended while this was being submitted", job=job_id)
    await submit.tell_uncertain()
