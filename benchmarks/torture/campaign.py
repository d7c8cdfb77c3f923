"""A campaign against several processes: they die, sleep, lose the database and restart, while people order."""

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from enum import StrEnum
from typing import Any

from benchmarks.torture.crowd import Crowd
from benchmarks.torture.fleet import LEASE_S, Fleet, Replica
from benchmarks.torture.people import KINDS, Order
from benchmarks.torture.weather import FAIR, RAIN, WEATHERS, Fault, squall

_SPELL = 20  # events between two audits
_REACHED_WITHIN_S = 4.0
_PAUSE_S = 1.0
_TAKEN_OVER_WITHIN_S = 3 * LEASE_S
_ORDERED, _FAULTY, _LATE = 0.4, 0.5, 0.5  # shares of the kinds of orders, of events with faults, and of late lives
_DOWN = 1.5  # the longest time, in leases, after which a dead process starts again
_ASLEEP = (1.2, 2.5)  # the time, in leases, for which a process is stopped
_SILENT = (0.3, 2.0)  # the time, in leases
_DATABASE_DOWN_S = 1.5


class Event(StrEnum):
    """The things that happen to the processes."""

    KILL = "SIGKILL at random"
    KILL_AT = "SIGKILL at a boundary"
    SLEEP = "SIGSTOP at random"
    SLEEP_AT = "SIGSTOP at a boundary"
    CUT = "one process cut off the database"
    SILENCE = "one process hears nothing of the database"
    CUT_ALL = "all connections ended by the server"
    CRASH = "PostgreSQL stopped at once and started"
    RESTART = "PostgreSQL restarted in order"
    ROLLING = "rolling restart"


SHARES = {
    Event.KILL: 18,
    Event.KILL_AT: 22,
    Event.SLEEP: 14,
    Event.SLEEP_AT: 18,
    Event.CUT: 9,
    Event.SILENCE: 5,
    Event.CUT_ALL: 4,
    Event.CRASH: 4,
    Event.RESTART: 3,
    Event.ROLLING: 3,
}
"""How many of a hundred events are of each kind. Every kind comes at least once."""


