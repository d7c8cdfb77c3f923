"""The end of a task, learned by task notification or poll. Both ask record-info, and exactly one settles the job."""

from collections.abc import Sequence

import structlog

from core.errors import ApiError, Failure
from core.models.job import Failed, Generating, Job, Painted, TaskNotification, Unknown
from core.models.timing import Timing
from core.ports.image_api import ImageApi
from core.ports.jobs import PolledJobs
from core.services.circuit_breaker import CircuitBreaker
from core.services.placeholder import Placeholder
from core.services.poll_turns import Turns
from core.services.submission import JobSubmitter
from core.services.usual_times import UsualTimes

log = structlog.get_logger()

_AFTER_NOTIFICATION_MS = 1_000
_LONGEST_MS = 60_000
_LINKLESS_MS = 60_000


class ResultPoller:
    """The service that learns how tasks end."""

    def __init__(
        self,
        *,
        jobs: PolledJobs,
        api: ImageApi,
        placeholder: Placeholder,
        usual_times: UsualTimes,
        submit: JobSubmitter,
        turns: Turns,
        breaker: CircuitBreaker,
        interval_ms: int,
        deadline_ms: int,
        timing: Timing = Timing(),
    ) -> None:
        self._jobs = jobs
        self._api = api
        self._placeholder = placeholder
        self._usual_times = usual_times
        self._submit = submit
        self._turns = turns
        self._breaker = breaker
        self._interval_ms = interval_ms
        self._deadline_ms = deadline_ms
        self._timing = timing

    async def notified(self, job_id: str, attempt: int, notification: TaskNotification) -> bool:
        """Store a task notification before it is acknowledged; return False if the job is unknown.

        Its result links aren't trusted: it only triggers a poll, which asks the image API. A reported failure settles a
        job whose task is unknown, because such a job can't be polled.
        """
        job = await self._jobs.notified(job_id, notification, attempt)
        if job is None:
            known = await self._jobs.get(job_id)
            if known:
                log.info("task_notification_ignored", job=job_id, state=known.state.value)
            return known is not None
        self._turns.notified()
        log.info("task_notification_received", job=job_id, task=notification.task_id, failed=bool(notification.failed))
        if notification.failed and not notification.task_id and not job.task_id:
            await self._jobs.settle(job_id, notification.failed.failure)
        return True

    async def take(self, limit: int) -> list[Job]:
        """Return the jobs to poll now."""
        return await self._turns.take(limit)

    def admit(self, jobs: Sequence[Job]) -> Sequence[Job]:
        """Return the jobs that may be polled now, because their task notifications came just now."""
        return self._turns.admit(jobs)

    async def poll(self, job: Job) -> None:
        """Ask the image API for the state of a generating job and record the answer."""
        if job.task_id is not None:
            with self._turns.asking(job):
                await self._poll(job)

    async def _poll(self, job: Job) -> None:
        try:
            report = await self._api.report(job.task)
        except ApiError as error:
            log.warning("record_info_failed", job=job.id, task=job.task_id, error=str(error))
            wait_ms = self._timing.overdue_poll_ms if job.overdue_at else min(2 * self._interval_ms, _LONGEST_MS)
            await self._jobs.poll_later(job.id, wait_ms)
            return
        match report:
            case Painted(()):
                await self._linkless(job)
            case Painted(urls, consumed):
                await self._settle(job, urls, consumed)
            case Failed():
                await self._failed(job, report)
            case Unknown() if job.notified_failure:
                await self._settle(job, job.notified_failure)
            case Unknown():
                await self._jobs.polled(job.id, job.progress, self._wait_ms(job))
            case Generating(progress):
                await self._jobs.polled(job.id, progress, self._wait_ms(job))
                shown = max(progress, job.progress)
                await self._placeholder.progress(job, self._placeholder.painting(job, shown))

    async def expire(self) -> None:
        """Settle the jobs that can't expect an answer any longer, and mark those that are overdue."""
        given_up = await self._jobs.expire(
            self._deadline_ms, self._breaker.reason, has_webhook=self._submit.has_webhook
        )
        for job_id in given_up:
            log.warning("job_expired", job=job_id)
        for job_id in await self._jobs.overdue(self._deadline_ms):
            log.warning("job_overdue", job=job_id)

    async def tell_overdue(self) -> None:
        """Tell the requesters of overdue jobs that were not told so yet."""
        for job in await self._jobs.overdue_untold():
            if await self._placeholder.overdue(job):
                await self._jobs.overdue_told(job.id)

    async def _linkless(self, job: Job) -> None:
        """Handle a success without links: the record may be incomplete, so believe it only after a while."""
        for_ms = await self._jobs.linkless(job.id, self._wait_ms(job))
        if for_ms >= _LINKLESS_MS:
            log.warning("result_links_abandoned", job=job.id, task=job.task_id, for_ms=for_ms)
            await self._settle(job, job.notified_failure or Failure.UPSTREAM)
            return
        log.info("result_links_missing", job=job.id, task=job.task_id, for_ms=for_ms)
        await self._placeholder.progress(job, self._placeholder.painting(job, 1.0))

    async def _failed(self, job: Job, report: Failed) -> None:
        failure = report.failure
        log.warning("task_failed", job=job.id, task=job.task_id, failure=failure.value, error=report.message)
        if report.consumed:  # people aren't charged for a failure
            log.warning("task_charged_more", job=job.id, task=job.task_id, hundredths=report.consumed)
        now = await self._jobs.get(job.id)
        wanted = now is not None and not now.suppressed
        if failure is Failure.UNREACHABLE_PICTURE and wanted and await self._submit.upload_again(job):
            await self._jobs.resubmit(job.id)
        else:
            await self._settle(job, failure)

    async def _settle(self, job: Job, outcome: tuple[str, ...] | Failure, consumed: int | None = None) -> None:
        if consumed is not None and consumed > job.price * job.request.variants:
            log.warning("task_charged_more", job=job.id, task=job.task_id, hundredths=consumed)
        if await self._jobs.settle(job.id, outcome, consumed):
            if not isinstance(outcome, Failure):
                self._usual_times.note(job)
            log.info(
                "job_settled", job=job.id, task=job.task_id, results=0 if isinstance(outcome, Failure) else len(outcome)
            )

    def _wait_ms(self, job: Job) -> int:
        """Return the wait before the next poll, short after a task notification, because the end is near.

        It stays below record-info's limit of three queries a second for each task (image API docs). An overdue job is
        polled every five minutes, unless a task notification arrived since.
        """
        if job.overdue_at:
            return self._interval_ms if (job.notified_at or 0) > job.overdue_at else self._timing.overdue_poll_ms
        return min(_AFTER_NOTIFICATION_MS, self._interval_ms) if job.notified_at else self._interval_ms
