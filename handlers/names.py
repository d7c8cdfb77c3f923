"""Remember the names of those whose messages were handled, so that operators can name them.

This runs after the other handlers. A message that was refused, or ignored, ends before it. In groups only commands and
mentions count: other talk is never remembered.
"""

import structlog
from telegram import Chat, Message, Update, User
from telegram.ext import MessageHandler, filters

from core.errors import NotAdmitted, StorageError
from core.models.names import Name
from handlers.context import BotContext, BotHandler
from handlers.mentions import Mention
from handlers.parsing import AddressedCommand, Command, message_of, request_of

log = structlog.get_logger()

_COMMANDS = Command(
    "imagine", "edit", "mask", "model", "upscale", "cutout", "history", "cancel", "me", "settings", "help", "start"
)


async def remember(update: Update, context: BotContext) -> None:
    """Store the names of the sender and of the group, if the sender may use the bot."""
    message, services = message_of(update), context.services
    unknown = [name for name in _names_in(message) if not services.names.is_known(name)]
    if not unknown:
        return
    request = request_of(message)
    try:
        await services.access.check(request.requester_id, request.address.chat_id)
        for name in unknown:
            await services.names.put(name)
    except NotAdmitted:
        return
    except StorageError as error:  # the message itself was handled
        log.warning("name_not_stored", error=str(error))


def _names_in(message: Message) -> list[Name]:
    sender = message.sender_chat or message.from_user
    chat = message.chat
    named = [_name_of(sender)] if sender else []
    return named if sender is None or sender.id == chat.id else [*named, _name_of(chat)]


def _name_of(who: User | Chat) -> Name:
    if isinstance(who, User):
        return Name.of(who.id, who.username, who.first_name, who.language_code)
    return Name.of(who.id, who.username, who.title or who.first_name)


HANDLERS: list[BotHandler] = [
    MessageHandler(
        filters.ChatType.PRIVATE | (filters.ChatType.GROUPS & (_COMMANDS | AddressedCommand() | Mention())), remember
    )
]
