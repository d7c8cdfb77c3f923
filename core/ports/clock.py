"""The port to the time of day."""

from typing import Protocol


class Clock(Protocol):
    """The time of day."""

    def now_ms(self) -> int:
        """Return the milliseconds since 1970-01-01 UTC."""
        ...
