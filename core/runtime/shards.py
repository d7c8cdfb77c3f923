"""The shards that this process owns, and the check of that just before something is done outside.

With SQLite, the one process owns all shards for ever. With PostgreSQL, `core.services.leases` changes this set.
"""

import math
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from core.models.shards import ALL_SHARDS, FIRST_SHARD, SHARDS, shard_of

_MAY_CALL: ContextVar[Callable[[], bool] | None] = ContextVar("may_call", default=None)


def may_call() -> bool:
    """Return whether the work in this context may still do something outside, such as a call that costs money.

    Work that belongs to no shard always may, and so does all work of a process that owns every shard for ever.
    """
    check = _MAY_CALL.get()
    return check is None or check()


class OwnedShards:
    """The shards of this process, each with the time by which its lease ends, in seconds of a monotonic clock.

    A shard that is being left gets no more work, but what has begun may end while its lease lasts. A call needs
    `margin_s` of the lease.
    """

    def __init__(self, now_s: Callable[[], float] = time.monotonic, margin_s: float = 0.0) -> None:
        self._now_s = now_s
        self._margin_s = margin_s
        self._until: dict[int, float] = {}
        self._leaving: set[int] = set()
        self._at_work: Counter[int] = Counter()
        self._losses = 0
        self.is_alone = False
        """Whether this process is the only one for ever, so that it owns every shard without a lease."""

    @classmethod
    def all(cls) -> "OwnedShards":
        """Return the shards of a process that has no others beside it."""
        shards = cls()
        shards.extend(ALL_SHARDS, math.inf)
        shards.is_alone = True
        return shards

    @property
    def owned(self) -> frozenset[int]:
        """The shards whose work this process begins; none once their leases have ended."""
        return frozenset(shard for shard in self._until if self._is_owned(shard))

    @property
    def leased(self) -> frozenset[int]:
        """The shards with a lease, also those that are being left, as far as this process knows."""
        return frozenset(self._until)

    @property
    def share(self) -> float:
        """The part of all shards that this process owns, from 0.0 to 1.0."""
        return 1.0 if self.is_alone else len(self.owned) / SHARDS

    @property
    def leads(self) -> bool:
        """Whether this process does the work that concerns no single chat."""
        return self._is_owned(FIRST_SHARD)

    def __contains__(self, shard: int) -> bool:
        return self.is_alone or self._is_owned(shard)

    def owns(self, chat_id: int) -> bool:
        """Return whether this process begins the work for a chat."""
        return self.is_alone or self._is_owned(shard_of(chat_id))

    def may_call(self, chat_id: int) -> bool:
        """Return whether enough of the lease is left to do something outside for a chat."""
        return self.is_alone or self._may_call(shard_of(chat_id))

    def extend(self, shards: Collection[int], until_s: float) -> None:
        """Own shards until a time, or for longer than before."""
        self._until.update(dict.fromkeys(shards, until_s))

    def leave(self, shards: Collection[int]) -> None:
        """Begin no more work in shards whose leases go on for a moment."""
        self._leaving |= set(shards) & self._until.keys()

    def drop(self, shards: Collection[int]) -> None:
        """Own shards no longer."""
        self._losses += bool(shards)
        for shard in shards:
            self._until.pop(shard, None)
        self._leaving -= set(shards)

    def drop_ended(self) -> frozenset[int]:
        """Drop the shards whose leases have ended, and return them."""
        now_s = self._now_s()
        ended = frozenset(shard for shard, until_s in self._until.items() if until_s <= now_s)
        self.drop(ended)
        return ended

    @property
    def leaving(self) -> Mapping[int, int]:
        """The shards that are being left, each with the number of its items that are being worked on."""
        return {shard: self._at_work[shard] for shard in self._leaving}

    @contextmanager
    def working(self, chat_id: int) -> Iterator[None]:
        """Count the work in this context, and let `may_call` check the lease of the chat's shard within it."""
        if self.is_alone:
            yield
            return
        shard = shard_of(chat_id)
        self._at_work[shard] += 1
        before = _MAY_CALL.set(lambda: self._may_call(shard))
        try:
            yield
        finally:
            _MAY_CALL.reset(before)
            self._at_work[shard] -= 1

    @contextmanager
    def sweeping(self) -> Iterator[None]:
        """Let `may_call` refuse all calls within this context once a shard is lost: what it read may be old."""
        if self.is_alone:
            yield
            return
        losses = self._losses
        before = _MAY_CALL.set(lambda: self._losses == losses and any(map(self._may_call, self._until)))
        try:
            yield
        finally:
            _MAY_CALL.reset(before)

    def _is_owned(self, shard: int) -> bool:
        return shard not in self._leaving and self._until.get(shard, -math.inf) > self._now_s()

    def _may_call(self, shard: int) -> bool:
        return self._until.get(shard, -math.inf) - self._margin_s > self._now_s()
