"""Measure how long an order and its outcome stay in the bot, beside the bare wire.

Run: python -m benchmarks.latency [rates] [runs], for example `1,50,200 3`. Orders are sent at fixed times, whether
earlier ones are done or not. The sandbox and the people share this process, and all times are taken in it; each
contestant has a process of its own. The limits of both APIs are open.
"""

import asyncio
import gc
import struct
import sys
import time
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import count, product
from statistics import median
from unittest.mock import patch

from PIL import Image

from benchmarks.contestants import Contestant, Running, running
from benchmarks.stopwatch import Order, Spread, Watch
from benchmarks.studio import machine
from sandbox.serve import Sandbox
from sandbox.telegram import pictures

RATES, RUNS = (1, 50, 200), 3
SECONDS, MOST_ORDERS = 20, 2000
"""Each order of a run is for a chat of its own."""
MOST_OPEN = 400
"""With so many orders open, the next ones aren't sent, so that a run that is too fast ends."""
PAINTING_S = 1.4
WARM_UP, WARM_UP_RATE = 50, 25
FIRST_CHAT = 10_001
ON_TIME_S = 0.05


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a contestant at one rate, from all runs together."""

    command: Spread
    """From the post of the update to the generate request."""
    callback: Spread
    """From the post of the task notification to the head of the request that shows the picture."""
    late: Spread
    """How late the updates were posted: the lag of the sandbox, unless 50 earlier ones have no answer yet."""
    sent: int
    unsent: int
    """Orders that were not sent because too many were open."""
    shown_per_s: float
    """Pictures per second between the first and the last one. Below the rate, something can't keep up."""
    cpu_ms: float
    """Processor time of the contestant per order."""
    sandbox_load: float
    """The share of one core that this process used."""


@dataclass(frozen=True, slots=True)
class Latencies:
    """The figures of both contestants by rate."""

    ours: dict[int, Figures]
    bare: dict[int, Figures]

    def keeps_up(self, rate: int) -> bool:
        """Whether the sandbox could measure this rate: with the bare program, orders are sent and shown on time."""
        bare = self.bare[rate]
        return not bare.unsent and bare.late.p99 <= ON_TIME_S * 1000 and bare.shown_per_s > 0.95 * rate


@dataclass(slots=True)
class Run:
    """The orders of one run and the resources that it took."""

    orders: list[Order]
    unsent: int
    cpu_ms: float
    sandbox_load: float

    def shown_per_s(self) -> float:
        """Return the pictures per second."""
        shown = sorted(order.shown for order in self.orders)
        return (len(shown) - 1) / (shown[-1] - shown[0])


def _different(size: tuple[int, int]) -> Callable[[tuple[int, int]], bytes]:
    """Return a source of PNG files of about 20 KB, each with other bytes, and let Telegram scale only the first."""
    image, out, numbers = Image.new("RGB", size, "teal"), BytesIO(), count()
    image.paste(Image.effect_noise((82, 82), 200).convert("RGB"))
    image.save(out, "PNG")
    body, end = out.getvalue()[:-12], out.getvalue()[-12:]

    def blank(_: tuple[int, int]) -> bytes:
        note = b"tEXtComment\0%d" % next(numbers)
        return body + struct.pack(">I", len(note) - 4) + note + struct.pack(">I", zlib.crc32(note)) + end

    return blank


async def measure(rates: Sequence[int] = RATES, runs: int = RUNS) -> Latencies:
    """Measure both contestants in turn, at each rate in orders per second."""
    found: dict[tuple[int, Contestant], list[Run]] = {}
    for rate, _, contestant in product(rates, range(runs), (Contestant.OURS, Contestant.BARE)):
        run = await measure_run(contestant, rate)
        found.setdefault((rate, contestant), []).append(run)
        print(rate, contestant.name, _figures([run]), file=sys.stderr)
    each = {key: _figures(every) for key, every in found.items()}
    return Latencies(
        {rate: each[rate, Contestant.OURS] for rate in rates}, {rate: each[rate, Contestant.BARE] for rate in rates}
    )


