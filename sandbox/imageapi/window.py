"""How often something may happen: so many times in any stretch of so many seconds."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

Clock = Callable[[], float]


@dataclass
class Window:
    """A sliding window of the times something was allowed."""

    limit: int
    seconds: float
    clock: Clock
    _times: deque[float] = field(default_factory=deque)

    def allows(self) -> bool:
        """Count this call and say yes, or say no and do not count it."""
        now = self.clock()
        while self._times and now - self._times[0] >= self.seconds:
            self._times.popleft()
        if len(self._times) >= self.limit:
            return False
        self._times.append(now)
        return True
