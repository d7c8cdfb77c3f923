"""Statistics over jobs."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Day:
    """The jobs of one day (UTC), the failed ones among them, and the hundredths of credits charged."""

    date: date
    jobs: int = 0
    failures: int = 0
    credits: int = 0


@dataclass(frozen=True, slots=True)
class ChatUse:
    """The jobs of one chat and the hundredths of credits charged for them."""

    chat_id: int
    jobs: int
    credits: int
    name: str = ""
    """The names of the chat in one line, as far as they are known."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """The days up to today without a gap, the number of requesters and chats in them, and the busiest chats."""

    days: tuple[Day, ...]
    people: int
    chats: int
    busiest: tuple[ChatUse, ...]

    @property
    def jobs(self) -> int:
        """The jobs of all days."""
        return sum(day.jobs for day in self.days)

    @property
    def failures(self) -> int:
        """The jobs of all days that ended without a picture."""
        return sum(day.failures for day in self.days)

    @property
    def credits(self) -> int:
        """The hundredths of credits charged on all days."""
        return sum(day.credits for day in self.days)
