"""Stops submitting while it has no point: the account is empty, or the key is refused. The operator is told once."""

import math

import structlog

from bot.domain.errors import ApiError, Failure, MessengerError
from bot.domain.job import Address
from bot.domain.ports import ImageApi, Messenger
from bot.domain.text import Text, text
from bot.flow.crew import Bell

log = structlog.get_logger()

REASONS = {
    Failure.OUT_OF_CREDITS: text(
        "💳 The image API has no credits left. New orders wait until the account is topped up; I look every minute."
    ),
    Failure.MISCONFIGURED: text(
        "🔧 The image API refuses the key. New orders wait until IMAGE_API_KEY is right; I look every minute."
    ),
}
RELEASED = text("✅ The image API takes orders again.")


class Brake:
    """Open or shut for the whole process; after a restart the first refusal shuts it again."""

    def __init__(self, api: ImageApi, messenger: Messenger, admin_chat: int | None, orders: Bell) -> None:
        self._api = api
        self._messenger = messenger
        self._admin_chat = admin_chat
        self._orders = orders
        self.reason: Failure | None = None
        self._left = 0.0  # credits at the refusal: a few may be left, only too few for an order

    async def shut(self, failure: Failure) -> bool:
        """Stop submitting where `failure` is one that the next order would meet as well; False where it is not."""
        if failure not in REASONS:
            return False
        if self.reason is None:
            self.reason = failure
            log.error("submitting is paused", reason=failure.value)
            self._left = math.inf  # until it is known
            self._left = await self._credits() or 0.0
            await self._tell(REASONS[failure])
        return True

    async def look(self) -> None:
        """Release the brake when the account answers, and was topped up where it was empty."""
        if self.reason is None:
            return
        left = await self._credits()
        if left is None or left <= (self._left if self.reason is Failure.OUT_OF_CREDITS else 0):
            return
        self.reason = None
        log.warning("submitting goes on")
        self._orders.ring()
        await self._tell(RELEASED)

    async def _credits(self) -> float | None:
        try:
            return await self._api.credits()
        except ApiError as error:
            log.info("the account can't be asked", error=str(error))
            return None

    async def _tell(self, words: Text) -> None:
        if self._admin_chat is None:
            return
        try:
            await self._messenger.say(Address(self._admin_chat), words)
        except MessengerError as error:
            log.error("the operator could not be told", error=str(error))
