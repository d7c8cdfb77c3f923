"""The port of the time of day."""

from typing import Protocol


class Clock(Protocol):
    """The time of day."""

    def now_ms(self) -> int:
        """Epoch milliseconds."""
        ...
