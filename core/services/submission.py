"""The submission of jobs: from an order to a task of the image API, paid for at most once."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace

import structlog

from core.errors import (
    AnswerLost,
    ApiError,
    ApiRefused,
    BadPicture,
    Busy,
    ChatGone,
    ChatMoved,
    Failure,
    FileGone,
    FileNotReady,
    MessengerDown,
    MessengerError,
    NotSent,
    StorageError,
)
from core.models.image_model import ImageModel
from core.models.image_request import Request, Size
from core.models.job import Job, NewJob, State
from core.models.media import Upload
from core.models.model_choice import Models
from core.models.spending import Limits
from core.models.timing import Timing
from core.ports.image_api import ImageApi
from core.ports.jobs import SubmittedJobs
from core.ports.pace import Pace
from core.ports.parts import Parts
from core.runtime.noting import noted
from core.runtime.shards import may_call
from core.security.webhook_token import WebhookTokens
from core.services.arrival import Arrival
from core.services.circuit_breaker import CircuitBreaker
from core.services.placeholder import BUSY, CANCELED, UNCERTAIN, Placeholder
from core.services.uploading import PictureUploader
from core.text import clip, text

log = structlog.get_logger()

_QUEUE_SHOWN_TO = 100
_OUTAGES = {455, 505, 550}
"""Codes of an order that wasn't taken, for a reason that may concern one model only (image API docs)."""
_DOUBLE_TAP_MS = 3_000
_LONGEST_CALL_MS = 120_000  # twice the client's timeout


