"""Ports of what operators decide and look at."""

from typing import Protocol

from core.models.access import Standing
from core.models.broadcasts import Broadcast, Fate, NewBroadcast, Recipient, Tally
from core.models.statistics import Statistics


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

    async def invite(self, worth: int, lives_ms: int, uses: int, by: int, idempotency_key: str) -> str:
        """Make an invitation worth so many credits; the same `idempotency_key` answers the same code."""
        ...

    async def redeem(self, code: str, person: int, idempotency_key: str) -> int:
        """Let the person in and grant the credits, in one commit; a replay of `idempotency_key` changes nothing.

        Answers the credits. Raises Refused for a code that gives this person nothing.
        """
        ...


class Accounts(Protocol):
    """What the orders add up to."""

    async def statistics(self, days: int) -> Statistics:
        """Count the last days, today included."""
        ...


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


class BroadcastSender(Protocol):
    """Sends what nobody asked for, behind everything somebody did. Raises MessengerError."""

    async def room(self, chat_id: int) -> None:
        """Wait until there is room for it."""
        ...

    async def proclaim(self, chat_id: int, words: str) -> None:
        """Send it."""
        ...
