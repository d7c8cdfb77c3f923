"""Messages without a command: in a private chat nearly all of them are orders, in a group nearly none is."""

from telegram import Message, Update
from telegram.ext import MessageHandler, filters

from core.errors import NoPicture, Refused
from core.models.image_request import Source
from core.models.prompt_options import parse
from core.text import clip, text
from handlers import masks
from handlers.context import BotContext, BotHandler, Services
from handlers.examples import offer
from handlers.parsing import (
    AddressedCommand,
    AnyCommand,
    Command,
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


async def unknown_command(update: Update, context: BotContext) -> None:
    """Answer a command that no other handler knows."""
    message = message_of(update)
    command = command_of(message)
    name = clip(command[0], 32) if command else ""
    words = text("I don't know /{name}. /imagine paints, /edit changes a picture, /help tells all.", name=name)
    await context.services.replies.explain(request_of(message).address, words)


async def private_message(update: Update, context: BotContext) -> None:
    """Handle a picture or words in a private chat. Raises NoPicture for anything else."""
    message, services = message_of(update), context.services
    if own := picture_of(message):
        await _picture(services, message, own)
    elif message.text:
        await _words(services, message)
    else:
        raise NoPicture(_NOT_UNDERSTOOD)


async def _picture(services: Services, message: Message, own: Source) -> None:
    """Order the change that the caption describes, or ask for words.

    A picture in reply to another picture is a drawing over it.
    """
    original, request, words = await picture_replied_to(services, message), request_of(message), words_of(message)
    if original:
        await masks.scribbled(services, request, original, own, words)
    elif parse(words).prompt:
        await services.orders.order(request, words, (own,))
    else:
        await services.questions.ask(request, (own,))


async def _words(services: Services, message: Message) -> None:
    """Change the picture that the words reply to, else answer the open question, else order a new picture."""
    request, words = request_of(message), words_of(message)
    if message.forward_origin and command_of(message):
        raise Refused(FORWARDED)
    services.orders.refuse_rest(request)
    replied = replied_to(message)
    if is_reply(message):
        question = await question_in(services, request, replied)
    else:
        question = await services.questions.open_question(request)
    if not parse(words).prompt:
        await offer(services, request.address)
        return
    if is_reply(message) and question is None:
        if replied and await masks.reworded(services, request, replied, words):
            return
        found = await picture_replied_to(services, message)
        if found:
            await services.orders.order(request, words, (found.source,), found.parent)
            return
        question = await services.questions.open_question(request)
    if question:
        await services.questions.answer(request, words, question)
    else:
        await services.orders.order(request, words)


async def group_reply(update: Update, context: BotContext) -> None:
    """Answer the bot's question by a reply to it.

    If the group's rules say so, words in reply to one of the bot's pictures are an edit of it.
    """
    message, services = message_of(update), context.services
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


_IN_PRIVATE = filters.ChatType.PRIVATE
HANDLERS: list[BotHandler] = [
    MessageHandler(AnyCommand() & Command() & (_IN_PRIVATE | AddressedCommand()), unknown_command),
    MessageHandler(_IN_PRIVATE & ~filters.StatusUpdate.ALL, private_message),
    MessageHandler(filters.ChatType.GROUPS & filters.TEXT & filters.REPLY, group_reply),
]
