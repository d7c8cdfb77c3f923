"""What the orders of some days add up to."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Day:
    """What was ordered on one day (UTC), what of it failed, and the credits it cost."""

    date: date
    jobs: int = 0
    failures: int = 0
    credits: int = 0


@dataclass(frozen=True, slots=True)
class ChatUse:
    """What one chat ordered."""

    chat_id: int
    jobs: int
    credits: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """Some days up to today, none left out, how many people and chats ordered in them, and the busiest chats."""

    days: tuple[Day, ...]
    people: int
    chats: int
    busiest: tuple[ChatUse, ...]

    @property
    def jobs(self) -> int:
        """Orders of all days."""
        return sum(day.jobs for day in self.days)

    @property
    def failures(self) -> int:
        """Those without a picture."""
        return sum(day.failures for day in self.days)

    @property
    def credits(self) -> int:
        """What all of them cost."""
        return sum(day.credits for day in self.days)
