"""Measure the cost of a bot's past. Run: python -m benchmarks.growth [0 100000 1000000]

For each number of past orders, made by a generator and spread over a year: run the real bot in a process of its own,
over loopback, and then one round of housekeeping that has a month of the past to delete. All figures are milliseconds
or megabytes, with their ratio to the bot without a past.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

import psutil

from benchmarks.past import YEAR_MS, fill, sha256_of
from benchmarks.studio import ADA, Studio, machine, studio
from bot.app import keep_out_of_collections
from bot.clock import SystemClock
from storage.blob_store import FileBlobStore
from storage.database import Database, Row, Transaction, Value
from storage.retention import Housekeeping
from storage.sqlite import SqliteDatabase
from storage.statistics import SqlAccounts

FILES = 100_000
IDLE_S = 10.0
TRIES = 7
RETENTION_DAYS = 335
DAYS = 14


async def main() -> None:
    """Print the table."""
    sizes = [int(argument) for argument in sys.argv[1:]] or [0, 100_000, 1_000_000]
    found = {size: await _measure(size) for size in sizes}
    print(machine())
    print(f"{'':32}" + "".join(f"{size:>22,}" for size in sizes))
    first = found[sizes[0]]
    for name, base in first.items():
        cells = (f"{figures[name]:.1f} ({figures[name] / base if base else 0:.2f})" for figures in found.values())
        print(f"{name:32}" + "".join(f"{cell:>22}" for cell in cells))


async def _measure(orders: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        began = time.perf_counter()
        await (await Database.open(f"sqlite:///{directory}/bot.db")).close()
        fill(directory / "bot.db", orders, SystemClock().now_ms(), YEAR_MS)
        _files(directory, min(orders, FILES))
        os.sync()  # otherwise every commit of the bot waits until the generated data is on disk
        print(f"{orders:,} orders made in {time.perf_counter() - began:.0f} s", file=sys.stderr)
        environment = {"DATABASE_URL": f"sqlite:///{directory}/bot.db", "DATA_DIR": name, "RETENTION_DAYS": "400"}
        async with studio(**environment, ADMINS=str(ADA)) as both:
            figures = await _bot(both)
        return figures | await _counting(directory) | await _housekeeping(directory)


def _files(directory: Path, count: int) -> None:
    """Write pictures of a few bytes."""
    for number in range(count):
        if number % 20:
            sha256 = sha256_of(number, 0)
            path = directory / "pictures" / sha256[:2] / f"{sha256}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"png")


async def _bot(both: Studio) -> dict[str, float]:
    await both.control("settings", {"duration_s": 1})
    process = psutil.Process(both.bot_pid)
    await _quiet(process)
    used = sum(process.cpu_times()[:2])
    await asyncio.sleep(IDLE_S)
    idle = (sum(process.cpu_times()[:2]) - used) / IDLE_S * 1000
    figures = {"start, ms": both.start_s * 1000, "idle, ms of CPU a second": idle}
    figures["placeholder, ms"] = await _answered(both, "/imagine a red fox")
    figures["/history, ms"] = await _answered(both, "/history")
    figures["/stats, ms"] = await _answered(both, "/stats")
    figures["/stats 60, ms"] = await _answered(both, "/stats 60")
    figures["resident, MB"] = process.memory_info().rss / 1e6
    return figures


async def _quiet(process: psutil.Process) -> None:
    """Wait until the housekeeping after a start is over."""
    await asyncio.sleep(3)
    while await asyncio.to_thread(process.cpu_percent, 2.0) > 10:  # noqa: ASYNC110 - another process's
        await asyncio.sleep(0)


async def _answered(both: Studio, words: str) -> float:
    """Return the ms until the bot's next message: the median of a few tries, with pauses, as chats have budgets."""
    taken = []
    for _ in range(TRIES):
        before = len(await both.messages())
        began = time.perf_counter()
        await both.say(words)
        while len(await both.messages()) == before:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.002)
        taken.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(4)
    return median(taken)


async def _counting(directory: Path) -> dict[str, float]:
    """Measure what /stats counts, apart from the drawing: a chart of five busy chats takes longer than an empty one."""
    database = await Database.open(f"sqlite:///{directory}/bot.db")
    accounts, taken = SqlAccounts(database, SystemClock()), list[float]()
    for _ in range(TRIES + 1):  # the first counts ahead, as the bot does every hour
        began = time.perf_counter()
        await accounts.statistics(DAYS)
        taken.append((time.perf_counter() - began) * 1000)
    await database.close()
    return {"/stats, its counting, ms": median(taken[1:]), "/stats, counting ahead, ms": taken[0]}


class Watched(SqliteDatabase):
    """A database that notes how long each statement or transaction kept others waiting."""

    longest_s = 0.0

    async def fetch(self, name: str, /, **values: Value) -> list[Row]:
        """Run a statement and measure it."""
        began = time.perf_counter()
        rows = await super().fetch(name, **values)
        self.longest_s = max(self.longest_s, time.perf_counter() - began)
        return rows

    async def drop(self, name: str, /, **values: Value) -> list[Row]:
        """Run a statement and measure it."""
        began = time.perf_counter()
        rows = await super().drop(name, **values)
        self.longest_s = max(self.longest_s, time.perf_counter() - began)
        return rows

    @asynccontextmanager
    async def transaction(self, *, durable: bool = True) -> AsyncIterator[Transaction]:
        """Run a transaction and measure it."""
        began = time.perf_counter()
        async with super().transaction(durable=durable) as tx:
            yield tx
        self.longest_s = max(self.longest_s, time.perf_counter() - began)


async def _housekeeping(directory: Path) -> dict[str, float]:
    database = await Watched.open(f"sqlite:///{directory}/bot.db")
    assert isinstance(database, Watched)
    blob_store = FileBlobStore(directory)
    stalls: list[float] = []
    keep_out_of_collections()  # as the bot does
    watch = asyncio.create_task(_stalls(stalls))
    began = time.perf_counter()
    await Housekeeping(database, blob_store, SystemClock(), RETENTION_DAYS).prune()
    took = time.perf_counter() - began
    watch.cancel()
    await database.close()
    return {
        "housekeeping, ms": took * 1000,
        "its longest portion, ms": database.longest_s * 1000,
        "its longest hold of the loop, ms": max(stalls, default=0) * 1000,
    }


async def _stalls(found: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.001)
        found.append(time.perf_counter() - began - 0.001)


if __name__ == "__main__":
    asyncio.run(main())