class Campaign(Crowd):
    """A player of events on one fleet."""

    may_be_late = True

    def __init__(self, fleet: Fleet, dice: random.Random) -> None:
        super().__init__(fleet, dice)
        self.fleet = fleet
        self.happened: Counter[Event] = Counter()
        self._boundaries: list[str] = []
        self._recoveries: set[asyncio.Task[None]] = set()

    async def run(self, events: int, weathers: Sequence[list[Fault]] = WEATHERS) -> None:
        """Let all processes start, find the boundaries, and let as many events happen."""
        await asyncio.gather(*(self._start(replica) for replica in self.fleet.replicas))
        await self._ready()
        await self._survey(weathers)
        deck = self._deck(events)
        while deck:
            spell, deck = deck[:_SPELL], deck[_SPELL:]
            await self._spell(spell)
            print("." if not self.result.stories else "!", end="", flush=True)

    def _deck(self, events: int) -> list[Event]:
        deck = list(SHARES)
        deck += self.dice.choices(list(SHARES), list(SHARES.values()), k=max(0, events - len(deck)))
        deck = deck[:events]
        self.dice.shuffle(deck)
        return deck

    async def _survey(self, weathers: Sequence[list[Fault]]) -> None:
        """Let people order in each weather, and note the boundaries that are passed."""
        began = time.time()
        for weather in weathers:
            await self.fleet.faults(weather)
            orders = self.people()
            await self.all_end(orders)
            await self.settle(orders, began, "no event")
        names = {line["at"]: None for line in self.fleet.passings(began)}
        self._boundaries = [name for name in names if name.startswith(("before ", "after "))]
        self.dice.shuffle(self._boundaries)

    async def _spell(self, events: list[Event]) -> None:
        began = time.time()
        orders: list[Order] = []
        for number, event in enumerate(events):
            weather = squall(self.dice) if self.dice.random() < _FAULTY else self.dice.choice((FAIR, RAIN))
            await self.fleet.faults(weather)
            kinds = tuple(kind if self.dice.random() < _ORDERED else "" for kind in KINDS)
            orders += self.people(kinds, _PAUSE_S)
            await asyncio.sleep(self.dice.uniform(0, _PAUSE_S))
            self.fleet.watch.disturbed()
            await self._happen(event)
            if number == 0:  # all processes ran, so this takeover shows the time without another event
                await self.fleet.watch.over(_TAKEN_OVER_WITHIN_S)
        await self.fleet.clear()
        await asyncio.gather(*self._recoveries)
        await self._ready()
        await self.all_end(orders)
        await self.settle(orders, began, ", ".join(events))

    async def _happen(self, event: Event) -> None:
        acts: dict[Event, Callable[[], Awaitable[None]]] = {
            Event.KILL: lambda: self._at_random(signal.SIGKILL),
            Event.SLEEP: lambda: self._at_random(signal.SIGSTOP),
            Event.KILL_AT: lambda: self._at_boundary(signal.SIGKILL),
            Event.SLEEP_AT: lambda: self._at_boundary(signal.SIGSTOP),
            Event.CUT: self._cut,
            Event.SILENCE: self._silence,
            Event.CUT_ALL: self.fleet.cut_all,
            Event.CRASH: lambda: self._database(signal.SIGQUIT),
            Event.RESTART: lambda: self._database(signal.SIGINT),
            Event.ROLLING: self._rolling,
        }
        await acts[event]()
        self.happened[event] += 1

    # --- events

    async def _at_random(self, number: signal.Signals) -> None:
        victim = await self._one()
        alone = self._is_calm()
        self.fleet.watch.lost(victim.pid, alone=alone)
        await self.fleet.send(victim, number)
        self.result.at_random += 1
        self._recover(victim, number)

    async def _at_boundary(self, number: signal.Signals) -> None:
        """Let a process die or stop at the next boundary of the list, or at random if none passes it in time."""
        name = self._boundaries.pop(0)
        self._boundaries.append(name)
        self.result.boundaries += 1
        alone = self._is_calm()
        self.fleet.arm(name, number)
        hit = self.fleet.hit
        assert hit
        await asyncio.wait({hit}, timeout=_REACHED_WITHIN_S)
        if not hit.done() and self.fleet.disarm():
            self.result.missed.append(f"{name} ({number.name})")
            await self._at_random(number)
            return
        victim, _ = await hit
        self.fleet.watch.lost(victim.pid, alone=alone)
        self.result.at_boundary += 1
        self._recover(victim, number)

    async def _cut(self) -> None:
        (await self._one()).tunnel.cut()

    async def _silence(self) -> None:
        victim = await self._one()
        self._later_on(victim.tunnel.silence(LEASE_S * self.dice.uniform(*_SILENT)))

    async def _database(self, how: signal.Signals) -> None:
        await self.fleet.restart_database(how, self.dice.uniform(0, _DATABASE_DOWN_S))

    async def _rolling(self) -> None:
        """Restart all processes in order, one after the other, beside the recoveries from other events."""
        for replica in self.fleet.running():
            if replica in self.fleet.running():
                await self.fleet.end(replica)
                await self._start(replica)
                await self.fleet.ready(replica)

    # --- the processes

    async def _one(self) -> Replica:
        """Return one of the processes that run; wait for one if none does."""
        while not (running := self.fleet.running()):  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.1)
        return self.dice.choice(running)

    def _is_calm(self) -> bool:
        return len(self.fleet.running()) == len(self.fleet.replicas) and not self._recoveries

    def _recover(self, victim: Replica, number: signal.Signals) -> None:
        leases = (0, _DOWN) if number is signal.SIGKILL else _ASLEEP
        self._later_on(self._back(victim, number, LEASE_S * self.dice.uniform(*leases)))

    async def _back(self, victim: Replica, number: signal.Signals, wait_s: float) -> None:
        life = victim.life
        await asyncio.sleep(wait_s)
        if number is signal.SIGSTOP:
            await self.fleet.send(victim, signal.SIGCONT)
            return
        while victim.life == life and not victim.died.is_set():  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.1)
        if victim.life == life:  # it may have ended by itself just before the signal, and so live again
            await self._start(victim)

    async def _start(self, replica: Replica) -> None:
        await self.fleet.start(replica, slow=self.dice.random() < _LATE)

    async def _ready(self) -> None:
        for replica in self.fleet.replicas:
            await self.fleet.ready(replica)

    def _later_on(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._recoveries.add(task)
        task.add_done_callback(self._recoveries.discard)
