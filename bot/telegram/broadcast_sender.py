"""Sending of broadcasts through Telegram; see core.ports.operators.BroadcastSender."""

from typing_extensions import override

from bot.telegram.bot_api import NO_PREVIEW, BotApi
from bot.telegram.calls import TelegramCalls
from bot.telegram.messenger import Sent
from bot.telegram.rate_limiter import Priority, TelegramRateLimiter
from core.models.job import Destination
from core.models.media import UNNAMED
from core.ports.operators import BroadcastSender


class TelegramBroadcastSender(BroadcastSender):
    """The Bot API, behind everything else that the bot sends."""

    def __init__(self, api: BotApi, budget: TelegramRateLimiter, calls: TelegramCalls, sent: Sent) -> None:
        self._api = api
        self._budget = budget
        self._calls = calls
        self._sent = sent

    @override
    async def room(self, chat_id: int) -> None:
        await self._budget.room(chat_id)

    @override
    async def proclaim(self, chat_id: int, words: str) -> None:
        # Without a parse mode, so that no markup in the words counts.
        with self._calls.call():
            values = {"chat_id": chat_id, "text": words, "link_preview_options": NO_PREVIEW}
            await self._api.call("sendMessage", values, priority=Priority.BULK)
        await self._sent(Destination(chat_id), UNNAMED, ())
