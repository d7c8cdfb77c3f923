"""Claim what is ready, show it, note it."""

import structlog

from bot.domain.errors import (
    FAILURE_TEXTS,
    ApiError,
    BadPicture,
    ChatGone,
    ChatMoved,
    Failure,
    MessageGone,
    MessengerDown,
    MessengerError,
)
from bot.domain.exchange import Showable
from bot.domain.job import Job, Picture
from bot.domain.ports import Darkroom, Gallery, ImageApi, Jobs, Messenger
from bot.flow.placeholder import FETCHING, Placeholder, caption
from bot.flow.submit import backoff_ms

log = structlog.get_logger()

_ATTEMPTS = 12  # with the backoff between them, about ten minutes
_ALBUM = 10


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
    ) -> None:
        self._jobs = jobs
        self._api = api
        self._messenger = messenger
        self._darkroom = darkroom
        self._gallery = gallery
        self._placeholder = placeholder

    async def deliver(self, job: Job) -> None:
        """Show one settled job's outcome; what can't be done now is put off, and only it is."""
        try:
            failure = job.failure or await self._show_pictures(job)
            if failure:
                await self._placeholder.show(job, FAILURE_TEXTS[failure])
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
            await self._jobs.postpone(job.id, backoff_ms(job.attempts))
            if job.attempts == 1:
                await self._placeholder.tell(job, FETCHING)
            return
        await self._jobs.delivered(job.id)
        log.info("delivered", job=job.id, failure=failure.value if failure else None)

    async def _refused(self, job: Job, error: MessengerError) -> None:
        """Telegram refuses what we want to show: say so instead, and let it rest when even that is refused."""
        log.error("Telegram refused the outcome", job=job.id, error=str(error))
        await self._placeholder.tell(job, FAILURE_TEXTS[Failure.LOST_RESULT])
        await self._jobs.delivered(job.id)

    async def _show_pictures(self, job: Job) -> Failure | None:
        pictures = await self._fetch_all(job)
        if not pictures:
            return Failure.LOST_RESULT
        showables = [Showable(picture, self._gallery.path(picture)) for picture in pictures[:_ALBUM]]
        words = caption(job, len(showables))
        if len(showables) == 1:
            # Even a placeholder that was deleted is sent anew and then changed: a text that shows twice costs
            # nothing, a picture is shown once.
            message_id = job.placeholder_id or await self._placeholder.place(job, await self._placeholder.queued(job))
            try:
                shown = [await self._messenger.become(job.address, message_id, showables[0], words)]
            except MessageGone:
                message_id = await self._placeholder.place(job, await self._placeholder.queued(job))
                shown = [await self._messenger.become(job.address, message_id, showables[0], words)]
            await self._jobs.shown(job.id, shown)
        else:
            shown = await self._messenger.album(job.address, showables)
            await self._jobs.shown(job.id, shown)
            await self._placeholder.tell(job, words)
        return None

    async def _fetch_all(self, job: Job) -> list[Picture]:
        """Make the bytes of every result ours. Raises _Later while one may still come."""
        held = await self._jobs.pictures(job.id)
        for position, url in enumerate(job.result_urls):
            if position not in held:
                picture = await self._fetch(job, position, url)
                if picture:
                    held[position] = picture
        return [held[position] for position in sorted(held)]

    async def _fetch(self, job: Job, position: int, url: str) -> Picture | None:
        """Fetch one result; None when it is given up."""
        scratch = self._gallery.scratch()
        try:
            await self._api.download(job.task_id or "", url, scratch)
            picture = await self._darkroom.inspect(scratch)
            await self._gallery.keep(scratch, picture)
        except (ApiError, BadPicture) as error:
            if job.attempts < _ATTEMPTS:
                raise _Later(str(error)) from error
            log.error("result given up", job=job.id, position=position, error=str(error))
            return None
        finally:
            scratch.unlink(missing_ok=True)
        await self._jobs.keep_picture(job.id, position, picture)
        return picture


class _Later(Exception):
    """A result could not be fetched now, but may be another time."""
