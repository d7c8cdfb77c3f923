"""The route that the image API posts to when a task has ended. The notification is stored before the response."""

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

MAX_BODY = 65_536  # bytes; a real task notification has fewer than 2,000
_BODY_S = 10
_UNKNOWN, _UNKNOWN_S = 60, 60.0
"""More requests with unknown tokens than this, within this many seconds, get a 429."""


@dataclass(frozen=True, slots=True)
class ImageApiWebhook:
    """Responds 200 once a task notification is stored, 503 if it can't be, and 4xx to other requests.

    After a 503 the image API posts again.
    """

    poller: ResultPoller
    tokens: WebhookTokens
    notifications: Notifications
    log_throttle: LogThrottle = field(default_factory=LogThrottle)
    unknown_at: deque[float] = field(default_factory=lambda: deque(maxlen=_UNKNOWN))
    """Times of the latest requests with unknown tokens, from `time.monotonic`."""

    def route(self) -> web.RouteDef:
        """Return the route; its URL is given to the image API with each task."""
        return web.post("/callbacks/{token}", self.receive)

    async def receive(self, request: web.Request) -> web.Response:
        """Store one task notification."""
        known = self.tokens.read(request.match_info["token"])
        if known is None:
            return web.json_response({"error": "unknown"}, status=429 if self._is_flooded() else 404)
        job_id, attempt = known
        try:
            async with asyncio.timeout(_BODY_S):
                body = await request.clone(client_max_size=MAX_BODY).read()
            notification = self.notifications.read(body)
            if not self.notifications.is_signed(request.headers, notification.task_id or ""):
                self.log_throttle(log.warning, "task_notification_signature_invalid", job=job_id)
                return web.json_response({"error": "signature"}, status=403)
            stored = await self.poller.notified(job_id, attempt, notification)
        except Unreadable as error:
            self.log_throttle(log.warning, "task_notification_malformed", job=job_id, error=str(error))
            return web.json_response({"error": "unreadable"}, status=400)
        except TimeoutError:
            return web.json_response({"error": "too slow"}, status=408)
        except StorageError as error:
            log.error("task_notification_not_stored", job=job_id, error=str(error))
            return web.json_response({"error": "later"}, status=503)
        return web.json_response({"code": 200} if stored else {"error": "unknown"}, status=200 if stored else 404)

    def _is_flooded(self) -> bool:
        """Count a request with an unknown token, and return whether there were too many lately.

        Only the first one after a pause is logged.
        """
        now = time.monotonic()
        is_flooded = len(self.unknown_at) == _UNKNOWN and now - self.unknown_at[0] < _UNKNOWN_S
        if not self.unknown_at or now - self.unknown_at[-1] > _UNKNOWN_S:
            log.warning("task_notification_address_unknown")
        self.unknown_at.append(now)
        return is_flooded
