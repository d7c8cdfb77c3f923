"""Sending of broadcasts through Telegram; see core.ports.operators.BroadcastSender."""

from telegram.ext import ExtBot

from bot.telegram.calls import TelegramCalls
from bot.telegram.messenger import NO_PREVIEW
from bot.telegram.rate_limiter import Priority, TelegramRateLimiter


class TelegramBroadcastSender:
    """See core.ports.operators.BroadcastSender."""

    def __init__(self, bot: ExtBot[Priority], budget: TelegramRateLimiter, calls: TelegramCalls) -> None:
        self._bot = bot
        self._budget = budget
        self._calls = calls

    async def room(self, chat_id: int) -> None:
        """Wait for the rate limiter."""
        await self._budget.room(chat_id)

    async def proclaim(self, chat_id: int, words: str) -> None:
        """Send the words as they are, without markup."""
        with self._calls.call():
            await self._bot.send_message(chat_id, words, link_preview_options=NO_PREVIEW, rate_limit_args=Priority.BULK)
