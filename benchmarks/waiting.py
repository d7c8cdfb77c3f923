"""Measure what orders cost that wait for the image API. Run: python -m benchmarks.waiting [10000 orders]

The sandbox shares this process, and its image API knows a task for each order, which it paints until long after the
end. The bot has a process of its own, and finds the orders in its database, as after a restart. Its schedule is an
index of that database, so no timers have to be made again: with its first look, the bot knows the orders that are due.
All of them are due at the start. The figures about this are the seconds from exec

- until the first of them was asked about: from then on, the schedule is in force,
- until each of them was asked about and has its next time. For this, the limit of the image API is open
  (IMAGE_API_CALLS_PER_10S=0). With the limit, the bot asks 20 times a second at most, so as not to burden the API. If
  not all were asked about after 45 seconds, the figure is estimated from those that were.

Memory and CPU are those of bot and helper together. The idle bot has the limit in force, as in operation.
"""

import asyncio
import itertools
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.contestants import Contestant, Running, running
from benchmarks.crowds import FIRST_CHAT, GENERATING, ORDERS, filled
from benchmarks.studio import BEN, machine
from sandbox.imageapi.record import Task
from sandbox.imageapi.window import Window
from sandbox.serve import Sandbox

MORE_STARTS = 2
HELPS = 7
SETTLE_S, WATCHED_S = 5.0, 20.0
PAINTED_S = 86_400.0
LONGEST_S = 45.0
COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}
"""Lets Python keep compiled modules, as an installation has them."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one run, with the orders (`waiting`, `lost`) and without. CPU is in percent of one core."""

    orders: int
    start_s: float
    """From exec until /healthz answers and Telegram has the webhook, the median of three starts."""
    waiting_start_s: float
    start_cpu_s: float
    """The processor time of bot and helper until then."""
    waiting_start_cpu_s: float
    first_asked_s: float
    """From exec until an order is asked about."""
    all_asked_s: float
    """From exec until each order was asked about, with an open limit."""
    rss_mb: float
    waiting_rss_mb: float
    cpu: float
    waiting_cpu: float
    """While task notifications work: one arrived within the last minute."""
    waiting_asked: float
    """Calls of record-info per second during that."""
    lost_cpu: float
    """While no task notification arrives."""
    lost_asked: float
    help_s: float
    """The time of `imagine-bot --help`, a median."""
    python_s: float
    """The time of `python -c pass`, a median."""


@dataclass(frozen=True, slots=True)
class Start:
    """A start, from exec until the bot was ready: the seconds, and the seconds of processor time."""

    took_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Started:
    """A bot on a sandbox, and the database that it found."""

    sandbox: Sandbox
    bot: Running
    database: Path
    exec_at: float
    """When it was started, as a time of the system's clock."""
    start: Start


@dataclass(frozen=True, slots=True)
class Idle:
    """An idle bot: its processor time in percent of one core, its resident size, and its calls of record-info."""

    cpu: float
    rss_mb: float
    asked_per_s: float


async def measure(orders: int = ORDERS) -> Figures:
    """Measure everything, in about three minutes."""
    await _start(0)  # compiles the modules
    starts, waiting_starts = [await _start(0) for _ in range(MORE_STARTS)], [await _start(orders)]
    async with _started(orders) as started:
        waiting_starts.append(started.start)
        first_s, all_s = await _scheduled(started, orders)
    async with _started(0) as started:
        starts.append(started.start)
        alone = await _idle(started)
    async with _started(orders, IMAGE_API_CALLS_PER_10S="20") as started:
        waiting_starts.append(started.start)
        lost = await _idle(started)
        await _call(started.sandbox)
        called = await _idle(started)
    return Figures(
        orders=orders,
        start_s=median(start.took_s for start in starts),
        waiting_start_s=median(start.took_s for start in waiting_starts),
        start_cpu_s=median(start.cpu_s for start in starts),
        waiting_start_cpu_s=median(start.cpu_s for start in waiting_starts),
        first_asked_s=first_s,
        all_asked_s=all_s,
        rss_mb=alone.rss_mb,
        waiting_rss_mb=max(lost.rss_mb, called.rss_mb),
        cpu=alone.cpu,
        waiting_cpu=called.cpu,
        waiting_asked=called.asked_per_s,
        lost_cpu=lost.cpu,
        lost_asked=lost.asked_per_s,
        help_s=_took([str(Path(sys.executable).with_name("imagine-bot")), "--help"]),
        python_s=_took([sys.executable, "-c", "pass"]),
    )


@asynccontextmanager
async def _started(orders: int, **environment: str) -> AsyncIterator[Started]:
    async with Sandbox() as sandbox:
        sandbox.telegram.limits.enabled = sandbox.images.limits = False
        sandbox.images.fast, sandbox.images.duration_s = True, 0.05
        for number in range(1, orders + 1):
            _order(sandbox, number)
        with tempfile.TemporaryDirectory() as name:
            database = await filled(Path(name), GENERATING, orders)
            exec_at, began = time.time(), time.perf_counter()
            environment |= COMPILED | {"DATABASE_URL": f"sqlite:///{database}"}
            async with running(Contestant.OURS, sandbox, **environment) as bot:
                await _receiving(sandbox)
                yield Started(sandbox, bot, database, exec_at, Start(time.perf_counter() - began, bot.cpu_s()))


