"""Build python-telegram-bot's objects from an update.

Its `de_json` looks for each of about a hundred optional fields of a message. Most messages are a text from a person,
so those are built from the fields that they have.
"""

from datetime import UTC, datetime
from typing import Any

from telegram import Bot, Chat, Message, MessageEntity, Update, User

_PLAIN = frozenset({"message_id", "date", "chat", "from", "text", "entities"})


def update_of(payload: dict[str, Any], bot: Bot) -> Update:
    """Build an update that matches `UpdateSchema`, with the same result as `Update.de_json`."""
    message = payload.get("message")
    if message is None or len(payload) != 2 or not _PLAIN.issuperset(message) or not message["date"]:
        return Update.de_json(payload, bot)
    plain = Message(
        message["message_id"],
        datetime.fromtimestamp(message["date"], UTC),
        Chat.de_json(message["chat"], bot),
        from_user=User.de_json(message["from"], bot) if "from" in message else None,
        text=message.get("text"),
        entities=MessageEntity.de_list(message["entities"], bot) if "entities" in message else None,
    )
    plain.set_bot(bot)
    update = Update(payload["update_id"], message=plain)
    update.set_bot(bot)
    return update