def _figures(runs: Sequence[Run]) -> Figures:
    orders = [order for run in runs for order in run.orders]
    return Figures(
        command=Spread.of(order.asked - order.posted for order in orders),
        callback=Spread.of(order.shown - order.called for order in orders),
        late=Spread.of(order.posted - order.due for order in orders),
        sent=len(orders),
        unsent=sum(run.unsent for run in runs),
        shown_per_s=median(run.shown_per_s() for run in runs),
        cpu_ms=median(run.cpu_ms for run in runs),
        sandbox_load=median(run.sandbox_load for run in runs),
    )


async def measure_run(contestant: Contestant, rate: int, **environment: str) -> Run:
    """Start a contestant, warm it up and send it orders at a rate per second."""
    blank, watch = _different((1024, 1024)), Watch()
    sizes = pictures.photo_sizes(blank((1024, 1024)))
    with watch.attached(), patch.object(pictures, "photo_sizes", lambda _: sizes):
        async with Sandbox() as sandbox:
            sandbox.telegram.limits.enabled = sandbox.images.limits = False
            sandbox.images.fast, sandbox.images.duration_s, sandbox.images.credits = True, PAINTING_S, 1e9
            sandbox.images.blank = blank
            for number in range(MOST_ORDERS):
                sandbox.telegram.add_person(FIRST_CHAT + number, f"Guest {number}")
            async with running(contestant, sandbox, **environment) as one:
                await _send(sandbox, watch, WARM_UP_RATE, WARM_UP)
                return await _measured(one, sandbox, watch, rate)


async def _measured(one: Running, sandbox: Sandbox, watch: Watch, rate: int) -> Run:
    watch.orders = {}
    sandbox.images.tasks.clear()  # the sandbox counts them at each order
    gc.collect()
    gc.disable()  # a collection of all that the sandbox keeps takes longer than an order
    used, mine, began = one.cpu_s(), time.process_time(), time.perf_counter()
    unsent = await _send(sandbox, watch, rate, min(rate * SECONDS, MOST_ORDERS))
    took, mine = time.perf_counter() - began, time.process_time() - mine
    gc.enable()
    orders = list(watch.orders.values())
    return Run(orders, unsent, (one.cpu_s() - used) * 1000 / len(orders), mine / took)


async def _send(sandbox: Sandbox, watch: Watch, rate: int, orders: int) -> int:
    """Send orders at fixed times and wait until all of them are shown; return how many were not sent."""
    unsent, began = 0, time.perf_counter()
    for number in range(orders):
        due = began + number / rate
        await asyncio.sleep(max(due - time.perf_counter(), 0))
        if watch.open >= MOST_OPEN:
            unsent += 1
            continue
        chat = FIRST_CHAT + number
        watch.ordered(chat, due)
        await sandbox.telegram.say(chat, chat, f"a red fox {chat}")
    async with asyncio.timeout(60):
        await watch.all_shown()
    return unsent


def _print(rate: int, found: Latencies) -> None:
    ours, bare = found.ours[rate], found.bare[rate]
    print(f"\n{rate}/s, {ours.sent} and {bare.sent} orders, ms:      p50      p99  slowest")
    for name in ("command", "callback", "late"):
        mine, base = getattr(ours, name), getattr(bare, name)
        print(f"{name:9} {Contestant.OURS:>15} {mine}\n{name:9} {Contestant.BARE:>15} {base}")
        print(f"{name:9} {'added':>15} {mine.p50 - base.p50:8.1f} {mine.p99 - base.p99:8.1f}")
    for name, one in ((Contestant.OURS, ours), (Contestant.BARE, bare)):
        print(f"{name}: {one.cpu_ms:.1f} ms CPU each, {one.shown_per_s:.1f}/s shown, {one.unsent} not sent,", end=" ")
        print(f"sandbox at {one.sandbox_load:.0%} of a core")
    if not found.keeps_up(rate):
        print(f"This machine can't measure {rate}/s: with the bare program, the sandbox was too late, or showed less;")
        print(f"the highest rate that it reached is {bare.shown_per_s:.0f}/s")


async def main() -> None:
    """Print the tables."""
    rates = [int(rate) for rate in sys.argv[1].split(",")] if len(sys.argv) > 1 else RATES
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else RUNS
    found = await measure(rates, runs)
    print(machine())
    for rate in rates:
        _print(rate, found)


if __name__ == "__main__":
    asyncio.run(main())
