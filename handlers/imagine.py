"""/imagine and /edit, in a text or as a picture's caption."""

from telegram import Message, Update
from telegram.ext import Application, MessageHandler

from core.errors import NoPicture
from core.models.media import FoundPicture
from core.models.prompt_options import parse
from core.models.questions import Question
from core.models.request_context import RequestContext
from core.text import text
from handlers.context import Services
from handlers.examples import offer
from handlers.parsing import (
    Command,
    Context,
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


def register(application: Application, services: Services, bot_name: str) -> None:  # type: ignore[type-arg]
    """Both commands."""

    async def imagine(update: Update, _: Context) -> None:
        message = message_of(update)
        request, words = request_of(message), rest_of(message)
        question, found = await _meant(services, request, message)
        if question or found:
            await _change(services, request, words, question, found)
            return
        if not parse(words).prompt:
            said = text_replied_to(message)
            words = f"{without_mention(said, bot_name) or said} {words}"
        if parse(words).prompt:
            await services.orders.order(request, words)
        else:
            await offer(services, request.address)

    async def edit(update: Update, _: Context) -> None:
        message = message_of(update)
        request = request_of(message)
        question, found = await _meant(services, request, message)
        if not question and not found and is_private(message):
            question = await services.questions.open_question(request)
        if not question and not found:
            raise NoPicture(NO_PICTURE)
        await _change(services, request, rest_of(message), question, found)

    application.add_handler(MessageHandler(Command(bot_name, "imagine"), imagine))
    application.add_handler(MessageHandler(Command(bot_name, "edit"), edit))


async def _meant(
    services: Services, request: RequestContext, message: Message
) -> tuple[Question | None, FoundPicture | None]:
    """Find what a command is about: its own picture, else the question or the picture it replies to. Raises Refused."""
    own = picture_of(message)
    if own:
        return None, FoundPicture(own)
    question = await question_in(services, request, replied_to(message))
    return question, None if question else await picture_replied_to(services, message)


async def _change(
    services: Services, request: RequestContext, words: str, question: Question | None, found: FoundPicture | None
) -> None:
    """Order the change that the words ask for; without words, ask for them. Raises Refused."""
    has_words = bool(parse(words).prompt)
    if question and has_words:
        await services.questions.answer(request, words, question)
    elif question:
        await services.questions.ask(request, question.pictures, question.asking, question.parent)
    elif found and has_words:
        await services.orders.order(request, words, (found.source,), found.parent)
    elif found:
        await services.questions.ask(request, (found.source,), parent=found.parent)
