"""Where the bot is: joined, removed, blocked, or moved with its group to a supergroup."""

from telegram import ChatMember, Update
from telegram.ext import Application, ChatMemberHandler, MessageHandler, filters

from handlers.desk import Desk
from handlers.reading import Context, message_of


def register(application: Application, desk: Desk, _: str) -> None:  # type: ignore[type-arg]
    """Both ways Telegram tells it."""

    async def member(update: Update, _: Context) -> None:
        change = update.my_chat_member
        if change and change.new_chat_member.status in {ChatMember.LEFT, ChatMember.BANNED}:
            await desk.chats.gone(change.chat.id)

    async def migrated(update: Update, _: Context) -> None:
        message = message_of(update)
        if message.migrate_to_chat_id:
            await desk.chats.moved(message.chat.id, message.migrate_to_chat_id)

    application.add_handler(ChatMemberHandler(member, ChatMemberHandler.MY_CHAT_MEMBER))
    application.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, migrated))
