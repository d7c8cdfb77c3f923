"""Forums and channels: opening and closing topics, and a channel with its discussion group."""

from typing import Any

from sandbox.telegram.chats import Chat, Message
from sandbox.telegram.crowd import Crowd


class Topics(Crowd):
    """What a forum's and a channel's owner does. General is the topic None: it has no thread id."""

    def open_topic(self, chat_id: int, name: str) -> int:
        """Open a topic; the answer is its thread id, that of the message that opened it."""
        chat = self.chats[chat_id]
        thread_id = chat.last_id + 1
        chat.topics[thread_id] = name
        self._note(chat, thread_id, {"forum_topic_created": {"name": name, "icon_color": 0x6FB9F0}})
        self.events.emit("chat", chat_id)
        return thread_id

    def close_topic(self, chat_id: int, thread_id: int | None) -> None:
        """Let only administrators write in a topic from now on."""
        chat = self.chats[chat_id]
        self._note(chat, thread_id, {"forum_topic_closed": {}})
        chat.closed_topics.add(thread_id)
        self.events.emit("chat", chat_id)

    def reopen_topic(self, chat_id: int, thread_id: int | None) -> None:
        """Let everybody write there again."""
        chat = self.chats[chat_id]
        chat.closed_topics.discard(thread_id)
        self._note(chat, thread_id, {"forum_topic_reopened": {}})
        self.events.emit("chat", chat_id)

    def delete_topic(self, chat_id: int, thread_id: int) -> None:
        """Take a topic away with everything that was said in it. Bots are not told."""
        chat = self.chats[chat_id]
        del chat.topics[thread_id]
        chat.closed_topics.discard(thread_id)
        for entry in list(chat.entries.values()):
            if entry.now.get("message_thread_id") == thread_id and not entry.deleted:
                self.remove(chat, entry)
        self.events.emit("chat", chat_id)

    def add_channel(self, title: str, admins: list[int], *, discussed_in: int | None = None) -> Chat:
        """Open a channel, with the bot as the administrator bots have to be there; perhaps with a discussion group."""
        channel = self.add_chat("channel", title, admins)
        channel.bot_status = "administrator"
        if discussed_in is not None:
            channel.linked, self.chats[discussed_in].linked = discussed_in, channel.id
        return channel

    def _note(self, chat: Chat, thread_id: int | None, content: dict[str, Any]) -> Message:
        message = self.post(chat, self.people[chat.members[0]], content, thread_id=thread_id)
        self._tell("message", chat, message)
        return message
