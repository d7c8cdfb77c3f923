"""Privacy mode: which messages of a group a bot gets to hear."""

from sandbox.telegram.chats import Chat, Message, User
from sandbox.telegram.entities import entity_text

SERVICE = (
    "new_chat_members",
    "left_chat_member",
    "forum_topic_created",
    "migrate_to_chat_id",
    "migrate_from_chat_id",
)


def bot_hears(chat: Chat, message: Message, bot: User) -> bool:
    """Say whether a message is the bot's business: its commands, replies to it, and its name."""
    if not chat.is_group or not chat.privacy or any(key in message for key in SERVICE):
        return True
    replied = message.get("reply_to_message")
    if replied is not None and replied["from"]["id"] == bot["id"]:
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
