"""A store of leases in memory, which several processes of a test share, on the clock of the event loop."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from typing_extensions import override

from core.errors import StorageError
from core.models.leases import ProcessState, Standing
from core.models.shards import SHARDS
from core.ports.leases import Leases


@dataclass(slots=True)
class _Lease:
    owner: str | None = None
    epoch: int = 0
    ends_ms: int = 0
    is_left: bool = False


@dataclass(slots=True)
class _Process:
    name: str
    settings: Mapping[str, str]
    began_ms: int
    seen_ms: int
    is_waiting: bool


@dataclass(slots=True)
class LeaseBook:
    """The stored leases and processes."""

    leases: list[_Lease] = field(default_factory=lambda: [_Lease() for _ in range(SHARDS)])
    processes: dict[str, _Process] = field(default_factory=dict)
    unusable: set[str] = field(default_factory=set)
    """The processes that can't use the store at present."""

    def now_ms(self) -> int:
        """Return the time of the store's clock."""
        return int(asyncio.get_running_loop().time() * 1000)

    def may_claim(self, owner: str) -> set[int]:
        """Return the shards in which a process may claim work."""
        now = self.now_ms()
        return {
            shard
            for shard, lease in enumerate(self.leases)
            if lease.owner == owner and lease.ends_ms > now and not lease.is_left
        }


class FakeLeases(Leases):
    """The leases of one process."""

    def __init__(self, book: LeaseBook, owner: str, settings: Mapping[str, str] | None = None) -> None:
        self._book = book
        self._owner = owner
        self._settings = settings or {}

    @override
    async def join(self, lease_ms: int) -> frozenset[str]:
        book, now = self._usable(), self._book.now_ms()
        differing = frozenset(
            name
            for owner, other in book.processes.items()
            if owner != self._owner and not other.is_waiting and other.seen_ms > now - lease_ms
            for name in self._settings.keys() | other.settings.keys()
            if self._settings.get(name) != other.settings.get(name)
        )
        began_ms = book.processes[self._owner].began_ms if self._owner in book.processes else now
        book.processes[self._owner] = _Process(self._owner, self._settings, began_ms, now, bool(differing))
        return differing

    @override
    async def renew(self, lease_ms: int, leaving: Collection[int]) -> Standing:
        book, now = self._usable(), self._book.now_ms()
        own = book.processes.get(self._owner)
        is_live = own is not None and not own.is_waiting and own.seen_ms > now - lease_ms
        found = {}
        if own and is_live:
            own.seen_ms = now
            for shard, lease in enumerate(book.leases):
                if lease.owner == self._owner and lease.ends_ms > now:
                    lease.ends_ms, lease.is_left = now + lease_ms, shard in leaving
                    found[shard] = lease.epoch
        live = sum(not one.is_waiting and one.seen_ms > now - lease_ms for one in book.processes.values())
        return Standing(found, live if is_live else 0, sum(lease.ends_ms <= now for lease in book.leases), now)

    @override
    async def claim(self, limit: int, lease_ms: int) -> Mapping[int, int]:
        book, now = self._usable(), self._book.now_ms()
        free = [shard for shard, lease in enumerate(book.leases) if lease.ends_ms <= now][:limit]
        for shard in free:
            book.leases[shard] = _Lease(self._owner, book.leases[shard].epoch + 1, now + lease_ms)
        return {shard: book.leases[shard].epoch for shard in free}

    @override
    async def release(self, shards: Collection[int]) -> None:
        for shard in shards:
            lease = self._usable().leases[shard]
            if lease.owner == self._owner:
                self._book.leases[shard] = _Lease(epoch=lease.epoch)

    @override
    async def depart(self) -> None:
        await self.release(range(SHARDS))
        self._book.processes.pop(self._owner, None)

    @override
    async def processes(self) -> list[ProcessState]:
        book, now = self._usable(), self._book.now_ms()
        return [
            ProcessState(
                owner,
                one.name,
                now - one.began_ms,
                now - one.seen_ms,
                one.is_waiting,
                [shard for shard, lease in enumerate(book.leases) if lease.owner == owner and lease.ends_ms > now],
            )
            for owner, one in book.processes.items()
        ]

    def _usable(self) -> LeaseBook:
        if self._owner in self._book.unusable:
            raise StorageError("the store doesn't answer")
        return self._book
