"""The service that asks what to do with pictures, and acts on the answers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog

from core.errors import BadMask, MessengerError, Refused, TooManyPictures
from core.models.image_model import Tool
from core.models.image_request import Size, Source
from core.models.job import Job, PictureId
from core.models.keyboard import ANSWER, Button, Keyboard
from core.models.media import FoundPicture, Result
from core.models.model_choice import Models
from core.models.questions import Asking, Question
from core.models.request_context import RequestContext
from core.ports.clock import Clock
from core.ports.repositories import Questions
from core.ports.telegram import Messenger
from core.runtime.noting import noted
from core.services.keyboards import CANCEL, CUTOUT, LARGER
from core.services.orders import OnStored, OrderService
from core.services.permissions import PermissionService
from core.text import Joined, Quote, Renderable, Verbatim, clip, plural, text

log = structlog.get_logger()

QUESTION_LIVES_MS = 24 * 3_600_000
_PROMPT_UNITS = 900  # of 4,096 for a text (Bot API, sendMessage)
_DOUBLE_TAP_MS = 3_000
LEAVE_QUESTION = "question:leave"
"""The callback data of the button under a question."""

WHAT_TO_DO = text(
    "✏️ Nice. What should I do with it? Tell me in your own words, for example: <i>make it a watercolor</i>"
)
WHAT_TO_DO_WITH_THEM = text(
    "✏️ Nice. What should I do with them? Tell me in your own words, for example: "
    "<i>put the cat from the first one into the second</i>"
)
WHAT_TO_DO_WITH_SEVERAL = plural(
    "✏️ {count} photo. What should I do with it?", "✏️ {count} photos. What should I do with them?", 2
)
TOO_MANY_FOR_ONE = plural(
    "✏️ {count} photo, and I can use {limit} together. What should I do with the first {limit}?",
    "✏️ {count} photos, and I can use {limit} together. What should I do with the first {limit}?",
    2,
)
ONLY_LAST = text("Only the last")
PART = text("🖌 Change a part")
STYLES_OF = text("🎨 Style ▸")
CHANGE_PART, OPEN_STYLES, PLAIN, STYLE = "question:part", "question:styles", "question:plain", "question:style:"
"""Callback data of a question about own photos; that of a style goes on with its name."""
OPEN_LARGER, TIMES, CUT_OUT = "question:larger", "question:times:", "question:cutout"
"""Callback data of the tools for an own photo; that of a size goes on with the number of times."""
LAST_ONLY = "question:last"
"""The callback data of the button that takes only the last of several photos."""
WHAT_TO_CHANGE = text("✏️ What should change? Reply to this in your own words, for example: <i>make it night</i>")
WHAT_TO_DO_THERE = text("🖌 I see what you marked. What should happen there? For example: <i>a red door</i>")
OTHER_WORDS = text("✏️ Please reply to this in other words. These were refused:")
CLOSED = text("I no longer know which picture that was about. Send it again, with these words as its caption.")


@dataclass(frozen=True, slots=True)
class QuestionService:
    """Ask requesters for words about pictures; an answer is accepted for a day, also after a restart."""

    permissions: PermissionService
    orders: OrderService
    questions: Questions
    messenger: Messenger
    clock: Clock

    async def ask(
        self,
        request: RequestContext,
        pictures: tuple[Source, ...],
        asking: Asking = Asking.EDIT,
        parent: PictureId | None = None,
        on_stored: OnStored | None = None,
    ) -> None:
        """Ask what to do with pictures. Raises Refused."""
        if len(pictures) > self._most:
            raise TooManyPictures(len(pictures), self._most)
        question = self._question(request, pictures, asking, parent)
        said: Renderable
        keyboard = keyboard_of(question, self.orders.models)
        if asking is Asking.SCRIBBLE:
            said = WHAT_TO_DO_THERE
        elif refused := await self._refused_job(parent):
            said = Joined((OTHER_WORDS, Quote(Verbatim(clip(refused.request.prompt, _PROMPT_UNITS)))))
            keyboard = ANSWER
        elif parent:
            said = WHAT_TO_CHANGE
        else:
            said = WHAT_TO_DO if len(pictures) == 1 else WHAT_TO_DO_WITH_THEM
        await self._pose(request, question, said, keyboard, on_stored)

    async def ask_which(
        self, request: RequestContext, last: Sequence[Result], words: str, said: Renderable, row: tuple[Button, ...]
    ) -> None:
        """Ask whether words are about the requester's last results, with the buttons of `row`. Raises Refused."""
        await self._ask_which(request, last, words, Asking.WHICH, said, row)

    async def ask_which_part(
        self, request: RequestContext, last: Sequence[Result], words: str, said: Renderable, row: tuple[Button, ...]
    ) -> None:
        """Ask whether a part of one of the requester's last results is to change. Raises Refused."""
        await self._ask_which(request, last, words, Asking.WHICH_PART, said, row)

    async def ask_in_shape(self, request: RequestContext, size: Size, on_stored: OnStored) -> None:
        """Ask what to paint in a shape. Raises Refused."""
        question = replace(self._question(request, (), Asking.NEW), words=f"--size {size}")
        said = text("🖼 {size}. What should I paint? Reply to this in your own words.", size=size)
        await self._pose(request, question, said, _keyboard(), on_stored)

    async def _ask_which(
        self,
        request: RequestContext,
        last: Sequence[Result],
        words: str,
        asking: Asking,
        said: Renderable,
        row: tuple[Button, ...],
    ) -> None:
        question = self._question(request, (last[0].source,), asking, last[0].id)
        await self._pose(request, replace(question, words=words), said, _keyboard(*row))

    async def join(self, request: RequestContext, question: Question, own: Source) -> None:
        """Ask again, about the pictures of an open question and one more. Raises Refused.

        More than the models take can't be used together: then the first ones are, and the last one is kept beside them.
        """
        is_handled_again = question.idempotency_key == request.idempotency_key  # the message may not have been sent
        if is_handled_again and len(question.pictures) == 1:
            await self.ask(request, question.pictures)
            return
        pictures = question.pictures if is_handled_again else (*question.pictures[: self._most], own)
        said = WHAT_TO_DO_WITH_SEVERAL if len(pictures) <= self._most else TOO_MANY_FOR_ONE
        words = replace(said, count=len(pictures), params={"count": len(pictures), "limit": self._most})
        joined = self._question(request, pictures)
        await self._pose(request, joined, words, keyboard_of(joined, self.orders.models))
        if not is_handled_again:
            await self.close(question)

    async def keep_last(self, request: RequestContext, question: Question) -> None:
        """Ask about the last picture of a question only, in the message that asks about all."""
        alone = replace(question, pictures=question.pictures[-1:], idempotency_key=request.idempotency_key)
        await self.questions.ask(alone)
        if question.message_id is not None:
            await self.questions.posed(alone, question.message_id)
            keyboard = keyboard_of(alone, self.orders.models)
            await self.messenger.edit(question.address, question.message_id, WHAT_TO_DO, keyboard=keyboard)
        await self.questions.drop(question)

    async def close(self, question: Question) -> None:
        """Forget a question, and delete its message, which asks nothing any longer.

        Telegram lets the bot do that for two days. Later the message keeps its button, by which a reply is recognized.
        """
        await self.questions.drop(question)
        if question.message_id:
            try:
                await self.messenger.delete_message(question.address.chat_id, question.message_id)
            except MessengerError as error:
                log.info("question_not_deleted", chat=question.address.chat_id, error=str(error))

    def _question(
        self,
        request: RequestContext,
        pictures: tuple[Source, ...],
        asking: Asking = Asking.EDIT,
        parent: PictureId | None = None,
    ) -> Question:
        return Question(request.address, request.requester_id, pictures, None, asking, parent, request.idempotency_key)

    @property
    def _most(self) -> int:
        return self.orders.models.most_pictures

    async def _pose(
        self,
        request: RequestContext,
        question: Question,
        said: Renderable,
        keyboard: Keyboard,
        on_stored: OnStored | None = None,
    ) -> None:
        """Store a question and send the message that asks it, unless that was done already. Raises Refused."""
        await self.permissions.admit(request)
        if await self._is_asked(request, question.pictures, question.parent):
            return
        await self.questions.ask(question)
        if on_stored:
            await on_stored()
        message_id = await self.messenger.send_text(request.address, said, keyboard=keyboard)
        await noted(self.questions.posed, question, message_id, about=request.idempotency_key)

    async def _is_asked(self, request: RequestContext, pictures: tuple[Source, ...], parent: PictureId | None) -> bool:
        """Return whether this very message or button press, or a press just before it, was asked about already."""
        question = await self.open_question(request)
        if question is None or question.message_id is None:
            return False
        is_same = question.pictures == pictures and question.parent == parent
        is_double_tap = is_same and self.clock.now_ms() - question.asked_at < _DOUBLE_TAP_MS
        return question.idempotency_key == request.idempotency_key or is_double_tap

    async def open_question(self, request: RequestContext) -> Question | None:
        """Return the latest open question to the requester in this chat."""
        return await self.questions.open(request.address.chat_id, request.requester_id, QUESTION_LIVES_MS)

    async def addressed_in(self, request: RequestContext, message_id: int) -> Question | None:
        """Return the question of a message if it was put to the requester, however old it is."""
        chat_id = request.address.chat_id
        question = await self.questions.of_message(chat_id, message_id)
        if question and await self.permissions.is_same_person(chat_id, request.requester_id, question.requester_id):
            return question
        return None

    async def question_of(self, request: RequestContext, message_id: int) -> Question | None:
        """Return the question of a message if the requester can answer it. Raises Refused if it is too old."""
        question = await self.addressed_in(request, message_id)
        if question is None or question.asked_at > self.clock.now_ms() - QUESTION_LIVES_MS:
            return question
        if request.requester_id != question.requester_id:
            return None
        raise Refused(CLOSED)

    async def answer(
        self, request: RequestContext, words: str, question: Question, on_stored: OnStored | None = None
    ) -> None:
        """Do with the question's pictures what the words say.

        Raises Refused; the question then stays open, unless its drawing can't become a mask with any words.
        """
        if question.asking is Asking.SCRIBBLE:
            original, drawn = question.pictures
            try:
                await self.orders.draft_scribble(request, FoundPicture(original, question.parent), drawn, words)
            except BadMask:
                await self.drop(question)
                raise
        elif refused := await self._refused_job(question.parent):
            await self.orders.order_reworded(request, words, refused)
        elif question.asking is Asking.NEW:
            await self.orders.order(request, f"{words} {question.words}")
        else:
            pictures = question.pictures[: self._most]
            await self.orders.order(request, words, pictures, question.parent, on_stored=on_stored)
        await self.close(question)

    async def _refused_job(self, parent: PictureId | None) -> Job | None:
        """Return the job without a picture that a question wants other words for, or None.

        Such a question names the job in place of a picture, so that the version before can read it.
        """
        job = await self.orders.jobs.get(parent.job_id) if parent else None
        return job if job and job.failure else None

    async def drop(self, question: Question) -> None:
        """Forget a question that was answered or canceled."""
        await self.questions.drop(question)


def keyboard_of(question: Question, models: Models) -> Keyboard:
    """Return the buttons under a question; one about own photos offers a part of a single one, styles, and tools."""
    if question.asking is not Asking.EDIT or question.parent:
        return _keyboard()
    style = Button(STYLES_OF, OPEN_STYLES)
    if len(question.pictures) > 1:
        return _keyboard(Button(ONLY_LAST, LAST_ONLY), style)
    larger = [Button(LARGER, OPEN_LARGER)] if models.factors else []
    tools = (*larger, *([Button(CUTOUT, CUT_OUT)] if models.tool(Tool.CUTOUT) else []))
    first, last = _keyboard(Button(PART, CHANGE_PART), style)
    return (first, tools, last) if tools else (first, last)


def _keyboard(*row: Button) -> Keyboard:
    return (*((row,) if row else ()), (Button(CANCEL, LEAVE_QUESTION),))
