"""Yes and no in words: the message of the bot in a private chat that a typed answer is about."""

import structlog

from core.errors import StorageError
from core.models.callback_data import Action
from core.models.job import Destination
from core.models.keyboard import Keyboard
from core.ports.clock import Clock
from core.ports.repositories import AwaitedMessages
from core.runtime.latest_messages import LatestMessages

log = structlog.get_logger()

ANSWER_LIVES_MS = 15 * 60_000
_ASKING = tuple(f"{action.value}:" for action in (Action.YES, Action.GO))
"""How the data of the buttons begins that a typed yes presses: a price's and a preview's, and a question's."""
QUESTION_YES = "question:yes"
"""The callback data of the ✅ under a question."""


class AwaitedAnswers:
    """The messages that wait for a yes or no, each the bot's newest in its private chat, also after a restart."""

    def __init__(self, messages: AwaitedMessages, latest: LatestMessages, clock: Clock) -> None:
        self._messages = messages
        self._latest = latest
        self._clock = clock
        self._open: dict[int, tuple[int, int]] = {}

    async def recall(self) -> None:
        """Read what waited when the last process ended. Raises StorageError."""
        self._open = await self._messages.all(ANSWER_LIVES_MS)

    async def sent(self, to: Destination, message_id: int, keyboard: Keyboard) -> None:
        """Take note of a message that the bot sent.

        The database is written only if the message asks, or if another one asked before it.
        """
        self._latest.note(to.chat_id, to.thread_id, message_id)
        if to.chat_id < 0:
            return
        try:
            if message_id > 0 and _asks(keyboard):
                self._open[to.chat_id] = (message_id, self._clock.now_ms())
                await self._messages.put(to.chat_id, message_id)
            elif self._open.pop(to.chat_id, None):
                await self._messages.drop(to.chat_id)
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
