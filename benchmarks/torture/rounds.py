"""Rounds: people order, the bot dies, it starts again on the same database, and every order has to end well."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.torture.crowd import ENDS_WITHIN_S, Crowd
from benchmarks.torture.lane import Lane
from benchmarks.torture.people import KINDS, Order
from benchmarks.torture.weather import SLOW, WEATHERS, squall

_LONGEST_LIFE_S = 2.5
_LIVES = 10  # random deaths between two audits
_CHAIN = 6
_FULL, _LOCKED, _LATE = 0.25, 0.25, 0.5  # shares of the lives that end at random
_LONGEST_LOCK_S = 7.0  # SQLite gives up after 5 s
_AFTER_START_S = 2.0


@dataclass(frozen=True, slots=True)
class Boundary:
    """A place to die. `passing` counts from the start of the process."""

    name: str
    passing: int = 1
    weather: int = 0
    """The index in WEATHERS of the weather that leads there."""


class Rounds(Crowd):
    """A player of rounds on one lane."""

    def __init__(self, lane: Lane, dice: random.Random) -> None:
        super().__init__(lane, dice)
        self.lane = lane

    async def survey(self) -> list[Boundary]:
        """Play a round without a death in each weather. Return the boundaries that were passed."""
        found: list[Boundary] = []
        for weather in range(len(WEATHERS)):
            passed = await self._observed(weather)
            known = {boundary.name for boundary in found}
            new = {name: count for name, count in passed.items() if name not in known}
            found += [Boundary(name, weather=weather) for name in new]
            found += [Boundary(name, self.dice.randint(2, new[name]), weather) for name in new if new[name] > 1]
        return found

    async def die_at(self, boundary: Boundary) -> None:
        """Let the bot die there once, start it again, and check that all orders end well."""
        began = time.time()
        await self.lane.faults(WEATHERS[boundary.weather])
        await self.lane.start(boundary.name, boundary.passing, slow=SLOW[boundary.weather])
        orders = self.people()
        ended = asyncio.create_task(self.all_end(orders))
        died = asyncio.create_task(self.lane.dead(ENDS_WITHIN_S))
        await asyncio.wait({ended, died}, return_when=asyncio.FIRST_COMPLETED)
        self.result.boundaries += 1
        if died.done() and died.result():
            self.result.at_boundary += 1
            await self.lane.start()
        else:
            self.result.missed.append(f"{boundary.name} (passing {boundary.passing})")
        await ended
        died.cancel()
        await asyncio.gather(died, return_exceptions=True)
        await self.settle(orders, began, f"dying at {boundary.name}, passing {boundary.passing}")

    async def die_in_a_row(self, boundaries: Sequence[Boundary], random_deaths: int) -> None:
        """Let the bot die many times, each time with the remains of the death before, and audit once at the end."""
        began = time.time()
        orders: list[Order] = []
        for boundary in boundaries:
            await self.lane.faults(WEATHERS[boundary.weather])
            await self.lane.start(boundary.name, boundary.passing, slow=SLOW[boundary.weather])
            orders += self.people()
            self.result.boundaries += 1
            if await self.lane.dead(_CHAIN):
                self.result.at_boundary += 1
            else:
                self.result.missed.append(f"{boundary.name} (passing {boundary.passing})")
                await self.lane.kill()
        orders += await self._random_deaths(random_deaths, within_s=1.0) if random_deaths else []
        await self.lane.clear()
        await self.lane.start()
        await self.all_end(orders)
        await self.settle(orders, began, "a row of deaths")

    async def die_at_random(self, deaths: int) -> None:
        """Let the bot die at random moments, with faults on every wire, and audit every few deaths."""
        while deaths > 0:
            began = time.time()
            orders = await self._random_deaths(min(deaths, _LIVES), within_s=_LONGEST_LIFE_S)
            deaths -= _LIVES
            await self.lane.clear()
            await self.lane.start()
            lock = asyncio.create_task(self.lane.lock(_LONGEST_LOCK_S, after_s=_AFTER_START_S))
            await self.all_end(orders)
            await lock
            await self.settle(orders, began, "random deaths")

    async def _random_deaths(self, deaths: int, within_s: float) -> list[Order]:
        orders: list[Order] = []
        for _ in range(deaths):
            began, lasts = self.dice.uniform(0, within_s), self.dice.uniform(0.2, 2)
            full = (began, began + lasts) if self.dice.random() < _FULL else None
            await self.lane.start(full=full, slow=self.dice.random() < _LATE)
            await self.lane.faults(squall(self.dice))
            lock = asyncio.create_task(self.lane.lock(_LONGEST_LOCK_S if self.dice.random() < _LOCKED else 0))
            kinds = tuple(kind if self.dice.random() < 0.4 else "" for kind in KINDS)
            orders += self.people(kinds, within_s)
            await asyncio.sleep(self.dice.uniform(0.0, within_s))
            lock.cancel()
            await asyncio.gather(lock, return_exceptions=True)
            await self.lane.kill()
            self.result.at_random += 1
        return orders

    async def _observed(self, weather: int) -> Counter[str]:
        began = time.time()
        await self.lane.faults(WEATHERS[weather])
        await self.lane.start(slow=SLOW[weather])
        orders = self.people()
        await self.all_end(orders)
        await self.settle(orders, began, "no death")
        names = (line["at"] for line in self.lane.passings(began))
        return Counter(name for name in names if name.startswith(("before ", "after ")))
