"""The start with Telegram: learn the bot's username, and choose how updates arrive."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import stamina
import structlog
from pydantic import SecretStr
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.settings import Settings
from bot.telegram.http_request import NotABotApi
from core.errors import BotError
from core.services.circuit_breaker import CircuitBreaker
from core.text import text
from handlers.context import BotApplication
from handlers.http.telegram_updates import ALLOWED

log = structlog.get_logger()


class StartupError(BotError):
    """The bot can't start; the message tells the operator why."""


def check_proxies(settings: Settings) -> None:
    """Raise StartupError if a proxy is set that can't be used."""
    for root in (settings.telegram_api_url, settings.api_root):
        if problem := settings.proxies.problem(root):
            raise StartupError(f"{root} can't be reached: {problem}. Check HTTP_PROXY, HTTPS_PROXY and ALL_PROXY")


async def initialize_bot(application: BotApplication, settings: Settings, stack: AsyncExitStack) -> None:
    """Learn the bot's username, trying for as long as Telegram can't be reached. Raises StartupError."""
    no_api = f"the server at TELEGRAM_API_URL ({settings.telegram_api_url}) isn't a Bot API server"
    try:
        await _persist(application.initialize)
        name = application.bot.username
    except InvalidToken:
        raise StartupError("Telegram rejects TELEGRAM_BOT_TOKEN. Get the token from @BotFather with /token") from None
    except TelegramError as error:
        raise StartupError(f"{no_api}: {error.message}") from None
    except (TypeError, KeyError, ValueError, AttributeError):  # PTB fails on an unexpected answer of getMe
        raise StartupError(f"{no_api}: getMe returned no bot") from None
    if not name:
        raise StartupError(f"{no_api}: getMe returned no bot")
    stack.push_async_callback(application.shutdown)


async def _persist(call: Callable[[], Any]) -> None:
    async for attempt in stamina.retry_context(on=_passes, attempts=None, timeout=None, wait_max=30):
        with attempt:
            await call()


def _passes(error: Exception) -> bool | float | timedelta:
    """Return whether an error of Telegram's passes; for flood control, after which time."""
    if isinstance(error, RetryAfter):
        return error.retry_after
    return isinstance(error, NetworkError) and not isinstance(error, BadRequest | NotABotApi)


class Webhook:
    """The address where Telegram posts updates. A permanent refusal is reported once, and retried by every `look`."""

    def __init__(self, set_it: Callable[[], Awaitable[None]], breaker: CircuitBreaker, *, is_wanted: bool) -> None:
        self._set_it = set_it
        self._breaker = breaker
        self._is_missing = is_wanted
        self._refusal = ""
        self._is_told = False

    async def probe(self) -> None:
        """Raise StartupError as long as Telegram posts no updates."""
        if self._is_missing:
            raise StartupError("Telegram refuses the webhook")

    async def set(self) -> None:
        """Set the webhook, or go on without: open orders are still painted and delivered."""
        try:
            await self._set_it()
        except TelegramError as error:
            if not self._refusal:
                log.error("telegram_webhook_refused", error=error.message)
            self._refusal = error.message
        else:
            self._is_missing, self._refusal = False, ""

    async def look(self) -> None:
        """Retry a refused webhook, and tell the operator of it once."""
        if not self._refusal:
            return
        if not self._is_told:
            self._is_told = await self._breaker.tell(
                text(
                    "🔧 Telegram refuses PUBLIC_URL as the address for updates: {cause}. I get no messages until you "
                    "fix that. I try again every minute.",
                    cause=self._refusal,
                )
            )
        await self.set()
        if not self._is_missing:
            log.warning("telegram_webhook_accepted")


def webhook_of(
    application: BotApplication,
    settings: Settings,
    secret: SecretStr,
    breaker: CircuitBreaker,
) -> Webhook:
    """Return the webhook for the settings."""

    async def set_it() -> None:
        await _persist(
            lambda: application.bot.set_webhook(
                f"{settings.public_url}/telegram",
                secret_token=secret.get_secret_value(),
                allowed_updates=list(ALLOWED),
                max_connections=50,
            )
        )

    return Webhook(set_it, breaker, is_wanted=settings.webhook)


async def choose_updates(settings: Settings, application: BotApplication, webhook: Webhook) -> None:
    """Tell Telegram where to post updates, or that they are fetched."""
    if settings.webhook:
        await webhook.set()
        return
    try:
        await _persist(lambda: application.bot.delete_webhook(drop_pending_updates=False))
    except TelegramError as error:  # fetching reports by itself whether it works
        log.warning("telegram_webhook_removal_failed", error=error.message)
