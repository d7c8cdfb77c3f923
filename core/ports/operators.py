"""The ports for operators: access, statistics and broadcasts.

Methods that use the store raise StorageError if it can't be used.
"""

from abc import abstractmethod
from typing import Protocol

from core.models.access import Standing
from core.models.broadcasts import Broadcast, Fate, NewBroadcast, Recipient, Tally
from core.models.names import Name
from core.models.statistics import Statistics


class AccessBook(Protocol):
    """The stored decisions on who may use the bot. An id is a user's, or a chat's if it is below 0."""

    @abstractmethod
    async def allow(self, scope_id: int) -> None:
        """Put a user or chat on the list. Repeating this is safe."""
        ...

    @abstractmethod
    async def ban(self, scope_id: int) -> None:
        """Ban a user or chat. Repeating this is safe."""
        ...

    @abstractmethod
    async def unban(self, scope_id: int) -> bool:
        """End a ban; return False if there wasn't one."""
        ...

    @abstractmethod
    async def standing(self, scope_id: int) -> Standing:
        """Return the decisions about a user or chat."""
        ...

    @abstractmethod
    async def id_by_now(self, scope_id: int) -> int:
        """Return the supergroup's id for a group that became one, and every other id as it is."""
        ...

    @abstractmethod
    async def ids_before(self, scope_id: int) -> set[int]:
        """Return the ids that a supergroup had as a group."""
        ...

    @abstractmethod
    async def invite(self, worth: int, lives_ms: int, uses: int, by: int, idempotency_key: str) -> str:
        """Make an invitation and return its code; the same idempotency key returns the same code.

        Each of at most `uses` users gets `worth` credits. The invitation expires after `lives_ms` milliseconds; `by` is
        the id of the operator.
        """
        ...

    @abstractmethod
    async def redeem(self, code: str, person: int, idempotency_key: str) -> int:
        """Let a user in by an invitation, grant its credits in the same commit, and return them.

        A repetition with the same idempotency key changes nothing and returns the same number. Raises Refused if the
        code is unknown, expired or used up, or if the user is banned or has used it before.
        """
        ...


class Names(Protocol):
    """The names of people and chats for whom a message was handled, until retention deletes them."""

    @abstractmethod
    def is_known(self, name: Name) -> bool:
        """Return whether this process stored exactly this name within the last day."""
        ...

    @abstractmethod
    async def put(self, name: Name) -> None:
        """Store a name, seen now, in place of an earlier one. Its user name is taken from any other."""
        ...

    @abstractmethod
    async def find(self, username: str) -> int | None:
        """Return the id of the person or chat with a user name, in any case and without `@`, or None."""
        ...

    @abstractmethod
    async def get(self, scope_id: int) -> Name:
        """Return the name of a person or chat; an unknown one has only its id."""
        ...


class Accounts(Protocol):
    """Statistics over all jobs."""

    @abstractmethod
    async def statistics(self, days: int) -> Statistics:
        """Return the statistics of the last `days` days (UTC), today included."""
        ...


class Broadcasts(Protocol):
    """The stored broadcasts and their recipients."""

    @abstractmethod
    async def add(self, new: NewBroadcast) -> Broadcast:
        """Store a broadcast as ASKED and return it with the number of chats that it would reach.

        The same idempotency key returns the same broadcast as it stands.
        """
        ...

    @abstractmethod
    async def get(self, broadcast_id: str) -> Broadcast | None:
        """Return a broadcast, without its reach, or None if it is unknown."""
        ...

    @abstractmethod
    async def latest(self, limit: int) -> list[tuple[Broadcast, Tally]]:
        """Return the newest broadcasts, newest first, at most `limit`, without their reach."""
        ...

    @abstractmethod
    async def posed(self, broadcast_id: str, message_id: int) -> None:
        """Record the message that shows the operator how a broadcast goes."""
        ...

    @abstractmethod
    async def start(self, broadcast_id: str) -> bool:
        """Start a broadcast: ASKED → RUNNING, and add its first recipients. Return False in any other state."""
        ...

    @abstractmethod
    async def fill(self, portions: int) -> None:
        """Add recipients to the running broadcasts that don't have all of them yet, at most `portions` portions.

        Repeating this goes on where it stopped, also after a crash. Recipients are the chats that the bot can write to,
        except banned ones and groups that switched the bot off.
        """
        ...

    @abstractmethod
    async def drop(self, broadcast_id: str) -> bool:
        """Give up a broadcast before its start: ASKED → DROPPED. Return False in any other state."""
        ...

    @abstractmethod
    async def stop(self, broadcast_id: str | None) -> int:
        """Stop a broadcast, or all if the id is None: RUNNING → STOPPED. Return how many were stopped."""
        ...

    @abstractmethod
    async def finish(self) -> None:
        """Move the broadcasts that have no recipient left to send to: RUNNING → DONE."""
        ...

    @abstractmethod
    async def due(self, limit: int) -> list[Recipient]:
        """Return the next recipients of the oldest running broadcast that has any left, at most `limit`."""
        ...

    @abstractmethod
    async def claim(self, recipient: Recipient) -> bool:
        """Record the intent to send to a recipient; True once, and only while the broadcast is running."""
        ...

    @abstractmethod
    async def unclaim(self, recipient: Recipient) -> None:
        """Take a claim back, as the message definitely was not sent."""
        ...

    @abstractmethod
    async def note(self, recipient: Recipient, fate: Fate) -> None:
        """Record the result of sending to a claimed recipient; without a claim nothing happens."""
        ...

    @abstractmethod
    async def follow(self, recipient: Recipient, chat_id: int) -> None:
        """Replace a recipient whose group became a supergroup; one that the broadcast already has isn't added again."""
        ...

    @abstractmethod
    async def abandon(self) -> None:
        """Record UNSURE for every claimed recipient. Only for the start of the process, before anything is sent."""
        ...

    @abstractmethod
    async def untold(self) -> list[tuple[Broadcast, Tally]]:
        """Return the started or dropped broadcasts whose end the operator was not told yet, with their tallies."""
        ...

    @abstractmethod
    async def told(self, broadcast_id: str) -> None:
        """Record that the operator was told the end of a STOPPED, DONE or DROPPED broadcast."""
        ...


class BroadcastSender(Protocol):
    """The sender of broadcasts, which give way to all other messages."""

    @abstractmethod
    async def room(self, chat_id: int) -> None:
        """Wait until a broadcast's message can be sent to a chat at once; the room isn't reserved."""
        ...

    @abstractmethod
    async def proclaim(self, chat_id: int, words: str) -> None:
        """Send the words as they are, without markup. Raises MessengerError."""
        ...