class JobSubmitter:
    """The service that stores jobs, and submits them to the image API when they are due."""

    def __init__(
        self,
        *,
        jobs: SubmittedJobs,
        parts: Parts,
        models: Models,
        uploader: PictureUploader,
        api: ImageApi,
        placeholder: Placeholder,
        arrival: Arrival,
        key: WebhookTokens,
        webhook_root: str | None,
        pace: Pace,
        breaker: CircuitBreaker,
        interval_ms: int,
        timing: Timing = Timing(),
    ) -> None:
        self._jobs = jobs
        self._parts = parts
        self._models = models
        self._uploader = uploader
        self._api = api
        self._placeholder = placeholder
        self._arrival = arrival
        self._key = key
        self._webhook_root = webhook_root
        self._pace = pace
        self._breaker = breaker
        self._interval_ms = interval_ms
        self._timing = timing
        self._uploaded_twice: set[str] = set()
        self._calling: set[str] = set()

    @property
    def calling(self) -> Collection[str]:
        """The ids of the jobs whose generate call is open, or about to begin."""
        return frozenset(self._calling)

    @property
    def has_webhook(self) -> bool:
        """Whether the image API can post task notifications."""
        return self._webhook_root is not None

    async def order(
        self, new: NewJob, limits: Limits | None = None, taken: Callable[[], Awaitable[None]] | None = None
    ) -> Job:
        """Store a job, call `taken`, and show a placeholder; return the job.

        A replay of the idempotency key, or a double press of a button, returns the first job. Raises Refused before
        anything is stored.
        """
        new.request.checked()
        earlier = (
            await self._jobs.pressed_for(new.button_key, new.requester_id, _DOUBLE_TAP_MS) if new.button_key else None
        )
        if earlier:
            return earlier
        job, is_new = await self._jobs.add(new, limits)
        if is_new:
            log.info(
                "job_queued",
                job=job.id,
                chat=job.address.chat_id,
                pictures=len(job.request.pictures),
                model=job.request.model,
            )
        if taken:
            await taken()
            job = replace(job, ahead=None)  # it may have a placeholder by now
        if job.placeholder_id is None:
            await self._placeholder.start(job)
        return job

    async def release(self, job: Job, limits: Limits | None = None, variants: int | None = None) -> bool:
        """Queue a job whose price was confirmed, perhaps for fewer pictures; return False if it doesn't await that.

        Raises Refused if the job doesn't fit into the limits any longer; then it still awaits confirmation.
        """
        if not await self._jobs.release(job.id, limits, variants):
            return False
        await self._placeholder.progress(job, await self._placeholder.queued(job))
        return True

    async def take(self, limit: int) -> list[Job]:
        """Return the jobs to submit now; none while the circuit breaker stops submitting."""
        return [] if self._breaker.reason else await self._jobs.queued(limit)

    def admit(self, jobs: Sequence[Job]) -> Sequence[Job]:
        """Return the jobs that are due now and may be submitted; none while the circuit breaker stops submitting."""
        return [] if self._breaker.reason else jobs

    async def show_queue(self) -> None:
        """Show waiting requesters how the queue moves, as far as the limits of their chats have room."""
        for job in await self._jobs.waiting(self._timing.queue_shown_after_ms, _QUEUE_SHOWN_TO):
            now = await self._jobs.get(job.id)
            if now is None or now.state is not State.QUEUED:
                continue  # the wait of this job ended while the others were told
            if now.awaiting_confirmation:
                await self._placeholder.start(now)
            else:
                await self._placeholder.progress(now, await self._placeholder.queued(now))

    async def submit(self, job: Job) -> None:
        """Submit one queued job to the image API, or record why that isn't possible."""
        if job.suppressed:  # by the version before, during a generate call that the image API did not accept
            if await self._jobs.cancel_queued(job.id):
                await self._placeholder.canceled(job, CANCELED)
            return
        try:
            uploads, mask = await self._uploader.upload(job, self._models.of(job.request))
        except BadPicture as error:
            await self._fail(job, error.failure, str(error))
        except ApiRefused as error:
            await self._breaker.shut(error.failure)
            await self._fail(job, error.failure, str(error))
        except (ChatGone, ChatMoved) as error:
            await self._placeholder.lost(job, error)
        except MessengerError as error:
            await self._unfetched(job, error)
        except StorageError as error:
            log.error("job_storage_failed", job=job.id, error=str(error))
            await self._breaker.doubt_storage()
            raise
        except ApiError as error:
            log.warning("job_preparation_postponed", job=job.id, error=str(error))
            await self._jobs.postpone(job.id, self._timing.backoff_ms(job.attempts), _hindrance(error))
        else:
            await self._start(job, uploads, mask)

    async def _start(self, job: Job, uploads: Sequence[Upload], mask: Upload | None) -> None:
        """Ask for the pictures, or split the order if each of them is a task of its own."""
        parts = self._models.parts(job.request)
        if parts == 1:
            await self._generate(job, uploads, mask)
        elif await self._parts.split(job.id, parts, self._interval_ms):
            log.info("order_split", job=job.id, parts=parts)

    async def _unfetched(self, job: Job, error: MessengerError) -> None:
        """Postpone a job whose picture Telegram didn't provide, or fail it if another try won't help."""
        gives_up = isinstance(error, FileNotReady) and job.attempts >= self._timing.source_fetches
        if isinstance(error, MessengerDown) and not gives_up:
            log.warning("picture_fetch_postponed", job=job.id, error=str(error))
            await self._jobs.postpone(job.id, self._timing.backoff_ms(job.attempts), Failure.UNFETCHED)
        else:
            failure = error.failure if isinstance(error, FileGone) else Failure.UNFETCHED
            await self._fail(job, failure, str(error))

    async def _generate(self, job: Job, uploads: Sequence[Upload], mask: Upload | None) -> None:
        request = _shaped(job.request, self._models.of(job.request), uploads)
        turn = await self._pace.turn()
        if self._breaker.reason or not may_call():
            return  # submitting stopped while this job waited for its turn, so it stays queued
        self._calling.add(job.id)
        try:
            attempt = await self._jobs.submitting(job.id)
            if attempt is not None:  # else it was canceled, or its deadline passed, while it was prepared
                await self._call(job, request, uploads, mask, attempt, turn)
        finally:
            self._calling.discard(job.id)

    async def _call(
        self, job: Job, request: Request, uploads: Sequence[Upload], mask: Upload | None, attempt: int, turn: int
    ) -> None:
        """Make the one call that may cost money, and record its result."""
        webhook_url = f"{self._webhook_root}/{self._key.token(job.id, attempt)}" if self._webhook_root else None
        try:
            files = [upload.url for upload in uploads]
            _check_lease()
            try:
                task = await self._api.generate(request, files, mask.url if mask else None, webhook_url)
            finally:
                await self._pace.answered(turn)
        except (NotSent, Busy) as error:
            if isinstance(error, Busy) and error.code in _OUTAGES and await self._stands_in(job, error):
                return
            log.warning("job_requeued", job=job.id, error=str(error))
            await noted(self._jobs.requeue, job.id, self._timing.backoff_ms(attempt), _hindrance(error), about=job.id)
            await self._placeholder.progress(job, BUSY)
        except ApiRefused as error:
            await self._refused(job, error)
        except AnswerLost as error:
            await self._uncertain(job.id, str(error))
        except Exception as error:
            await self._uncertain(job.id, type(error).__name__)
            raise
        else:
            now = await noted(self._jobs.generating, job.id, task, self._interval_ms, about=job.id)
            log.info("job_submitted", job=job.id, task=task.id, key=task.account)
            await self._placeholder.begun(now or job, is_fresh=now is not None)  # takes ✖ away

    async def _stands_in(self, job: Job, error: ApiError) -> bool:
        """Put a job back for another model, if one may step in for the present one, which surely didn't take it."""
        found = self._models.stand_in(job.request, job.price)
        if found is None:
            return False
        request, price = found
        log.warning("model_stands_in", job=job.id, model=request.model, instead_of=job.request.model, error=str(error))
        await noted(self._jobs.reassign, job.id, request, price, about=job.id)
        return True

    async def _refused(self, job: Job, error: ApiRefused) -> None:
        if error.failure is Failure.MODEL_GONE:
            await self._drop(job, error)
        is_outage = error.failure is Failure.MODEL_GONE or error.code in _OUTAGES
        if is_outage and await self._stands_in(job, error):
            return
        await self._breaker.shut(error.failure)
        if error.failure is Failure.UNREACHABLE_PICTURE and await self.upload_again(job):
            await noted(self._jobs.requeue, job.id, 0, about=job.id)
        else:
            await self._fail(job, error.failure, str(error))

    async def _drop(self, job: Job, error: ApiRefused) -> None:
        """Offer a model no more that the image API no longer has, and tell the operators."""
        model = self._models.of(job.request)
        if self._models.drop(model.name):
            log.error("model_gone", job=job.id, model=model.name, error=str(error))
            await self._breaker.tell(
                text(
                    "🧠 The image API no longer has the model {model}: {cause}. I don't offer it until I'm restarted "
                    "or the catalog lists it again. Take it out of MODELS, or correct its id in MODELS_FILE.",
                    model=model.name,
                    cause=clip(str(error), 200),
                )
            )

    async def upload_again(self, job: Job) -> bool:
        """Forget the uploads that the image API could not fetch; return False if that was tried before."""
        if not job.request.pictures or job.id in self._uploaded_twice:
            self._uploaded_twice.discard(job.id)
            return False
        log.warning("picture_upload_repeated", job=job.id)
        self._uploaded_twice.add(job.id)
        await noted(self._uploader.forget, job, self._models.of(job.request), about=job.id)
        return True

    async def _uncertain(self, job_id: str, cause: str) -> None:
        log.error("generate_answer_lost", job=job_id, error=cause)
        if await noted(self._jobs.uncertain, job_id, about=job_id):
            await self._tell_uncertain(job_id)

    async def sweep(self) -> None:
        """Mark jobs as uncertain that have been SUBMITTING for longer than a call takes, unless their call is open."""
        for job_id in await self._jobs.submitting_since(_LONGEST_CALL_MS):
            if job_id not in self._calling:
                await self._uncertain(job_id, "the call ended without a record")

    async def tell_uncertain(self) -> None:
        """Tell the requesters of uncertain jobs that were not told so yet, for example because Telegram was down."""
        for job in await self._jobs.uncertain_untold():
            await self._tell_uncertain(job.id)

    async def _tell_uncertain(self, job_id: str) -> None:
        """Tell the requester, unless the job is resolved or suppressed by now."""
        now = await self._jobs.get(job_id)
        if now is None or now.state is not State.UNCERTAIN or now.is_shown_elsewhere:
            return
        if now.suppressed or await self._arrival.tell(now, UNCERTAIN):
            await noted(self._jobs.told, job_id, about=job_id)
            if job := await self._jobs.get(job_id):
                await self._arrival.tidy(job)

    async def _fail(self, job: Job, failure: Failure, cause: str) -> None:
        log.warning("job_failed", job=job.id, failure=failure.value, error=cause)
        await noted(self._jobs.settle, job.id, failure, about=job.id)


def _check_lease() -> None:
    """Raise NotSent if another process may work for the chat by now, as after a stop that was longer than a lease."""
    if not may_call():
        raise NotSent("this process may no longer own the chat")


def _hindrance(error: ApiError) -> Failure:
    """Return the failure that the job ends with if this error lasts until its deadline."""
    return Failure.BUSY if isinstance(error, Busy) else Failure.UNREACHABLE


def _shaped(request: Request, model: ImageModel, uploads: Sequence[Upload]) -> Request:
    """Set the shape nearest to the first picture's if the request names none, and the model can't keep it itself."""
    if request.size or not uploads or not model.ratios or model.keeps_shape(request.resolution):
        return request
    return replace(request, size=Size.nearest(uploads[0].width, uploads[0].height, model.ratios))
