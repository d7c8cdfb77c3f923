"""Measure whole orders, from the update to the picture. Run: python -m benchmarks.whole_job [OURS,BARE] [orders] [runs]

The sandbox and the people share this process; each contestant has one of its own. The limits of both APIs are open.
"""

import asyncio
import io
import itertools
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from statistics import median

from PIL import Image

from benchmarks.contestants import Contestant, running
from benchmarks.studio import machine
from sandbox.serve import Sandbox
from sandbox.telegram import pictures

_sizes = cache(pictures.photo_sizes)
IN_FLIGHT = 64
WARM_UP = 64
SIZE = (1024, 1024)
SIZES = (20_000, 1_000_000)
JOBS, RUNS = 256, 3


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one run."""

    cpu_ms: float
    """Processor time per order, of the contestant and its children."""
    rss_mb: float
    """The largest resident size."""
    per_s: float
    """Orders per second; the sandbox needs more of the machine than a contestant, so this says little."""


def picture(size: int) -> bytes:
    """Return a PNG of 1024×1024 pixels with about `size` bytes."""
    noisy = int(((size - 9_900) / 2.14) ** 0.5)  # the plain rest takes 9,900 bytes, and a noisy pixel 2.14
    image = Image.new("RGB", SIZE, "teal")
    image.paste(Image.effect_noise((noisy, noisy), 200).convert("RGB").resize((noisy, noisy)), (0, 0))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


async def measure(contestant: Contestant, jobs: int, data: bytes, **environment: str) -> Figures:
    """Run orders through a contestant."""
    async with open_sandbox(data) as sandbox, running(contestant, sandbox, **environment) as one:
        await orders(sandbox, one.rss, WARM_UP)
        used, began = one.cpu_s(), time.perf_counter()
        peak = await orders(sandbox, one.rss, jobs)
        took = time.perf_counter() - began
        return Figures((one.cpu_s() - used) / jobs * 1000, peak / 1e6, jobs / took)


@asynccontextmanager
async def open_sandbox(data: bytes) -> AsyncIterator[Sandbox]:
    """Open a sandbox without limits, with people, and with one picture as every result."""
    pictures.photo_sizes = _sizes  # the same picture comes again and again
    async with Sandbox() as sandbox:
        sandbox.telegram.limits.enabled = sandbox.images.limits = False
        sandbox.images.fast, sandbox.images.duration_s, sandbox.images.credits = True, 0.05, 1e9
        sandbox.images.blank = lambda _: data
        for number in range(IN_FLIGHT):
            sandbox.telegram.add_person(2001 + number, f"Guest {number}")
        yield sandbox


async def orders(sandbox: Sandbox, rss: Callable[[], int], jobs: int) -> int:
    """Let people order one picture after the other; return the largest resident size in bytes."""
    numbers, peak = iter(range(jobs)), 0
    calls = itertools.count()

    async def person(chat: int) -> None:
        nonlocal peak
        for _ in numbers:
            (asked,) = await sandbox.telegram.say(chat, chat, f"a red fox {next(calls)}")
            await sandbox.telegram.wait_for(
                chat, lambda message: "photo" in message, timeout=60, after=asked["message_id"]
            )

    async def look() -> None:
        nonlocal peak
        while True:
            peak = max(peak, rss())
            await asyncio.sleep(0.5)

    watch = asyncio.create_task(look())
    await asyncio.gather(*(person(2001 + number) for number in range(min(IN_FLIGHT, jobs))))
    watch.cancel()
    return peak


async def measure_all(
    contestants: Sequence[Contestant] = tuple(Contestant), jobs: int = JOBS, runs: int = RUNS
) -> dict[int, dict[Contestant, list[Figures]]]:
    """Run all contestants in turn, A B A B, and return their figures by the bytes of a picture."""
    found: dict[int, dict[Contestant, list[Figures]]] = {}
    for size in SIZES:
        data = picture(size)
        by_name = found[size] = {contestant: [] for contestant in contestants}
        for _, contestant in itertools.product(range(runs), contestants):
            by_name[contestant].append(await measure(contestant, jobs, data))
            print(f"{size:,} B, {contestant}: {by_name[contestant][-1]}", file=sys.stderr)
    return found


def lines(found: dict[int, dict[Contestant, list[Figures]]]) -> Iterator[str]:
    """Yield the rows of a Markdown table."""
    yield "| picture | program | CPU per order, ms: median (from – to) | ÷ bare | largest resident size, MB |"
    yield "|---|---|---|---|---|"
    for size, by_name in found.items():
        bare = cpu_of(by_name.get(Contestant.BARE, []))
        for contestant, figures in by_name.items():
            cpu = [each.cpu_ms for each in figures]
            ratio = f"{cpu_of(figures) / bare:.1f}" if bare else ""
            spread = f"{cpu_of(figures):.2f} ({min(cpu):.2f} – {max(cpu):.2f})"
            rss = max(each.rss_mb for each in figures)
            yield f"| {size // 1000:,} kB | {contestant} | {spread} | {ratio} | {rss:.0f} |"


def cpu_of(figures: Sequence[Figures]) -> float:
    """Return the median processor time per order in milliseconds, 0 without a run."""
    return median(each.cpu_ms for each in figures) if figures else 0.0


async def main() -> None:
    """Print the table."""
    names = sys.argv[1].split(",") if len(sys.argv) > 1 else [each.name for each in Contestant]
    contestants = [Contestant[name] for name in names if Contestant[name].is_installed]
    jobs = int(sys.argv[2]) if len(sys.argv) > 2 else JOBS
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else RUNS
    found = await measure_all(contestants, jobs, runs)
    print(machine())
    print(*lines(found), sep="\n")


if __name__ == "__main__":
    asyncio.run(main())
