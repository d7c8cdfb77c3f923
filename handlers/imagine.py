"""/imagine and /edit, in a text or as a picture's caption."""

from telegram import Update
from telegram.ext import Application, MessageHandler

from bot.domain.errors import NoPicture
from bot.domain.options import parse
from bot.domain.text import text
from handlers.desk import Desk, Found
from handlers.examples import offer
from handlers.lineage import picture_in
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
        who, words = asked(message), rest_of(message)
        own = picture_of(message)
        found = Found(own) if own else await picture_in(desk, replied_to(message))
        if found is None:
            question = await desk.open_question(who) if is_private(message) else None
            if question is None:
                raise NoPicture(NO_PICTURE)
            pictures, parent = question.pictures, question.parent
        else:
            pictures, parent = (found.source,), found.parent
        if parse(words).prompt:
            await desk.order(who, words, pictures, parent)
        else:
            await desk.ask(who, pictures, parent=parent)

    application.add_handler(MessageHandler(Command(bot_name, "imagine"), imagine))
    application.add_handler(MessageHandler(Command(bot_name, "edit"), edit))
