"""The placeholder: the message that stands for a job from its order on, and becomes its picture."""

import asyncio
from contextlib import suppress
from weakref import WeakValueDictionary

import structlog

from core.errors import (
    FAILURE_TEXTS,
    ChatGone,
    ChatMoved,
    Dropped,
    Failure,
    MessageGone,
    MessengerDown,
    MessengerError,
    NotPermitted,
    TopicGone,
)
from core.models.image_model import Tool
from core.models.job import Job, State
from core.models.keyboard import Keyboard
from core.models.media import UNNAMED
from core.models.model_choice import Models
from core.ports.jobs import PlaceholderJobs
from core.ports.repositories import Chats, Groups
from core.ports.telegram import Messenger
from core.runtime.noting import noted
from core.services.circuit_breaker import CircuitBreaker
from core.services.keyboards import offer, retry, stop
from core.services.prices import Prices
from core.services.usual_times import UsualTimes
from core.text import Joined, Percent, Quote, Renderable, Verbatim, clip, plural, text

log = structlog.get_logger()

_BAR = 12
_QUICK_MS = 15_000
_IN_MINUTES_S = 90
_LONG = 200  # characters; a longer prompt is folded under its picture
_NOTE_UNITS = 40
_CAPTION_UNITS = 780  # of 1,024 for a caption (Bot API, sendPhoto); the rest is for the bot's notes
_WITH_NOTES_UNITS, _A_NOTE_UNITS = 1_000, 115  # for many notes, the prompt leaves more

SEEN = "👀"
BUSY = text("⏳ It's busy right now. I keep your request and go on by myself; there is nothing you need to do.")
UNCERTAIN = text(
    "❓ I got no confirmation for this picture, so it may or may not be painted. I won't ask for it twice. If the "
    "picture comes, it appears here; if you don't want to wait, send it again."
)
CANCELED = text("✖ Canceled before I started, so nothing was charged.")
IN_PROGRESS = text(
    "🎨 It's already being painted, too late to cancel. The picture comes once it is done, and is charged as usual."
)
MAYBE_IN_PROGRESS = text(
    "❓ It may be painted already, too late to cancel. If the picture comes, it appears here and is charged as usual."
)
SUPPRESSED = text(
    "✖ Canceled as far as possible: it is being painted already and can't be stopped, so it is charged. I won't "
    "show the picture here; once it is painted, /history has it."
)
NOTHING_CAME = text("✖ Canceled. No picture came of it, so nothing was charged.")
NOT_SHOWN = text(
    "💥 The picture is painted and was charged, but Telegram refuses it here, as a photo and as a file. I keep it: "
    "in a private chat with me, /history may be able to show it."
)
NOT_PERMITTED = text(
    "🔒 The picture is painted and was charged, but this chat doesn't let me send pictures. "
    "In a private chat with me, /history has it."
)
SLOW = text(
    "🐢 This one is taking longer than usual. I keep asking for up to a day, and the picture appears here once it is "
    "painted; it costs nothing if it doesn't come. You can ask for something else meanwhile."
)
PAINTING = text("🎨 Painting…")
PAINTING_LAST = text("🎨 Painting… any moment now")
ANY_MOMENT = text("any moment now")
FETCHING = text("📦 The picture is ready; fetching it takes longer than usual. I keep trying.")

_BEGUN = 1000
"""The orders that are remembered to be painted from the start; far fewer are about to be submitted at a time."""
_IN_PROGRESS = {State.QUEUED, State.SUBMITTING, State.UNCERTAIN, State.GENERATING}
_OVERDUE: dict[State, Renderable] = {State.GENERATING: SLOW, State.UNCERTAIN: FAILURE_TEXTS[Failure.LOST_ANSWER]}


