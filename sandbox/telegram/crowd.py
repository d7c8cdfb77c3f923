"""The actions of users: write, send pictures, edit and press buttons. Privacy mode filters the bot's updates."""

import asyncio
import itertools
from collections.abc import Sequence
from typing import Any

from sandbox.telegram.chats import Chat, Entry, Message, Press
from sandbox.telegram.entities import person_text, split_text, utf16_length
from sandbox.telegram.errors import BotApiError
from sandbox.telegram.hearing import bot_hears
from sandbox.telegram.senders import TELEGRAM, forwarded
from sandbox.telegram.state import State

TEXT_LIMIT, CAPTION_LIMIT, ALBUM_LIMIT = 4096, 1024, 10
PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
ANSWER_WITHIN_S = 15.0

POSTS = {"message": "channel_post", "edited_message": "edited_channel_post"}

OutgoingFile = tuple[str, bytes, bool]
"""Name, bytes, and whether to send it as a document."""


class Crowd(State):
    """The users of the sandbox. Their methods raise ValueError for impossible actions."""

    async def say(
        self,
        chat_id: int,
        person_id: int,
        text: str = "",
        *,
        files: Sequence[OutgoingFile] = (),
        reply_to: int | None = None,
        thread_id: int | None = None,
        as_chat: int | None = None,
    ) -> list[Message]:
        """Send a message. With files, the text is the caption of the first one.

        As in Telegram's apps, several files become an album, and a long text becomes several messages. `as_chat` is a
        channel that the user owns and writes as. Returns all messages.
        """
        if not files:
            parts = [{"text": part} for part in split_text(text, TEXT_LIMIT)]
            contents = [_formatted("text", part["text"]) for part in parts if part["text"].strip()]
            if not contents:
                raise ValueError("a message needs words or a file")
        else:
            contents = await self._pictured(text, files)
        where = {"reply_to": reply_to, "thread_id": thread_id, "as_chat": as_chat}
        return [self.say_raw(chat_id, person_id, content, **where) for content in contents]

    async def say_sticker(
        self, chat_id: int, person_id: int, data: bytes, *, animated: bool = False, video: bool = False
    ) -> Message:
        """Send a sticker: webp bytes, or an animated or video sticker."""
        content = await self.files.add_sticker(data, animated=animated, video=video)
        return self.say_raw(chat_id, person_id, content)

    def say_raw(
        self,
        chat_id: int,
        person_id: int,
        content: dict[str, Any],
        *,
        reply_to: int | None = None,
        thread_id: int | None = None,
        as_chat: int | None = None,
    ) -> Message:
        """Send a message with any content that the Bot API knows, for content that `say` can't create."""
        chat = self._chat_of(chat_id, person_id)
        replied = None if reply_to is None else self._entry(chat, reply_to).now
        if replied is not None and replied.get("is_topic_message"):
            thread_id = replied["message_thread_id"]
        if thread_id is not None and thread_id not in chat.topics:
            raise ValueError("there is no such topic in this chat")
        self._may_write(chat, person_id, thread_id)
        mask = self._mask(chat, person_id, as_chat)
        message = self.post(chat, self.people[person_id], content, reply=replied, thread_id=thread_id, mask=mask)
        self._tell("message", chat, message)
        self._forward(chat, message)
        return message

    def amend(self, chat_id: int, message_id: int, text: str) -> Message:
        """Edit the text or the caption of a user's message."""
        chat = self.chats[chat_id]
        entry = self._entry(chat, message_id)
        part = "text" if "text" in entry.now else "caption"
        old = {key: value for key, value in entry.now.items() if key not in {"entities", "caption_entities"}}
        edited = self.revise(chat, entry, old | _formatted(part, text))
        self._tell("edited_message", chat, edited)
        return edited

    def erase(self, chat_id: int, message_id: int) -> None:
        """Delete a message. Bots get no update for that."""
        chat = self.chats[chat_id]
        self.remove(chat, self._entry(chat, message_id))

    async def press(
        self, chat_id: int, message_id: int, person_id: int, data: str, *, within: float = ANSWER_WITHIN_S
    ) -> dict[str, Any]:
        """Press the button with this data and return the bot's answer, `{"text", "show_alert"}`.

        `within` is in seconds. Raises TimeoutError if the bot doesn't answer in time.
        """
        chat = self._chat_of(chat_id, person_id)
        message = self._entry(chat, message_id).now
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        if data not in [button.get("callback_data") for row in rows for button in row]:
            raise ValueError("this message has no such button")
        query_id = f"{self.bot['id']}{next(self.numbers):012d}"
        press = Press(chat_id, message_id, asyncio.get_running_loop().create_future())
        self.presses[query_id] = press
        query = {"id": query_id, "from": self.people[person_id], "message": message, "data": data}
        self.updates.add("callback_query", query | {"chat_instance": chat_instance(chat_id)}, chat_id)
        try:
            async with asyncio.timeout(within):
                return await press.answer
        finally:
            self.presses.pop(query_id, None)

    def _tell(self, kind: str, chat: Chat, message: Message) -> None:
        if chat.bot_here and bot_hears(chat, message, self.bot, privacy=self.privacy):
            self.updates.add(POSTS[kind] if chat.kind == "channel" else kind, message, chat.id)

    def _forward(self, chat: Chat, post: Message) -> None:
        """Copy a channel's post to its discussion group."""
        if chat.kind == "channel" and chat.linked is not None:
            group = self.chats[chat.linked]
            self._tell("message", group, self.post(group, TELEGRAM, forwarded(post)))

    def _may_write(self, chat: Chat, person_id: int, thread_id: int | None) -> None:
        role = chat.role(person_id)
        closed = chat.kind == "channel" or thread_id in chat.closed_topics
        if role.status == "restricted" or (closed and not role.in_charge):
            raise ValueError("this person may not write here")

    def _mask(self, chat: Chat, person_id: int, as_chat: int | None) -> Chat | None:
        """Return the chat that the user writes as, or None if the user writes as a person."""
        if as_chat is None:
            return chat if chat.role(person_id).anonymous else None
        channel = self.chats.get(as_chat)
        if channel is None or channel.kind != "channel" or channel.role(person_id).status != "creator":
            raise ValueError("this person has no such channel")
        return channel

    def _chat_of(self, chat_id: int, person_id: int) -> Chat:
        chat = self.chats.get(chat_id)
        if chat is None or person_id not in chat.members:
            raise ValueError("there is no such chat with this person in it")
        return chat

    def _entry(self, chat: Chat, message_id: int) -> Entry:
        entry = chat.find(message_id)
        if entry is None:
            raise ValueError("there is no such message")
        return entry

    async def _pictured(self, text: str, files: Sequence[OutgoingFile]) -> list[dict[str, Any]]:
        """Return the contents of messages with files. Photos and documents never share an album."""
        if len(files) > ALBUM_LIMIT:
            raise ValueError(f"an album has at most {ALBUM_LIMIT} files")
        if utf16_length(text) > CAPTION_LIMIT:
            raise ValueError(f"a caption has at most {CAPTION_LIMIT} characters")
        contents = await asyncio.gather(*(self._media(*file) for file in files))
        photos = [content for content in contents if "photo" in content]
        documents = [content for content in contents if "photo" not in content]
        ordered = [self._album(group) for group in (photos, documents) if group]
        flat = list(itertools.chain.from_iterable(ordered))
        if text.strip():
            flat[0] |= _formatted("caption", text)
        return flat

    async def _media(self, name: str, data: bytes, as_document: bool) -> dict[str, Any]:
        if not as_document and name.lower().endswith(PHOTO_SUFFIXES):
            try:
                return await self.files.add_photo(data)
            except BotApiError:
                # Telegram's apps send a picture that they can't read as a file.
                pass
        try:
            return await self.files.add_document(data, name)
        except BotApiError as error:
            raise ValueError("this file is too large for the sandbox") from error

    def _album(self, contents: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(contents) == 1:
            return contents
        group = self.new_album_id()
        return [{"media_group_id": group, **content} for content in contents]

    def new_album_id(self) -> str:
        """Return a new `media_group_id`."""
        return str(13_000_000_000_000_000 + next(self.numbers))


def chat_instance(chat_id: int) -> str:
    """Return an identifier that stands for a chat without revealing its id."""
    return str(-chat_id * 7919)


def _formatted(part: str, source: str) -> dict[str, Any]:
    text, entities = person_text(source)
    key = "entities" if part == "text" else "caption_entities"
    return {part: text, key: entities} if entities else {part: text}
