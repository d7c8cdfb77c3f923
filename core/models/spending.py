"""Who may spend how much: daily allowances of people, of chats and of the whole bot, and extra credits on top.

Credits are whole numbers. An order sets aside what it may cost at the most; at its end it keeps the price of the
pictures that came back. A day is one of UTC, and an order belongs to the day it was made on, or, where its price was
told first, to the day it was agreed on: until then it sets nothing aside.

Whoever speaks in the name of a channel or of the group itself spends what the group has, as names are free to make.
"""

from dataclasses import dataclass
from enum import StrEnum

from core.errors import Refused
from core.text import Duration, Joined, Renderable, Text, plural, text

DAY_MS = 86_400_000
MAX_GRANT = 1_000_000


class Scope(StrEnum):
    """Whose budget it is."""

    PERSON = "person"
    CHAT = "chat"
    NAMES = "names"
    """All who speak in a chat's name in one group."""
    BOT = "bot"


@dataclass(frozen=True, slots=True)
class Limits:
    """What an order costs and must fit into; None is no limit."""

    price: int = 0
    """Credits a picture."""
    person_daily: int | None = None
    chat_daily: int | None = None
    daily: int | None = None
    """Of the whole bot."""
    max_jobs: int | None = None
    """Orders of one person that may be under way at once."""
    names_daily: int | None = None
    """Of all who speak in a chat's name in one group, together."""


@dataclass(frozen=True, slots=True)
class Balance:
    """What one person or chat can spend.

    Always `reserved + spent + left` = the day's allowance + the extra credits there were for the day, unless the
    allowance was lowered below what is used already; `left` is never below 0.
    """

    daily: int | None
    """The day's allowance; None is no limit."""
    reserved: int
    """Set aside for orders of today that are under way."""
    spent: int
    """What came of today's other orders did cost."""
    extra: int
    """The part of `left` that was granted on top and does not go with the day."""
    left: int | None
    """What can still be ordered today; None is no limit."""
    returns_at_ms: int
    """When the day's allowance is there again in full: the next midnight of UTC."""


@dataclass(frozen=True, slots=True)
class Account:
    """What the orders of today add up to, in one scope.

    `extra_used` is the part of `reserved` and `spent` that is taken from the extra credits, and `extra` are the extra
    credits there were for today: all grants, less what orders of earlier days took.
    """

    reserved: int
    spent: int
    extra_used: int
    extra: int

    @property
    def extra_left(self) -> int:
        """Extra credits that nothing has taken."""
        return max(self.extra - self.extra_used, 0)

    def daily_left(self, daily: int) -> int:
        """What is left of the day's allowance."""
        return max(daily - (self.reserved + self.spent - self.extra_used), 0)

    def balance(self, daily: int | None, now_ms: int) -> Balance:
        """Say it to those whom it concerns."""
        left = None if daily is None else self.daily_left(daily) + self.extra_left
        return Balance(daily, self.reserved, self.spent, self.extra_left, left, day_of(now_ms) + DAY_MS)

    def take(self, needed: int, daily: int) -> int | None:
        """Answer how much of `needed` has to come from the extra credits, None where that is more than there is."""
        extra = max(needed - self.daily_left(daily), 0)
        return extra if extra <= self.extra_left else None


def day_of(now_ms: int) -> int:
    """When the day began."""
    return now_ms - now_ms % DAY_MS


class TooManyJobs(Refused):
    """A person has as many orders under way as one may have."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            plural(
                "⏳ You can have {count} order under way at a time. Please wait until it is done.",
                "⏳ You can have {count} orders under way at a time. Please wait until one of them is done.",
                limit,
            )
        )
        self.limit = limit


class TooManyPrices(Refused):
    """A person has asked for many prices that they have not answered."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            plural(
                "⏳ I have told you {count} price that waits for your answer. Please answer it first, or wait a while.",
                "⏳ I have told you {count} prices that wait for your answer. "
                "Please answer one of them first, or wait a while.",
                limit,
            )
        )


class OverBudget(Refused):
    """An order costs more than is left; `balance` is that of the scope it does not fit into.

    `fits` is the largest number of pictures that would.
    """

    def __init__(self, scope: Scope, needed: int, balance: Balance, now_ms: int, fits: int = 0) -> None:
        remedy: Renderable = _remedy(needed, balance, now_ms)
        if fits:
            remedy = Joined((_FITS[fits], remedy), " ")
        super().__init__(_over_budget(scope, needed, balance.left or 0, remedy))
        self.scope = scope
        self.needed = needed
        self.left = balance.left or 0
        self.returns_at_ms = balance.returns_at_ms


_FITS: dict[int, Text] = {
    1: text("One picture would fit: add <code>--n 1</code>."),
    2: text("Two pictures would fit: add <code>--n 2</code>."),
}


def _over_budget(scope: Scope, needed: int, left: int, remedy: Renderable) -> Text:
    match scope:
        case Scope.PERSON:
            return plural(
                "🎟 This costs {count} credit, and you have {left} left today. {remedy}",
                "🎟 This costs {count} credits, and you have {left} left today. {remedy}",
                needed,
                left=left,
                remedy=remedy,
            )
        case Scope.CHAT | Scope.NAMES:
            return plural(
                "🎟 This costs {count} credit, and this chat has {left} left today. {remedy}",
                "🎟 This costs {count} credits, and this chat has {left} left today. {remedy}",
                needed,
                left=left,
                remedy=remedy,
            )
        case Scope.BOT:
            return plural(
                "🎟 This costs {count} credit, and all of us together have {left} left today. {remedy}",
                "🎟 This costs {count} credits, and all of us together have {left} left today. {remedy}",
                needed,
                left=left,
                remedy=remedy,
            )


def _remedy(needed: int, balance: Balance, now_ms: int) -> Text:
    """Nobody is to wait for a midnight that will not help."""
    if not balance.daily:
        return text("Whoever runs this bot can give more.")
    if needed > (balance.daily or 0) + balance.extra:
        return text("A whole day's credits are not enough for so many at once.")
    return text("More come back in {wait}.", wait=Duration(balance.returns_at_ms - now_ms))
