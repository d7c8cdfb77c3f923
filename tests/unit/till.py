"""A simple model of the ledger: coins are taken out of a till and put back.

It shares nothing with the ledger, which has no till and adds up the jobs instead.
"""

from dataclasses import dataclass, field

from core.models.job import NewJob


@dataclass
class Till:
    """The coins of a person, a chat or the bot."""

    daily: int
    extra: int = 0
    used: dict[int, int] = field(default_factory=dict)
    taken: list["Coins"] = field(default_factory=list)

    def left(self, day: int) -> int:
        """Return the coins that are left."""
        return self.daily - self.used.get(day, 0) + self.extra

    def granted(self, day: int) -> int:
        """Return the coins for a day: its allowance, and the extra coins that are left or were taken that day."""
        return self.daily + self.extra + sum(coins.extra for coins in self.taken if coins.day == day)

    def take(self, day: int, count: int) -> "Coins":
        """Take coins, the day's allowance first."""
        daily = min(count, self.daily - self.used.get(day, 0))
        self.used[day] = self.used.get(day, 0) + daily
        self.extra -= count - daily
        self.taken.append(Coins(self, day, count - daily))
        return self.taken[-1]


@dataclass
class Coins:
    """The coins that a job took out of a till on a day; `extra` of them were extra coins."""

    till: Till
    day: int
    extra: int

    def give_back(self, count: int) -> None:
        """Put coins back, the extra coins first."""
        extra = min(count, self.extra)
        self.extra -= extra
        self.till.extra += extra
        self.till.used[self.day] -= count - extra


@dataclass
class Paper:
    """A job as the model knows it."""

    new: NewJob
    id: str
    price: int
    coins: list[Coins]
    day: int
    reserved: int
    chat_id: int
    spent: int = 0

    def end(self, results: int) -> None:
        """Pay for the results, and return the other coins."""
        self.spent = self.price * results
        for coins in self.coins:
            coins.give_back(self.reserved - self.spent)
        self.reserved = 0
