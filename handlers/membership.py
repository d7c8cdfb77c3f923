"""Where the bot is: joined, removed, blocked, or moved with its group to a supergroup."""

from telegram import ChatMember, Update
from telegram.constants import ChatType
from telegram.ext import Application, ChatMemberHandler, MessageHandler, filters

from core.models.job import Destination
from handlers.context import Services
from handlers.parsing import Context, message_of
from handlers.start import WELCOME_GROUP

_OUTSIDE = {ChatMember.LEFT, ChatMember.BANNED}


def register(application: Application, services: Services, _: str) -> None:  # type: ignore[type-arg]
    """Both ways Telegram tells it."""

    async def member(update: Update, _: Context) -> None:
        change = update.my_chat_member
        if change is None:
            return
        services.messenger.changed(change.chat.id, change.new_chat_member.user.id)
        if change.new_chat_member.status in _OUTSIDE:
            await services.chats.gone(change.chat.id)
        elif (
            change.old_chat_member.status in _OUTSIDE
            and change.chat.id < 0
            and change.chat.type != ChatType.CHANNEL
            and await services.groups.greet(change.chat.id)
        ):
            language = change.from_user.language_code or "en"
            await services.messenger.send_text(Destination(change.chat.id, language=language), WELCOME_GROUP)

    async def migrated(update: Update, _: Context) -> None:
        message = message_of(update)
        if message.migrate_to_chat_id:
            await services.chats.moved(message.chat.id, message.migrate_to_chat_id)

    application.add_handler(ChatMemberHandler(member, ChatMemberHandler.MY_CHAT_MEMBER))
    application.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, migrated))
