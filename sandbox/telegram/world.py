"""The sandbox's Telegram: a bot, two users, their private chats and a group. Tests use it directly."""

import asyncio
from collections.abc import Callable

import aiohttp

from sandbox.telegram.chats import Entry, Message
from sandbox.telegram.errors import bad_request
from sandbox.telegram.members import Members
from sandbox.telegram.miniapps import Apps
from sandbox.telegram.senders import who_wrote
from sandbox.telegram.topics import Topics

MOST_LISTED = 30
LISTED = ("photo", "video", "animation", "document", "audio", "voice", "video_note", "sticker", "dice", "location")


class World(Members, Topics, Apps):
    """The shared state, the actions of users, and the inspection methods for tests."""

    def messages(self, chat_id: int) -> list[Message]:
        """Return the messages that users see in a chat, oldest first."""
        return self.chats[chat_id].messages()

    def whispers(self, chat_id: int, person_id: int) -> list[Message]:
        """Return the ephemeral messages that the bot sent to one member of a group, oldest first."""
        return [message for message in self.chats[chat_id].whispers if message["receiver_user"]["id"] == person_id]

    def history(self, chat_id: int, message_id: int) -> list[Message]:
        """Return all versions of a message, oldest first, even if it was deleted."""
        return list(self.chats[chat_id].entries[message_id].versions)

    def reactions(self, chat_id: int) -> dict[int, list[str]]:
        """Return the bot's reactions in a chat by message id."""
        entries: dict[int, Entry] = self.chats[chat_id].entries
        return {number: entry.reactions for number, entry in entries.items() if entry.reactions}

    def age(self, chat_id: int, message_id: int, hours: float) -> None:
        """Make a message older by so many hours."""
        for version in self.chats[chat_id].entries[message_id].versions:
            version["date"] -= int(hours * 3600)

    async def wait_for(
        self,
        chat_id: int,
        predicate: Callable[[Message], object],
        timeout: float = 30,  # noqa: ASYNC109 - the error lists the chat
        *,
        after: int = 0,
    ) -> Message:
        """Return the oldest message after id `after` for which the predicate is true. Wait for it if necessary.

        `timeout` is in seconds. Raises TimeoutError, which lists the chat, if the message doesn't come.
        """
        clock = asyncio.get_running_loop().time
        deadline = clock() + timeout
        while True:
            for message in self.messages(chat_id):
                if message["message_id"] > after and predicate(message):
                    return message
            left = deadline - clock()
            if left <= 0 or not await self.events.bell.wait(left):
                raise TimeoutError(f"no such message within {timeout} s. {self.describe(chat_id)}")

    def describe(self, chat_id: int) -> str:
        """Return the end of a chat as readable lines."""
        lines = [_line(message) for message in self.messages(chat_id)[-MOST_LISTED:]]
        return f"Chat {chat_id} shows:\n" + ("\n".join(lines) or "(nothing)")

    def migrate(self, chat_id: int) -> int:
        """Turn a group into a supergroup and return its new id. The old chat refuses all calls from then on."""
        old = self.chats[chat_id]
        members, title = old.members, old.about["title"]
        new = self.add_chat("supergroup", title, members, privacy=old.privacy, reactions=old.reactions_allowed)
        new.roles, new.bot_status = dict(old.roles), old.bot_status
        self.say_raw(old.id, members[0], {"migrate_to_chat_id": new.id})
        self.say_raw(new.id, members[0], {"migrate_from_chat_id": old.id})
        old.migrated_to = new.id
        return new.id

    async def fetch(self, url: str, limit: int) -> tuple[bytes, str]:
        """Download a file for the bot and return its bytes and MIME type. `limit` is in bytes.

        Only the sandbox's own URLs are read. Raises BotApiError for any other URL and for files above the limit.
        """
        if not self.base_url or not url.startswith(self.base_url + "/"):
            raise bad_request("failed to get HTTP URL content")
        self.session = self.session or aiohttp.ClientSession()
        try:
            async with self.session.get(url) as answer:
                data = await answer.content.read(limit + 1)
                while len(data) <= limit and (more := await answer.content.read(limit)):
                    data += more
                if answer.status != 200 or len(data) > limit:
                    raise bad_request("failed to get HTTP URL content")
                return data, answer.content_type
        except aiohttp.ClientError as error:
            raise bad_request("failed to get HTTP URL content") from error

    async def close(self) -> None:
        """Wake and end all waiting requests."""
        await self.updates.close()
        self.events.bell.ring()
        for press in self.presses.values():
            if not press.answer.done():
                press.answer.set_exception(TimeoutError("the sandbox has closed"))
        if self.session is not None:
            await self.session.close()
            self.session = None


def _line(message: Message) -> str:
    media = next((kind for kind in LISTED if kind in message), "")
    words = message.get("text") or message.get("caption") or ""
    markers = [f"[{media}]" if media else "", "(edited)" if "edit_date" in message else ""]
    shown = " ".join([*filter(None, markers), words])
    return f"  #{message['message_id']} {who_wrote(message)}: {shown[:200]}"
