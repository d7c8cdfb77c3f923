"""The leases of shards, as a process sees its own and those of others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Standing:
    """The result of a renewal: the own leases, shard → epoch, and the number of shards without an owner.

    `processes` is the number of live ones that take part. 0 means that this one was silent for too long: it has no
    leases any more, and has to join again. `now_ms` is the time of the store's clock.
    """

    leases: Mapping[int, int]
    processes: int
    free: int
    now_ms: int


@dataclass(frozen=True, slots=True)
class ProcessState:
    """A process as others see it. Ages are milliseconds by the store's clock.

    A process that waits has other settings than those that work. `shards` are those with a valid lease.
    """

    owner: str
    name: str
    age_ms: int
    silent_ms: int
    is_waiting: bool
    shards: Sequence[int]
