"""Words about the last picture: "make it night" right after a result, and /edit and /mask that reply to nothing."""

from collections.abc import Sequence
from dataclasses import replace

from telegram import Message, Update
from telegram.ext import CallbackQueryHandler

from core.errors import Refused
from core.models.image_request import Source
from core.models.job import PictureId
from core.models.keyboard import Button
from core.models.media import FoundPicture, Result
from core.models.preferences import AfterResult
from core.models.questions import Asking, Question
from core.models.request_context import RequestContext
from core.models.small_talk import sounds_like_change
from core.services.awaited_answers import QUESTION_YES
from core.services.orders import OnStored
from core.services.questions import LAST_ONLY, QUESTION_LIVES_MS
from core.text import Text, Verbatim, clip, text
from handlers.context import BotContext, BotHandler, Services
from handlers.painter_offer import HOW_TO, offer_painter
from handlers.parsing import ButtonPress, button_press_of, is_private

_JUST_NOW_MS = 15 * 60_000
_WORDS_UNITS = 200
_CHANGE, _NEW = "question:change:", "question:new"
"""Callback data: the change of the result at a position, and a new picture."""
_NUMBERS = ("1️⃣", "2️⃣", "3️⃣", "4️⃣")
CHANGE_OR_NEW = text("🤔 <i>{words}</i>\nShould I change your last picture, or paint a new one?")
WHICH_OR_NEW = text("🤔 <i>{words}</i>\nWhich of your last pictures should I change? Or paint a new one?")
CHANGE_LAST = text("✏️ Change your last picture? Tap ✅, or send another photo.\n<i>{words}</i>")
CHANGE_WHICH = text("✏️ Which of your last pictures? Tap its number, or send another photo.\n<i>{words}</i>")
MASK_LAST = text("🖌 Change a part of your last picture? Tap ✅, or send another photo.\n<i>{words}</i>")
CHANGE_THE_LAST = text("✏️ Change the last picture")
NEW_PICTURE = text("🖼 New picture")
YES = text("✅ Yes")
YOUR_LAST = text("🖌 Your last picture")
GONE = text("🗑 That picture is gone. Send it again, with these words as its caption.")
OUTDATED = text("This question was answered already.")


async def suggested(services: Services, request: RequestContext, words: str) -> bool:
    """Treat words that sound like a change, right after a result, as the requester prefers. Raises Refused.

    Return False if they are to be painted as they are.
    """

    def translate(phrases: Text) -> str:
        return services.translate(phrases, request.address.language)

    if not sounds_like_change(words, translate):
        return False
    prefers = (await services.preferences.get(request.requester_id)).after_result or AfterResult.ASK
    last = await services.results.latest(request.requester_id, request.address.chat_id, _JUST_NOW_MS)
    if not last or prefers is AfterResult.NEW:
        return False
    if prefers is AfterResult.CHANGE and len(last) == 1:
        await services.orders.order(request, words, (last[0].source,), last[0].id)
        return True
    new = Button(NEW_PICTURE, _NEW)
    change = (Button(CHANGE_THE_LAST, f"{_CHANGE}{last[0].position}"),) if len(last) == 1 else _numbers(last)
    said = CHANGE_OR_NEW if len(last) == 1 else WHICH_OR_NEW
    await services.questions.ask_which(request, last, words, _about(said, words), (*change, new))
    return True


async def ask_about_last(services: Services, message: Message, request: RequestContext, words: str) -> bool:
    """Ask whether /edit with these words is about the last picture; return False without one. Raises Refused."""
    last = await _last(services, message, request)
    if not last:
        return False
    if not words and len(last) == 1:
        await services.questions.ask(request, (last[0].source,), parent=last[0].id)
        return True
    row = (Button(YES, QUESTION_YES),) if len(last) == 1 else _numbers(last)
    said = CHANGE_LAST if len(last) == 1 else CHANGE_WHICH
    await services.questions.ask_which(request, last, words, _about(said, words), row)
    return True


