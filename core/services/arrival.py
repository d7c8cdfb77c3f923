"""The arrival of outcomes: a finished picture makes a sound and stands at the bottom of its chat, exactly once.

Telegram notifies of new messages and never of edits, and an edited placeholder may be far above by then. So an outcome
comes as a new message, unless it was quick and nothing newer stands below the placeholder: then `arrived` is committed
for the placeholder, and the steps from 4 on follow. These are the steps, with the answer to a process that ends after
each of them, or a commit that fails (`core/runtime/noting.py` repeats it for as long as the process lives):

1. `try_arrival` is committed. Nothing is visible yet; only a try is used up.
2. A text is sent. Its id is unknown to the next process, which sends another: one "🖼 Ready" is left standing. After
   `_TRIES` of them the placeholder becomes the outcome instead, so that a chat isn't flooded while answers get lost.
3. `arrived` is committed: the text is the placeholder from now on, and the one before is outdated. The next process
   goes on from here with the same text. If somebody deleted it, step 1 follows again.
4. The text becomes the picture. Doing it again shows the same thing.
5. The job is committed as delivered, with the message that shows it. `ResultDelivery` does that.
6. The outdated placeholder is deleted. Deleting it again is fine.
7. `tidied` is committed. `tidy_all` goes on with 6 for all jobs that lack it.

Where no text is sent to become the picture, because the chat forbids text or is crowded, the picture itself is sent in
step 2. If its answer is lost or the process ends before step 3, it is shown again: in the placeholder, if there is one,
so that it can't be there a third time.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from core.errors import ChatGone, ChatMoved, MessageGone, MessengerDown, MessengerError, NotConnected, NotPermitted
from core.models.job import Job
from core.models.keyboard import Keyboard
from core.models.media import UNNAMED, Shown
from core.models.timing import Timing
from core.ports.clock import Clock
from core.ports.jobs import ArrivingJobs
from core.ports.telegram import Messenger
from core.runtime.latest_messages import LatestMessages
from core.runtime.noting import noted
from core.services.placeholder import Placeholder
from core.text import Renderable, text

log = structlog.get_logger()

_TRIES = 3
_TIDIED_AT_ONCE = 100

READY = text("🖼 Ready")
SEE_BELOW = text("👇 See below.")

Become = Callable[[int], Awaitable[Shown]]
Send = Callable[[], Awaitable[Shown]]
Sent = TypeVar("Sent")


class Arrival:
    """The service that brings outcomes into their chats. A message counts as gone if it can't be changed any more."""

    def __init__(
        self,
        jobs: ArrivingJobs,
        messenger: Messenger,
        placeholder: Placeholder,
        latest: LatestMessages,
        clock: Clock,
        timing: Timing = Timing(),
    ) -> None:
        self._jobs = jobs
        self._messenger = messenger
        self._placeholder = placeholder
        self._latest = latest
        self._clock = clock
        self._quick_ms = timing.quick_ms

    async def show(self, job: Job, become: Become, send: Send) -> Shown:
        """Show a picture: `become` turns a message into it, and `send` sends it as a message. Raises MessengerError."""
        gone: int | None = None
        for _ in range(2):
            message_id = await self._message(job, gone)
            if message_id is None:
                break
            try:
                return await become(message_id)
            except MessageGone:
                log.info("placeholder_gone", job=job.id)
                gone = message_id
        return await self._sent(job, send)

    async def say(
        self, job: Job, words: Renderable, *, keyboard: Keyboard = (), below: bool = False, silent: bool = False
    ) -> None:
        """Show the words of an outcome, unless the job has another state by now. Raises MessengerError.

        With `below`, they come as a new message even if they are quick, with `silent` without a sound.
        """
        gone: int | None = None
        while True:
            async with self._placeholder.placing(job.id):
                now = await self._jobs.get(job.id) or job
                if now.state is not job.state:
                    return
                message_id = await self._chosen(now, gone, below=below)
                if message_id is None and not await self._permits_text(now):
                    message_id = await self._in_place(now, gone)  # without a placeholder, sending is refused
                if message_id is None:
                    await self._send_text(now, words, keyboard, silent=silent)
                    return
            try:
                await self._messenger.edit(now.address, message_id, words, keyboard=keyboard)
            except MessageGone:
                log.info("placeholder_gone", job=job.id)
                gone = message_id
            else:
                return

    async def tell(
        self, job: Job, words: Renderable, *, keyboard: Keyboard = (), below: bool = False, silent: bool = False
    ) -> bool:
        """Show words that are not worth an error if they can't be shown; return False if another try may help."""
        try:
            await self.say(job, words, keyboard=keyboard, below=below, silent=silent)
        except (ChatGone, ChatMoved) as error:
            await self._placeholder.lost(job, error)
        except MessengerError as error:
            log.warning("placeholder_update_failed", job=job.id, error=str(error))
            return not isinstance(error, MessengerDown)
        return True

    async def _message(self, job: Job, gone: int | None) -> int | None:
        """Return the message that is to become the picture, or None if the picture has to be sent."""
        if job.placeholder_id is None and gone is None and await self._placeholder.is_unwelcome(job):
            return None  # a placeholder that still waits for its turn must not delay the picture
        async with self._placeholder.placing(job.id):
            if gone is None and await self._is_in_place(job):
                return job.placeholder_id
            now = await self._jobs.get(job.id) or job
            message_id = await self._chosen(now, gone)
            if message_id is not None:
                return message_id
            if await self._placeholder.is_unwelcome(now):
                return await self._in_place(now, gone) if now.arrival_tries else None
            try:
                return await self._send_text(now, READY) or None
            except NotPermitted as error:
                log.info("placeholder_not_permitted", job=job.id, error=str(error))
                return None

    async def _chosen(self, now: Job, gone: int | None, *, below: bool = False) -> int | None:
        """Return the message that is to show the outcome, or None if a new one has to be sent."""
        arrived = _known(now.arrival_id, gone)
        if arrived is not None:
            return arrived
        is_in_place = not below and now.arrival_id is None and self._is_quick(now)
        return await self._in_place(now, gone) if is_in_place or now.arrival_tries >= _TRIES else None

    async def _is_in_place(self, job: Job) -> bool:
        """Choose a quick placeholder without a look at the job as it is now, if that is still as it was read."""
        placeholder_id = _known(job.placeholder_id, None)
        if placeholder_id is None or job.arrival_id is not None or not self._is_quick(job):
            return False
        return await self._jobs.arrived_in_place(job.id, placeholder_id)

    async def _in_place(self, now: Job, gone: int | None) -> int | None:
        """Choose the placeholder for the outcome and return it; None if there is none.

        The choice is committed first: the next process must not send another message for what this one may have shown.
        """
        placeholder_id = _known(now.placeholder_id, gone)
        if placeholder_id is not None:
            await self._jobs.arrived(now.id, placeholder_id)
        return placeholder_id

    def _is_quick(self, now: Job) -> bool:
        """Return whether the placeholder was sent a moment ago and is still the newest message, as far as is known."""
        newest = self._latest.newest(now.address.chat_id, now.address.thread_id)
        is_newest = newest is not None and newest <= (now.placeholder_id or 0)
        return is_newest and now.placed_at is not None and self._clock.now_ms() - now.placed_at < self._quick_ms

    async def _send_text(self, now: Job, words: Renderable, keyboard: Keyboard = (), *, silent: bool = False) -> int:
        """Send a message for the outcome and record it; return its id, which may be UNNAMED."""
        if not await self._permits_text(now):
            raise NotPermitted("texts are known to be forbidden here", frozenset({"text"}))

        async def send() -> int:
            return await self._messenger.send_text(now.address, words, keyboard=keyboard, silent=silent)

        message_id = await self._tried(now, send)
        await noted(self._jobs.arrived, now.id, message_id, about=now.id)
        await self._forget_reaction(now)
        return message_id

    async def _sent(self, job: Job, send: Send) -> Shown:
        """Send the picture as a message of its own and record it."""
        shown = await self._tried(job, send)
        await noted(self._jobs.arrived, job.id, shown.message_id, about=job.id)
        await self._forget_reaction(job)
        return shown

    async def _tried(self, job: Job, send: Callable[[], Awaitable[Sent]]) -> Sent:
        """Send something whose repetition would be seen: the intent is recorded first.

        Only one outdated message is recorded, so one that couldn't be removed so far is removed before another is.
        """
        await self.tidy(job)
        await self._jobs.try_arrival(job.id)
        try:
            return await send()
        except MessengerError as error:
            if not isinstance(error, MessengerDown) or isinstance(error, NotConnected):  # definitely not sent
                await noted(self._jobs.untry_arrival, job.id, about=job.id)
            raise

    async def _forget_reaction(self, job: Job) -> None:
        if job.address.chat_id < 0:
            await self._placeholder.nod(job, None)  # there may have been a reaction instead of a placeholder

    async def _permits_text(self, job: Job) -> bool:
        return (await self._messenger.permits(job.address.chat_id)).text

    async def tidy_all(self) -> None:
        """Remove the outdated placeholders that are left over, for example because Telegram was down."""
        for job in await self._jobs.outdated(_TIDIED_AT_ONCE):
            await self.tidy(job)

    async def tidy(self, job: Job) -> None:
        """Remove the outdated placeholder of a job as it is now, if it has one."""
        if job.outdated_id is None:
            return
        try:
            await self._remove(job, job.outdated_id)
        except MessengerDown as error:
            log.info("placeholder_removal_postponed", job=job.id, error=str(error))
            return
        except MessengerError as error:  # the message is gone, or its chat is
            log.info("placeholder_removal_abandoned", job=job.id, error=str(error))
        await noted(self._jobs.tidied, job.id, job.outdated_id, about=job.id)

    async def _remove(self, job: Job, message_id: int) -> None:
        """Delete a message, or make it one line: Telegram lets a bot delete a group's messages for 48 hours only."""
        try:
            await self._messenger.delete_message(job.address.chat_id, message_id)
        except (ChatGone, ChatMoved, MessengerDown):
            raise
        except MessengerError:
            await self._messenger.edit(job.address, message_id, SEE_BELOW)


def _known(message_id: int | None, gone: int | None) -> int | None:
    """Return the id of a message that can be changed, else None."""
    return None if message_id in {None, UNNAMED, gone} else message_id
