"""Telegram's sending side for what nobody asked for; see bot.domain.office.Herald."""

from telegram.ext import ExtBot

from bot.delivery.budget import Budget, Priority
from bot.delivery.calls import TelegramCalls
from bot.delivery.messenger import NO_PREVIEW


class TelegramHerald:
    """See bot.domain.office.Herald."""

    def __init__(self, bot: ExtBot[Priority], budget: Budget, calls: TelegramCalls) -> None:
        self._bot = bot
        self._budget = budget
        self._calls = calls

    async def room(self, chat_id: int) -> None:
        """Ask the budget."""
        await self._budget.room(chat_id)

    async def proclaim(self, chat_id: int, words: str) -> None:
        """Send the words as they are: no markup in them counts."""
        with self._calls.call():
            await self._bot.send_message(chat_id, words, link_preview_options=NO_PREVIEW, rate_limit_args=Priority.BULK)
