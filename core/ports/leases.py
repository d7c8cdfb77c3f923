"""The port to the leases: which process works for which shards."""

from abc import abstractmethod
from collections.abc import Collection, Mapping
from typing import Protocol

from core.models.leases import ProcessState, Standing


class Leases(Protocol):
    """The leases of one process, which the store knows by an id of its own, in a store that all processes share.

    Only the clock of the store counts. Every method raises StorageError if the store can't be used.
    """

    @abstractmethod
    async def join(self, lease_ms: int) -> frozenset[str]:
        """Enter this process. Return the names of the settings in which a working process differs from this one.

        With any, this process waits: it gets no leases until it asks again and no such process is left. A process that
        wasn't heard of for `lease_ms` doesn't count.
        """
        ...

    @abstractmethod
    async def renew(self, lease_ms: int, leaving: Collection[int]) -> Standing:
        """Extend the valid leases of this process to `lease_ms` from now. A lease that has ended stays ended.

        In the shards `leaving`, and only there, no more work can be claimed.
        """
        ...

    @abstractmethod
    async def claim(self, limit: int, lease_ms: int) -> Mapping[int, int]:
        """Take at most `limit` shards without a valid lease, and raise the epoch of each. Return shard → epoch."""
        ...

    @abstractmethod
    async def release(self, shards: Collection[int]) -> None:
        """Give up own shards, and wake the other processes."""
        ...

    @abstractmethod
    async def depart(self) -> None:
        """Give up all own shards, wake the other processes, and remove this process."""
        ...

    @abstractmethod
    async def processes(self) -> list[ProcessState]:
        """Return the processes that were heard of within the last minutes, oldest first."""
        ...
