"""The keeper of this process's leases: it renews them, takes its fair share of the shards, and gives up the rest.

1. A lease is renewed every 0.3 of its length. Its end is counted from before the renewal was sent, so this process
   takes it for ended before the store does.
2. Shards without an owner are taken, up to a fair share: 64 divided by the live processes, rounded up.
3. Shards above the share are left, as after another process came: no more work begins there. Once the work that has
   begun is done, or after the time of a lease, they are released.
4. If renewals fail for longer than the lease, the process owns nothing, whatever it believes about the store.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Coroutine
from typing import Any

import structlog

from core.errors import StorageError
from core.models.leases import Standing
from core.models.shards import SHARDS
from core.ports.leases import Leases
from core.runtime.log_throttle import LogThrottle
from core.runtime.shards import OwnedShards

log = structlog.get_logger()

_PART = 0.3
_MARGIN_S, _MARGIN_PART = 2.0, 0.2
_LEAVING_LOOK_S = 0.1

TakeOver = Callable[[Collection[int]], Coroutine[Any, Any, None]]


def margin_s(lease_s: float) -> float:
    """Return the seconds that a lease must last for a call to be made."""
    return min(_MARGIN_S, lease_s * _MARGIN_PART)


class LeaseKeeper:
    """The keeper. `take_over` is called with shards that were acquired, before any work begins in them.

    `heard` is told the time of the store's clock, and when this process asked for it.
    """

    def __init__(
        self,
        leases: Leases,
        lease_s: float,
        take_over: TakeOver,
        shards: OwnedShards | None = None,
        now_s: Callable[[], float] = time.monotonic,
        heard: Callable[[int, float], None] = lambda _now_ms, _sent_s: None,
    ) -> None:
        self._leases = leases
        self._lease_s = lease_s
        self._take_over = take_over
        self._now_s = now_s
        self._heard = heard
        self._left_at: dict[int, float] = {}
        self._nudged = asyncio.Event()
        self._throttle = LogThrottle()
        self.shards = shards or OwnedShards(now_s, margin_s(lease_s))
        self.is_waiting = True
        """Whether this process has no part yet, because others with different settings work."""

    @property
    def _lease_ms(self) -> int:
        return int(self._lease_s * 1000)

    async def join(self) -> None:
        """Wait until no process with other settings works, and take the first shards."""
        await self.look()
        while self.is_waiting:
            await self._rest(self._lease_s * _PART)
            await self.look()

    def nudge(self) -> None:
        """Look at once, as another process has released shards."""
        self._nudged.set()

    async def run(self) -> None:
        """Keep the leases until canceled."""
        while True:
            await self.look()
            pause_s = _LEAVING_LOOK_S if self.shards.leaving else self._lease_s * _PART
            await self._rest(pause_s)

    async def _rest(self, pause_s: float) -> None:
        try:
            async with asyncio.timeout(pause_s):
                await self._nudged.wait()
        except TimeoutError:
            pass
        self._nudged.clear()

    async def look(self) -> None:
        """Renew the leases, and take or give up shards. A store that can't be used only means that leases end."""
        try:
            async with asyncio.timeout(self._lease_s):
                if not self.is_waiting or await self._has_joined():
                    await self._look()
        except (StorageError, TimeoutError) as error:
            self._throttle(log.error, "lease_renewal_failed", error=str(error) or type(error).__name__)
        self._lost(self.shards.drop_ended())

    async def _has_joined(self) -> bool:
        """Take part, unless processes with other settings work."""
        differing = await self._leases.join(self._lease_ms)
        self.is_waiting = bool(differing)
        if differing:
            self._throttle(log.error, "process_settings_differ", settings=sorted(differing))
        return not differing

    async def _look(self) -> None:
        await self._release_left()
        standing = await self._renew()
        if not standing.processes:
            self.is_waiting = True
            self.nudge()
            return
        kept, share = self.shards.owned, -(-SHARDS // standing.processes)
        if len(kept) > share:
            await self._leave(sorted(kept)[share:])
        elif len(kept) < share and standing.free:
            sent_s = self._now_s()
            claimed = await self._leases.claim(share - len(kept), self._lease_ms)
            await self._begin(claimed.keys(), sent_s)

    async def _renew(self) -> Standing:
        sent_s = self._now_s()
        standing = await self._leases.renew(self._lease_ms, self.shards.leaving.keys())
        self._heard(standing.now_ms, sent_s)
        known = self.shards.leased
        self._lost(known - standing.leases.keys())
        self.shards.extend(known & standing.leases.keys(), sent_s + self._lease_s)
        await self._begin(standing.leases.keys() - known, sent_s)
        return standing

    async def _begin(self, shards: Collection[int], sent_s: float) -> None:
        """Take over shards from the process that had them before, then own them."""
        if not shards:
            return
        await self._take_over(shards)
        self.shards.extend(shards, sent_s + self._lease_s)
        log.info("shards_acquired", shards=sorted(shards), owned=len(self.shards.owned))

    async def _leave(self, shards: Collection[int]) -> None:
        """Begin no more work in shards: here from now on, and nowhere else before they are released."""
        self.shards.leave(shards)
        self._left_at = dict.fromkeys(shards, self._now_s())
        await self._renew()

    async def _release_left(self) -> None:
        """Release the shards that were left and whose work is done, or takes too long."""
        before_s = self._now_s() - self._lease_s
        done = [
            shard
            for shard, items in self.shards.leaving.items()
            if not items or self._left_at.get(shard, before_s) <= before_s
        ]
        if done:
            self.shards.drop(done)  # first, so that `may_call` stops what takes too long
            await self._leases.release(done)
            log.info("shards_released", shards=sorted(done), owned=len(self.shards.owned))

    def _lost(self, shards: Collection[int]) -> None:
        if shards:
            self.shards.drop(shards)
            log.warning("shards_lost", shards=sorted(shards), owned=len(self.shards.owned))

    async def depart(self) -> None:
        """Give everything up at once, after all work has ended, so that others need not wait for the leases' end."""
        released = sorted(self.shards.leased)
        self.shards.drop(released)
        try:
            async with asyncio.timeout(self._lease_s):
                await self._leases.depart()
            log.info("shards_released", shards=released, owned=0)
        except (StorageError, TimeoutError) as error:  # then the leases end by themselves
            log.warning("lease_release_failed", error=str(error) or type(error).__name__)
