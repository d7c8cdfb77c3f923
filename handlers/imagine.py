"""/imagine and /edit, in a text or as a picture's caption."""

from telegram import Update
from telegram.ext import Application, MessageHandler

from bot.domain.errors import NoPicture
from bot.domain.options import parse
from bot.domain.text import text
from handlers.desk import Desk, Found
from handlers.examples import offer
from handlers.lineage import picture_in, question_in
from handlers.reading import Command, Context, asked, is_private, message_of, picture_of, replied_to, rest_of

NO_PICTURE = text(
    "Which picture? Reply to one with <code>/edit make it night</code>, or send one with that as its caption."
)


def register(application: Application, desk: Desk, bot_name: str) -> None:  # type: ignore[type-arg]
    """Both commands."""

    async def imagine(update: Update, _: Context) -> None:
        message = message_of(update)
        who, words, own = asked(message), rest_of(message), picture_of(message)
        if parse(words).prompt:
            await desk.order(who, words, (own,) if own else ())
        elif own:
            await desk.ask(who, (own,))
        else:
            await offer(desk, who.address)

    async def edit(update: Update, _: Context) -> None:
        message = message_of(update)
        who, words, own, replied = asked(message), rest_of(message), picture_of(message), replied_to(message)
        has_words = bool(parse(words).prompt)
        question = None if own else await question_in(desk, who, replied)
        found = Found(own) if own else await picture_in(desk, None if question else replied)
        if not question and not found and is_private(message):
            question = await desk.open_question(who)
        if question and has_words:
            await desk.answer(who, words, question)
        elif question:
            await desk.ask(who, question.pictures, question.asking, question.parent)
        elif not found:
            raise NoPicture(NO_PICTURE)
        elif has_words:
            await desk.order(who, words, (found.source,), found.parent)
        else:
            await desk.ask(who, (found.source,), parent=found.parent)

    application.add_handler(MessageHandler(Command(bot_name, "imagine"), imagine))
    application.add_handler(MessageHandler(Command(bot_name, "edit"), edit))
