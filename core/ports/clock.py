"""The port to the time of day."""

from abc import abstractmethod
from typing import Protocol


class Clock(Protocol):
    """The time of day."""

    @abstractmethod
    def now_ms(self) -> int:
        """Return the milliseconds since 1970-01-01 UTC."""
        ...
