"""`@bot a red fox` in a group: being named is being asked, in a text as in a caption."""

from telegram import Message, Update
from telegram.ext import Application, MessageHandler, filters
from telegram.ext.filters import MessageFilter

from core.models.media import FoundPicture
from core.models.prompt_options import parse
from handlers.context import Services
from handlers.examples import offer
from handlers.parsing import (
    Context,
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


class Mention(MessageFilter):
    """Passes what names the bot and is no echo."""

    def __init__(self, bot_name: str) -> None:
        super().__init__(name="Mention")
        self._bot_name = bot_name

    def filter(self, message: Message) -> bool:
        """See MessageFilter.filter."""
        if not is_order(message) or split_command(words_of(message)):
            return False  # a command of ours was taken by its own handler, so this one is for another bot
        return without_mention(words_of(message), self._bot_name) is not None


def register(application: Application, services: Services, bot_name: str) -> None:  # type: ignore[type-arg]
    """In groups only: in a private chat every word is for the bot."""

    async def mentioned(update: Update, _: Context) -> None:
        message = message_of(update)
        request, words = request_of(message), without_mention(words_of(message), bot_name) or ""
        own, has_words = picture_of(message), bool(parse(words).prompt)
        question = None if own else await question_in(services, request, replied_to(message))
        if question and has_words:
            await services.questions.answer(request, words, question)
            return
        found = FoundPicture(own) if own else await picture_replied_to(services, message)
        if has_words:
            await services.orders.order(
                request, words, (found.source,) if found else (), found.parent if found else None
            )
        elif found:
            await services.questions.ask(request, (found.source,), parent=found.parent)
        else:
            await offer(services, request.address)

    application.add_handler(MessageHandler(filters.ChatType.GROUPS & Mention(bot_name), mentioned))
