"""Yes and no in words: the message of the bot in a private chat that a typed answer is about."""

from collections.abc import Callable, Collection

import structlog

from core.errors import StorageError
from core.models.callback_data import Action
from core.models.job import Destination
from core.models.keyboard import Keyboard
from core.models.shards import ALL_SHARDS, shard_of
from core.ports.clock import Clock
from core.ports.repositories import AwaitedMessages
from core.runtime.latest_messages import LatestMessages
from core.runtime.shards import OwnedShards

log = structlog.get_logger()

ANSWER_LIVES_MS = 15 * 60_000
_ASKING = tuple(f"{action.value}:" for action in (Action.YES, Action.GO))
"""How the data of the buttons begins that a typed yes presses: a price's and a preview's, and a question's."""
QUESTION_YES = "question:yes"
"""The callback data of the ✅ under a question."""


class AwaitedAnswers:
    """The messages that wait for a yes or no, each the bot's newest in its private chat, also after a restart.

    `tell` is called with the shard of a chat of another process to which this one sent a message: a preview of the mask
    painter, or a broadcast. That process then reads what waits there anew.
    """

    def __init__(
        self,
        messages: AwaitedMessages,
        latest: LatestMessages,
        clock: Clock,
        shards: OwnedShards | None = None,
        tell: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._messages = messages
        self._latest = latest
        self._clock = clock
        self._shards = shards or OwnedShards.all()
        self._tell = tell
        self._open: dict[int, tuple[int, int]] = {}

    async def recall(self, shards: Collection[int] = ALL_SHARDS) -> None:
        """Read what waited in the chats of these shards when the last process ended. Raises StorageError."""
        stored = await self._messages.all(ANSWER_LIVES_MS)
        kept = {chat_id: message for chat_id, message in self._open.items() if shard_of(chat_id) not in shards}
        self._open = kept | {chat_id: message for chat_id, message in stored.items() if shard_of(chat_id) in shards}

    async def sent(self, to: Destination, message_id: int, keyboard: Keyboard) -> None:
        """Take note of a message that the bot sent.

        The database is written only if the message asks, or if another one asked before it.
        """
        self._latest.note(to.chat_id, to.thread_id, message_id)
        if to.chat_id < 0:
            return
        is_own = self._shards.owns(to.chat_id)
        try:
            if message_id > 0 and _asks(keyboard):
                self._open[to.chat_id] = (message_id, self._clock.now_ms())
                await self._messages.put(to.chat_id, message_id)
            elif self._open.pop(to.chat_id, None) or not is_own:
                await self._messages.drop(to.chat_id)
            if not is_own:
                self._tell(shard_of(to.chat_id))
        except StorageError as error:  # the message is sent, and its button works
            log.warning("awaited_answer_not_stored", chat=to.chat_id, error=str(error))

    def message_in(self, chat_id: int) -> int | None:
        """Return the message of a chat that a yes or no is about, or None."""
        message_id, sent_at = self._open.get(chat_id, (0, 0))
        return message_id if message_id and self._clock.now_ms() - sent_at < ANSWER_LIVES_MS else None

    async def answered(self, chat_id: int) -> None:
        """Forget a chat's message, as it has its answer. Raises StorageError."""
        if self._open.pop(chat_id, None):
            await self._messages.drop(chat_id)


def _asks(keyboard: Keyboard) -> bool:
    return any(button.data.startswith(_ASKING) or button.data == QUESTION_YES for row in keyboard for button in row)
