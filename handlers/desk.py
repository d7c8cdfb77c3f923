"""What every handler has at hand."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace

from core.errors import BadMask, Ignored, MessengerError, NotAdmitted, PromptTooLong, Refused, TooManyPictures
from core.models.drafts import Draft
from core.models.group import GroupRules, Who
from core.models.image_request import MAX_PICTURES, Request, Source
from core.models.job import Destination, Job, NewJob, PictureId
from core.models.keyboard import Button, Keyboard
from core.models.media import MaskWay
from core.models.prompt_options import parse
from core.models.questions import Asking, Question
from core.models.spending import Limits
from core.ports.clock import Clock
from core.ports.files import BlobStore, ImageProcessor
from core.ports.jobs import Jobs
from core.ports.repositories import Albums, Chats, Groups, Ledger, PreferencesStore, Questions, Results
from core.ports.telegram import Messenger
from core.runtime.noting import noted
from core.services.access import Access
from core.services.keyboards import CANCEL, Keyboards
from core.services.mask_drafts import Masking
from core.services.placeholder import Placeholder
from core.services.submission import JobSubmitter
from core.text import Renderable, text

QUESTION_LIVES_MS = 24 * 3_600_000
_DOUBLE_TAP_MS = 3_000
_REPEATED_S = 60.0  # so long the same words to the same people are a repetition
SEEN_BEFORE = "🤷"
_THERE_MS = 60_000  # for so long after somebody wrote they surely see what only those see who are there
LEAVE_QUESTION = "question:leave"
EXPENSIVE = 4  # pictures in one order from which on its price is told first

WHAT_TO_DO = text(
    "✏️ Nice. What should I do with it? Tell me in your own words, for example: <i>make it a watercolour</i>"
)
WHAT_TO_DO_WITH_THEM = text(
    "✏️ Nice. What should I do with them? Tell me in your own words, for example: "
    "<i>put the cat from the first one into the second</i>"
)
WHAT_TO_CHANGE = text("✏️ What should change? Reply to this in your own words, for example: <i>make it night</i>")
WHAT_TO_DO_THERE = text("🖌 I see what you marked. What should happen there? For example: <i>a red door</i>")

CLOSED = text("I no longer know which picture that was about. Send it again, with these words as its caption.")
ORDERED = text("On its way")
ADMINS_ONLY = text("In this chat only admins may order pictures.")
NO_PICTURES_HERE = text(
    "🔒 This chat doesn't let me send pictures, so I didn't start. Nothing was charged. "
    "An admin can allow me photos or files here."
)
CHANNELS_LATER = text(
    "🔒 A channel can order here once an admin of this chat allows it, by a reply with /allow to what it said. "
    "Or write in your own name. Nothing was charged."
)
LISTED_ONLY = text("In this chat only some people may order pictures; its admins can add you.")
REST = text(
    "This looks like the rest of the prompt that was too long, so I didn't order it. Please send a shorter one."
)


Taken = Callable[[], Awaitable[None]]
"""Called as soon as something is stored, and before anything is sent about it."""


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Who asked, where, and which message it was; `idempotency_key` makes a replay of it find the same order."""

    address: Destination
    requester_id: int
    idempotency_key: str
    said_at: int = 0
    """Milliseconds since 1970; 0 where that is just now."""


@dataclass(frozen=True, slots=True)
class Found:
    """A picture somebody means, and the result it is where it is one of ours."""

    source: Source
    parent: PictureId | None = None


class Lately:
    """Knows what happened within the last seconds."""

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._now = now
        self._since: dict[str, float] = {}

    def is_again(self, what: str) -> bool:
        """Whether it happened a moment ago; if not, it happens now."""
        now = self._now()
        while self._since and (oldest := next(iter(self._since))) and self._since[oldest] + self._seconds <= now:
            del self._since[oldest]
        if what in self._since:
            return True
        self._since[what] = now
        return False

    def forget(self, what: str) -> None:
        """It did not happen after all."""
        self._since.pop(what, None)


