"""The service that asks what to do with pictures, and acts on the answers."""

from dataclasses import dataclass

from core.errors import BadMask, Refused, TooManyPictures
from core.models.image_request import MAX_PICTURES, Source
from core.models.job import PictureId
from core.models.keyboard import Button
from core.models.media import FoundPicture
from core.models.questions import Asking, Question
from core.models.request_context import RequestContext
from core.ports.clock import Clock
from core.ports.repositories import Questions
from core.ports.telegram import Messenger
from core.runtime.noting import noted
from core.services.keyboards import CANCEL
from core.services.orders import OnStored, OrderService
from core.services.permissions import PermissionService
from core.text import text

QUESTION_LIVES_MS = 24 * 3_600_000
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
WHAT_TO_CHANGE = text("✏️ What should change? Reply to this in your own words, for example: <i>make it night</i>")
WHAT_TO_DO_THERE = text("🖌 I see what you marked. What should happen there? For example: <i>a red door</i>")
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
        if len(pictures) > MAX_PICTURES:
            raise TooManyPictures(len(pictures), MAX_PICTURES)
        await self.permissions.admit(request)
        if await self._is_asked(request, pictures):
            return
        question = Question(
            request.address, request.requester_id, pictures, None, asking, parent, request.idempotency_key
        )
        await self.questions.ask(question)
        if on_stored:
            await on_stored()
        if asking is Asking.SCRIBBLE:
            words = WHAT_TO_DO_THERE
        elif parent:
            words = WHAT_TO_CHANGE
        else:
            words = WHAT_TO_DO if len(pictures) == 1 else WHAT_TO_DO_WITH_THEM
        keyboard = ((Button(CANCEL, LEAVE_QUESTION),),)
        message_id = await self.messenger.send_text(request.address, words, keyboard=keyboard)
        await noted(self.questions.posed, question, message_id, about=request.idempotency_key)

    async def _is_asked(self, request: RequestContext, pictures: tuple[Source, ...]) -> bool:
        """Return whether this very message or button press, or a press just before it, was asked about already."""
        question = await self.open_question(request)
        if question is None or question.message_id is None:
            return False
        is_double_tap = question.pictures == pictures and self.clock.now_ms() - question.asked_at < _DOUBLE_TAP_MS
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

    async def answer(self, request: RequestContext, words: str, question: Question) -> None:
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
        else:
            await self.orders.order(request, words, question.pictures, question.parent)
        await self.drop(question)

    async def drop(self, question: Question) -> None:
        """Forget a question that was answered or canceled."""
        await self.questions.drop(question)
