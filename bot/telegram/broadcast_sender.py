"""Sending of broadcasts through Telegram; see core.ports.operators.BroadcastSender."""

from telegram.ext import ExtBot
from typing_extensions import override

from bot.telegram.calls import TelegramCalls
from bot.telegram.messenger import NO_PREVIEW, Sent
from bot.telegram.rate_limiter import Priority, TelegramRateLimiter
from core.models.job import Destination
from core.models.media import UNNAMED
from core.ports.operators import BroadcastSender


class TelegramBroadcastSender(BroadcastSender):
    """The Bot API, behind everything else that the bot sends."""

    def __init__(self, bot: ExtBot[Priority], budget: TelegramRateLimiter, calls: TelegramCalls, sent: Sent) -> None:
        self._bot = bot
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
            await self._bot.send_message(chat_id, words, link_preview_options=NO_PREVIEW, rate_limit_args=Priority.BULK)
        await self._sent(Destination(chat_id), UNNAMED, ())
