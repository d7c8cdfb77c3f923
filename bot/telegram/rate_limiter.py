"""Telegram's rate limits, kept on this side, so that Telegram need not refuse requests.

Each chat has its own queue. Results go first, then answers, and progress is dropped if it finds no room at once.
Broadcasts wait until there is plenty.

Telegram permits about 1 message per second in a chat (short bursts pass), 20 per minute in a group, and 30 per second
in bulk notifications (telegram.constants.FloodLimit, https://core.telegram.org/bots/faq). It documents no limit on
the answers to all chats together. So the overall limit delays broadcasts and drops progress, and results and answers
wait only for their own chat. If Telegram refuses one of them nevertheless, it says for how long.

Telegram counts a message when it arrives, at some moment between the request and its answer. So in its chat, a message
in progress keeps its room, and is counted from the answer on. The overall limit counts messages when they leave.
"""

import asyncio
import heapq
import math
import os
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import IntEnum
from itertools import count
from typing import Any

from telegram.constants import FloodLimit
from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from core.errors import Dropped
from core.runtime.aside import step_aside

# Otherwise PTB warns at every RetryAfter that its waiting time will become a timedelta.
os.environ.setdefault("PTB_TIMEDELTA", "true")

_RETRIES = 5
_COUNTED = ("send", "edit", "copy", "forward")
_MANY = 1_000_000_000
_CLOSED_AT_MOST_S = 60.0
"""The longest pause of progress and broadcasts after a 429 that names no chat. Some last hours."""


@dataclass(frozen=True)
class SendLimits:
    """The limits of sending, all within Telegram's own."""

    burst: int = 3
    """The messages that a chat may get at once."""
    per_second: float = 0.95
    """The messages per second in one chat, after a burst."""
    group_messages: int = FloodLimit.MESSAGES_PER_MINUTE_PER_GROUP
    """The messages in a group within `group_window_s`."""
    group_window_s: float = 61.0
    overall_per_second: int = 25
    """The messages per second in all chats above which progress is dropped."""
    bulk_per_second: int = 15
    """The messages per second in all chats above which a broadcast waits."""
    reserve: int = 1
    """The messages of a chat's burst that progress and broadcasts leave to others."""


NO_LIMITS = SendLimits(
    burst=_MANY,
    per_second=_MANY,
    group_messages=_MANY,
    group_window_s=0.0,
    overall_per_second=_MANY,
    bulk_per_second=_MANY,
)
"""For a Bot API server of one's own in tests and benchmarks: only the server's own RetryAfter makes a message wait."""


class Priority(IntEnum):
    """The priority of a request: the lower goes first. None is 0, which PTB takes for no argument."""

    RESULT = 1
    ANSWER = 2
    PROGRESS = 3
    BULK = 4
    """Never dropped, and never a delay for others: it leaves room in the chat and overall."""


_QUARTERS: dict[int, int] = {Priority.RESULT: 4, Priority.ANSWER: 3, Priority.PROGRESS: 3, Priority.BULK: 2}
"""How many quarters of a group's minute may be in use when a message of this priority comes."""


@dataclass(frozen=True)
class Permit:
    """Permission to send messages now."""

    chat: int
    cost: int