def _order(sandbox: Sandbox, number: int) -> None:
    """Give an order of the database its chat, its placeholder and its task."""
    chat, images = FIRST_CHAT + number, sandbox.images
    sandbox.telegram.add_person(chat, f"Guest {number}")
    sandbox.telegram.post(sandbox.telegram.chats[chat], sandbox.telegram.bot, {"text": "🎨 Painting…"})
    body, queries = {"prompt": "a fox", "size": "1:1"}, Window(1, 1.0, images.clock)
    images.tasks[f"task{number}"] = Task(f"task{number}", body, images.clock(), PAINTED_S, 0.0, queries)


async def _receiving(sandbox: Sandbox) -> None:
    """Wait until the bot has its webhook. /readyz would be asked too early, and reuses its answer for 10 seconds."""
    async with asyncio.timeout(LONGEST_S):
        while not sandbox.telegram.log.of("setWebhook"):  # noqa: ASYNC110 - another process calls it
            await asyncio.sleep(0.01)


async def _start(orders: int) -> Start:
    async with _started(orders) as started:
        return started.start


async def _scheduled(started: Started, orders: int) -> tuple[float, float]:
    """Return after how many seconds the first order was asked about, and the last one."""
    while not _asked(started.sandbox):  # noqa: ASYNC110 - another process asks
        await asyncio.sleep(0.01)
    first = next(call.at for call in started.sandbox.images.requests if call.method == "record-info")
    with closing(sqlite3.connect(started.database)) as connection:
        while True:
            ((left,),) = connection.execute("SELECT count(*) FROM jobs WHERE answered_at IS NULL")
            took_s = time.time() - started.exec_at
            if not left or took_s > LONGEST_S:
                return first - started.exec_at, took_s * orders / max(orders - left, 1)
            await asyncio.sleep(0.1)


async def _call(sandbox: Sandbox) -> None:
    """Let someone order a picture, so that a task notification arrives."""
    (asked,) = await sandbox.telegram.say(BEN, BEN, "a red fox")
    await sandbox.telegram.wait_for(BEN, lambda message: "photo" in message, after=asked["message_id"])


async def _idle(started: Started) -> Idle:
    await asyncio.sleep(SETTLE_S)
    used, began, before = started.bot.cpu_s(), time.perf_counter(), _asked(started.sandbox)
    await asyncio.sleep(WATCHED_S)
    took = time.perf_counter() - began
    cpu, asked = (started.bot.cpu_s() - used) / took * 100, (_asked(started.sandbox) - before) / took
    return Idle(cpu, started.bot.rss() / 1e6, asked)


def _asked(sandbox: Sandbox) -> int:
    """Return how often the bot called record-info; the log keeps the last 5,000 calls of all kinds."""
    return sum(call.method == "record-info" for call in sandbox.images.requests)


def _took(command: list[str]) -> float:
    """Return the median time of a command in seconds."""
    run = partial(subprocess.run, command, check=True, stdout=subprocess.DEVNULL, env=dict(os.environ) | COMPILED)
    run()
    times = []
    for _ in itertools.repeat(None, HELPS):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return median(times)


async def main() -> None:
    """Print the figures."""
    figures = await measure(int(sys.argv[1]) if len(sys.argv) > 1 else ORDERS)
    print(machine())
    print(f"{'':36}{'idle':>12}{f'{figures.orders:,} waiting':>16}")
    print(f"{'start until ready, s':36}{figures.start_s:12.2f}{figures.waiting_start_s:16.2f}")
    print(f"{'start until ready, s of CPU':36}{figures.start_cpu_s:12.2f}{figures.waiting_start_cpu_s:16.2f}")
    print(f"{'first order asked about, s':36}{'':12}{figures.first_asked_s:16.2f}")
    print(f"{'all asked about, limit open, s':36}{'':12}{figures.all_asked_s:16.2f}")
    print(f"{'resident, MB':36}{figures.rss_mb:12.0f}{figures.waiting_rss_mb:16.0f}")
    print(f"{'CPU, %':36}{figures.cpu:12.2f}{figures.waiting_cpu:16.2f}")
    print(f"{'CPU without notifications, %':36}{'':12}{figures.lost_cpu:16.2f}")
    print(f"{'record-info a second':36}{'':12}{figures.waiting_asked:16.1f}")
    print(f"{'record-info without notifications':36}{'':12}{figures.lost_asked:16.1f}")
    print(f"imagine-bot --help: {figures.help_s:.2f} s, python -c pass: {figures.python_s:.3f} s")


if __name__ == "__main__":
    asyncio.run(main())
