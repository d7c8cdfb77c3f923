"""The times of orders, taken at the sandbox's own methods as requests leave it and their heads arrive."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any, Self
from unittest.mock import patch

from aiohttp import web

from sandbox.imageapi.callbacks import Caller
from sandbox.imageapi.record import Sent, Task
from sandbox.imageapi.server import Routes
from sandbox.imageapi.tasks import Call
from sandbox.telegram import server
from sandbox.telegram.reading import Form, read_form
from sandbox.telegram.webhook import Webhook

SHOWING = {"sendPhoto", "editMessageMedia"}


@dataclass(frozen=True, slots=True)
class Spread:
    """A distribution in milliseconds."""

    p50: float
    p99: float
    slowest: float

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Self:
        """Return the distribution of at least two times."""
        taken = [each * 1000 for each in seconds]
        return cls(median(taken), quantiles(taken, n=100, method="inclusive")[98], max(taken))

    def __str__(self) -> str:
        return f"{self.p50:8.1f} {self.p99:8.1f} {self.slowest:8.1f}"


@dataclass(slots=True)
class Order:
    """The times of an order, from `time.perf_counter`; 0 for those to come."""

    due: float
    posted: float = 0.0
    asked: float = 0.0
    called: float = 0.0
    shown: float = 0.0


class Watch:
    """The times of the orders by chat, which the last word of each prompt names."""

    def __init__(self) -> None:
        self.orders: dict[int, Order] = {}
        self.open = 0
        self._changed = asyncio.Event()

    def ordered(self, chat: int, due: float) -> None:
        """Start the watch of an order."""
        self.orders[chat] = Order(due)
        self.open += 1

    def _order(self, chat: int) -> Order:
        """Return the order of a chat; a repeated request for one from before is not watched."""
        return self.orders.get(chat) or Order(0.0, shown=1.0)

    async def all_shown(self) -> None:
        """Wait until no order is open."""
        while self.open:
            self._changed.clear()
            await self._changed.wait()

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Take the times at the sandbox's own methods, as requests are sent and their heads arrive."""
        with ExitStack() as stack:
            for owner, name, timed in (
                (Webhook, "_post", self._timed_update(Webhook._post)),
                (Routes, "generate", self._timed_generate(Routes.generate)),
                (Caller, "_post", self._timed_notification(Caller._post)),
                (server, "read_form", self._read_form),
            ):
                stack.enter_context(patch.object(owner, name, timed))
            yield

    def _timed_update(self, post: Callable[..., Any]) -> Callable[..., Any]:
        async def timed(webhook: Webhook, update: dict[str, Any]) -> bool:
            order = self._order(update["message"]["chat"]["id"])
            order.posted = order.posted or time.perf_counter()
            return bool(await post(webhook, update))

        return timed

    def _timed_generate(self, generate: Callable[..., Any]) -> Callable[..., Any]:
        async def timed(routes: Routes, request: web.Request, call: Call) -> web.Response:
            entered = time.perf_counter()
            answer: web.Response = await generate(routes, request, call)
            self._order(_chat(call.params["prompt"])).asked = entered
            return answer

        return timed

    def _timed_notification(self, post: Callable[..., Any]) -> Callable[..., Any]:
        async def timed(caller: Caller, task: Task) -> Sent:
            order = self._order(_chat(task.prompt))
            order.called = order.called or time.perf_counter()
            sent: Sent = await post(caller, task)
            return sent

        return timed

    async def _read_form(self, request: web.Request) -> Form:
        entered = time.perf_counter()  # the body is read from here on
        form = await read_form(request)
        if request.match_info["method"] in SHOWING:
            order = self._order(int(form[0]["chat_id"]))
            if not order.shown:
                order.shown = entered
                self.open -= 1
                self._changed.set()
        return form


def _chat(prompt: str) -> int:
    return int(prompt.rsplit(maxsplit=1)[-1])
