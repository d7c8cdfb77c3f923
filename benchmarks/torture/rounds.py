"""Rounds: people order, the bot dies, it starts again on the same database, and every order has to end well."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from benchmarks.torture.auditor import Audit, Evidence, Violation, audit, end_of, prompt_of
from benchmarks.torture.lane import Lane
from benchmarks.torture.people import KINDS, Order, ask, orders_of
from benchmarks.torture.story import story
from benchmarks.torture.weather import SLOW, WEATHERS, squall

_ENDS_WITHIN_S = 150.0
_CALLED_BACK_WITHIN_S = 12.0
_RESTS_WITHIN_S = 20.0
_LOOK_S = 0.15
_AFTER_S = 0.3
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


@dataclass(slots=True)
class Result:
    """The results of a lane."""

    audit: Audit = field(default_factory=Audit)
    boundaries: int = 0
    at_boundary: int = 0
    at_random: int = 0
    missed: list[str] = field(default_factory=list)
    stories: list[str] = field(default_factory=list)


class Rounds:
    """A player of rounds on one lane."""

    def __init__(self, lane: Lane, dice: random.Random) -> None:
        self.lane = lane
        self.dice = dice
        self.result = Result()
        self._asking: list[asyncio.Task[None]] = []

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
        orders = self._people()
        ended = asyncio.create_task(self._all_end(orders))
        died = asyncio.create_task(self.lane.dead(_ENDS_WITHIN_S))
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
        await self._settle(orders, began, f"dying at {boundary.name}, passing {boundary.passing}")

    async def die_in_a_row(self, boundaries: Sequence[Boundary], random_deaths: int) -> None:
        """Let the bot die many times, each time with the remains of the death before, and audit once at the end."""
        began = time.time()
        orders: list[Order] = []
        for boundary in boundaries:
            await self.lane.faults(WEATHERS[boundary.weather])
            await self.lane.start(boundary.name, boundary.passing, slow=SLOW[boundary.weather])
            orders += self._people()
            self.result.boundaries += 1
            if await self.lane.dead(_CHAIN):
                self.result.at_boundary += 1
            else:
                self.result.missed.append(f"{boundary.name} (passing {boundary.passing})")
                await self.lane.kill()
        orders += await self._random_deaths(random_deaths, within_s=1.0) if random_deaths else []
        await self.lane.clear()
        await self.lane.start()
        await self._all_end(orders)
        await self._settle(orders, began, "a row of deaths")

    async def die_at_random(self, deaths: int) -> None:
        """Let the bot die at random moments, with faults on every wire, and audit every few deaths."""
        while deaths > 0:
            began = time.time()
            orders = await self._random_deaths(min(deaths, _LIVES), within_s=_LONGEST_LIFE_S)
            deaths -= _LIVES
            await self.lane.clear()
            await self.lane.start()
            lock = asyncio.create_task(self.lane.lock(_LONGEST_LOCK_S, after_s=_AFTER_START_S))
            await self._all_end(orders)
            await lock
            await self._settle(orders, began, "random deaths")

    async def _random_deaths(self, deaths: int, within_s: float) -> list[Order]:
        orders: list[Order] = []
        for _ in range(deaths):
            began, lasts = self.dice.uniform(0, within_s), self.dice.uniform(0.2, 2)
            full = (began, began + lasts) if self.dice.random() < _FULL else None
            await self.lane.start(full=full, slow=self.dice.random() < _LATE)
            await self.lane.faults(squall(self.dice))
            lock = asyncio.create_task(self.lane.lock(_LONGEST_LOCK_S if self.dice.random() < _LOCKED else 0))
            kinds = tuple(kind if self.dice.random() < 0.4 else "" for kind in KINDS)
            orders += self._people(kinds, within_s)
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
        orders = self._people()
        await self._all_end(orders)
        await self._settle(orders, began, "no death")
        names = (line["at"] for line in self.lane.passings(began))
        return Counter(name for name in names if name.startswith(("before ", "after ")))

    def _people(self, kinds: Iterable[str] = KINDS, spread_s: float = 0.0) -> list[Order]:
        """Let a new room's people start to order, all at once or over `spread_s` seconds."""
        room, self.lane.room = self.lane.room, self.lane.room + 1
        orders = [order for order in orders_of(room, f"r{room}", tuple(kinds), self.lane.album) if order.kind]
        self._asking += [asyncio.create_task(self._later(order, self.dice.uniform(0, spread_s))) for order in orders]
        return orders

    async def _later(self, order: Order, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        await ask(order, self.lane.say, self.lane.look)

    async def _all_end(self, orders: list[Order]) -> None:
        """Wait until each order has its picture or its words, or has taken so long that it counts as lost."""
        deadline = time.monotonic() + _ENDS_WITHIN_S
        patience: dict[str, float] = {}
        waiting = list(orders)
        while waiting and time.monotonic() < deadline:
            tasks = await self.lane.tasks() if patience else []
            left = []
            for order in waiting:
                end = end_of(order, await self.lane.look(order.chat)) if order.asked else None
                if end == "uncertain" and self.lane.callbacks:
                    since = patience.setdefault(order.code, time.monotonic())
                    known = any(prompt_of(task) == order.prompt for task in tasks)
                    soon = time.monotonic() - since < (_CALLED_BACK_WITHIN_S if known else 1.0)
                    end = None if soon else end
                if end is None:
                    left.append(order)
            waiting = left
            await asyncio.sleep(_LOOK_S)

    async def _settle(self, orders: list[Order], began: float, what: str) -> None:
        """Wait for quiet, end the bot, and audit."""
        deadline = time.monotonic() + _RESTS_WITHIN_S
        while self.lane.open_work() and time.monotonic() < deadline:  # noqa: ASYNC110 - another process's
            await asyncio.sleep(_LOOK_S)
        await asyncio.sleep(_AFTER_S)  # anything that comes twice comes now
        await self.lane.kill()
        await self.lane.clear()
        for task in self._asking:
            task.cancel()
        failed = [gone for gone in await asyncio.gather(*self._asking, return_exceptions=True) if gone]
        self._asking.clear()
        chats = {chat: await self.lane.look(chat) for chat in {order.chat for order in orders}}
        evidence = Evidence(
            orders, chats, await self.lane.tasks(), self.lane.passings(began - 1), callbacks=self.lane.callbacks
        )
        found = await audit(evidence, self.lane.fetch)
        found.violations += [
            Violation("harness", None, f"somebody could not ask: {problem!r}")
            for problem in failed
            if isinstance(problem, Exception)
        ]
        found.violations += [Violation("ended", None, words) for words in self.lane.surprises]
        self.lane.surprises.clear()
        self.result.audit += found
        events = [event for event in self.lane.events if event["time"] >= began - 1]
        for violation in found.violations:
            told = story(violation, evidence, events, self.lane.output)
            self.result.stories.append(f"[{self.lane.mode}; {what}]\n{told}")
