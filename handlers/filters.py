"""What of a chat is meant for the bot, by the shape of an update alone: nothing else is ever written down.

A bot with privacy mode off, or one that is an admin, hears everything that is said in a group. What may be meant for it
is kept until it is handled; whether it is, the handlers find out. Source: https://core.telegram.org/bots/features#privacy-mode.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.parsing import split_command, without_mention

_KINDS = ("callback_query", "my_chat_member")
_SIGNS = ("media_group_id", "migrate_to_chat_id", "migrate_from_chat_id")
"""Only one piece of an album has the words that name us; and a group that moves takes its orders along."""


@dataclass(frozen=True, slots=True)
class BotIdentity:
    """The bot, as others name it."""

    user_id: int
    username: str


def may_be_meant(update: Mapping[str, Any], identity: BotIdentity | None) -> bool:
    """Whether to keep an update, whatever it turns out to be; before we know who we are, all messages are kept."""
    if any(update.get(kind) is not None for kind in _KINDS):
        return True
    message = update.get("message")
    if not isinstance(message, dict):
        return False
    if identity is None:
        return True
    chat = message.get("chat")
    if not isinstance(chat, dict) or chat.get("type") not in {"group", "supergroup"}:
        return True
    if any(message.get(sign) is not None for sign in _SIGNS):
        return True
    words = message.get("text") or message.get("caption")
    return _is_answer(message, identity) or (isinstance(words, str) and _names_us(words, identity))


def _is_answer(message: Mapping[str, Any], identity: BotIdentity) -> bool:
    replied = message.get("reply_to_message")
    sender = replied.get("from") if isinstance(replied, dict) else None
    return isinstance(sender, dict) and sender.get("id") == identity.user_id


def _names_us(words: str, identity: BotIdentity) -> bool:
    command = split_command(words)
    return (command is not None and command[1] in {"", identity.username.lower()}) or without_mention(
        words, identity.username
    ) is not None
