"""/imagine and /edit, in a text or as a picture's caption."""

from telegram import Message, Update

from core.errors import NoPicture
from core.models.media import FoundPicture
from core.models.prompt_options import parse
from core.models.questions import Asking, Question
from core.models.request_context import RequestContext
from core.text import text
from handlers.context import BotContext, BotHandler, Services
from handlers.examples import offer
from handlers.last_picture import ask_about_last
from handlers.parsing import (
    Command,
    OnCommand,
    is_private,
    message_of,
    picture_of,
    replied_to,
    request_of,
    rest_of,
    text_replied_to,
    without_mention,
)
from handlers.picture_lookup import picture_replied_to, question_in

NO_PICTURE = text(
    "Which picture? Reply to one with <code>/edit make it night</code>, or send one with that as its caption."
)


async def imagine(update: Update, context: BotContext) -> None:
    """Order a new picture, or the change of a picture that the message brings or replies to."""
    message, services = message_of(update), context.services
    request, words = request_of(message), rest_of(message)
    question, found = await _question_or_picture(services, request, message)
    if question or found:
        await _change(services, request, words, question, found)
        return
    if not parse(words).prompt:
        said = text_replied_to(message)
        words = f"{without_mention(said, context.bot.username) or said} {words}"
    if parse(words).prompt:
        await services.orders.order(request, words)
    else:
        await offer(services, request.address)


async def edit(update: Update, context: BotContext) -> None:
    """Order the change of a picture that the message brings, replies to, or that an open question is about."""
    message, services = message_of(update), context.services
    request = request_of(message)
    question, found = await _question_or_picture(services, request, message)
    if not question and not found and is_private(message):
        question = await services.questions.open_question(request)
    if question and question.asking in {Asking.WHICH, Asking.WHICH_PART, Asking.NEW}:
        question = None  # not about a picture that is there
    if question or found:
        await _change(services, request, rest_of(message), question, found)
    elif not await ask_about_last(services, message, request, rest_of(message)):
        raise NoPicture(NO_PICTURE)


async def _question_or_picture(
    services: Services, request: RequestContext, message: Message
) -> tuple[Question | None, FoundPicture | None]:
    """Find the subject of a command: its own picture, else the question or picture it replies to. Raises Refused."""
    own = picture_of(message)
    if own:
        return None, FoundPicture(own)
    question = await question_in(services, request, replied_to(message))
    return question, None if question else await picture_replied_to(services, message)


async def _change(
    services: Services, request: RequestContext, words: str, question: Question | None, found: FoundPicture | None
) -> None:
    """Order the change that the words describe; without words, ask for them. Raises Refused."""
    has_words = bool(parse(words).prompt)
    if question and has_words:
        await services.questions.answer(request, words, question)
    elif question:
        await services.questions.ask(request, question.pictures, question.asking, question.parent)
    elif found and has_words:
        await services.orders.order(request, words, (found.source,), found.parent)
    elif found:
        await services.questions.ask(request, (found.source,), parent=found.parent)


HANDLERS: list[BotHandler] = [
    OnCommand(Command("imagine"), imagine),
    OnCommand(Command("edit"), edit),
]
