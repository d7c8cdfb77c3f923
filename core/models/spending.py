"""Spending limits: daily allowances of users, of chats and of the whole bot, and extra credits on top.

All sums are in hundredths of credits. A job sets aside the most that it may cost; at its end it is charged for the
pictures that it has. A day is a day of UTC. A job belongs to the day when it was ordered or, if its price needed
confirmation, to the day of the confirmation; until then it sets nothing aside.

A requester who writes in the name of a channel or of the group itself spends the group's allowance, because such names
are free to make.
"""

from dataclasses import dataclass
from enum import StrEnum

from core.errors import Refused
from core.models.credits import HUNDREDTHS
from core.text import Duration, Joined, Renderable, Text, plural, text

DAY_MS = 86_400_000
MAX_GRANT = 1_000_000 * HUNDREDTHS


class Scope(StrEnum):
    """The allowance that a limit applies to."""

    PERSON = "person"
    CHAT = "chat"
    NAMES = "names"
    """All requesters in one group who write in the name of a chat."""
    BOT = "bot"


@dataclass(frozen=True, slots=True)
class Limits:
    """The price of a job and the limits that it must fit into; a limit of None means without a limit."""

    price: int = 0
    """Hundredths of credits for each picture."""
    person_daily: int | None = None
    chat_daily: int | None = None
    daily: int | None = None
    """The allowance of the whole bot."""
    max_jobs: int | None = None
    """Jobs that one requester may have in progress at once."""
    names_daily: int | None = None
    """The allowance of all requesters in one group who write in the name of a chat, together."""


@dataclass(frozen=True, slots=True)
class Balance:
    """The credits that one user or chat can spend, in hundredths.

    `reserved + spent + left` equals the day's allowance plus the extra credits at the start of the day, unless the
    allowance was lowered below the credits already used; `left` is never below 0.
    """

    daily: int | None
    """The day's allowance; None means without a limit."""
    reserved: int
    """Set aside for today's jobs that are in progress."""
    spent: int
    """Charged for today's other jobs."""
    extra: int
    """The part of `left` that was granted on top and doesn't expire with the day."""
    left: int | None
    """The credits that can still be spent today; None means without a limit."""
    returns_at_ms: int
    """The time when the day's allowance is full again, the next midnight of UTC, in epoch milliseconds."""


@dataclass(frozen=True, slots=True)
class Tightest:
    """The limit that leaves a requester the least in a chat: `left` credits in `scope`."""

    scope: Scope
    balance: Balance

    @property
    def left(self) -> int:
        """The credits that can still be spent."""
        return self.balance.left or 0


@dataclass(frozen=True, slots=True)
class Account:
    """The sums over today's jobs in one scope.

    `extra_used` is the part of `reserved` and `spent` that is taken from the extra credits. `extra` is the extra
    credits at the start of the day: all grants minus the part that earlier days' jobs took.
    """

    reserved: int
    spent: int
    extra_used: int
    extra: int

    @property
    def extra_left(self) -> int:
        """The extra credits that are not used or set aside."""
        return max(self.extra - self.extra_used, 0)

    def daily_left(self, daily: int) -> int:
        """Return the part of the day's allowance `daily` that is left."""
        return max(daily - (self.reserved + self.spent - self.extra_used), 0)

    def balance(self, daily: int | None, now_ms: int) -> Balance:
        """Return the balance for the day's allowance `daily`; None means without a limit."""
        left = None if daily is None else self.daily_left(daily) + self.extra_left
        return Balance(daily, self.reserved, self.spent, self.extra_left, left, day_of(now_ms) + DAY_MS)

    def take(self, needed: int, daily: int) -> int | None:
        """Return how much of `needed` must come from the extra credits, or None if they are not enough."""
        extra = max(needed - self.daily_left(daily), 0)
        return extra if extra <= self.extra_left else None


