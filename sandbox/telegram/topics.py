"""Forums and channels: topics, and channels with a discussion group."""

from typing import Any

from sandbox.telegram.chats import Chat, Message
from sandbox.telegram.crowd import Crowd


class Topics(Crowd):
    """The actions of a forum's and a channel's owner. General is the topic None, because it has no thread id."""

    def open_topic(self, chat_id: int, name: str) -> int:
        """Open a topic and return its thread id, which is the id of the message that opened it."""
        chat = self.chats[chat_id]
        thread_id = chat.last_id + 1
        chat.topics[thread_id] = name
        self._note(chat, thread_id, {"forum_topic_created": {"name": name, "icon_color": 0x6FB9F0}})
        self.events.emit("chat", chat_id)
        return thread_id

    def close_topic(self, chat_id: int, thread_id: int | None) -> None:
        """Close a topic. Only administrators can write in it then."""
        chat = self.chats[chat_id]
        self._note(chat, thread_id, {"forum_topic_closed": {}})
        chat.closed_topics.add(thread_id)
        self.events.emit("chat", chat_id)

    def reopen_topic(self, chat_id: int, thread_id: int | None) -> None:
        """Reopen a closed topic."""
        chat = self.chats[chat_id]
        chat.closed_topics.discard(thread_id)
        self._note(chat, thread_id, {"forum_topic_reopened": {}})
        self.events.emit("chat", chat_id)

    def delete_topic(self, chat_id: int, thread_id: int) -> None:
        """Delete a topic with its messages. Bots get no update for that."""
        chat = self.chats[chat_id]
        del chat.topics[thread_id]
        chat.closed_topics.discard(thread_id)
        for entry in list(chat.entries.values()):
            if entry.now.get("message_thread_id") == thread_id and not entry.deleted:
                self.remove(chat, entry)
        self.events.emit("chat", chat_id)

    def add_channel(self, title: str, admins: list[int], *, discussed_in: int | None = None) -> Chat:
        """Create a channel with the bot as an administrator, the only role of bots there. Link its discussion group, if
        any.
        """
        channel = self.add_chat("channel", title, admins)
        channel.bot_status = "administrator"
        if discussed_in is not None:
            channel.linked, self.chats[discussed_in].linked = discussed_in, channel.id
        return channel

    def _note(self, chat: Chat, thread_id: int | None, content: dict[str, Any]) -> Message:
        message = self.post(chat, self.people[chat.members[0]], content, thread_id=thread_id)
        self._tell("message", chat, message)
        return message
