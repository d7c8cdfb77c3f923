"""Chats, the people in them, and the messages with all their versions."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from sandbox.telegram.errors import bad_request, forbidden
from sandbox.telegram.roles import Role, Status

Message = dict[str, Any]
User = dict[str, Any]


CHECKED = {"photo": "photos", "animation": "animations", "document": "documents", "text": "text"}
"""Part of a message → what a chat may forbid. An animation is a document as well, and is none of those."""


@dataclass
class Entry:
    """A message and what it was before: edits add a version, a deletion hides it."""

    versions: list[Message]
    author: int = 0
    """Who wrote it really: a channel post does not say, and an anonymous administrator hides it."""
    deleted: bool = False
    reactions: list[str] = field(default_factory=list)
    keyboard: dict[str, Any] = field(default_factory=dict)
    """A reply keyboard or a forced reply: people's apps get it, the bot's Message does not have it."""

    @property
    def now(self) -> Message:
        """The message as people see it."""
        return self.versions[-1]

    @property
    def shown(self) -> Message:
        """The message as people's apps get it."""
        return {"reply_markup": self.keyboard, **self.now} if self.keyboard else self.now


@dataclass
class Chat:
    """A private chat, a group, a supergroup, a forum or a channel."""

    id: int
    kind: str
    about: dict[str, Any]
    """What the Bot API calls the chat: a title, or the name of the person."""
    members: list[int]
    topics: dict[int, str] = field(default_factory=dict)
    """Thread id → name. A chat with topics is a forum."""
    privacy: bool = True
    """Whether the bot hears only what is meant for it."""
    reactions_allowed: list[str] | None = None
    """None: every emoji Telegram knows; an empty list: reactions are switched off."""
    entries: dict[int, Entry] = field(default_factory=dict)
    last_id: int = 0
    roles: dict[int, Role] = field(default_factory=dict)
    """What everybody is or was who is not simply a member."""
    bot_status: Status = "member"
    """What the bot is here; in a private chat "kicked" is what a blocked bot is."""
    forbidden: set[str] = field(default_factory=set)
    """What only administrators may send here: "text", "photos", "documents"."""
    closed_topics: set[int | None] = field(default_factory=set)
    """Thread ids in which only administrators write; None is General."""
    linked: int | None = None
    """Of a channel its discussion group, of that group the channel."""
    migrated_to: int | None = None
    pinned: list[int] = field(default_factory=list)
    """Ids of pinned messages, the last one pinned last."""
    whispers: list[Message] = field(default_factory=list)
    """What the bot has shown to one person alone."""

    @property
    def is_group(self) -> bool:
        """Whether several people talk here."""
        return self.kind != "private"

    @property
    def bot_here(self) -> bool:
        """Whether the bot is in this chat and may hear of it."""
        return Role(self.bot_status).present

    def role(self, person_id: int) -> Role:
        """What a person is here."""
        return self.roles.get(person_id, Role("member" if person_id in self.members else "left"))

    def public(self) -> dict[str, Any]:
        """The Chat object inside messages."""
        forum = {"is_forum": True} if self.topics else {}
        return {"id": self.id, "type": self.kind, **self.about, **forum}

    def take_id(self) -> int:
        """The next message id."""
        self.last_id += 1
        return self.last_id

    def find(self, message_id: int) -> Entry | None:
        """A message that has not been deleted."""
        entry = self.entries.get(message_id)
        return None if entry is None or entry.deleted else entry

    def messages(self) -> list[Message]:
        """What people see in the chat, oldest first."""
        return [entry.now for entry in self.entries.values() if not entry.deleted]

    def admit_bot(self) -> None:
        """Refuse the bot where it may not speak any more."""
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
        """Refuse the bot what this chat forbids to its members."""
        kinds = {"text": "text messages", "photos": "photos", "documents": "documents"}
        kind = next((name for key, name in CHECKED.items() if key in content), None)
        if kind in self.forbidden and not Role(self.bot_status).in_charge:
            raise bad_request(f"not enough rights to send {kinds[kind]} to the chat")

    def thread_fields(self, thread_id: int | None, reply: Message | None) -> dict[str, Any]:
        """The thread a new message belongs to.

        In a forum that is its topic. In other supergroups replies carry a thread id as well, of the message the
        talk began with, but no `is_topic_message`: sending to such a thread fails.
        """
        if thread_id is not None:
            return {"message_thread_id": thread_id, "is_topic_message": True}
        if reply is not None and self.kind == "supergroup" and not self.topics:
            return {"message_thread_id": reply.get("message_thread_id", reply["message_id"])}
        return {}


@dataclass
class Press:
    """A button somebody has pressed; the bot owes an answer."""

    chat_id: int
    message_id: int
    answer: asyncio.Future[dict[str, Any]]


def without_reply(message: Message) -> Message:
    """A message as it stands inside another one: replies are told one level deep."""
    return {key: value for key, value in message.items() if key != "reply_to_message"}


def user(user_id: int, first_name: str, username: str | None = None, *, bot: bool = False) -> User:
    """A User object."""
    named = {} if username is None else {"username": username}
    language = {} if bot else {"language_code": "en"}
    return {"id": user_id, "is_bot": bot, "first_name": first_name, **named, **language}