def day_of(now_ms: int) -> int:
    """Return the start of the day (UTC) in epoch milliseconds."""
    return now_ms - now_ms % DAY_MS


class TooManyJobs(Refused):
    """The requester has as many jobs in progress as permitted."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            plural(
                "⏳ I can work on {count} request of yours at a time. Nothing was charged; please send this again once "
                "it is done.",
                "⏳ I can work on {count} requests of yours at a time. Nothing was charged; please send this again "
                "once one of them is done.",
                limit,
            )
        )
        self.limit = limit


class TooManyPrices(Refused):
    """The requester has left too many prices unconfirmed."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            plural(
                "⏳ {count} question about pictures still waits for your tap. Please answer it first. "
                "Nothing was charged.",
                "⏳ {count} questions about pictures still wait for your tap. Please answer one of them first. "
                "Nothing was charged.",
                limit,
            )
        )


class OverBudget(Refused):
    """A job costs more than is left in `scope`, whose balance is `balance`.

    `needed` and `price`, which is for each picture, are in hundredths of credits. `fits` is the largest number of
    pictures that would fit, 0 if not even one does.
    """

    def __init__(
        self, scope: Scope, needed: int, balance: Balance, now_ms: int, fits: int = 0, *, price: int = 1
    ) -> None:
        remedy: Renderable = _remedy(needed, balance, now_ms)
        if fits:
            remedy = Joined((_FITS[fits], remedy), " ")
        left = balance.left or 0
        super().__init__(_over_budget(scope, needed // price, left // price, remedy))
        self.scope = scope
        self.needed = needed
        self.left = left
        self.fits = fits
        self.returns_at_ms = balance.returns_at_ms


_FITS: dict[int, Text] = {
    1: text("One picture would fit."),
    2: text("Two pictures would fit."),
}


def _over_budget(scope: Scope, wanted: int, left: int, remedy: Renderable) -> Text:
    """Return the words about `wanted` pictures where `left` are left; they fit into an alert, 200 characters."""
    match scope:
        case Scope.PERSON if not left:
            return text("🎟 You have no pictures left. {remedy} Nothing was charged.", remedy=remedy)
        case Scope.PERSON:
            return plural(
                "🎟 You have {count} picture left, and this takes {wanted}. {remedy} Nothing was charged.",
                "🎟 You have {count} pictures left, and this takes {wanted}. {remedy} Nothing was charged.",
                left,
                wanted=wanted,
                remedy=remedy,
            )
        case Scope.CHAT | Scope.NAMES if not left:
            return text("🎟 This chat has no pictures left. {remedy} Nothing was charged.", remedy=remedy)
        case Scope.CHAT | Scope.NAMES:
            return plural(
                "🎟 This chat has {count} picture left, and this takes {wanted}. {remedy} Nothing was charged.",
                "🎟 This chat has {count} pictures left, and this takes {wanted}. {remedy} Nothing was charged.",
                left,
                wanted=wanted,
                remedy=remedy,
            )
        case Scope.BOT if not left:
            return text("🎟 All of us together have no pictures left. {remedy} Nothing was charged.", remedy=remedy)
        case Scope.BOT:
            return plural(
                "🎟 All of us together have {count} picture left, and this takes {wanted}. {remedy} "
                "Nothing was charged.",
                "🎟 All of us together have {count} pictures left, and this takes {wanted}. {remedy} "
                "Nothing was charged.",
                left,
                wanted=wanted,
                remedy=remedy,
            )


def _remedy(needed: int, balance: Balance, now_ms: int) -> Text:
    """Tell the requester what helps; a midnight that would not help isn't mentioned."""
    if not balance.daily:
        return text("The bot's operator can give you more.")
    if needed > (balance.daily or 0) + balance.extra:
        return text("That is more than a whole day has.")
    return text("New ones come at 00:00 UTC (in {wait}).", wait=Duration(balance.returns_at_ms - now_ms))
