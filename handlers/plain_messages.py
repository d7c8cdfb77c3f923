"""What comes without a command: in a private chat nearly all of it is an order, in a group nearly nothing."""

from telegram import Message, Update
from telegram.ext import Application, MessageHandler, filters

from core.errors import NoPicture, Refused
from core.models.image_request import Source
from core.models.prompt_options import parse
from core.text import clip, text
from handlers import masks
from handlers.desk import Desk
from handlers.examples import offer
from handlers.parsing import (
    AnyCommand,
    Command,
    Context,
    asked,
    command_of,
    is_order,
    is_reply,
    message_of,
    picture_of,
    replied_to,
    words_of,
)
from handlers.picture_lookup import picture_in, picture_replied_to, question_in

FORWARDED = text("That is a forwarded command, so I did nothing. Send it yourself if you mean it.")
_NOT_UNDERSTOOD = text(
    "I understand words and pictures. Write what you want to see, or send a photo; /help tells more."
)


def register(application: Application, desk: Desk, bot_name: str) -> None:  # type: ignore[type-arg]
    """Photos, files, plain words, answers, and the commands that nothing else knows."""

    async def unknown_command(update: Update, _: Context) -> None:
        message = message_of(update)
        command = command_of(message)
        name = clip(command[0], 32) if command else ""
        words = text("I don't know /{name}. /imagine paints, /edit changes a picture, /help tells all.", name=name)
        await desk.explain(asked(message).address, words)

    async def private(update: Update, _: Context) -> None:
        message = message_of(update)
        if own := picture_of(message):
            await _picture(desk, message, own)
        elif message.text:
            await _words(desk, message)
        else:
            raise NoPicture(_NOT_UNDERSTOOD)

    async def group_reply(update: Update, _: Context) -> None:
        await _group_reply(desk, message_of(update))

    in_private = filters.ChatType.PRIVATE
    addressed = filters.Regex(rf"(?i)^/\w+@{bot_name}\b")
    application.add_handler(
        MessageHandler(AnyCommand() & Command(bot_name) & (in_private | addressed), unknown_command)
    )
    application.add_handler(MessageHandler(in_private & ~filters.StatusUpdate.ALL, private))
    application.add_handler(MessageHandler(filters.ChatType.GROUPS & filters.TEXT & filters.REPLY, group_reply))


async def _group_reply(desk: Desk, message: Message) -> None:
    """An answer to our question; where the admins want it so, words under one of our pictures are an edit of it."""
    who, words, replied = asked(message), words_of(message), replied_to(message)
    if replied is None or not is_order(message) or AnyCommand().filter(message):
        return
    question = await desk.question_of(who, replied.message_id)
    if question:
        await desk.answer(who, words, question)
    elif (await desk.groups.rules(message.chat.id)).reply_edits and parse(words).prompt:
        ours = await desk.results.by_message(message.chat.id, replied.message_id)
        found = await picture_in(desk, replied) if ours else None
        if found:
            await desk.order(who, words, (found.source,), found.parent)


async def _picture(desk: Desk, message: Message, own: Source) -> None:
    """A picture in reply to another is that one, drawn over; else its caption says what to do with it."""
    original = await picture_replied_to(desk, message)
    if original:
        await masks.scribbled(desk, asked(message), original, own, words_of(message))
    elif parse(words_of(message)).prompt:
        await desk.order(asked(message), words_of(message), (own,))
    else:
        await desk.ask(asked(message), (own,))


async def _words(desk: Desk, message: Message) -> None:
    """Plain words: about the picture they reply to, else the answer to our question, else a new picture."""
    who = asked(message)
    if message.forward_origin and command_of(message):
        raise Refused(FORWARDED)
    desk.refuse_rest(who)
    replied = replied_to(message)
    question = await question_in(desk, who, replied) if is_reply(message) else await desk.open_question(who)
    if not parse(words_of(message)).prompt:
        await offer(desk, who.address)
        return
    if is_reply(message) and question is None:
        if replied and await masks.reworded(desk, who, replied, words_of(message)):
            return
        found = await picture_replied_to(desk, message)
        if found:
            await desk.order(who, words_of(message), (found.source,), found.parent)
            return
        question = await desk.open_question(who)
    if question:
        await desk.answer(who, words_of(message), question)
    else:
        await desk.order(who, words_of(message))
