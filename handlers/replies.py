"""Short answers to requests, without the repetitions that would use up a group's message limit."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from core.errors import MessengerError, Refused
from core.models.job import Destination
from core.models.keyboard import Keyboard
from core.models.request_context import RequestContext
from core.ports.clock import Clock
from core.ports.telegram import Messenger
from core.runtime.recent_keys import RecentKeys
from core.services.orders import OnStored
from core.text import Renderable
from handlers.parsing import ButtonPress

SEEN_BEFORE = "🤷"
_REPEATED_S = 60.0
"""The same words to the same chat within this time are a repetition."""
_DOUBLE_TAP_S = 3.0
_PRESENT_MS = 60_000
"""For this long after a message its sender surely sees an ephemeral message, which only members who are there see."""


@dataclass(frozen=True, slots=True)
class Replies:
    """Send answers to one requester or to a whole chat."""

    messenger: Messenger
    clock: Clock
    said: RecentKeys = field(default_factory=lambda: RecentKeys(_REPEATED_S))
    taps: RecentKeys = field(default_factory=lambda: RecentKeys(_DOUBLE_TAP_S))

    async def tell(self, request: RequestContext, words: Renderable) -> None:
        """Tell the requester something that concerns no other member.

        The message is ephemeral if Telegram supports that in this chat and the requester is still there.
        """
        is_present = not request.said_at or self.clock.now_ms() - request.said_at < _PRESENT_MS

        async def say() -> None:
            if not (is_present and await self.messenger.send_ephemeral(request.address, request.requester_id, words)):
                await self.messenger.send_text(request.address, words)

        if self.messenger.crowded(request.address.chat_id):
            await self._once(request.address, (request.requester_id, words), say)
        else:
            await say()

    async def explain(self, to: Destination, words: Renderable, keyboard: Keyboard = ()) -> None:
        """Send words that are of use to every member of a chat."""

        async def say() -> None:
            await self.messenger.send_text(to, words, keyboard=keyboard)

        await self._once(to, words, say)

    async def _once(self, to: Destination, what: object, say: Callable[[], Awaitable[None]]) -> None:
        """Say it; react with an emoji instead if a group was told the same a moment ago."""
        key = f"{to.chat_id} {to.thread_id} {what!r}"
        if to.chat_id > 0 or not self.said.is_repeated(key):
            try:
                await say()
            except MessengerError:
                self.said.forget(key)  # another try must not count as a repetition
                raise
            return
        with suppress(MessengerError):  # reactions may be switched off
            await self.messenger.react(to, SEEN_BEFORE)

    async def alert(self, button_press: ButtonPress, words: Renderable) -> None:
        """Answer a button press with words that stay until the person closes them."""
        await self.messenger.answer_callback(button_press.query_id, words, button_press.language, alert=True)

    @asynccontextmanager
    async def answering(self, button_press: ButtonPress, done: Renderable | None = None) -> AsyncIterator[OnStored]:
        """Answer a button press with the result of the block; a refusal is shown only to the person who pressed.

        Yields a function that answers at once. Call it as soon as nothing can be refused anymore: Telegram wants an
        answer within seconds, and a message that is sent later may wait long for its chat's limit.
        """
        answered = False

        async def answer() -> None:
            nonlocal answered
            if not answered:
                answered = True
                await self.messenger.answer_callback(button_press.query_id, done, button_press.language)

        try:
            yield answer
        except Refused as refusal:
            await self.alert(button_press, refusal.reply)
        except Exception:
            with suppress(MessengerError):  # the error itself matters more
                if not answered:
                    await self.messenger.answer_callback(button_press.query_id)
            raise
        else:
            await answer()
