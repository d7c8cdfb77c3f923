"""The time until other processes have the shards of one that died or was stopped, from the table of leases."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from statistics import median
from typing import Any

import asyncpg

from storage.postgresql import TROUBLE

_LOOK_S = 0.05
_LEASES = "SELECT shard, epoch, owner FROM shard_leases"
_PROCESSES = "SELECT owner, name FROM processes WHERE waiting = 0"


@dataclass(slots=True)
class Loss:
    """Shards that lost their process, with the epochs that it had, and when. `alone` if nothing else happened yet."""

    shards: dict[int, int]
    began_s: float
    alone: bool


@dataclass(frozen=True, slots=True)
class Takeover:
    """The seconds until all shards of a process had another owner, or the same process with a new lease.

    It was undisturbed if nothing else happened in between and all other processes ran.
    """

    took_s: float
    undisturbed: bool


class LeaseWatch:
    """A look at the leases, many times a second."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._leases: dict[int, tuple[int, str | None]] = {}
        self._owners: dict[int, str] = {}
        self._losses: list[Loss] = []
        self.takeovers: list[Takeover] = []

    async def run(self) -> None:
        """Look until canceled. A server that is down only means that a takeover lasts."""
        while True:
            with suppress(*TROUBLE):
                connection = await asyncpg.connect(self._url, timeout=5, command_timeout=5)
                try:
                    await self._watch(connection)
                finally:
                    connection.terminate()
            await asyncio.sleep(_LOOK_S)

    async def _watch(self, connection: Any) -> None:
        while True:
            processes, leases = await connection.fetch(_PROCESSES), await connection.fetch(_LEASES)
            self._owners = {int(row["name"].rpartition(":")[2]): row["owner"] for row in processes}
            self._leases = {row["shard"]: (row["epoch"], row["owner"]) for row in leases}
            self._judge(time.monotonic())
            await asyncio.sleep(_LOOK_S)

    def _judge(self, now_s: float) -> None:
        for loss in list(self._losses):
            if all(self._leases[shard][0] > epoch and self._leases[shard][1] for shard, epoch in loss.shards.items()):
                self._losses.remove(loss)
                self.takeovers.append(Takeover(now_s - loss.began_s, loss.alone))

    def takes_part(self, pid: int) -> bool:
        """Return whether a process has joined the others, and so works for its shards."""
        return pid in self._owners

    def lost(self, pid: int, *, alone: bool) -> None:
        """Start the clock for the shards that a process had. `alone` if all others run and no event is open."""
        owner = self._owners.get(pid)
        shards = {shard: epoch for shard, (epoch, whose) in self._leases.items() if whose == owner}
        if owner and shards:
            self._losses.append(Loss(shards, time.monotonic(), alone))

    async def over(self, within_s: float) -> None:
        """Wait until no takeover is open, or that much time has passed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while self._losses:  # noqa: ASYNC110 - of another process
                    await asyncio.sleep(_LOOK_S)

    def disturbed(self) -> None:
        """Note that something else happens, which may delay the takeovers that aren't over."""
        for loss in self._losses:
            loss.alone = False


def summary(takeovers: Sequence[Takeover], lease_s: float) -> str:
    """Return the median and the largest time in a sentence."""
    if not takeovers:
        return "no takeovers"
    words = [f"{len(takeovers)} takeovers with LEASE_S={lease_s:g}: {_spread([each.took_s for each in takeovers])}"]
    undisturbed = [each.took_s for each in takeovers if each.undisturbed]
    if undisturbed:
        words.append(f"{len(undisturbed)} of them without another event: {_spread(undisturbed)}")
    return "; ".join(words)


def _spread(seconds: Sequence[float]) -> str:
    return f"median {median(seconds):.2f} s, at most {max(seconds):.2f} s"
