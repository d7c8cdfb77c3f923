"""Mentions in groups: `@bot a red fox` orders a picture, in a text or a caption."""

from telegram import Message, Update
from telegram.ext import MessageHandler, filters
from telegram.ext.filters import MessageFilter

from core.models.media import FoundPicture
from core.models.prompt_options import parse
from handlers import small_talk
from handlers.context import BotContext, BotHandler
from handlers.examples import offer
from handlers.parsing import (
    is_order,
    message_of,
    picture_of,
    replied_to,
    request_of,
    split_command,
    without_mention,
    words_of,
)
from handlers.picture_lookup import picture_replied_to, question_in
from handlers.small_talk import talk_in


class Mention(MessageFilter):
    """A filter that passes messages that mention the bot; not commands, as these are for another bot by then."""

    def filter(self, message: Message) -> bool:
        """See MessageFilter.filter."""
        if not is_order(message) or split_command(words_of(message)):
            return False
        return without_mention(words_of(message), message.get_bot().username) is not None


async def mentioned(update: Update, context: BotContext) -> None:
    """Answer a question, change the picture that the message brings or replies to, or order a new one."""
    message, services = message_of(update), context.services
    request, words = request_of(message), without_mention(words_of(message), context.bot.username) or ""
    own, has_words = picture_of(message), bool(parse(words).prompt)
    question = None if own else await question_in(services, request, replied_to(message))
    if question and has_words:
        await services.questions.answer(request, words, question)
        return
    talk = None if own or not words else talk_in(services, request, words)
    if talk:
        await small_talk.reply(services, request, talk)
        return
    found = FoundPicture(own) if own else await picture_replied_to(services, message)
    if found and has_words:
        await services.orders.order(request, words, (found.source,), found.parent)
    elif has_words:
        await services.orders.order(request, words)
    elif found:
        await services.questions.ask(request, (found.source,), parent=found.parent)
    else:
        await offer(services, request.address)


HANDLERS: list[BotHandler] = [MessageHandler(filters.ChatType.GROUPS & Mention(), mentioned)]
