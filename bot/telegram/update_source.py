"""Fetch Telegram's updates as raw JSON, so that they can be stored before anything interprets them."""

import json
from typing import Any
from urllib.parse import urlencode

from pydantic import SecretStr
from telegram.error import Conflict
from typing_extensions import override

from bot.telegram.calls import TelegramCalls
from bot.telegram.http_request import AiohttpRequest
from core.errors import MessengerDown, MessengerError
from core.ports.telegram import UpdateSource


class TelegramUpdates(UpdateSource):
    """The getUpdates method of the Bot API."""

    def __init__(self, api_url: str, token: SecretStr, request: AiohttpRequest, calls: TelegramCalls) -> None:
        self._url = f"{api_url}/bot{token.get_secret_value()}/getUpdates"
        self._request = request
        self._calls = calls

    @override
    async def fetch(self, offset: int | None, wait_s: int, allowed: tuple[str, ...]) -> list[dict[str, Any]]:
        wanted: dict[str, str | int] = {"timeout": wait_s, "allowed_updates": json.dumps(allowed)}
        if offset is not None:
            wanted["offset"] = offset
        with self._calls.call() as answer:
            try:
                await self._request.post(f"{self._url}?{urlencode(wanted)}", read_timeout=wait_s + 10)
            except Conflict:
                raise MessengerDown("another process fetches this bot's updates") from None
        if not isinstance(answer.value, list):
            raise MessengerError("getUpdates answered no list")
        return answer.value
