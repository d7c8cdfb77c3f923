"""Decide which updates may be meant for the bot. All others are dropped before they are stored.

A bot with privacy mode off, or one that is an admin, gets every message of a group
(https://core.telegram.org/bots/features#privacy-mode). The handlers decide later about its meaning.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from handlers.parsing import split_command, without_mention

_KINDS = ("callback_query", "my_chat_member")
_ALWAYS_KEPT = ("media_group_id", "migrate_to_chat_id", "migrate_from_chat_id")
"""Fields of messages that are always kept: only one piece of an album has the caption, and jobs move with a group."""


@dataclass(frozen=True, slots=True)
class BotIdentity:
    """The bot's user id and user name."""

    user_id: int
    username: str


def may_be_meant(update: Mapping[str, Any], identity: BotIdentity | None) -> bool:
    """Return whether an update may be meant for the bot; while `identity` is unknown, every message may."""
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
    if any(message.get(name) is not None for name in _ALWAYS_KEPT):
        return True
    words = message.get("text") or message.get("caption")
    return _is_reply_to_bot(message, identity) or (isinstance(words, str) and _names_bot(words, identity))


def _is_reply_to_bot(message: Mapping[str, Any], identity: BotIdentity) -> bool:
    replied = message.get("reply_to_message")
    sender = replied.get("from") if isinstance(replied, dict) else None
    return isinstance(sender, dict) and sender.get("id") == identity.user_id


def _names_bot(words: str, identity: BotIdentity) -> bool:
    command = split_command(words)
    return (command is not None and command[1] in {"", identity.username.lower()}) or without_mention(
        words, identity.username
    ) is not None
