"""The wake-ups of the workers: the adapter that commits work for a worker sets the worker's wake-up."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from core.models.broadcasts import Recipient
from core.models.job import Job
from core.models.shards import FIRST_SHARD, shard_of
from core.models.updates import Update
from core.runtime.shards import OwnedShards
from core.runtime.worker import Item, WakeUp

Tell = Callable[[str, int], None]
"""A function that tells the owner of a shard of work: the name of the wake-up, and the shard."""


class SharedWakeUp(WakeUp[Item]):
    """A wake-up among several processes: work for a chat of another process is told to that process."""

    def __init__(self, name: str, shards: OwnedShards, shard: Callable[[Item], int], tell: Tell) -> None:
        super().__init__()
        self._name = name
        self._shards = shards
        self._shard = shard
        self._tell = tell

    @override
    def offer(self, item: Item) -> None:
        shard = self._shard(item)
        if shard in self._shards:
            super().offer(item)
        else:
            self._tell(self._name, shard)

    @override
    def set_for(self, chat_id: int) -> None:
        if self._shards.owns(chat_id):
            self.set()
        else:
            self._tell(self._name, shard_of(chat_id))


@dataclass(frozen=True, slots=True)
class WakeUps:
    """One wake-up for each worker that looks before its next poll."""

    updates: WakeUp[Update] = field(default_factory=WakeUp)
    orders: WakeUp[Job] = field(default_factory=WakeUp)
    polls: WakeUp[Job] = field(default_factory=WakeUp)
    gathering: WakeUp[Job] = field(default_factory=WakeUp)
    outcomes: WakeUp[Job] = field(default_factory=WakeUp)
    broadcasts: WakeUp[Recipient] = field(default_factory=WakeUp)

    @classmethod
    def shared(cls, shards: OwnedShards, tell: Tell) -> "WakeUps":
        """Return the wake-ups of a process among several."""

        def of(name: str, shard: Callable[[Any], int]) -> SharedWakeUp[Any]:
            return SharedWakeUp(name, shards, shard, tell)

        return cls(
            updates=of("updates", lambda update: shard_of(update.chat_id)),
            broadcasts=of("broadcasts", lambda _: FIRST_SHARD),
            **{name: of(name, lambda job: shard_of(job.address.chat_id)) for name in _OF_JOBS},
        )

    def set(self, name: str) -> None:
        """Set a wake-up by its name, or all of them with an unknown one."""
        names = [name] if name in _NAMES else _NAMES
        for one in names:
            wake_up: WakeUp[Any] = getattr(self, one)
            wake_up.set()


_OF_JOBS = ("orders", "polls", "gathering", "outcomes")
_NAMES = ("updates", *_OF_JOBS, "broadcasts")