class Placeholder:
    """The service that shows the progress of jobs."""

    def __init__(
        self,
        jobs: PlaceholderJobs,
        chats: Chats,
        groups: Groups,
        messenger: Messenger,
        usual_times: UsualTimes,
        breaker: CircuitBreaker,
        prices: Prices,
        models: Models,
    ) -> None:
        self._jobs = jobs
        self._chats = chats
        self._groups = groups
        self._messenger = messenger
        self._usual_times = usual_times
        self._breaker = breaker
        self._prices = prices
        self._models = models
        self._placing: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._telling: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._begun: dict[str, None] = {}
        """The ids of the latest jobs whose placeholders say that they are painted, though they aren't submitted yet."""

    async def start(self, job: Job) -> None:
        """Answer an order with a placeholder or, in a crowded or quiet group, with a reaction instead of a message."""
        if job.awaiting_confirmation:
            await self.tell(job, await self._prices.question(job), keyboard=offer(job), first=True)
        elif not (await self.is_discreet(job) and await self.nod(job, SEEN)):
            begins = job.ahead == 0 and not job.request.pictures and not self._breaker.reason
            words = self.painting(job, job.progress) if begins else await self.queued(job)
            await self.progress(job, words, first=True, is_fresh=True, begins=begins)

    async def begun(self, job: Job, *, is_fresh: bool = False) -> None:
        """Show that painting has begun, unless the placeholder has said so from the start."""
        if job.id in self._begun:
            del self._begun[job.id]
        else:
            await self.progress(job, self.painting(job, job.progress), is_fresh=is_fresh)

    async def is_discreet(self, job: Job) -> bool:
        """Return whether a group should see as little as possible of a job before it is done."""
        chat_id = job.address.chat_id
        return await self.is_unwelcome(job) or (chat_id < 0 and (await self._groups.rules(chat_id)).quiet)

    async def is_unwelcome(self, job: Job) -> bool:
        """Return whether a group has no room for a text that becomes a picture, or doesn't permit text."""
        chat_id = job.address.chat_id
        return self._messenger.crowded(chat_id) or not (await self._messenger.permits(chat_id)).text

    async def nod(self, job: Job, emoji: str | None) -> bool:
        """React to the message that ordered the job, or remove the reaction; return False if that isn't possible."""
        try:
            await self._messenger.react(job.address, emoji)
        except MessengerError as error:
            log.info("reaction_failed", job=job.id, error=str(error))
            return False
        return True

    async def show(
        self,
        job: Job,
        words: Renderable,
        *,
        keyboard: Keyboard = (),
        progress: bool = False,
        first: bool = False,
        silent: bool = False,
    ) -> int:
        """Show `words` in the placeholder, or in a new one if there is none; return its id. Raises MessengerError.

        With `first`, an existing placeholder stays as it is: after a restart, the words may come late. With `progress`,
        Dropped is raised if the words can't be shown at once. With `silent`, a new placeholder makes no sound.
        """
        if progress and job.placeholder_id is None and await self.is_discreet(job):
            raise Dropped("a crowded or quiet group")
        if progress and job.placeholder_id == UNNAMED:
            raise Dropped("the placeholder has no name to change it by")
        if job.placeholder_id is not None and job.placeholder_id != UNNAMED:
            try:
                await self._messenger.edit(job.address, job.placeholder_id, words, keyboard=keyboard, progress=progress)
            except MessageGone:
                log.info("placeholder_gone", job=job.id)
            else:
                return job.placeholder_id
        message_id, is_new = await self._place(job, words, keyboard, progress=progress, first=first, silent=silent)
        if not is_new and not first and message_id != UNNAMED:
            await self._messenger.edit(job.address, message_id, words, keyboard=keyboard, progress=progress)
        return message_id

    def placing(self, job_id: str) -> asyncio.Lock:
        """Return the lock that is held while a message is sent for a job and recorded."""
        return self._placing.setdefault(job_id, asyncio.Lock())

    async def rest(self, job: Job) -> None:
        """Wait until the progress that is being shown is shown; none follows, as the job has its outcome.

        A new placeholder is not waited for: it may wait for its chat's limit.
        """
        turn = self._telling.get(job.id)
        if turn and turn.locked() and not self.placing(job.id).locked():
            async with turn:
                pass

    async def _place(
        self,
        job: Job,
        words: Renderable,
        keyboard: Keyboard = (),
        *,
        progress: bool = False,
        first: bool = False,
        silent: bool = False,
    ) -> tuple[int, bool]:
        """Send a placeholder, one at a time: the first may wait for its chat's limit longer than painting takes.

        Return its id and True, or the id of one that was sent during the wait and False.
        """
        turn = self.placing(job.id)
        if progress and turn.locked():
            raise Dropped("the placeholder is on its way")
        is_stored_now = job.ahead is not None and not turn.locked()  # so there is surely no placeholder
        async with turn:
            now = None if is_stored_now else await self._jobs.get(job.id)
            if now and now.placeholder_id is not None and now.placeholder_id != job.placeholder_id:
                return now.placeholder_id, False
            if not (await self._messenger.permits(job.address.chat_id)).text:
                raise NotPermitted("texts are known to be forbidden here", frozenset({"text"}))
            message_id = await self._messenger.send_text(
                job.address, words, keyboard=keyboard, progress=progress, silent=silent
            )
            before = (now or job).placeholder_id
            if not await noted(self._jobs.placed, job.id, message_id, before, about=job.id):
                await self._take_back(job, message_id)
                raise Dropped("another process has placed one meanwhile")
            if job.address.chat_id < 0 and not first:
                await self.nod(job, None)  # there may have been a reaction instead of a placeholder
            return message_id, True

    async def _take_back(self, job: Job, message_id: int) -> None:
        """Delete a superfluous message. It is recorded as outdated, so if that fails now, it is removed later."""
        if message_id != UNNAMED:
            with suppress(MessengerError):
                await self._messenger.delete_message(job.address.chat_id, message_id)

    async def tell(
        self,
        job: Job,
        words: Renderable,
        *,
        keyboard: Keyboard = (),
        progress: bool = False,
        first: bool = False,
        silent: bool = False,
    ) -> bool:
        """Show words that are useful, but not worth an error if they can't be shown.

        Return False if another try may help, for callers that care.
        """
        try:
            await self.show(job, words, keyboard=keyboard, progress=progress, first=first, silent=silent)
        except Dropped:
            pass
        except (ChatGone, ChatMoved) as error:
            await self.lost(job, error)
        except MessengerError as error:
            log.warning("placeholder_update_failed", job=job.id, error=str(error))
            return not isinstance(error, MessengerDown)
        return True

    async def progress(
        self, job: Job, words: Renderable, *, first: bool = False, is_fresh: bool = False, begins: bool = False
    ) -> None:
        """Show the progress of a job, without a sound; while canceling it is free, with the button for that.

        Nothing is shown if the job is suppressed or overdue or has an outcome, or if an earlier call for it isn't done.
        A job that `is_fresh` was read just now. One that `begins` is submitted at once, before the button is of use.
        """
        if job.part_of is not None:
            return  # its order shows the progress
        turn = self._telling.setdefault(job.id, asyncio.Lock())
        if turn.locked() and not first:
            return  # words that wait for the chat's limit must not delay the caller
        is_fresh = is_fresh and not turn.locked()
        if begins:
            self._begun[job.id] = None
            if len(self._begun) > _BEGUN:
                del self._begun[next(iter(self._begun))]
        else:
            self._begun.pop(job.id, None)
        async with turn:
            now = job if is_fresh else await self._jobs.get(job.id)
            if now and now.state in _IN_PROGRESS and not now.suppressed and not now.overdue_at:
                keyboard = stop(now) if now.state is State.QUEUED and not begins else ()
                about = job if first else now  # a first one leaves a placeholder alone that came in between
                await self.tell(about, words, keyboard=keyboard, progress=not first, first=first, silent=True)

    async def uncertain(self, job: Job) -> None:
        """Tell the requester once that all open parts of an order may be lost."""
        if not job.is_told and await self.tell(job, UNCERTAIN):
            await self._jobs.told(job.id)

    async def overdue(self, job: Job) -> bool:
        """Tell the requester once that a job is overdue; no progress is shown afterward.

        This doesn't wait for the limit of a crowded chat. Return False if another try may help.
        """
        async with self._telling.setdefault(job.id, asyncio.Lock()):
            now = await self._jobs.get(job.id)
            if now is None or now.suppressed or now.state not in _OVERDUE:
                return True
            if now.placeholder_id is None and self._messenger.crowded(now.address.chat_id):
                return False
            words, keyboard = _OVERDUE[now.state], () if now.state is State.GENERATING else retry(now)
            try:
                await self.show(now, words, keyboard=keyboard, progress=now.placeholder_id is not None)
            except (ChatGone, ChatMoved) as error:
                await self.lost(now, error)
                return not isinstance(error, ChatMoved)
            except MessengerError as error:
                log.info("overdue_notice_failed", job=job.id, error=str(error))
                return not isinstance(error, Dropped | MessengerDown)
            return True

    async def canceled(self, job: Job, words: Renderable) -> None:
        """Show in the placeholder, or by removing the reaction that stands for it, that a job is canceled.

        No progress is shown afterward.
        """
        async with self._telling.setdefault(job.id, asyncio.Lock()):
            now = await self._jobs.get(job.id) or job
            if now.placeholder_id:
                await self.tell(now, words)
            elif now.address.chat_id < 0:
                await self.nod(now, None)

    async def lost(self, job: Job, error: ChatGone | ChatMoved) -> None:
        """Follow a chat that moved, or end its jobs silently if it is gone; if only a topic is gone, end this job."""
        if isinstance(error, ChatMoved):
            log.info("chat_migrated", job=job.id, chat=job.address.chat_id, new_chat=error.chat_id)
            await self._chats.moved(job.address.chat_id, error.chat_id)
        elif isinstance(error, TopicGone):
            log.info("topic_gone", job=job.id, chat=job.address.chat_id, error=str(error))
            await self._jobs.cancelled(job.id)
        else:
            log.info("chat_gone", job=job.id, chat=job.address.chat_id, error=str(error))
            await self._chats.gone(job.address.chat_id)

    async def queued(self, job: Job) -> Renderable:
        """Return the text for a job in the queue."""
        if self._breaker.paused and self._breaker.pause_reason:
            return self._with_note(
                job,
                text(
                    "⏸ Got it. I'm having a break: <i>{reason}</i>\nI paint yours right after it.",
                    reason=self._breaker.pause_reason,
                ),
            )
        if self._breaker.reason:
            return self._with_note(
                job, text("🕓 Got it. No pictures are painted just now; yours will be as soon as they are.")
            )
        ahead = await self._jobs.ahead(job) if job.ahead is None else job.ahead
        if not ahead:
            return self._with_note(job, text("🕓 Got it. Yours is next."))
        waiting = plural(
            "🕓 Got it. {count} request is before yours.", "🕓 Got it. {count} requests are before yours.", ahead
        )
        return self._with_note(job, waiting)

    def caption(self, job: Job, arrived: int) -> Renderable:
        """Return the caption of a job's pictures, of which `arrived` are there."""
        return caption(job, arrived, self._models)

    def _with_note(self, job: Job, words: Renderable) -> Renderable:
        return Joined((words, *_notes(job, self._models)))

    def painting(self, job: Job, progress: float) -> Renderable:
        """Return the text for a job in progress, with a bar and the time that is left; `progress` is 0 to 1.

        An order that is usually quick has no bar: its picture would come before anyone has read it. Without enough
        orders to compare with, the bar is the image API's own, without a time.
        """
        wait = self._usual_times.wait(job, progress)
        if wait.usual_ms is not None and wait.usual_ms < _QUICK_MS:
            return self._with_note(job, PAINTING if wait.left_ms else PAINTING_LAST)
        filled = round(wait.share * _BAR)
        bar = Verbatim("▰" * filled + "▱" * (_BAR - filled))
        if wait.left_ms is None:
            return self._with_note(job, text("🎨 Painting… {bar} {percent}", bar=bar, percent=Percent(wait.share)))
        return self._with_note(job, text("🎨 Painting… {bar} {left}", bar=bar, left=_left(wait.left_ms)))


