"""What comes without a command: in a private chat nearly all of it is an order, in a group nearly nothing."""

from telegram import Message, Update
from telegram.ext import Application, MessageHandler, filters

from core.errors import NoPicture, Refused
from core.models.image_request import Source
from core.models.prompt_options import parse
from core.text import clip, text
from handlers import masks
from handlers.context import Services
from handlers.examples import offer
from handlers.parsing import (
    AnyCommand,
    Command,
    Context,
    command_of,
    is_order,
    is_reply,
    message_of,
    picture_of,
    replied_to,
    request_of,
    words_of,
)
from handlers.picture_lookup import picture_in, picture_replied_to, question_in

FORWARDED = text("That is a forwarded command, so I did nothing. Send it yourself if you mean it.")
_NOT_UNDERSTOOD = text(
    "I understand words and pictures. Write what you want to see, or send a photo; /help tells more."
)


def register(application: Application, services: Services, bot_name: str) -> None:  # type: ignore[type-arg]
    """Photos, files, plain words, answers, and the commands that nothing else knows."""

    async def unknown_command(update: Update, _: Context) -> None:
        message = message_of(update)
        command = command_of(message)
        name = clip(command[0], 32) if command else ""
        words = text("I don't know /{name}. /imagine paints, /edit changes a picture, /help tells all.", name=name)
        await services.replies.explain(request_of(message).address, words)

    async def private(update: Update, _: Context) -> None:
        message = message_of(update)
        if own := picture_of(message):
            await _picture(services, message, own)
        elif message.text:
            await _words(services, message)
        else:
            raise NoPicture(_NOT_UNDERSTOOD)

    async def group_reply(update: Update, _: Context) -> None:
        await _group_reply(services, message_of(update))

    in_private = filters.ChatType.PRIVATE
    addressed = filters.Regex(rf"(?i)^/\w+@{bot_name}\b")
    application.add_handler(
        MessageHandler(AnyCommand() & Command(bot_name) & (in_private | addressed), unknown_command)
    )
    application.add_handler(MessageHandler(in_private & ~filters.StatusUpdate.ALL, private))
    application.add_handler(MessageHandler(filters.ChatType.GROUPS & filters.TEXT & filters.REPLY, group_reply))


async def _group_reply(services: Services, message: Message) -> None:
    """An answer to our question; where the admins want it so, words under one of our pictures are an edit of it."""
    request, words, replied = request_of(message), words_of(message), replied_to(message)
    if replied is None or not is_order(message) or AnyCommand().filter(message):
        return
    question = await services.questions.question_of(request, replied.message_id)
    if question:
        await services.questions.answer(request, words, question)
    elif (await services.groups.rules(message.chat.id)).reply_edits and parse(words).prompt:
        ours = await services.results.by_message(message.chat.id, replied.message_id)
        found = await picture_in(services, replied) if ours else None
        if found:
            await services.orders.order(request, words, (found.source,), found.parent)


async def _picture(services: Services, message: Message, own: Source) -> None:
    """A picture in reply to another is that one, drawn over; else its caption says what to do with it."""
    original = await picture_replied_to(services, message)
    if original:
        await masks.scribbled(services, request_of(message), original, own, words_of(message))
    elif parse(words_of(message)).prompt:
        await services.orders.order(request_of(message), words_of(message), (own,))
    else:
        await services.questions.ask(request_of(message), (own,))


async def _words(services: Services, message: Message) -> None:
    """Plain words: about the picture they reply to, else the answer to our question, else a new picture."""
    request = request_of(message)
    if message.forward_origin and command_of(message):
        raise Refused(FORWARDED)
    services.orders.refuse_rest(request)
    replied = replied_to(message)
    question = (
        await question_in(services, request, replied)
        if is_reply(message)
        else await services.questions.open_question(request)
    )
    if not parse(words_of(message)).prompt:
        await offer(services, request.address)
        return
    if is_reply(message) and question is None:
        if replied and await masks.reworded(services, request, replied, words_of(message)):
            return
        found = await picture_replied_to(services, message)
        if found:
            await services.orders.order(request, words_of(message), (found.source,), found.parent)
            return
        question = await services.questions.open_question(request)
    if question:
        await services.questions.answer(request, words_of(message), question)
    else:
        await services.orders.order(request, words_of(message))
