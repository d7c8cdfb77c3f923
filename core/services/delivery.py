"""The delivery of outcomes: fetch the results, show them, and record that they were shown."""

from collections.abc import Mapping

import structlog

from core.errors import (
    FAILURE_TEXTS,
    ApiError,
    ApiRefused,
    ChatGone,
    ChatMoved,
    Failure,
    MessengerDown,
    MessengerError,
    NotConnected,
    NotPermitted,
    NotShowable,
    StorageError,
)
from core.models.image_request import Picture
from core.models.job import Job, Task
from core.models.keyboard import Keyboard
from core.models.media import UNNAMED, Incoming, Showable, Shown
from core.models.timing import Timing
from core.ports.files import BlobStore, ImageProcessor
from core.ports.image_api import ImageApi
from core.ports.jobs import SettledJobs
from core.ports.parts import Parts
from core.ports.telegram import Messenger
from core.runtime.noting import noted
from core.services.arrival import Arrival
from core.services.circuit_breaker import CircuitBreaker
from core.services.keyboards import Keyboards, failed, pick
from core.services.placeholder import (
    FETCHING,
    NOT_PERMITTED,
    NOT_SHOWN,
    NOTHING_CAME,
    Placeholder,
    missing,
    which,
)
from core.text import Joined, Renderable

log = structlog.get_logger()

_ALBUM = 10
_ALBUM_TRIES = 4


