"""Messages without a command: in a private chat nearly all of them are orders, in a group nearly none is."""

from telegram import Message, Update
from telegram.ext import MessageHandler, filters

from core.errors import NoPicture, Refused
from core.models.image_request import Source
from core.models.media import FoundPicture
from core.models.prompt_options import parse
from core.models.questions import Asking, Question
from core.models.request_context import RequestContext
from core.models.small_talk import Talk
from core.text import clip, text
from handlers import last_picture, masks, small_talk
from handlers.context import BotContext, BotHandler, Services
from handlers.examples import offer
from handlers.parsing import (
    AddressedCommand,
    AnyCommand,
    Command,
    OnCommand,
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
from handlers.small_talk import pressed_by_words, talk_in

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
    if message.sticker and await _answers(services, message, message.sticker.emoji or ""):
        return
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
        await _photo(services, request, own)


async def _photo(services: Services, request: RequestContext, own: Source) -> None:
    """Ask what to do with a photo, unless an open question waits for it. Raises Refused."""
    question = await services.questions.open_question(request)
    if question and question.asking in {Asking.WHICH, Asking.WHICH_PART}:
        await last_picture.take_kept_words(services, request, question, FoundPicture(own))
    elif question and question.asking is Asking.EDIT and question.parent is None:
        await services.questions.join(request, question, own)
    else:
        await services.questions.ask(request, (own,))


async def _answers(services: Services, message: Message, words: str) -> bool:
    talk = talk_in(services, request_of(message), words)
    return await pressed_by_words(services, message, talk)


async def _words(services: Services, message: Message) -> None:
    """Change the picture that the words reply to, else answer the open question, else order a new picture."""
    request, words = request_of(message), words_of(message)
    if message.forward_origin and command_of(message):
        raise Refused(FORWARDED)
    services.orders.refuse_rest(request)
    talk = talk_in(services, request, words)
    if await pressed_by_words(services, message, talk):
        return
    is_asked = True
    if is_reply(message):
        question = await question_in(services, request, replied_to(message))
    else:
        found = await services.questions.open_question(request)
        question, is_asked = _for_words(found), found is not None
    if talk and question is None:
        await _small_talk(services, message, talk)
    elif not parse(words).prompt:
        await offer(services, request.address)
    elif question:
        await services.questions.answer(request, words, question)
    elif is_reply(message):
        await _about_replied(services, message, words)
    elif not await last_picture.suggested(services, request, words):
        await services.orders.order(request, words, is_asked=is_asked)


def _for_words(question: Question | None) -> Question | None:
    """Return the open question if words without a reply answer it; one for a picture isn't answered by words."""
    return None if question and question.asking in {Asking.WHICH, Asking.WHICH_PART} else question


async def _small_talk(services: Services, message: Message, talk: Talk) -> None:
    """Take a reply such as "this one" as the picture that an open question waits for, else answer the small talk."""
    request = request_of(message)
    question = await services.questions.open_question(request) if is_reply(message) else None
    waits = question is not None and question.asking in {Asking.WHICH, Asking.WHICH_PART}
    found = await picture_replied_to(services, message) if waits else None
    if question and found:
        await last_picture.take_kept_words(services, request, question, found)
    else:
        await small_talk.reply(services, request, talk)


async def _about_replied(services: Services, message: Message, words: str) -> None:
    """Change the picture or the preview that the words reply to; other replies are like any words."""
    request, replied = request_of(message), replied_to(message)
    if replied and await masks.reworded(services, request, replied, words):
        return
    if found := await picture_replied_to(services, message):
        await services.orders.order(request, words, (found.source,), found.parent)
    elif question := _for_words(await services.questions.open_question(request)):
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
        if talk_in(services, request, words):
            return
        ours = await services.results.by_message(message.chat.id, replied.message_id)
        found = await picture_in(services, replied) if ours else None
        if found:
            await services.orders.order(request, words, (found.source,), found.parent)


_IN_PRIVATE = filters.ChatType.PRIVATE
HANDLERS: list[BotHandler] = [
    OnCommand(AnyCommand() & Command() & (_IN_PRIVATE | AddressedCommand()), unknown_command),
    MessageHandler(_IN_PRIVATE & (filters.TEXT | ~filters.StatusUpdate.ALL), private_message),
    MessageHandler(filters.ChatType.GROUPS & filters.TEXT & filters.REPLY, group_reply),
]