def caption(job: Job, arrived: int, models: Models) -> Renderable:
    """Return the caption of a job's pictures: the prompt, every deviation from the request, and an unusual model."""
    notes = _notes_about(job, arrived, models)
    units = min(_CAPTION_UNITS, _WITH_NOTES_UNITS - _A_NOTE_UNITS * len(notes))
    prompt = Verbatim(clip(job.request.prompt, units))
    said: list[Renderable] = [Quote(prompt) if len(prompt.words) > _LONG else prompt] if prompt.words else []
    if work := _work(job, models):
        said = [work]
    return Joined((*said, *notes) or (text("🖼 Done."),), "\n\n")


def _notes_about(job: Job, arrived: int, models: Models) -> list[Renderable]:
    """Return the lines under the prompt of a finished picture."""
    parts = _notes(job, models)
    wanted = job.request.variants
    if arrived + (job.late if job.parts else 0) < wanted:
        parts.append(
            plural(
                "ℹ️ I got {count} picture of the {wanted} you asked for, and only that was charged.",
                "ℹ️ I got {count} pictures of the {wanted} you asked for, and only those were charged.",
                arrived,
                wanted=wanted,
            )
        )
    if job.parts and job.late:
        parts.append(
            plural(
                "🐢 {count} more is still being painted. I send it once it is done; it costs nothing if it fails.",
                "🐢 {count} more are still being painted. I send each once it is done; they cost nothing if they fail.",
                job.late,
            )
        )
    if job.part_of:
        parts.append(text("🐢 This one took longer than the others."))
    if line := _made_by(job, models):
        parts.append(line)
    return parts


