"""Privacy mode: the group messages that a bot receives."""

from sandbox.telegram.chats import Chat, Message, User
from sandbox.telegram.entities import entity_text

SERVICE = (
    "group_chat_created",
    "new_chat_members",
    "left_chat_member",
    "forum_topic_created",
    "forum_topic_closed",
    "forum_topic_reopened",
    "migrate_to_chat_id",
    "migrate_from_chat_id",
)


def bot_hears(chat: Chat, message: Message, bot: User, *, privacy: bool) -> bool:
    """Return whether the bot receives a message. In privacy mode, it gets commands, replies to it and mentions of it.

    It receives everything in private chats and channels, as an administrator, and with privacy mode off. It never
    receives messages of other bots.
    """
    sender = message.get("from", {})
    service = any(key in message for key in SERVICE)
    if sender.get("id") == bot["id"] or (sender.get("is_bot") and not service and "sender_chat" not in message):
        return False
    open_to_all = chat.kind in {"private", "channel"} or chat.bot_status == "administrator"
    return service or open_to_all or not (privacy and chat.privacy) or _meant_for(message, bot)


def _meant_for(message: Message, bot: User) -> bool:
    replied = message.get("reply_to_message", {})
    if replied.get("from", {}).get("id") == bot["id"]:
        return True
    text = message.get("text") or message.get("caption") or ""
    name = "@" + bot["username"].lower()
    for entity in message.get("entities") or message.get("caption_entities") or ():
        covered = entity_text(text, entity).lower()
        if entity["type"] == "mention" and covered == name:
            return True
        if entity["type"] == "bot_command" and entity["offset"] == 0:
            command, at, addressee = covered.partition("@")
            if command and (not at or at + addressee == name):
                return True
    return False
