"""The route the image API calls when a task has ended: store what it says, answer, and only then work."""

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field

import structlog
from aiohttp import web

from core.errors import StorageError, Unreadable
from core.ports.image_api import Notifications
from core.runtime.log_throttle import LogThrottle
from core.security.webhook_token import WebhookTokens
from core.services.polling import ResultPoller

log = structlog.get_logger()

MAX_BODY = 65_536  # bytes; a real callback has less than 2,000
_BODY_S = 10
_STRANGERS, _STRANGERS_S = 60, 60.0  # made-up addresses in so many seconds, after which they are told to slow down


@dataclass(frozen=True, slots=True)
class ImageApiWebhook:
    """Answers 200 once the outcome is stored, 4xx to what the service would never send, 503 when it can't be stored."""

    settle: ResultPoller
    key: WebhookTokens
    notifications: Notifications
    seldom: LogThrottle = field(default_factory=LogThrottle)
    strangers: deque[float] = field(default_factory=lambda: deque(maxlen=_STRANGERS))

    def route(self) -> web.RouteDef:
        """Where the service is told to post."""
        return web.post("/callbacks/{token}", self.receive)

    async def receive(self, request: web.Request) -> web.Response:
        """Take one callback."""
        known = self.key.read(request.match_info["token"])
        if known is None:
            return web.json_response({"error": "unknown"}, status=429 if self._crowd() else 404)
        job_id, attempt = known
        try:
            async with asyncio.timeout(_BODY_S):
                body = await _bounded(request)
            callback = self.notifications.read(body)
            if not self.notifications.is_signed(request.headers, callback.task_id or ""):
                self.seldom(log.warning, "a callback with a wrong signature", job=job_id)
                return web.json_response({"error": "signature"}, status=403)
            stored = await self.settle.called_back(job_id, attempt, callback)
        except Unreadable as error:
            self.seldom(log.warning, "an unreadable callback", job=job_id, error=str(error))
            return web.json_response({"error": "unreadable"}, status=400)
        except TimeoutError:
            return web.json_response({"error": "too slow"}, status=408)
        except StorageError as error:
            log.error("a callback could not be stored, the service will call again", job=job_id, error=str(error))
            return web.json_response({"error": "later"}, status=503)
        return web.json_response({"code": 200} if stored else {"error": "unknown"}, status=200 if stored else 404)

    def _crowd(self) -> bool:
        """Whether too many made-up addresses were tried lately; only the first of them is worth a line in the log."""
        now = time.monotonic()
        crowd = len(self.strangers) == _STRANGERS and now - self.strangers[0] < _STRANGERS_S
        if not self.strangers or now - self.strangers[-1] > _STRANGERS_S:
            log.warning("a callback to an address that was never given out")
        self.strangers.append(now)
        return crowd


async def _bounded(request: web.Request) -> bytes:
    if (request.content_length or 0) > MAX_BODY:
        raise web.HTTPRequestEntityTooLarge(MAX_BODY, request.content_length or 0)
    body = await request.content.read(MAX_BODY + 1)
    while not request.content.at_eof() and len(body) <= MAX_BODY:
        body += await request.content.read(MAX_BODY + 1 - len(body))
    if len(body) > MAX_BODY:
        raise web.HTTPRequestEntityTooLarge(MAX_BODY, len(body))
    return body