@dataclass(frozen=True, slots=True)
class Desk:
    """Takes what handlers understood, and turns it into orders, questions and drafts."""

    messenger: Messenger
    submit: JobSubmitter
    placeholder: Placeholder
    masking: Masking
    keyboards: Keyboards
    jobs: Jobs
    results: Results
    blob_store: BlobStore
    image_processor: ImageProcessor
    questions: Questions
    albums: Albums
    chats: Chats
    wishes: PreferencesStore
    groups: Groups
    ledger: Ledger
    access: Access
    limits: Limits
    clock: Clock
    cut_off: dict[int, int] = field(default_factory=dict)
    """The last piece of a prompt that was too long, by chat."""
    said: Lately = field(default_factory=lambda: Lately(_REPEATED_S))
    """What groups were told a moment ago."""

    async def defaults(self, asked: RequestContext) -> Request:
        """What person and chat prefer; a person's own wish goes before the chat's."""
        own = await self.wishes.get(asked.requester_id)
        if asked.address.chat_id == asked.requester_id:
            return own.request
        return own.over(await self.wishes.get(asked.address.chat_id)).request

    async def order(
        self,
        asked: RequestContext,
        words: str,
        pictures: tuple[Source, ...] = (),
        parent: PictureId | None = None,
        button_key: str | None = None,
        taken: Taken | None = None,
    ) -> Job:
        """Order what the words and their options say; the next words are no answer to a question. Raises Refused."""
        began = self.clock.now_ms()
        defaults = await self.defaults(asked)
        if pictures:
            defaults = replace(defaults, size=None)  # an edit keeps its picture's shape unless it is told otherwise
        request = parse(words, defaults)
        try:
            job = await self.order_request(asked, replace(request, pictures=pictures), parent, button_key, taken)
        except PromptTooLong:
            self.cut_off[asked.address.chat_id] = asked.address.reply_to or 0
            raise
        if button_key is None:  # a button says nothing
            await self.questions.pass_over(asked.address.chat_id, asked.requester_id, began)
        return job

    def refuse_rest(self, asked: RequestContext) -> None:
        """Raise Refused for the rest of a prompt whose beginning was too long.

        Telegram's apps cut what is longer than a message into several; the last piece alone would be paid for.
        """
        chat_id, message_id = asked.address.chat_id, asked.address.reply_to or 0
        if self.cut_off.pop(chat_id, None) == message_id - 1:
            self.cut_off[chat_id] = message_id
            raise Refused(REST)

    async def order_request(
        self,
        asked: RequestContext,
        request: Request,
        parent: PictureId | None = None,
        button_key: str | None = None,
        taken: Taken | None = None,
    ) -> Job:
        """Order something that was read already; `taken` is called once it is stored. Raises Refused."""
        limits = await self.limits_of(asked, await self.admit(asked))
        needs_confirmation = limits.price > 0 and request.variants >= EXPENSIVE
        new = NewJob(
            asked.idempotency_key, asked.address, asked.requester_id, request, parent, button_key, needs_confirmation
        )
        return await self.submit.order(new, limits, taken)

    async def order_draft(self, draft: Draft, taken: Taken | None = None) -> Job:
        """Order the change of a part of a picture that was seen in a preview. Raises Refused."""
        new = draft.new
        defaults = await self.defaults(RequestContext(new.address, new.requester_id, ""))
        idempotency_key, request = self.masking.request(draft, defaults)
        return await self.order_request(
            RequestContext(new.address, new.requester_id, idempotency_key), request, new.parent, taken=taken
        )

    async def ask(
        self,
        asked: RequestContext,
        pictures: tuple[Source, ...],
        asking: Asking = Asking.EDIT,
        parent: PictureId | None = None,
        taken: Taken | None = None,
    ) -> None:
        """Ask what to do with pictures; the answer is awaited for a day, also by a process started later."""
        if len(pictures) > MAX_PICTURES:
            raise TooManyPictures(len(pictures), MAX_PICTURES)
        await self.admit(asked)
        if await self._stands_there(asked, pictures):
            return
        question = Question(asked.address, asked.requester_id, pictures, None, asking, parent, asked.idempotency_key)
        await self.questions.ask(question)
        if taken:
            await taken()
        if asking is Asking.SCRIBBLE:
            words = WHAT_TO_DO_THERE
        elif parent:
            words = WHAT_TO_CHANGE
        else:
            words = WHAT_TO_DO if len(pictures) == 1 else WHAT_TO_DO_WITH_THEM
        message_id = await self.messenger.send_text(asked.address, words, keyboard=((Button(CANCEL, LEAVE_QUESTION),),))
        await noted(self.questions.posed, question, message_id, about=asked.idempotency_key)

    async def _stands_there(self, asked: RequestContext, pictures: tuple[Source, ...]) -> bool:
        """Whether this very message or press made us ask already, or a tap just before it did."""
        question = await self.open_question(asked)
        if question is None or question.message_id is None:
            return False
        just_now = question.pictures == pictures and self.clock.now_ms() - question.asked_at < _DOUBLE_TAP_MS
        return question.idempotency_key == asked.idempotency_key or just_now

    async def open_question(self, asked: RequestContext) -> Question | None:
        """What the person still owes an answer to in this chat."""
        return await self.questions.open(asked.address.chat_id, asked.requester_id, QUESTION_LIVES_MS)

    async def question_of(self, who: RequestContext, message_id: int) -> Question | None:
        """The question a message asks, where this is whoever was asked. Raises Refused where it is too old."""
        chat_id = who.address.chat_id
        question = await self.questions.of_message(chat_id, message_id)
        if question is None or not await self.are_one(chat_id, who.requester_id, question.requester_id):
            return None
        if question.asked_at > self.clock.now_ms() - QUESTION_LIVES_MS:
            return question
        if who.requester_id != question.requester_id:
            return None
        raise Refused(CLOSED)

    async def are_one(self, chat_id: int, one: int, other: int) -> bool:
        """Whether both may be the same person: an anonymous admin writes as the group, but presses as themselves."""
        if one == other or chat_id not in {one, other}:
            return one == other
        return await self.messenger.is_admin(chat_id, one if other == chat_id else other)

    async def answer(self, asked: RequestContext, words: str, question: Question) -> None:
        """Do what a question was about. Raises Refused, and then the question stays open."""
        if question.asking is Asking.SCRIBBLE:
            original, drawn = question.pictures
            try:
                await self.scribble(asked, Found(original, question.parent), drawn, words)
            except BadMask:  # other words won't help
                await self.questions.drop(question)
                raise
        else:
            await self.order(asked, words, question.pictures, question.parent)
        await self.questions.drop(question)

    async def scribble(self, asked: RequestContext, original: Found, drawn: Source, words: str) -> None:
        """Take what was drawn over a picture as the area to change. Raises Refused."""
        await self.admit_to_try(asked)
        draft = await self.masking.begin(asked.address, asked.requester_id, original.source, words, original.parent)
        await self.masking.drawn(draft, MaskWay.SCRIBBLED, drawn, words)

    async def limits_of(self, asked: RequestContext, rules: GroupRules) -> Limits:
        """What somebody may spend where these rules hold: a group's admins can take less than the operator gives."""
        limits = self.limits
        if asked.requester_id < 0:  # names are free to make: they have no allowance of their own
            names_daily = limits.person_daily if limits.chat_daily is None else None
            limits = replace(limits, person_daily=None, names_daily=names_daily)
        if rules.daily is not None and (limits.chat_daily is None or rules.daily < limits.chat_daily):
            limits = replace(limits, chat_daily=rules.daily)
        if limits.person_daily is None and await self.access.lives_on_grants(asked.requester_id, asked.address.chat_id):
            limits = replace(limits, person_daily=0)
        return limits

    async def admit(self, asked: RequestContext) -> GroupRules:
        """Let somebody order here. Raises Refused with the reason, or Ignored where the bot is switched off.

        Nothing is paid for where no picture can be shown.
        """
        chat_id, person = asked.address.chat_id, asked.requester_id
        rules = await self.groups.rules(chat_id)
        if not rules.is_on:
            raise Ignored
        await self.access.check(person, chat_id)
        listed = rules.who is not Who.ADMINS and person in rules.listed
        if rules.who is not Who.EVERYONE and not listed and not await self.messenger.is_admin(chat_id, person):
            raise NotAdmitted(ADMINS_ONLY if rules.who is Who.ADMINS else LISTED_ONLY)
        if person < 0 and person != chat_id and not listed and await self.messenger.linked(chat_id) != person:
            raise NotAdmitted(CHANNELS_LATER)
        if not (await self.messenger.permits(chat_id)).pictures:
            raise NotAdmitted(NO_PICTURES_HERE)
        return rules

    async def admit_to_try(self, asked: RequestContext) -> None:
        """Let somebody prepare an order: what costs nothing is done for whoever could pay for what comes of it.

        Raises Refused with the reason, or Ignored where the bot is switched off.
        """
        limits = await self.limits_of(asked, await self.admit(asked))
        await self.ledger.afford(asked.requester_id, asked.address.chat_id, limits)

    async def may(self, person: int, chat_id: int, requester_id: int, home: int) -> bool:
        """Whether somebody may decide about what another asked for: in its own group the admins may."""
        if person == requester_id:
            return True
        return chat_id == home and chat_id < 0 and await self.messenger.is_admin(chat_id, person)

    async def tell(self, who: RequestContext, words: Renderable) -> None:
        """Say what is nobody else's business: to the person alone where Telegram can show it so, and they are there."""
        is_there = not who.said_at or self.clock.now_ms() - who.said_at < _THERE_MS

        async def say() -> None:
            if not (is_there and await self.messenger.send_ephemeral(who.address, who.requester_id, words)):
                await self.messenger.send_text(who.address, words)

        if self.messenger.crowded(who.address.chat_id):
            await self._once(who.address, (who.requester_id, words), say)
        else:
            await say()

    async def explain(self, to: Destination, words: Renderable, keyboard: Keyboard = ()) -> None:
        """Say what is of use to everybody in a chat."""

        async def say() -> None:
            await self.messenger.send_text(to, words, keyboard=keyboard)

        await self._once(to, words, say)

    async def _once(self, to: Destination, what: object, say: Callable[[], Awaitable[None]]) -> None:
        """Say it; where a group has it from a moment ago, react instead, as repetitions would use up its minute."""
        key = f"{to.chat_id} {to.thread_id} {what!r}"
        if to.chat_id > 0 or not self.said.is_again(key):
            try:
                await say()
            except MessengerError:
                self.said.forget(key)  # another try must not be taken for a repetition
                raise
            return
        with suppress(MessengerError):  # reactions may be switched off
            await self.messenger.react(to, SEEN_BEFORE)

    @asynccontextmanager
    async def pressing(self, button_press: str, language: str, done: Renderable | None = None) -> AsyncIterator[Taken]:
        """Answer a pressed button with what comes of it; why not is for the eyes of whoever pressed alone.

        Yields what answers it at once, to be called as soon as nothing can be refused any more: what is sent after that
        may wait long for its chat's budget, and a press has to be answered within seconds.
        """
        answered = False

        async def taken() -> None:
            nonlocal answered
            if not answered:
                answered = True
                await self.messenger.answer_callback(button_press, done, language)

        try:
            yield taken
        except Refused as refusal:
            await self.messenger.answer_callback(button_press, refusal.reply, language, alert=True)
        except Exception:
            with suppress(MessengerError):  # what went wrong matters more
                if not answered:
                    await self.messenger.answer_callback(button_press)
            raise
        else:
            await taken()
