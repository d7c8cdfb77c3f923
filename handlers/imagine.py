"""/imagine and /edit, in a text or as a picture's caption."""

from telegram import Update
from telegram.ext import Application, MessageHandler

from bot.domain.errors import NoPicture, NoPrompt
from bot.domain.options import parse
from bot.domain.request import Source
from bot.domain.text import text
from handlers import albums
from handlers.desk import Desk
from handlers.reading import Command, Context, asked, is_private, message_of, picture_of, rest_of

NO_PROMPT = text(
    "Tell me what to paint, for example:\n<code>/imagine a red fox in the snow</code>\n\n"
    "With options: <code>/imagine a lighthouse at night --size 2:3 --n 2</code>"
)
NO_PICTURE = text(
    "Which picture? Reply to one with <code>/edit make it night</code>, or send one with that as its caption."
)


def register(application: Application, desk: Desk, bot_name: str) -> None:  # type: ignore[type-arg]
    """Both commands."""

    async def imagine(update: Update, _: Context) -> None:
        message = message_of(update)
        if message.media_group_id:
            await albums.add(desk, message)
            return
        who, words, own = asked(message), rest_of(message), picture_of(message)
        if parse(words).prompt:
            await desk.order(who, words, (own,) if own else ())
        elif own:
            await desk.ask(who, (own,))
        else:
            raise NoPrompt(NO_PROMPT)

    async def edit(update: Update, _: Context) -> None:
        message = message_of(update)
        if message.media_group_id:
            await albums.add(desk, message)
            return
        who, words = asked(message), rest_of(message)
        found = picture_of(message) or (picture_of(message.reply_to_message) if message.reply_to_message else None)
        pictures: tuple[Source, ...] = (found,) if found else ()
        if not pictures and is_private(message):
            question = await desk.open_question(who)
            pictures = question.pictures if question else ()
        if not pictures:
            raise NoPicture(NO_PICTURE)
        if parse(words).prompt:
            await desk.order(who, words, pictures)
        else:
            await desk.ask(who, pictures)

    application.add_handler(MessageHandler(Command(bot_name, "imagine"), imagine))
    application.add_handler(MessageHandler(Command(bot_name, "edit"), edit))
