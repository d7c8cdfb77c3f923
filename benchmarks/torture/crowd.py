"""The people of a run: they order, and then every order has to end well."""

import asyncio
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from benchmarks.torture.auditor import Audit, Evidence, Violation, audit, end_of, late_chats, prompt_of
from benchmarks.torture.people import KINDS, Order, ask, orders_of
from benchmarks.torture.scene import Scene
from benchmarks.torture.story import story

ENDS_WITHIN_S = 150.0
_CALLED_BACK_WITHIN_S = 12.0
_RESTS_WITHIN_S = 20.0
_LOOK_S = 0.15
_AFTER_S = 0.3


@dataclass(slots=True)
class Result:
    """The results of a run on one scene."""

    audit: Audit = field(default_factory=Audit)
    boundaries: int = 0
    at_boundary: int = 0
    at_random: int = 0
    missed: list[str] = field(default_factory=list)
    stories: list[str] = field(default_factory=list)


class Crowd:
    """The people on one scene."""

    may_be_late = False
    """Whether a process may be stopped while it has an update, and so come too late with a piece of an album."""

    def __init__(self, scene: Scene, dice: random.Random) -> None:
        self.scene = scene
        self.dice = dice
        self.result = Result()
        self._asking: list[asyncio.Task[None]] = []

    def people(self, kinds: Iterable[str] = KINDS, spread_s: float = 0.0) -> list[Order]:
        """Let a new room's people start to order, all at once or over `spread_s` seconds."""
        room, self.scene.room = self.scene.room, self.scene.room + 1
        orders = [order for order in orders_of(room, f"r{room}", tuple(kinds), self.scene.album) if order.kind]
        self._asking += [asyncio.create_task(self._later(order, self.dice.uniform(0, spread_s))) for order in orders]
        return orders

    async def _later(self, order: Order, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        await ask(order, self.scene.say, self.scene.look)

    async def all_end(self, orders: list[Order]) -> None:
        """Wait until each order has its picture or its words, or has taken so long that it counts as lost."""
        deadline = time.monotonic() + ENDS_WITHIN_S
        patience: dict[str, float] = {}
        waiting = list(orders)
        while waiting and time.monotonic() < deadline:
            tasks = await self.scene.tasks() if patience else []
            left = []
            for order in waiting:
                end = end_of(order, await self.scene.look(order.chat)) if order.asked else None
                if end == "uncertain" and self.scene.callbacks:
                    since = patience.setdefault(order.code, time.monotonic())
                    known = any(prompt_of(task) == order.prompt for task in tasks)
                    soon = time.monotonic() - since < (_CALLED_BACK_WITHIN_S if known else 1.0)
                    end = None if soon else end
                if end is None:
                    left.append(order)
            waiting = left
            await asyncio.sleep(_LOOK_S)

    async def settle(self, orders: list[Order], began: float, what: str) -> None:
        """Wait for quiet, let the bot rest, and audit."""
        deadline = time.monotonic() + _RESTS_WITHIN_S
        while await self.scene.open_work() and time.monotonic() < deadline:  # noqa: ASYNC110 - of another process
            await asyncio.sleep(_LOOK_S)
        await asyncio.sleep(_AFTER_S)  # anything that comes twice comes now
        await self.scene.rest()
        await self.scene.clear()
        for task in self._asking:
            task.cancel()
        failed = [gone for gone in await asyncio.gather(*self._asking, return_exceptions=True) if gone]
        self._asking.clear()
        chats = {chat: await self.scene.look(chat) for chat in {order.chat for order in orders}}
        passings = self.scene.passings(began - 1)
        late = late_chats(orders, passings) if self.may_be_late else frozenset[int]()
        evidence = Evidence(orders, chats, await self.scene.tasks(), passings, self.scene.callbacks, late)
        found = await audit(evidence, self.scene.fetch)
        found.violations += [
            Violation("harness", None, f"somebody could not ask: {problem!r}")
            for problem in failed
            if isinstance(problem, Exception)
        ]
        found.violations += [Violation("ended", None, words) for words in self.scene.surprises]
        self.scene.surprises.clear()
        self.result.audit += found
        events = [event for event in self.scene.events if event["time"] >= began - 1]
        for violation in found.violations:
            told = story(violation, evidence, events, self.scene.output)
            self.result.stories.append(f"[{self.scene.mode}; {what}]\n{told}")
