"""The state that the bot and the users share: chats, members and messages."""

import itertools
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp

from sandbox.calllog import CallLog
from sandbox.faults import Faults
from sandbox.telegram.chats import Chat, Entry, Message, Press, User, user, without_reply
from sandbox.telegram.errors import bad_request, flood
from sandbox.telegram.events import Events
from sandbox.telegram.files import FileStore
from sandbox.telegram.limits import FloodGate
from sandbox.telegram.roles import Role
from sandbox.telegram.senders import signature
from sandbox.telegram.updates import Updates

ADA, BEN, GROUP = 1001, 1002, -1_000_000_000_001
BOT_NAME, BOT_USERNAME = "Imagine Bot", "imagine_sandbox_bot"
ABOUT_PERSON: tuple[str, ...] = ("first_name", "username")
TOPICS = {2: "Pictures", 3: "Ideas"}
FIRST_GROUP = 5000
FIRST_SUPERGROUP = 1_000_000_000_000


class State:
    """Chats and messages. Every change goes to the history, to the page's events and to the bot's updates."""

    def __init__(
        self,
        token: str = "424242:SANDBOX-TOKEN",  # noqa: S107 - opens nothing but the sandbox
        *,
        faults: Faults | None = None,
        log: CallLog | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        seed: int = 0,
        strict: bool = False,
    ) -> None:
        self.token = token
        self.strict = strict
        """Whether unknown parameters are refused. Telegram ignores them."""
        self.base_url = ""
        self.faults = faults if faults is not None else Faults()
        self.log = log if log is not None else CallLog()
        self.wall = wall
        self.bot: User = user(int(token.partition(":")[0]), BOT_NAME, BOT_USERNAME, bot=True)
        self.people: dict[int, User] = {}
        self.chats: dict[int, Chat] = {}
        self.commands: dict[str, list[dict[str, str]]] = {}
        self.menu_buttons: dict[int | None, dict[str, Any]] = {}
        """Private chat id, or None for all chats → the menu button."""
        self.mini_apps: dict[str, str] = {}
        """Short name → URL, as registered at BotFather. `t.me/<bot>/<name>` opens it."""
        self.privacy = True
        """The bot's privacy mode. With privacy mode off, the bot receives all messages of all groups."""
        self.profile: dict[tuple[str, str], str] = {}
        """Field and language code → the bot's name or description; see methods_profile."""
        self.rolls: defaultdict[str, itertools.count[int]] = defaultdict(itertools.count)
        """Emoji → a counter of rolls."""
        self.presses: dict[str, Press] = {}
        """Callback query id → the press that waits for its answer."""
        self.numbers = itertools.count(1)
        self.session: aiohttp.ClientSession | None = None
        self.files = FileStore(seed)
        self.limits = FloodGate(clock)
        self.updates = Updates()
        self.events = Events()
        self.carry_out: Callable[[aiohttp.ClientResponse], Awaitable[None]] | None = None
        """The function that runs the call in a webhook's answer."""
        self.flood_errors = 0
        """The number of 429 answers. It stays 0 for a bot that respects the limits."""
        self.add_person(ADA, "Ada", "ada")
        self.add_person(BEN, "Ben")
        self.add_chat("supergroup", "Studio friends", [ADA, BEN], chat_id=GROUP, topics=TOPICS)

    def add_person(self, person_id: int, first_name: str, username: str | None = None, *, bot: bool = False) -> User:
        """Add a user with a private chat with the bot, or another bot, which has no private chat."""
        person = user(person_id, first_name, username, bot=bot)
        self.people[person_id] = person
        if bot:
            return person
        about: dict[str, Any] = {key: person[key] for key in ABOUT_PERSON if key in person}
        self.chats[person_id] = Chat(person_id, "private", about, [person_id])
        return person

    def add_chat(
        self,
        kind: str,
        title: str,
        members: list[int],
        *,
        chat_id: int | None = None,
        topics: dict[int, str] | None = None,
        privacy: bool = True,
        reactions: list[str] | None = None,
    ) -> Chat:
        """Create a group, a supergroup or a channel with the bot. The first member is its owner.

        With `topics` (thread id → name), it is a forum.
        """
        number = len(self.chats)
        default_id = -(FIRST_GROUP if kind == "group" else FIRST_SUPERGROUP) - number
        chat = Chat(chat_id or default_id, kind, {"title": title}, list(members), dict(topics or {}), privacy)
        chat.reactions_allowed = reactions
        chat.roles[members[0]] = Role("creator")
        self.chats[chat.id] = chat
        for thread_id, name in sorted(chat.topics.items()):
            # The message that opened a topic has the topic's thread id.
            chat.last_id = thread_id - 1
            created = {"forum_topic_created": {"name": name, "icon_color": 0x6FB9F0}}
            self.post(chat, self.people[members[0]], created, thread_id=thread_id)
        return chat

    def post(
        self,
        chat: Chat,
        sender: User,
        content: dict[str, Any],
        *,
        reply: Message | None = None,
        thread_id: int | None = None,
        keyboard: dict[str, Any] | None = None,
        mask: Chat | None = None,
    ) -> Message:
        """Post a message to a chat. `keyboard` is a reply keyboard, which users see and the bot doesn't.

        `mask` is the chat that the sender writes as.
        """
        message: Message = {
            "message_id": chat.take_id(),
            **chat.thread_fields(thread_id, reply),
            **signature(chat, sender, mask),
            "chat": chat.public(),
            "date": int(self.wall()),
        }
        answered = reply or self._topic_start(chat, thread_id, message["message_id"])
        if answered is not None:
            message["reply_to_message"] = without_reply(answered)
        message |= content
        entry = chat.entries[message["message_id"]] = Entry([message], sender["id"], keyboard=keyboard or {})
        self.events.emit("message", chat.id, message=entry.shown)
        return message

    def revise(self, chat: Chat, entry: Entry, message: Message) -> Message:
        """Add a new version of a message."""
        edited = message | {"edit_date": int(self.wall())}
        entry.versions.append(edited)
        self.events.emit("edit", chat.id, message=edited, message_id=edited["message_id"])
        return edited

    def remove(self, chat: Chat, entry: Entry) -> None:
        """Delete a message. Its history stays."""
        entry.deleted = True
        self.events.emit("delete", chat.id, message_id=entry.now["message_id"])

    def chat_for_bot(self, chat_id: int | str) -> Chat:
        """Return the chat that a call names. Raises BotApiError if it is unknown or the bot may not act there."""
        chat = self.chats.get(chat_id) if isinstance(chat_id, int) else self._by_username(chat_id)
        if chat is None:
            raise bad_request("chat not found")
        chat.admit_bot()
        return chat

    def gate(self, chat: Chat, weight: int) -> None:
        """Apply the rate limits. Raises BotApiError with code 429 if one is exceeded."""
        wait = self.limits.take(chat.id, group=chat.is_group, weight=weight)
        if wait:
            self.flood_errors += 1
            raise flood(wait)

    def _by_username(self, name: str) -> Chat | None:
        public = (chat for chat in self.chats.values() if chat.is_group and "username" in chat.about)
        return next((chat for chat in public if "@" + chat.about["username"].lower() == name.lower()), None)

    def _topic_start(self, chat: Chat, thread_id: int | None, message_id: int) -> Message | None:
        """Return the message that opened the topic. A message in a topic that isn't another reply replies to it."""
        if thread_id is None or thread_id == message_id:
            return None
        start = chat.find(thread_id)
        return None if start is None else start.now
