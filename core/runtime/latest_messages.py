"""The newest message of each chat, as far as this process has seen it."""

from collections import OrderedDict

_CHATS = 20_000
"""How many chats and topics are remembered at once; the ones that were quiet for longest are forgotten first."""


class LatestMessages:
    """The ids of the newest messages that the bot received or sent since its start, by chat and topic.

    In a group with privacy mode the bot doesn't receive every message, so there may be newer ones. Message ids grow
    within a chat (Bot API, Message.message_id). `thread_id` is None outside topics.
    """

    def __init__(self, size: int = _CHATS) -> None:
        self._size = size
        self._newest: OrderedDict[tuple[int, int | None], int] = OrderedDict()

    def note(self, chat_id: int, thread_id: int | None, message_id: int) -> None:
        """Record a message that was received or sent; older ones, and ids that aren't above 0, change nothing."""
        key = (chat_id, thread_id)
        if message_id <= 0:
            return
        self._newest[key] = max(message_id, self._newest.get(key, 0))
        self._newest.move_to_end(key)
        if len(self._newest) > self._size:
            self._newest.popitem(last=False)

    def newest(self, chat_id: int, thread_id: int | None = None) -> int | None:
        """Return the id of the newest message, or None if there was none since the start."""
        return self._newest.get((chat_id, thread_id))
