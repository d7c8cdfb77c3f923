"""A throttle for log lines that untrusted clients can cause."""

import math
import time
from collections.abc import Callable


class LogThrottle:
    """A throttle that logs an event at most once in `every_s` seconds, and then also how often it was left out."""

    def __init__(self, every_s: float = 60.0, now_s: Callable[[], float] = time.monotonic) -> None:
        self._every_s = every_s
        self._now_s = now_s
        self._said: dict[str, tuple[float, int]] = {}

    def __call__(self, say: Callable[..., object], event: str, **fields: object) -> None:
        """Log an event with `say`, a method of a logger, or count it. `event` must be one of a few names."""
        now_s = self._now_s()
        last_s, left_out = self._said.get(event, (-math.inf, 0))
        if now_s - last_s < self._every_s:
            self._said[event] = last_s, left_out + 1
            return
        self._said[event] = now_s, 0
        say(event, **fields, **({"left_out": left_out} if left_out else {}))
