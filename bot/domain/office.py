"""What those who run the bot decide and look at: who may use it, what it did, and what it announces."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from bot.domain.job import Address
from bot.domain.text import text

BANNED = text("⛔ Whoever runs this bot has shut you out of it.")


class AccessMode(StrEnum):
    """Who may use the bot, apart from operators, who always may, and the banned, who never may."""

    OPEN = "open"
    ALLOWLIST = "allowlist"
    """People and chats on the list."""
    INVITE = "invite"
    """Those, and whoever redeemed an invitation."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a person or chat; a ban outweighs the rest, and what it outweighs is back when it ends."""

    is_allowed: bool = False
    is_invited: bool = False
    is_banned: bool = False
    has_budget: bool = False
    """Came by invitations, each of which brought credits."""


class AccessBook(Protocol):
    """The memory of who may use the bot. An id is a person's, or, below zero, a chat's."""

    async def allow(self, scope_id: int) -> None:
        """Put somebody on the list."""
        ...

    async def ban(self, scope_id: int) -> None:
        """Shut somebody out."""
        ...

    async def unban(self, scope_id: int) -> bool:
        """End a ban; False where there was none."""
        ...

    async def standing(self, scope_id: int) -> Standing:
        """What is known of somebody."""
        ...

    async def id_by_now(self, scope_id: int) -> int:
        """The id of a chat that may have become a supergroup."""
        ...

    async def ids_before(self, scope_id: int) -> set[int]:
        """The ids a supergroup had when it was a group."""
        ...

    async def invite(self, worth: int, lives_ms: int, uses: int, by: int, origin: str) -> str:
        """Make an invitation worth so many credits and answer its code; a replay of `origin` answers the same."""
        ...

    async def redeem(self, code: str, person: int, origin: str) -> int:
        """Let the person in and grant the credits, in one commit; a replay of `origin` changes nothing.

        Answers the credits. Raises Refused for a code that gives this person nothing.
        """
        ...


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


class Accounts(Protocol):
    """What the orders add up to."""

    async def statistics(self, days: int) -> Statistics:
        """Count the last days, today included."""
        ...


class BroadcastState(StrEnum):
    """Where a broadcast stands; kept in the database, so the values stay as they are."""

    ASKED = "asked"
    """Written down; nothing is sent before the operator says so."""
    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"
    DROPPED = "dropped"
    """Not wanted after all."""


class Fate(StrEnum):
    """What became of a broadcast in one chat; kept in the database, so the values stay as they are."""

    TRIED = "tried"
    """The intent, noted before sending."""
    SENT = "sent"
    GONE = "gone"
    """The bot is no longer there."""
    REFUSED = "refused"
    UNSURE = "unsure"
    """Tried, and no answer came: it may stand there, so it is not sent again."""


@dataclass(frozen=True, slots=True)
class NewBroadcast:
    """Words for every chat; `address` is where its operator sees how it goes."""

    origin: str
    address: Address
    words: str


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A stored broadcast; `message_id` is the operator's message about it, `reach` whom it would go to by now."""

    id: str
    new: NewBroadcast
    state: BroadcastState
    message_id: int | None = None
    reach: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """How far a broadcast got, in chats."""

    total: int = 0
    tried: int = 0
    sent: int = 0
    gone: int = 0
    refused: int = 0
    unsure: int = 0


@dataclass(frozen=True, slots=True)
class Recipient:
    """A chat that a running broadcast has yet to reach."""

    broadcast_id: str
    chat_id: int
    words: str


class Broadcasts(Protocol):
    """The memory of broadcasts."""

    async def add(self, new: NewBroadcast) -> Broadcast:
        """Write one down; a replay of its origin answers it as it stands."""
        ...

    async def get(self, broadcast_id: str) -> Broadcast | None:
        """Look one up."""
        ...

    async def posed(self, broadcast_id: str, message_id: int) -> None:
        """Note the operator's message about it."""
        ...

    async def start(self, broadcast_id: str) -> bool:
        """Asked → running, for the chats where the bot is at this moment; False when it is past that."""
        ...

    async def fill(self, portions: int) -> None:
        """Write down whom what runs goes to, so many portions at most; after a crash it goes on where it was."""
        ...

    async def drop(self, broadcast_id: str) -> bool:
        """Asked → dropped."""
        ...

    async def stop(self, broadcast_id: str | None) -> int:
        """Running → stopped, one or all; answers how many."""
        ...

    async def finish(self) -> None:
        """Running → done, where nobody is left."""
        ...

    async def due(self, limit: int) -> list[Recipient]:
        """Whom to send to next."""
        ...

    async def claim(self, recipient: Recipient) -> bool:
        """Note the intent to send; True only once, and only while the broadcast runs."""
        ...

    async def unclaim(self, recipient: Recipient) -> None:
        """It surely was not sent."""
        ...

    async def note(self, recipient: Recipient, fate: Fate) -> None:
        """Note what became of it."""
        ...

    async def follow(self, recipient: Recipient, chat_id: int) -> None:
        """The chat has another id now: it is reached there, unless it was already."""
        ...

    async def abandon(self) -> None:
        """After a restart: whoever was caught in the middle stays unsure."""
        ...

    async def untold(self) -> list[tuple[Broadcast, Tally]]:
        """Those under way, and those that ended or were dropped and whose operator does not know yet."""
        ...

    async def told(self, broadcast_id: str) -> None:
        """The operator knows the end."""
        ...


class Herald(Protocol):
    """Sends what nobody asked for, behind everything somebody did. Raises MessengerError."""

    async def room(self, chat_id: int) -> None:
        """Wait until there is room for it."""
        ...

    async def proclaim(self, chat_id: int, words: str) -> None:
        """Send it."""
        ...


class Notes(Protocol):
    """What has to survive a restart and is a word long."""

    async def get(self, name: str) -> str | None:
        """Look one up."""
        ...

    async def put(self, name: str, value: str | None) -> None:
        """Keep it, or with None forget it."""
        ...
