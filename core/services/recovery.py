"""Recovery after a restart.

Little is needed, because every worker asks the store for due items. Only a job that was interrupted in the one call
that may cost money needs a decision: it is unknown whether the image API accepted it.
"""

import structlog

from core.ports.jobs import UncertainJobs
from core.services.submission import JobSubmitter

log = structlog.get_logger()


async def recover(jobs: UncertainJobs, submit: JobSubmitter) -> None:
    """Mark the jobs that were being submitted as uncertain, and tell their requesters."""
    for job_id in await jobs.abandon_submitting():
        log.error("submission_interrupted", job=job_id)
    await submit.tell_uncertain()
