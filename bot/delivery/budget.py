"""Who may send when: Telegram's limits, kept by us, so that it never has to turn us away.

Every chat has its own line. What people wait for goes first, and progress is dropped when there is no room at once.
What nobody asked for waits until there is plenty.
Telegram permits about one message a second in a chat (short bursts are fine), 20 a minute in a group, and 30 a
second in all.
"""

import asyncio
import heapq
import os
from collections import deque
from collections.abc import Callable, Coroutine
from enum import IntEnum
from itertools import count
from typing import Any

from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from bot.domain.errors import Dropped

# Else PTB warns at every RetryAfter that its waiting time will become a timedelta; here it is one already.
os.environ.setdefault("PTB_TIMEDELTA", "true")

BURST = 3
PER_SECOND = 0.95
GROUP_WINDOW_S = 61.0
GROUP_MESSAGES = 20
OVERALL_PER_SECOND = 25
BULK_PER_SECOND = 15
RESERVE = 1
_RETRIES = 5
_COUNTED = ("send", "edit", "copy", "forward")


class Priority(IntEnum):
    """The lower goes first."""

    RESULT = 0
    ANSWER = 1
    PROGRESS = 2
    BULK = 3
    """Never dropped, and never where it would make anything else wait: it leaves room in the chat and overall."""


class Lane:
    """What one chat has used of its budget. Times are seconds of any monotonic clock."""

    def __init__(self, *, group: bool, now: float) -> None:
        self._tokens = float(BURST)
        self._filled_at = now
        self._recent: deque[float] | None = deque() if group else None
        self._closed_until = now
        self.waiting: list[tuple[int, int, int, asyncio.Future[float]]] = []
        self.timer: asyncio.TimerHandle | None = None

    def delay(self, now: float, cost: int, *, bulk: bool = False) -> float:
        """Seconds until `cost` messages may be sent; an album larger than the burst waits for a full one."""
        self._fill(now)
        missing = min(cost + RESERVE if bulk else cost, BURST) - self._tokens
        wait = max(self._closed_until - now, missing / PER_SECOND, 0.0)
        permitted = GROUP_MESSAGES // 2 if bulk else GROUP_MESSAGES
        if self._recent and len(self._recent) + cost > permitted:
            blocking = self._recent[min(len(self._recent) + cost - permitted, len(self._recent)) - 1]
            wait = max(wait, blocking + GROUP_WINDOW_S - now)
        return wait

    def short(self, now: float) -> bool:
        """Whether what is left should be kept for more important things than progress."""
        return self.crowded(now) or self._tokens < 1 + RESERVE

    def crowded(self, now: float) -> bool:
        """Whether a group has used half of what it may get in a minute, or more of that is already waiting."""
        self._fill(now)
        return self._recent is not None and len(self._recent) + len(self.waiting) >= GROUP_MESSAGES // 2

    def take(self, now: float, cost: int) -> None:
        """Use the budget; an album may leave a debt that the next message waits for."""
        self._fill(now)
        self._tokens -= cost
        if self._recent is not None:
            self._recent.extend([now] * cost)

    def arrived(self, left: float, now: float, cost: int) -> None:
        """Telegram counts a message when it is there, which for a large picture is seconds after it left."""
        if self._recent is not None:
            for _ in range(min(self._recent.count(left), cost)):
                self._recent.remove(left)
            self._recent.extend([now] * cost)

    def close(self, until: float) -> None:
        """Telegram said to wait; only this chat does."""
        self._closed_until = max(self._closed_until, until)

    def idle(self, now: float) -> bool:
        """Whether forgetting this lane would change nothing."""
        self._fill(now)
        return self._tokens >= BURST and not self.waiting and not self._recent and self._closed_until <= now

    def _fill(self, now: float) -> None:
        self._tokens = min(float(BURST), self._tokens + (now - self._filled_at) * PER_SECOND)
        self._filled_at = now
        while self._recent and self._recent[0] + GROUP_WINDOW_S <= now:
            self._recent.popleft()


