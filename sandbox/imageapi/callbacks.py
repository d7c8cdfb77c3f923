"""Task notifications: post the outcome of a task to its `callBackUrl`, with retries."""

import asyncio
import base64
import hashlib
import hmac
import json
from typing import Any

import aiohttp

from sandbox.imageapi.jobs import job_outcome
from sandbox.imageapi.record import Sent, Task
from sandbox.imageapi.window import Clock

TIMEOUT_S = 15.0
BACKOFF_S = (1.0, 2.0, 4.0)


def signature(key: str, task_id: str, timestamp: int) -> str:
    """Return the value of the `X-Webhook-Signature` header: base64 of HMAC-SHA256 over `{task_id}.{timestamp}`."""
    digest = hmac.new(key.encode(), f"{task_id}.{timestamp}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


class Caller:
    """The sender of task notifications.

    `webhook_key` signs them; None sends them unsigned. `backoff` holds the waits before the retries, in seconds. With
    `bare_failures`, the notification of a failure has `"data": null`.
    """

    def __init__(self, clock: Clock, *, webhook_key: str | None = None) -> None:
        self.clock = clock
        self.webhook_key = webhook_key
        self.backoff: tuple[float, ...] = BACKOFF_S
        self.timeout = TIMEOUT_S
        self.bare_failures = False
        self._session: aiohttp.ClientSession | None = None

    async def tell(self, task: Task, *, delay: float) -> None:
        """Send a task's notification after `delay` seconds, changed by the task's faults."""
        kinds = {fault.kind: fault for fault in task.callback_faults}
        late = kinds["delay"].seconds() if "delay" in kinds else 0.0
        if "lose" not in kinds:
            await asyncio.sleep(0 if "early" in kinds else delay + late)
            if "hold" in kinds:
                await kinds["hold"].released()
            for _ in range(2 if "double" in kinds else 1):
                await self._deliver(task)
        task.told.set()

    async def close(self) -> None:
        """Close the HTTP session."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _deliver(self, task: Task) -> None:
        for wait in (0.0, *self.backoff):
            await asyncio.sleep(wait)
            sent = await self._post(task)
            task.callbacks.append(sent)
            if sent.status is not None and 200 <= sent.status < 300:
                return

    async def _post(self, task: Task) -> Sent:
        url, body = str(task.body["callBackUrl"]), self._outcome(task)
        status, error = None, None
        try:
            status = await self._status(url, body, self._headers(task))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as problem:
            error = f"{type(problem).__name__}: {problem}"
        return Sent(self.clock(), url, body, status, error)

    def _outcome(self, task: Task) -> dict[str, Any]:
        if task.model:
            return job_outcome(task, self.clock(), is_new=True)
        return task.outcome(bare_failures=self.bare_failures)

    async def _status(self, url: str, body: dict[str, Any], headers: dict[str, str]) -> int:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        data = json.dumps(body, ensure_ascii=False).encode()
        limit = aiohttp.ClientTimeout(total=self.timeout)
        async with self._session.post(url, data=data, headers=headers, timeout=limit, allow_redirects=False) as answer:
            return answer.status

    def _headers(self, task: Task) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "User-Agent": "sandbox-image-api"}
        if self.webhook_key is not None:
            now = int(self.clock())
            headers["X-Webhook-Timestamp"] = str(now)
            headers["X-Webhook-Signature"] = signature(self.webhook_key, task.id, now)
        return headers