class ResultDelivery:
    """The service that shows outcomes to requesters."""

    def __init__(
        self,
        *,
        jobs: SettledJobs,
        parts: Parts,
        api: ImageApi,
        messenger: Messenger,
        image_processor: ImageProcessor,
        blob_store: BlobStore,
        placeholder: Placeholder,
        arrival: Arrival,
        keyboards: Keyboards,
        breaker: CircuitBreaker,
        timing: Timing = Timing(),
    ) -> None:
        self._jobs = jobs
        self._parts = parts
        self._api = api
        self._messenger = messenger
        self._image_processor = image_processor
        self._blob_store = blob_store
        self._placeholder = placeholder
        self._arrival = arrival
        self._keyboards = keyboards
        self._breaker = breaker
        self._timing = timing

    async def deliver(self, job: Job) -> None:
        """Show the outcome of a settled job, or postpone the job if that isn't possible now."""
        fetched: dict[int, Picture] = {}
        try:
            await self._deliver(job, fetched)
        finally:
            for position, picture in fetched.items():
                await noted(self._jobs.keep_picture, job.id, position, picture, about=job.id)

    async def _deliver(self, job: Job, fetched: dict[int, Picture]) -> None:
        """Do as `deliver`. `fetched` gets the result that is stored and not recorded yet, and loses it once it is."""
        failure = job.failure
        shown: Mapping[int, Shown] = {}
        await self._placeholder.rest(job)
        try:
            try:
                if failure is None:
                    failure, shown = await self._show_pictures(job, fetched)
                await self._say(job, failure)
            except (ChatGone, ChatMoved, MessengerDown):
                raise
            except MessengerError as error:
                if not await self._is_explained(job, failure, error):
                    await self._rest(job)
                    return
        except (ChatGone, ChatMoved) as error:
            await self._placeholder.lost(job, error)
            return
        except MessengerDown as error:
            log.warning("delivery_postponed", job=job.id, error=str(error))
            await self._jobs.postpone(job.id, self._timing.backoff_ms(job.attempts))
            return
        except _Later as later:
            log.warning("result_download_postponed", job=job.id, error=str(later))
            await self._jobs.postpone(job.id, self._result_wait_ms(job))
            if job.attempts == 1 and not job.suppressed:
                await self._placeholder.tell(job, FETCHING)
            return
        except StorageError as error:
            log.error("job_storage_failed", job=job.id, error=str(error))
            await self._breaker.doubt_storage()
            raise
        await self._end(job, failure, shown, fetched)

    async def _end(
        self, job: Job, failure: Failure | None, shown: Mapping[int, Shown], fetched: dict[int, Picture]
    ) -> None:
        delivered = await noted(self._jobs.delivered, job.id, shown, fetched, about=job.id)
        fetched.clear()
        log.info("job_delivered", job=job.id, failure=failure.value if failure else None)
        if delivered:
            await self._arrival.tidy(delivered)

    def _result_wait_ms(self, job: Job) -> int:
        """Return the wait until the next attempt to fetch the results."""
        timing = self._timing
        return timing.backoff_ms(job.attempts) if job.attempts < timing.result_attempts else timing.result_rarely_ms

    async def _say(self, job: Job, failure: Failure | None) -> None:
        if failure and job.restored:
            return
        if failure and job.suppressed:
            await self._placeholder.tell(job, NOTHING_CAME)
        elif failure:
            await self._arrival.say(job, FAILURE_TEXTS[failure], keyboard=failed(job, failure))

    async def _is_explained(self, job: Job, failure: Failure | None, error: MessengerError) -> bool:
        """Tell the requester that Telegram refuses the picture; return False if Telegram refuses the text as well."""
        log.error("outcome_refused", job=job.id, error=str(error))
        if failure:
            return False
        words = NOT_PERMITTED if isinstance(error, NotPermitted) else NOT_SHOWN
        try:
            await self._arrival.say(job, words)
        except (ChatGone, ChatMoved, MessengerDown):
            raise
        except MessengerError as refusal:
            log.error("outcome_explanation_refused", job=job.id, error=str(refusal))
            return False
        return True

    async def _rest(self, job: Job) -> None:
        """Postpone a job whose picture and text were refused, or cancel it after about a day."""
        timing = self._timing
        if job.attempts < timing.refusals:
            wait_ms = min(timing.refusal_first_wait_ms * 2 ** min(job.attempts, 20), timing.refusal_longest_wait_ms)
            await self._jobs.postpone(job.id, wait_ms)
        else:
            log.error("delivery_abandoned", job=job.id)
            await self._jobs.cancelled(job.id)

    async def _show_pictures(self, job: Job, fetched: dict[int, Picture]) -> tuple[Failure | None, Mapping[int, Shown]]:
        """Show the results. Return the failure, or the messages that show them and aren't recorded yet."""
        found, done = await self._fetch_all(job, fetched)
        pictures = dict(sorted(found.items())[:_ALBUM])
        if not pictures:
            return Failure.LOST_RESULT, {}
        if job.suppressed:
            return None, {}
        if done.issuperset(pictures) and len(pictures) == 1:
            return None, {}
        async with self._blob_store.local(*pictures.values()) as paths:
            found_at = zip(pictures.items(), paths, strict=True)
            showables = {position: Showable(picture, path) for (position, picture), path in found_at}
            return None, await self._show_files(job, showables, done)

    async def _show_files(self, job: Job, showables: dict[int, Showable], done: set[int]) -> Mapping[int, Shown]:
        """Show results, and return the messages that show them and aren't recorded yet."""
        words = self._placeholder.caption(job, len(showables))
        if len(showables) == 1:
            ((position, showable),) = showables.items()
            return {position: await self._show_one(job, position, showable, words)}
        words = Joined((words, which(len(showables))), "\n\n")
        refused = await self._show_many(job, showables, done)
        if refused:
            words = Joined((words, missing(refused)), "\n\n")
        keyboard = pick(job.id, list(showables))
        # The album has made its sound, so its words make none.
        if not await self._arrival.tell(job, words, keyboard=keyboard, below=True, silent=True):
            raise MessengerDown("the album is shown, its words are not")
        return {}

    async def _show_many(self, job: Job, showables: dict[int, Showable], done: set[int]) -> int:
        """Show several results as an album, or one by one if Telegram refuses the album.

        The results at `done`, which were shown before, are skipped. Return how many results Telegram refuses in every
        form; the others are shown nevertheless. Raises NotShowable if it refuses all of them.
        """
        left = {position: showable for position, showable in showables.items() if position not in done}
        if len(left) == len(showables) and await self._is_shown_as_album(job, showables):
            return 0
        refusals: list[NotShowable] = []
        for position, showable in left.items():
            try:
                shown = await self._messenger.send_photo(job.address, showable, Joined(()), as_file=job.request.as_file)
            except NotShowable as error:
                log.error("picture_refused", job=job.id, position=position, error=str(error))
                refusals.append(error)
            else:
                await noted(self._jobs.shown, job.id, {position: shown}, about=job.id)
        if len(refusals) == len(showables):
            raise refusals[-1]
        return len(refusals)

    async def _show_one(self, job: Job, position: int, showable: Showable, words: Renderable) -> Shown:
        keyboard = self._keyboards.result(job, position, job.address.chat_id)
        try:
            return await self._show_with(job, showable, words, keyboard)
        except NotShowable as error:  # Telegram may have refused a button, and the picture matters more
            log.error("picture_buttons_refused", job=job.id, error=str(error))
            return await self._show_with(job, showable, words, ())

    async def _show_with(self, job: Job, showable: Showable, words: Renderable, keyboard: Keyboard) -> Shown:
        to, as_file, messenger = job.address, job.request.as_file, self._messenger

        async def become(message_id: int) -> Shown:
            return await messenger.replace_with_photo(
                to, message_id, showable, words, keyboard=keyboard, as_file=as_file
            )

        async def send() -> Shown:
            return await messenger.send_photo(to, showable, words, keyboard=keyboard, as_file=as_file)

        return await self._arrival.show(job, become, send)

    async def _is_shown_as_album(self, job: Job, showables: dict[int, Showable]) -> bool:
        """Send an album and record it; return False if Telegram refuses it as an album.

        Telegram can't be asked whether an album arrived. So the intent is recorded before each try, and taken back if
        the album definitely was not sent. A chat sees the album at least once, but isn't flooded with copies while
        answers get lost.
        """
        if await self._jobs.try_album(job.id) > _ALBUM_TRIES:
            log.warning("result_album_assumed_shown", job=job.id)
            shown = [Shown(UNNAMED, None, None)] * len(showables)
        else:
            try:
                pictures = list(showables.values())
                shown = await self._messenger.album(job.address, pictures, as_file=job.request.as_file)
            except (NotConnected, StorageError):  # definitely not sent
                await noted(self._jobs.untry_album, job.id, about=job.id)
                raise
            except NotShowable as error:
                log.warning("result_album_refused", job=job.id, error=str(error))
                await noted(self._jobs.untry_album, job.id, about=job.id)
                return False
        await noted(self._jobs.shown, job.id, dict(zip(showables, shown, strict=True)), about=job.id)
        return True

    async def _fetch_all(self, job: Job, fetched: dict[int, Picture]) -> tuple[dict[int, Picture], set[int]]:
        """Store the bytes of all results. Return the results by position, and the positions that were shown before.

        A single result of a new outcome is recorded with its delivery: if the process ends before, it is fetched again.
        Raises _Later while a missing result may still come. If no result is there, the wait lasts as long as a result's
        host may recover, about a day. If some are there, the wait for the others is about ten minutes.
        """
        known, done = ({}, set[int]()) if job.is_new_outcome else await self._jobs.pictures(job.id)
        held = {position: picture for position, picture in known.items() if await self._blob_store.has(picture)}
        missing: dict[int, ApiError] = {}
        links = await self._parts.links(job)
        is_single = job.is_new_outcome and len(links) == 1
        for position, (task, url) in enumerate(links):
            if position not in held:
                try:
                    held[position] = await self._fetch(task, url)
                except ApiError as error:
                    missing[position] = error
                else:
                    if is_single:
                        fetched[position] = held[position]
                    else:
                        await self._jobs.keep_picture(job.id, position, held[position])
        may_come = not held and not all(isinstance(cause, ApiRefused) for cause in missing.values())
        for position, cause in missing.items():
            if job.attempts < (self._timing.result_patience if may_come else self._timing.result_attempts):
                raise _Later(str(cause)) from cause
            log.error("result_abandoned", job=job.id, position=position, error=str(cause))
        return held, done

    async def _fetch(self, task: Task, url: str) -> Picture:
        """Download one result and store it. Raises ApiError."""
        scratch = self._blob_store.scratch()
        try:
            return await self._api.download(task, url, scratch, self._kept)
        except BaseException:
            scratch.unlink(missing_ok=True)
            raise

    async def _kept(self, result: Incoming) -> Picture:
        picture = await self._image_processor.inspect(result)
        await self._blob_store.keep(result, picture)
        return picture


class _Later(Exception):
    """A result could not be fetched now, but may be fetched later."""
