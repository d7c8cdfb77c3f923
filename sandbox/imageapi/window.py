"""A limit on the number of calls in a sliding window of time."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

Clock = Callable[[], float]


@dataclass
class Window:
    """A sliding window that allows `limit` calls in any `seconds` seconds."""

    limit: int
    seconds: float
    clock: Clock
    _times: deque[float] = field(default_factory=deque)

    def allows(self) -> bool:
        """Return whether a call is allowed now. Only allowed calls count."""
        now = self.clock()
        while self._times and now - self._times[0] >= self.seconds:
            self._times.popleft()
        if len(self._times) >= self.limit:
            return False
        self._times.append(now)
        return True
