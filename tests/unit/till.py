"""A till of the plainest kind, to hold the ledger against: coins are taken out of it and put back.

It shares nothing with the ledger, which has no till at all and adds up the orders instead.
"""

from dataclasses import dataclass, field

from core.models.job import NewJob


@dataclass
class Till:
    """Coins of one person, of one chat or of the bot."""

    daily: int
    extra: int = 0
    used: dict[int, int] = field(default_factory=dict)
    taken: list["Coins"] = field(default_factory=list)

    def left(self, day: int) -> int:
        """What lies in it."""
        return self.daily - self.used.get(day, 0) + self.extra

    def granted(self, day: int) -> int:
        """What there was for a day: its allowance, and the extra coins that lie in it or were taken that day."""
        return self.daily + self.extra + sum(coins.extra for coins in self.taken if coins.day == day)

    def take(self, day: int, count: int) -> "Coins":
        """Take the coins of the day first."""
        daily = min(count, self.daily - self.used.get(day, 0))
        self.used[day] = self.used.get(day, 0) + daily
        self.extra -= count - daily
        self.taken.append(Coins(self, day, count - daily))
        return self.taken[-1]


@dataclass
class Coins:
    """What one order took out of one till on a day; `extra` of them were extra ones."""

    till: Till
    day: int
    extra: int

    def give_back(self, count: int) -> None:
        """Put the extra ones back first."""
        extra = min(count, self.extra)
        self.extra -= extra
        self.till.extra += extra
        self.till.used[self.day] -= count - extra


@dataclass
class Paper:
    """An order as the story knows it."""

    new: NewJob
    id: str
    price: int
    coins: list[Coins]
    day: int
    reserved: int
    chat_id: int
    spent: int = 0

    def end(self, results: int) -> None:
        """Pay for what came."""
        self.spent = self.price * results
        for coins in self.coins:
            coins.give_back(self.reserved - self.spent)
        self.reserved = 0