class ChatLimiter:
    """The used part of one chat's budget. Times are seconds of any monotonic clock."""

    def __init__(self, limits: SendLimits, *, group: bool, now: float) -> None:
        self._limits = limits
        self._tokens = float(limits.burst)
        self._filled_at = now
        self._recent: deque[float] | None = deque() if group else None
        self._closed_until = now
        self._under_way = 0
        self.waiting: list[tuple[int, int, int, asyncio.Future[Permit]]] = []
        self.timer: asyncio.TimerHandle | None = None

    def delay(self, now: float, cost: int, priority: int = Priority.RESULT) -> float:
        """Return the seconds until `cost` messages may be sent, at the earliest; those in progress may take longer.

        An album larger than the burst waits for a full one. Answers leave a part of a group's minute to results.
        """
        self._fill(now)
        limits, bulk = self._limits, priority == Priority.BULK
        missing = min(cost + limits.reserve if bulk else cost, limits.burst) - self._free
        wait = max(self._closed_until - now, missing / limits.per_second, 0.0)
        permitted = limits.group_messages * _QUARTERS[priority] // 4
        if self._recent and (excess := self._used + cost - permitted) > 0:
            blocking = self._recent[min(excess, len(self._recent)) - 1]
            wait = max(wait, blocking + limits.group_window_s - now)
        return wait

    def short(self, now: float) -> bool:
        """Return whether the rest should be kept for messages that are more important than progress."""
        return self.crowded(now) or self._free < 1 + self._limits.reserve

    def crowded(self, now: float) -> bool:
        """Return whether a group has used half of its minute, or messages wait for room there."""
        self._fill(now)
        return self._recent is not None and (bool(self.waiting) or self._used >= self._limits.group_messages // 2)

    def left(self, cost: int) -> None:
        """Reserve room for messages in progress."""
        self._under_way += cost

    def arrived(self, now: float, cost: int) -> None:
        """Count messages that arrived. An album may leave a debt that the next message waits for."""
        self._fill(now)
        self._under_way -= cost
        self._tokens -= cost
        if self._recent is not None:
            self._recent.extend([now] * cost)

    def returned(self, cost: int) -> None:
        """Give back the room of messages that were never sent."""
        self._under_way -= cost

    def close(self, until: float) -> None:
        """Send nothing before `until`, as Telegram asked for."""
        self._closed_until = max(self._closed_until, until)

    def idle(self, now: float) -> bool:
        """Return whether the limiter can be forgotten without a change."""
        self._fill(now)
        is_full = self._free >= self._limits.burst
        return is_full and not self.waiting and not self._recent and self._closed_until <= now

    @property
    def _free(self) -> float:
        return self._tokens - self._under_way

    @property
    def _used(self) -> int:
        """The used part of a group's minute."""
        return len(self._recent or ()) + self._under_way

    def _fill(self, now: float) -> None:
        limits = self._limits
        self._tokens = min(float(limits.burst), self._tokens + (now - self._filled_at) * limits.per_second)
        self._filled_at = now
        while self._recent and self._recent[0] + limits.group_window_s <= now:
            self._recent.popleft()


class TelegramRateLimiter(BaseRateLimiter[Priority]):
    """PTB's rate limiter: PTB passes it every request. `rate_limit_args` is the Priority."""

    def __init__(self, limits: SendLimits = SendLimits()) -> None:
        self._limits = limits
        self._lanes: dict[int, ChatLimiter] = {}
        self._recent: deque[float] = deque()
        """When each message of the last second left, in all chats."""
        self._closed_until = -math.inf
        """Until then, progress and broadcasts go to no chat."""
        self._order = count()

    async def initialize(self) -> None:
        """Do nothing: the limiter opens no resources."""

    async def shutdown(self) -> None:
        """Stop the timers. A request that still waits is canceled with its task."""
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
        """Wait for room and send. If Telegram still refuses, block this chat for as long as it says, and try again."""
        if not endpoint.startswith(_COUNTED) or endpoint == "sendChatAction":
            return await self._uncounted(callback(*args, **kwargs), names_chat="chat_id" in data)
        chat_id = data.get("chat_id")
        chat = chat_id if isinstance(chat_id, int) else 0
        priority = Priority.ANSWER if rate_limit_args is None else rate_limit_args
        cost = len(data["media"]) if endpoint == "sendMediaGroup" else 1
        order = next(self._order)  # kept for all tries, so that an earlier edit doesn't overwrite a later one
        for attempt in range(_RETRIES + 1):
            leave = await self.leave(chat, priority, cost, order)
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as error:
                if attempt == _RETRIES:
                    raise
                self.block(chat, _seconds(error))
            finally:
                self.arrived(leave)
        return None

    async def _uncounted(self, request: Coroutine[Any, Any, Any], *, names_chat: bool) -> Any:
        try:
            return await request
        except RetryAfter as error:
            if not names_chat:
                until = self._now() + min(_seconds(error), _CLOSED_AT_MOST_S)
                self._closed_until = max(self._closed_until, until)
            raise

    def crowded(self, chat: int) -> bool:
        """Return whether the rest of a group's room should be kept for results."""
        now = self._now()
        return self._lane(chat, now).crowded(now)

    def block(self, chat: int, seconds: float) -> None:
        """Send nothing to `chat` for so many seconds."""
        now = self._now()
        self._lane(chat, now).close(now + seconds)

    async def leave(self, chat: int, priority: Priority, cost: int = 1, order: int | None = None) -> Permit:
        """Wait until `cost` messages may go to `chat`. Return the permit, for `arrived`. Raises Dropped for progress.

        Among equal priorities, the lower `order` goes first; by default, the first to come.
        """
        now = self._now()
        lane = self._lane(chat, now)
        progress = priority is Priority.PROGRESS
        order = next(self._order) if order is None else order
        if not lane.waiting and self._delay(lane, now, cost, priority) <= 0 and not (progress and lane.short(now)):
            return self._give(chat, now, cost)
        if progress:
            raise Dropped("no room for progress")
        waiter: asyncio.Future[Permit] = asyncio.get_running_loop().create_future()
        heapq.heappush(lane.waiting, (priority, order, cost, waiter))
        self._pump(chat)
        if not waiter.done():
            step_aside()
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():  # the permit came a moment too late
                self._take_back(waiter.result())
            raise

    def arrived(self, leave: Permit) -> None:
        """Note that a permit's request was answered or given up. If Telegram ever has its messages, it has them now."""
        now = self._now()
        self._lane(leave.chat, now).arrived(now, leave.cost)

    async def room(self, chat: int) -> None:
        """Wait until a broadcast could go to `chat` at once, without reserving the room."""
        while True:
            now = self._now()
            wait = self._delay(self._lane(chat, now), now, 1, Priority.BULK)
            if wait <= 0:
                return
            await asyncio.sleep(wait)

    def _pump(self, chat: int) -> None:
        """Let through all messages that may go now, and come back when the next one may."""
        now = self._now()
        lane = self._lane(chat, now)
        if lane.timer:
            lane.timer.cancel()
            lane.timer = None
        while lane.waiting:
            priority, _, cost, waiter = lane.waiting[0]
            if waiter.done():  # canceled while it waited
                heapq.heappop(lane.waiting)
                continue
            delay = self._delay(lane, now, cost, priority)
            if delay > 0:
                lane.timer = asyncio.get_running_loop().call_later(delay, self._pump, chat)
                return
            heapq.heappop(lane.waiting)
            waiter.set_result(self._give(chat, now, cost))

    def _delay(self, lane: ChatLimiter, now: float, cost: int, priority: int) -> float:
        wait = lane.delay(now, cost, priority)
        return wait if priority < Priority.PROGRESS else max(wait, self._overall_delay(now, cost, priority))

    def _overall_delay(self, now: float, cost: int, priority: int) -> float:
        self._forget(now)
        most = self._limits.bulk_per_second if priority == Priority.BULK else self._limits.overall_per_second
        wait = self._closed_until - now
        if self._recent and (excess := len(self._recent) + cost - most) > 0:
            wait = max(wait, self._recent[min(excess, len(self._recent)) - 1] + 1.0 - now)
        return wait

    def _forget(self, now: float) -> None:
        while self._recent and self._recent[0] + 1.0 <= now:
            self._recent.popleft()

    def _give(self, chat: int, now: float, cost: int) -> Permit:
        self._forget(now)
        self._recent.extend([now] * cost)
        self._lane(chat, now).left(cost)
        return Permit(chat, cost)

    def _take_back(self, leave: Permit) -> None:
        self._lane(leave.chat, self._now()).returned(leave.cost)

    def _lane(self, chat: int, now: float) -> ChatLimiter:
        if chat not in self._lanes:
            if len(self._lanes) > 10_000:
                self._lanes = {known: lane for known, lane in self._lanes.items() if not lane.idle(now)}
            self._lanes[chat] = ChatLimiter(self._limits, group=chat < 0, now=now)
        return self._lanes[chat]

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _seconds(error: RetryAfter) -> float:
    wait = error.retry_after
    return float(wait) if isinstance(wait, int | float) else wait.total_seconds()
