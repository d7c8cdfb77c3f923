"""The rate limits that Telegram enforces, on a clock that tests control.

The limits are one message per second in a chat with a small burst, and 20 per minute in a group. Edits count. A bot
that exceeds a limit gets the number of seconds to wait, and the chat is closed for it until then. Telegram documents a
total, about 30 per second, for bulk notifications only. A message doesn't tell whether it is one, so no total is
enforced here.
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

BURST, REFILL_PER_S = 5, 1.0
GROUP, GROUP_WINDOW_S = 20, 60.0
ROUNDING = 1e-9


@dataclass
class _Bucket:
    """The state of one chat's limits."""

    tokens: float
    filled_at: float
    closed_until: float = -math.inf
    sent: deque[float] = field(default_factory=deque)


class FloodGate:
    """The rate limiter. For each message, it tells whether the bot may send it or how many seconds it has to wait."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.enabled = True
        self._clock = clock
        self._chats: dict[int, _Bucket] = {}

    def take(self, chat_id: int, *, group: bool, weight: int = 1) -> int:
        """Let `weight` messages through and return 0, or close the chat and return for how many seconds."""
        if not self.enabled:
            return 0
        now = self._clock()
        bucket = self._bucket(chat_id, now)
        if bucket.closed_until > now + ROUNDING:
            return max(1, math.ceil(bucket.closed_until - now - ROUNDING))
        wait = max(
            # An album of ten may pass a bucket of five: it needs a full bucket and leaves it in debt.
            (min(weight, BURST) - bucket.tokens) / REFILL_PER_S,
            _crowded(bucket.sent, now, weight) if group else 0.0,
        )
        if wait > ROUNDING:
            return self.close(chat_id, max(1, math.ceil(wait - ROUNDING)))
        bucket.tokens -= weight
        bucket.sent.extend([now] * weight)
        return 0

    def close(self, chat_id: int, seconds: int) -> int:
        """Close a chat for so many seconds, regardless of earlier messages. Return the seconds."""
        now = self._clock()
        self._bucket(chat_id, now).closed_until = now + seconds
        return seconds

    def _bucket(self, chat_id: int, now: float) -> _Bucket:
        bucket = self._chats.setdefault(chat_id, _Bucket(float(BURST), now))
        bucket.tokens = min(float(BURST), bucket.tokens + (now - bucket.filled_at) * REFILL_PER_S)
        bucket.filled_at = now
        while bucket.sent and bucket.sent[0] <= now - GROUP_WINDOW_S:
            bucket.sent.popleft()
        return bucket


def _crowded(sent: deque[float], now: float, weight: int) -> float:
    """Return the seconds until `weight` more messages fit into a group's minute."""
    excess = len(sent) + weight - GROUP
    return 0.0 if excess <= 0 or not sent else sent[min(excess, len(sent)) - 1] + GROUP_WINDOW_S - now
