"""Claim what is ready, show it, note it."""

from functools import partial

import structlog

from bot.domain.errors import (
    FAILURE_TEXTS,
    ApiError,
    ApiRefused,
    ChatGone,
    ChatMoved,
    Failure,
    MessageGone,
    MessengerDown,
    MessengerError,
    NotShowable,
)
from bot.domain.exchange import Keyboard, Showable, Shown
from bot.domain.job import Job
from bot.domain.ports import Darkroom, Gallery, ImageApi, Jobs, Messenger
from bot.domain.request import Picture
from bot.domain.text import Words
from bot.flow.keyboards import Keyboards, pick, retry
from bot.flow.placeholder import FETCHING, NOT_SHOWN, NOTHING_CAME, Placeholder, caption
from bot.flow.submit import backoff_ms

log = structlog.get_logger()

_ATTEMPTS = 12  # with the backoff between them, about ten minutes
_RARELY_MS = 300_000
_PATIENCE = 300  # attempts; those after the usual ones fill a day
_ALBUM = 10
_ALBUM_TRIES = 4


class Deliver:
    """Shows outcomes to people."""

    def __init__(
        self,
        *,
        jobs: Jobs,
        api: ImageApi,
        messenger: Messenger,
        darkroom: Darkroom,
        gallery: Gallery,
        placeholder: Placeholder,
        keyboards: Keyboards,
    ) -> None:
        self._jobs = jobs
        self._api = api
        self._messenger = messenger
        self._darkroom = darkroom
        self._gallery = gallery
        self._placeholder = placeholder
        self._keyboards = keyboards

    async def deliver(self, job: Job) -> None:
        """Show one settled job's outcome; what can't be done now is put off, and only it is."""
        try:
            failure = job.failure or await self._show_pictures(job)
            if failure and job.muted:
                await self._placeholder.tell(job, NOTHING_CAME)
            elif failure:
                await self._placeholder.show(job, FAILURE_TEXTS[failure], keyboard=retry(job))
        except (ChatGone, ChatMoved) as error:
            await self._placeholder.lost(job, error)
            return
        except MessengerDown as error:
            log.warning("could not be shown yet", job=job.id, error=str(error))
            await self._jobs.postpone(job.id, backoff_ms(job.attempts))
            return
        except MessengerError as error:
            await self._refused(job, error)
            return
        except _Later as later:
            log.warning("result not fetched yet", job=job.id, error=str(later))
            await self._jobs.postpone(job.id, backoff_ms(job.attempts) if job.attempts < _ATTEMPTS else _RARELY_MS)
            if job.attempts == 1 and not await self._is_muted(job):
                await self._placeholder.tell(job, FETCHING)
            return
        await self._jobs.delivered(job.id)
        log.info("delivered", job=job.id, failure=failure.value if failure else None)

    async def _refused(self, job: Job, error: MessengerError) -> None:
        """Telegram refuses what we want to show: say so instead, and let it rest when even that is refused."""
        log.error("Telegram refused the outcome", job=job.id, error=str(error))
        await self._placeholder.tell(job, NOT_SHOWN)
        await self._jobs.delivered(job.id)

    async def _show_pictures(self, job: Job) -> Failure | None:
        pictures = dict(sorted((await self._fetch_all(job)).items())[:_ALBUM])
        if not pictures:
            return Failure.LOST_RESULT
        if await self._is_muted(job):  # fetching took a while, and it may have been called off meanwhile
            return None
        showables = [Showable(picture, self._gallery.path(picture)) for picture in pictures.values()]
        words = caption(job, len(showables))
        if len(showables) == 1:
            await self._jobs.shown(job.id, [await self._show_one(job, next(iter(pictures)), showables[0], words)])
        else:
            if not await self._jobs.is_shown(job.id):
                await self._jobs.shown(job.id, await self._show_album(job, showables))
            keyboard = pick(job.id, list(pictures))
            if not await self._placeholder.tell(job, words, keyboard=keyboard):
                raise MessengerDown("the album is shown, its words are not")
        return None

    async def _is_muted(self, job: Job) -> bool:
        now = await self._jobs.get(job.id)
        return now is not None and now.muted

    async def _show_one(self, job: Job, position: int, showable: Showable, words: Words) -> Shown:
        """Turn the placeholder into the picture, which shows it once however often it is done.

        Where the placeholder is gone, a new text is sent and then changed, for the same reason. Only a crowded group,
        in which there was a nod instead of a placeholder, gets the picture as one message.
        """
        keyboard = self._keyboards.result(job, position, job.address.chat_id)
        try:
            return await self._show_with(job, showable, words, keyboard)
        except NotShowable as error:  # a button may be what Telegram does not like, and no button is worth a picture
            log.error("shown without buttons", job=job.id, error=str(error))
            return await self._show_with(job, showable, words, ())

    async def _show_with(self, job: Job, showable: Showable, words: Words, keyboard: Keyboard) -> Shown:
        as_file = job.request.as_file
        if job.placeholder_id is None and self._messenger.crowded(job.address.chat_id):
            shown = await self._messenger.send(job.address, showable, words, keyboard=keyboard, as_file=as_file)
            await self._placeholder.nod(job, None)
            return shown
        message_id = job.placeholder_id or await self._placeholder.place(job, await self._placeholder.queued(job))
        become = partial(
            self._messenger.become,
            job.address,
            picture=showable,
            caption=words,
            keyboard=keyboard,
            as_file=as_file,
        )
        try:
            return await become(message_id=message_id)
        except MessageGone:
            return await become(message_id=await self._placeholder.place(job, await self._placeholder.queued(job)))

    async def _show_album(self, job: Job, showables: list[Showable]) -> list[Shown]:
        """Send an album; after several tries that may each have shown it, it counts as shown.

        Nobody can ask Telegram whether an album arrived. The intent is noted before each try, so that a chat sees it
        at least once, but is not flooded by copies while Telegram's answers get lost.
        """
        tries = await self._jobs.try_album(job.id)
        if tries > _ALBUM_TRIES:
            log.warning("the album was sent several times without an answer, it counts as shown", job=job.id)
            return []
        return await self._messenger.album(job.address, showables, as_file=job.request.as_file)

    async def _fetch_all(self, job: Job) -> dict[int, Picture]:
        """Make the bytes of every result ours, by their positions. Raises _Later while one may still come.

        A picture alone is waited for as long as its host may come back. Others do not wait that long for one of them.
        """
        held = await self._jobs.pictures(job.id)
        missing: dict[int, ApiError] = {}
        for position, url in enumerate(job.result_urls):
            if position not in held:
                try:
                    held[position] = await self._fetch(job, position, url)
                except ApiError as error:
                    missing[position] = error
        may_come = not held and not all(isinstance(cause, ApiRefused) for cause in missing.values())
        for position, cause in missing.items():
            if job.attempts < (_PATIENCE if may_come else _ATTEMPTS):
                raise _Later(str(cause)) from cause
            log.error("result given up", job=job.id, position=position, error=str(cause))
        return held

    async def _fetch(self, job: Job, position: int, url: str) -> Picture:
        """Fetch one result. Raises ApiError."""
        scratch = self._gallery.scratch()
        try:
            picture = await self._api.download(job.task_id or "", url, scratch, self._darkroom.inspect)
            await self._gallery.keep(scratch, picture)
        finally:
            scratch.unlink(missing_ok=True)
        await self._jobs.keep_picture(job.id, position, picture)
        return picture


class _Later(Exception):
    """A result could not be fetched now, but may be another time."""
