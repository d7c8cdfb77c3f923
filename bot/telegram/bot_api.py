"""Calls of the Bot API that carry most of the traffic: PTB's requests and errors, without its objects.

PTB builds an object from each part of a message that it sends, and from the whole message that Telegram returns. The
bot reads the raw answer (see bot.telegram.calls), so neither is of use.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from telegram import InputFile
from telegram.ext import ExtBot
from telegram.request import RequestData
from telegram.request._requestparameter import RequestParameter  # the only way to make a RequestData; PTB is pinned

from bot.telegram.http_request import AiohttpRequest
from bot.telegram.rate_limiter import Priority, TelegramRateLimiter

NO_PREVIEW: Mapping[str, bool] = {"is_disabled": True}
"""The `link_preview_options` of all texts."""


class BotApi:
    """A client of the Bot API whose calls keep to the limits of their chats."""

    def __init__(self, bot: ExtBot[Priority], request: AiohttpRequest, budget: TelegramRateLimiter) -> None:
        self._bot = bot
        self._request = request
        self._budget = budget

    async def call(
        self,
        method: str,
        values: Mapping[str, Any],
        files: Sequence[InputFile] = (),
        *,
        priority: Priority = Priority.ANSWER,
    ) -> None:
        """Call a method once there is room. Values are as in the Bot API; None leaves one out.

        Raises TelegramError. For the answer, see bot.telegram.http_request.ANSWER.
        """
        given = {name: value for name, value in values.items() if value is not None}
        parameters = [RequestParameter(name, value, None) for name, value in given.items()]
        if files:
            parameters.append(RequestParameter("files", None, list(files)))
        data = RequestData(parameters)
        await self._budget.process_request(self._post, (method, data), {}, method, given, priority)

    async def _post(self, method: str, data: RequestData) -> Any:
        return await self._request.post(f"{self._bot.base_url}/{method}", data)