class Budget(BaseRateLimiter[Priority]):
    """PTB asks this for leave before every request; `rate_limit_args` is the Priority."""

    def __init__(self) -> None:
        self._lanes: dict[int, Lane] = {}
        self._overall: deque[float] = deque()
        self._order = count()

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Stop the timers; whoever still waits is cancelled with the task it waits in."""
        for lane in self._lanes.values():
            if lane.timer:
                lane.timer.cancel()

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: Priority | None,
    ) -> Any:
        """Wait for room, send, and where Telegram still says no, hold this chat for as long as it says."""
        if not endpoint.startswith(_COUNTED) or endpoint == "sendChatAction":
            return await callback(*args, **kwargs)
        chat_id = data.get("chat_id")
        chat = chat_id if isinstance(chat_id, int) else 0
        priority = Priority.ANSWER if rate_limit_args is None else rate_limit_args
        cost = len(data["media"]) if endpoint == "sendMediaGroup" else 1
        order = next(self._order)  # kept for all tries: what is said later must not be overwritten by an earlier word
        for attempt in range(_RETRIES + 1):
            left = await self.leave(chat, priority, cost, order)
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as error:
                if attempt == _RETRIES:
                    raise
                self.hold(chat, _seconds(error))
            finally:
                now = self._now()
                self._lane(chat, now).arrived(left, now, cost)
        return None

    def crowded(self, chat: int) -> bool:
        """Whether a group has used half of its minute, so that the rest should be results."""
        now = self._now()
        return self._lane(chat, now).crowded(now)

    def hold(self, chat: int, seconds: float) -> None:
        """Send nothing to `chat` for a while."""
        now = self._now()
        self._lane(chat, now).close(now + seconds)

    async def leave(self, chat: int, priority: Priority, cost: int = 1, order: int | None = None) -> float:
        """Wait until `cost` messages may go to `chat`; the moment they may. Raises Dropped for delayed progress.

        Among equals the lower `order` goes first; without one, who came first.
        """
        now = self._now()
        lane = self._lane(chat, now)
        progress = priority is Priority.PROGRESS
        if not lane.waiting and self._delay(lane, now, cost, priority) <= 0 and not (progress and lane.short(now)):
            self._take(lane, now, cost)
            return now
        if progress:
            raise Dropped("no room for progress")
        waiter: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        heapq.heappush(lane.waiting, (priority, next(self._order) if order is None else order, cost, waiter))
        self._pump(lane)
        return await waiter

    async def room(self, chat: int) -> None:
        """Wait until something nobody asked for could go to `chat` at once, without taking the room."""
        while True:
            now = self._now()
            wait = self._delay(self._lane(chat, now), now, 1, Priority.BULK)
            if wait <= 0:
                return
            await asyncio.sleep(wait)

    def _pump(self, lane: Lane) -> None:
        """Let through who may go now, and come back when the next may."""
        if lane.timer:
            lane.timer.cancel()
            lane.timer = None
        while lane.waiting:
            priority, _, cost, waiter = lane.waiting[0]
            now = self._now()
            if waiter.done():  # cancelled while it waited
                heapq.heappop(lane.waiting)
                continue
            delay = self._delay(lane, now, cost, priority)
            if delay > 0:
                lane.timer = asyncio.get_running_loop().call_later(delay, self._pump, lane)
                return
            heapq.heappop(lane.waiting)
            self._take(lane, now, cost)
            waiter.set_result(now)

    def _delay(self, lane: Lane, now: float, cost: int, priority: int) -> float:
        while self._overall and self._overall[0] + 1.0 <= now:
            self._overall.popleft()
        bulk = priority == Priority.BULK
        wait = lane.delay(now, cost, bulk=bulk)
        if len(self._overall) + cost > (BULK_PER_SECOND if bulk else OVERALL_PER_SECOND):
            wait = max(wait, self._overall[0] + 1.0 - now)
        return wait

    def _take(self, lane: Lane, now: float, cost: int) -> None:
        lane.take(now, cost)
        self._overall.extend([now] * cost)

    def _lane(self, chat: int, now: float) -> Lane:
        if chat not in self._lanes:
            if len(self._lanes) > 10_000:
                self._lanes = {known: lane for known, lane in self._lanes.items() if not lane.idle(now)}
            self._lanes[chat] = Lane(group=chat < 0, now=now)
        return self._lanes[chat]

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _seconds(error: RetryAfter) -> float:
    wait = error.retry_after
    return float(wait) if isinstance(wait, int | float) else wait.total_seconds()
