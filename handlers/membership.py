"""The bot's membership: chats that it joined, left or was blocked in, and groups that became supergroups."""

from telegram import ChatMember, Update
from telegram.constants import ChatType
from telegram.ext import ChatMemberHandler, MessageHandler, filters

from core.models.job import Destination
from handlers.context import BotContext, BotHandler
from handlers.parsing import message_of
from handlers.start import WELCOME_GROUP

_OUTSIDE = {ChatMember.LEFT, ChatMember.BANNED}


async def membership_changed(update: Update, context: BotContext) -> None:
    """Note that the bot left a chat, or greet a group that it joined for the first time."""
    change, services = update.my_chat_member, context.services
    if change is None:
        return
    chat = change.chat
    services.messenger.changed(chat.id, change.new_chat_member.user.id)
    if change.new_chat_member.status in _OUTSIDE:
        await services.chats.gone(chat.id)
        return
    has_joined = change.old_chat_member.status in _OUTSIDE
    if has_joined and chat.id < 0 and chat.type != ChatType.CHANNEL and await services.groups.greet(chat.id):
        language = change.from_user.language_code or "en"
        await services.messenger.send_text(Destination(chat.id, language=language), WELCOME_GROUP)


async def chat_migrated(update: Update, context: BotContext) -> None:
    """Follow a group that became a supergroup with another id."""
    message = message_of(update)
    if message.migrate_to_chat_id:
        await context.services.chats.moved(message.chat.id, message.migrate_to_chat_id)


HANDLERS: list[BotHandler] = [
    ChatMemberHandler(membership_changed, ChatMemberHandler.MY_CHAT_MEMBER),
    MessageHandler(filters.StatusUpdate.MIGRATE, chat_migrated),
]