def _made_by(job: Job, models: Models) -> Renderable | None:
    """Return the line that names the model, None for the one that paints if none is chosen."""
    model = models.of(job.request)
    return None if model.tool or model.name == models.default else text("🧠 {model}", model=model.title)


def _work(job: Job, models: Models) -> Renderable | None:
    """Return the work that a tool did, None for a model that paints."""
    match models.of(job.request).tool:
        case Tool.UPSCALE if job.request.factor > 1:
            return text("🔍 {factor}× larger", factor=job.request.factor)
        case Tool.UPSCALE:
            return text("🔍 Larger and crisper")
        case Tool.CUTOUT:
            return text("✂️ Without its background")
    return None


def _left(left_ms: int) -> Renderable:
    """Return the time left, no more exact than it is known: in steps of 5 seconds, from 90 seconds on in minutes."""
    if not left_ms:
        return ANY_MOMENT
    seconds = -(-left_ms // 5000) * 5
    if seconds < _IN_MINUTES_S:
        return text("about {seconds} s left", seconds=seconds)
    return text("about {minutes} min left", minutes=round(seconds / 60))


def which(count: int) -> Renderable:
    """Return the question which of the `count` pictures of an album is to be used."""
    return text("👇 Which one? 1–{count}, left to right", count=count)


def missing(count: int) -> Renderable:
    """Return the text about the `count` results of a job that Telegram refuses."""
    return plural(
        "💥 {count} picture is missing here: it is painted and was charged, but Telegram refuses it, as a photo and as "
        "a file. I keep it: in a private chat with me, /history may be able to show it.",
        "💥 {count} pictures are missing here: they are painted and were charged, but Telegram refuses them, as photos "
        "and as files. I keep them: in a private chat with me, /history may be able to show them.",
        count,
    )


def _notes(job: Job, models: Models) -> list[Renderable]:
    """Return a line for each option that wasn't taken as it was written."""
    request, notes = job.request, list[Renderable]()
    if request.instead_of:
        notes.append(
            text(
                "ℹ️ {wanted} couldn't take this one, so it's by {model}.",
                wanted=models.title(request.instead_of),
                model=models.of(request).title,
            )
        )
    if request.wished and request.size:
        notes.append(
            text(
                "ℹ️ {wished} isn't available, so this is {size}, the nearest there is.",
                wished=request.wished,
                size=str(request.size),
            )
        )
    if request.worded:
        notes.append(text("ℹ️ I put {options} into words.", options=clip(request.worded, _NOTE_UNITS)))
    if request.unused:
        notes.append(text("ℹ️ I don't have {options}, so I left it out.", options=clip(request.unused, _NOTE_UNITS)))
    return notes
