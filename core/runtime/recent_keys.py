"""A short memory of what happened."""

import time
from collections.abc import Callable


class RecentKeys:
    """Remember each key for `window_s` seconds after its first use."""

    def __init__(self, window_s: float, now_s: Callable[[], float] = time.monotonic) -> None:
        self._window_s = window_s
        self._now_s = now_s
        self._used_at: dict[str, float] = {}

    def is_repeated(self, key: str) -> bool:
        """Return whether the key was used within the window; if it wasn't, it counts as used from now on."""
        now_s = self._now_s()
        while (
            self._used_at and (oldest := next(iter(self._used_at))) and self._used_at[oldest] + self._window_s <= now_s
        ):
            del self._used_at[oldest]
        if key in self._used_at:
            return True
        self._used_at[key] = now_s
        return False

    def forget(self, key: str) -> None:
        """Forget a key whose use failed."""
        self._used_at.pop(key, None)