async def ask_about_part_of_last(services: Services, message: Message, request: RequestContext, words: str) -> bool:
    """Ask whether /mask with these words is about the last picture; return False without one. Raises Refused."""
    last = await _last(services, message, request)
    if not last:
        return False
    yes = YES if words else YOUR_LAST
    row = (Button(yes, QUESTION_YES),) if len(last) == 1 else _numbers(last)
    said = _about(MASK_LAST if len(last) == 1 else CHANGE_WHICH, words) if words else HOW_TO
    await services.questions.ask_which_part(request, last, words, said, row)
    return True


async def take_kept_words(services: Services, request: RequestContext, question: Question, found: FoundPicture) -> None:
    """Apply the words of an open question to another picture. Raises Refused."""
    await _do(services, request, question, found)
    await services.questions.close(question)


async def answered_in_words(services: Services, request: RequestContext, message_id: int, *, yes: bool) -> bool:
    """Answer the question of a message by a typed yes or no; return False if it can't be answered so."""
    question = await services.questions.addressed_in(request, message_id)
    if question is None or question.asking not in {Asking.WHICH, Asking.WHICH_PART}:
        return False
    if yes:
        await _change(services, request, question, question.parent)
    await services.questions.close(question)
    return True


async def pressed(update: Update, context: BotContext) -> None:
    """Handle the buttons under the questions: ✅, a number, a new picture, only the last photo."""
    button_press, services = button_press_of(update), context.services
    if button_press is None:
        return
    question = await services.questions.addressed_in(button_press.request, button_press.message_id)
    if question is None:
        await services.replies.alert(button_press, OUTDATED)
        return
    async with services.replies.answering(button_press) as answer:
        await _pressed(services, button_press, question, answer)


async def _pressed(services: Services, button_press: ButtonPress, question: Question, answer: OnStored) -> None:
    request = replace(button_press.request, address=question.address)
    if button_press.data == LAST_ONLY:
        await services.questions.keep_last(request, question)
        return
    if button_press.data == _NEW:
        await services.orders.order(request, question.words, button_key=_key(question), on_stored=answer)
    elif button_press.data == QUESTION_YES:
        await _change(services, request, question, question.parent, answer)
    elif question.parent:
        picture = PictureId(question.parent.job_id, int(button_press.data.removeprefix(_CHANGE)))
        await _change(services, request, question, picture, answer)
    await services.questions.close(question)


async def _change(
    services: Services,
    request: RequestContext,
    question: Question,
    picture: PictureId | None,
    on_stored: OnStored | None = None,
) -> None:
    result = await services.results.get(picture) if picture else None
    if result is None or result.is_deleted:
        raise Refused(GONE)
    await _do(services, request, question, FoundPicture(result.source, result.id), on_stored)


async def _do(
    services: Services,
    request: RequestContext,
    question: Question,
    found: FoundPicture,
    on_stored: OnStored | None = None,
) -> None:
    if question.asking is Asking.WHICH_PART:
        await offer_painter(services, request, found, question.words)
        return
    if not question.words:
        await services.questions.ask(request, (found.source,), parent=found.parent, on_stored=on_stored)
        return
    pictures: tuple[Source, ...] = (found.source,)
    await services.orders.order(request, question.words, pictures, found.parent, _key(question), on_stored)


def _key(question: Question) -> str:
    """Return the key that makes one order of a question, however often it is answered."""
    return f"question:{question.address.chat_id}:{question.idempotency_key}"


async def _last(services: Services, message: Message, request: RequestContext) -> Sequence[Result]:
    if not is_private(message):
        return ()
    return await services.results.latest(request.requester_id, request.address.chat_id, QUESTION_LIVES_MS)


def _numbers(last: Sequence[Result]) -> tuple[Button, ...]:
    return tuple(Button(Verbatim(_NUMBERS[result.position]), f"{_CHANGE}{result.position}") for result in last[:4])


def _about(said: Text, words: str) -> Text:
    return replace(said, params={"words": clip(words, _WORDS_UNITS)})


HANDLERS: list[BotHandler] = [
    CallbackQueryHandler(pressed, pattern=rf"^({QUESTION_YES}|{_NEW}|{LAST_ONLY}|{_CHANGE}[0-3])$"),
]
