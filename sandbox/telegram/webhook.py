"""Delivery of updates to the bot's webhook, in order for each chat, with retries until the bot accepts them."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp

from sandbox.faults import Faults

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 5.0
ANSWER_WITHIN = aiohttp.ClientTimeout(total=60)


@dataclass(frozen=True)
class Target:
    """The webhook's URL, secret and number of connections, as set by the bot."""

    url: str
    secret_token: str = ""
    max_connections: int = 40


class Webhook:
    """The webhook's sender. It has one queue per chat and at most `max_connections` requests at once."""

    def __init__(
        self,
        target: Target,
        delivered: Callable[[int], None],
        faults: Faults,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        carry_out: Callable[[aiohttp.ClientResponse], Awaitable[None]] | None = None,
    ) -> None:
        self.target = target
        self.last_error: tuple[int, str] | None = None
        self._delivered = delivered
        self._faults = faults
        self._sleep = sleep
        self._carry_out = carry_out
        self._session: aiohttp.ClientSession | None = None
        self._turns = asyncio.Semaphore(target.max_connections)
        self._waiting: dict[int, deque[dict[str, Any]]] = {}
        self._lanes: dict[int, asyncio.Task[None]] = {}

    def push(self, chat_id: int, update: dict[str, Any]) -> None:
        """Deliver an update after the waiting ones of the same chat."""
        self._waiting.setdefault(chat_id, deque()).append(update)
        if chat_id not in self._lanes:
            self._lanes[chat_id] = asyncio.create_task(self._run(chat_id))

    async def close(self) -> None:
        """Stop the deliveries. Updates that weren't accepted stay in the queue."""
        lanes = list(self._lanes.values())
        for lane in lanes:
            lane.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _run(self, chat_id: int) -> None:
        waiting = self._waiting[chat_id]
        pause = FIRST_PAUSE_S
        while waiting:
            async with self._turns:
                taken = await self._deliver(waiting[0])
            if taken:
                self._delivered(waiting.popleft()["update_id"])
                pause = FIRST_PAUSE_S
            else:
                await self._sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_S)
        del self._waiting[chat_id], self._lanes[chat_id]

    async def _deliver(self, update: dict[str, Any]) -> bool:
        """Send an update as often as its faults order, once by default. Return whether the bot accepted it."""
        times = 1
        for fault in self._faults.take("telegram", "webhook"):
            if fault.kind == "delay":
                await asyncio.sleep(fault.seconds())
            elif fault.kind == "hold":
                await fault.released()
            times = 2 if fault.kind == "double" else 0 if fault.kind == "lose" else times
        answers = [await self._post(update) for _ in range(times)]
        return all(answers)

    async def _post(self, update: dict[str, Any]) -> bool:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=ANSWER_WITHIN)
        secret = {SECRET_HEADER: self.target.secret_token} if self.target.secret_token else {}
        try:
            sending = self._session.post(self.target.url, json=update, headers=secret, allow_redirects=False)
            async with sending as answer:
                if 200 <= answer.status < 300:
                    if self._carry_out:
                        await self._carry_out(answer)
                    return True
                words = f"Wrong response from the webhook: {answer.status} {answer.reason}"
        except (aiohttp.ClientError, TimeoutError) as error:
            refused = isinstance(error, aiohttp.ClientConnectorError)
            words = "Connection refused" if refused else "Connection reset by peer"
        self.last_error = (int(time.time()), words)
        return False
