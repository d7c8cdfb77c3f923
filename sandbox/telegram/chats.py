"""Chats, their members, and their messages with all versions."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from sandbox.telegram.errors import bad_request, forbidden
from sandbox.telegram.roles import Role, Status

Message = dict[str, Any]
User = dict[str, Any]


CHECKED = {"photo": "photos", "animation": "animations", "document": "documents", "text": "text"}
"""A part of a message → the content type that a chat can forbid.

The order matters: an animation also has a `document` and counts as an animation only.
"""


@dataclass
class Entry:
    """A message with all its versions. An edit adds a version; a deletion hides the message."""

    versions: list[Message]
    author: int = 0
    """The user id of the real author. A channel post and an anonymous administrator's message don't show it."""
    deleted: bool = False
    reactions: list[str] = field(default_factory=list)
    keyboard: dict[str, Any] = field(default_factory=dict)
    """A reply keyboard or a forced reply. Users' apps show it; the bot's Message object doesn't contain it."""

    @property
    def now(self) -> Message:
        """The current version of the message."""
        return self.versions[-1]

    @property
    def shown(self) -> Message:
        """The message as users' apps show it."""
        return {"reply_markup": self.keyboard, **self.now} if self.keyboard else self.now


@dataclass
class Chat:
    """A private chat, a group, a supergroup, a forum or a channel."""

    id: int
    kind: str
    about: dict[str, Any]
    """The fields of the Chat object that name it: a title, or the user's names."""
    members: list[int]
    topics: dict[int, str] = field(default_factory=dict)
    """Thread id → name. A chat with topics is a forum."""
    privacy: bool = True
    """Whether privacy mode applies in this chat. The bot then receives only messages meant for it."""
    reactions_allowed: list[str] | None = None
    """The permitted reactions. None permits every emoji that Telegram knows; an empty list permits no reactions."""
    entries: dict[int, Entry] = field(default_factory=dict)
    last_id: int = 0
    roles: dict[int, Role] = field(default_factory=dict)
    """The roles of all users who aren't or weren't plain members."""
    bot_status: Status = "member"
    """The bot's status in this chat. In a private chat, "kicked" means that the user blocked the bot."""
    forbidden: set[str] = field(default_factory=set)
    """The content types that only administrators may send: "text", "photos", "documents"."""
    closed_topics: set[int | None] = field(default_factory=set)
    """The thread ids of topics in which only administrators may write. None is General."""
    linked: int | None = None
    """The discussion group of a channel, or the channel of a discussion group."""
    migrated_to: int | None = None
    pinned: list[int] = field(default_factory=list)
    """The ids of pinned messages, the last pinned one last."""
    whispers: list[Message] = field(default_factory=list)
    """The ephemeral messages that the bot sent in this chat."""

    @property
    def is_group(self) -> bool:
        """Whether this is any chat but a private one."""
        return self.kind != "private"

    @property
    def bot_here(self) -> bool:
        """Whether the bot is in this chat and may receive its updates."""
        return Role(self.bot_status).present

    def role(self, person_id: int) -> Role:
        """Return a user's role in this chat."""
        return self.roles.get(person_id, Role("member" if person_id in self.members else "left"))

    def public(self) -> dict[str, Any]:
        """Return the Chat object as messages contain it."""
        forum = {"is_forum": True} if self.topics else {}
        return {"id": self.id, "type": self.kind, **self.about, **forum}

    def take_id(self) -> int:
        """Return the next message id."""
        self.last_id += 1
        return self.last_id

    def find(self, message_id: int) -> Entry | None:
        """Return a message, or None if it doesn't exist or was deleted."""
        entry = self.entries.get(message_id)
        return None if entry is None or entry.deleted else entry

    def messages(self) -> list[Message]:
        """Return the messages that users see, oldest first."""
        return [entry.now for entry in self.entries.values() if not entry.deleted]

    def admit_bot(self) -> None:
        """Raise BotApiError if the bot may not act in this chat."""
        if self.migrated_to is not None:
            words = "group chat was upgraded to a supergroup chat"
            raise bad_request(words, migrate_to_chat_id=self.migrated_to)
        if self.bot_here:
            return
        if not self.is_group:
            raise forbidden("bot was blocked by the user")
        told = "was kicked from" if self.bot_status == "kicked" else "is not a member of"
        raise forbidden(f"bot {told} the {self.kind} chat")

    def permit(self, content: dict[str, Any]) -> None:
        """Raise BotApiError if this chat forbids its members this content and the bot is only a member."""
        kinds = {"text": "text messages", "photos": "photos", "documents": "documents"}
        kind = next((name for key, name in CHECKED.items() if key in content), None)
        if kind in self.forbidden and not Role(self.bot_status).in_charge:
            raise bad_request(f"not enough rights to send {kinds[kind]} to the chat")

    def thread_fields(self, thread_id: int | None, reply: Message | None) -> dict[str, Any]:
        """Return the thread fields of a new message.

        In a forum, the thread is the topic. In other supergroups, replies also have a thread id: that of the first
        message of the conversation. They don't have `is_topic_message`, and sending to such a thread fails.
        """
        if thread_id is not None:
            return {"message_thread_id": thread_id, "is_topic_message": True}
        if reply is not None and self.kind == "supergroup" and not self.topics:
            return {"message_thread_id": reply.get("message_thread_id", reply["message_id"])}
        return {}


@dataclass
class Press:
    """A press of a button that the bot has not answered yet."""

    chat_id: int
    message_id: int
    answer: asyncio.Future[dict[str, Any]]


def without_reply(message: Message) -> Message:
    """Return a message as another message contains it: replies are only one level deep."""
    return {key: value for key, value in message.items() if key != "reply_to_message"}


def user(user_id: int, first_name: str, username: str | None = None, *, bot: bool = False) -> User:
    """Return a User object."""
    named = {} if username is None else {"username": username}
    language = {} if bot else {"language_code": "en"}
    return {"id": user_id, "is_bot": bot, "first_name": first_name, **named, **language}
