"""Several processes on one PostgreSQL database. Run: python -m benchmarks.replicas [1,2,4] [CHART.png] [orders] [runs]

The limits of both APIs are open, and every commit waits for the disk. The sandbox, the people and the proxy before the
processes share this process, so the orders a second say how busy the machine was; the processor time per order counts.
"""

import asyncio
import itertools
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import aiohttp
import psutil

from benchmarks import commits, plot
from benchmarks.contestants import OPEN, Contestant, Running
from benchmarks.studio import answers, machine, settings_for, start
from benchmarks.torture.front import Front
from benchmarks.whole_job import SIZES, WARM_UP, open_sandbox, orders, picture
from sandbox.ports import ReservedPort
from sandbox.serve import Sandbox
from tests.postgresql import PostgresServer, is_installed

JOBS, RUNS = 256, 3
_SHARED_WITHIN_S = 60
_SHARES = """
SELECT coalesce(min(shards), 0) FROM (
    SELECT count(*) AS shards FROM shard_leases WHERE owner IS NOT NULL AND leaving = 0 GROUP BY owner
    ORDER BY shards DESC LIMIT {count} OFFSET {count} - 1) AS shares
"""
"""The smallest share of so many processes, 0 while there are fewer."""


@dataclass(frozen=True, slots=True)
class Setup:
    """Processes on a database: one on SQLite, or any number on PostgreSQL."""

    database: str
    processes: int

    def __str__(self) -> str:
        return f"{self.database}, {self.processes} process{'es' if self.processes > 1 else ''}"


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one run: processor time per order in milliseconds, resident sizes in MB."""

    bots_ms: float
    database_ms: float
    per_s: float
    rss_mb: float
    """The largest resident size of all processes of the bot together."""


async def measure(setup: Setup, server: PostgresServer, jobs: int, data: bytes) -> Figures:
    """Run orders through processes that share a database."""
    postgres = Running(psutil.Process(server.pid), "", server.directory)
    async with open_sandbox(data) as sandbox, _running(setup, server, sandbox) as bots:
        await orders(sandbox, lambda: sum(bot.rss() for bot in bots), WARM_UP)
        before, used, began = _cpu_s(bots), postgres.cpu_s(), time.perf_counter()
        peak = await orders(sandbox, lambda: sum(bot.rss() for bot in bots), jobs)
        took = time.perf_counter() - began
        in_bots, in_database = _cpu_s(bots) - before, postgres.cpu_s() - used
    is_shared = setup.database == "PostgreSQL"
    return Figures(in_bots / jobs * 1000, in_database / jobs * 1000 * is_shared, jobs / took, peak / 1e6)


def _cpu_s(bots: Sequence[Running]) -> float:
    return sum(bot.cpu_s() for bot in bots)


@asynccontextmanager
async def _running(setup: Setup, server: PostgresServer, sandbox: Sandbox) -> AsyncIterator[list[Running]]:
    """Start the processes behind a proxy, and wait until each has its share of the work."""
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        ports = [stack.enter_context(ReservedPort()).number for _ in range(setup.processes)]
        front = await stack.enter_async_context(Front(ports))
        is_shared = setup.database == "PostgreSQL"
        url = await server.new_database() if is_shared else f"sqlite:///{directory}/bot.db"
        shared = {"DATABASE_URL": url, "PUBLIC_URL": f"http://127.0.0.1:{front.port}"}
        if is_shared:
            shared["DATA_URL"] = str(directory / "pictures")
        bots = []
        for port in ports:
            own = directory / str(port)
            own.mkdir()
            settings = settings_for(sandbox.url, own, port) | OPEN | shared
            pid = await start(stack, Contestant.OURS.command, dict(os.environ) | settings)
            await answers(session, f"http://127.0.0.1:{port}/healthz")
            bots.append(Running(psutil.Process(pid), "", own))
        if is_shared:
            await _until_shared(server, url, setup.processes)
        yield bots


async def _until_shared(server: PostgresServer, url: str, count: int) -> None:
    """Wait until each process works for its part of the chats. Raises TimeoutError."""
    async with asyncio.timeout(_SHARED_WITHIN_S):
        while (await server.execute(_SHARES.format(count=count), url) or [[0]])[0][0] < 64 // count:  # noqa: ASYNC110
            await asyncio.sleep(0.2)


async def measure_all(counts: Sequence[int], jobs: int, runs: int) -> dict[Setup, list[Figures]]:
    """Run all setups in turn, and return their figures."""
    setups = [Setup("SQLite", 1), *(Setup("PostgreSQL", count) for count in counts)]
    found: dict[Setup, list[Figures]] = {setup: [] for setup in setups}
    server = PostgresServer()
    try:
        server.stop()
        server.start(**commits.DURABLE)
        with tempfile.TemporaryDirectory() as name:
            await commits.rates(f"sqlite:///{name}/commits.db", await server.new_database(migrated=False))
        data = picture(SIZES[0])
        for _, setup in itertools.product(range(runs), setups):
            found[setup].append(await measure(setup, server, jobs, data))
            print(f"{setup}: {found[setup][-1]}", file=sys.stderr)
    finally:
        server.close()
    return found


def lines(found: dict[Setup, list[Figures]]) -> Iterator[str]:
    """Yield the rows of a Markdown table."""
    yield "| processes | CPU per order, ms: bots | PostgreSQL | its share | orders a second | resident, MB |"
    yield "|---|---|---|---|---|---|"
    for setup, figures in found.items():
        bots, database = (median(values) for values in zip(*((f.bots_ms, f.database_ms) for f in figures), strict=True))
        spread = f"{bots:.1f} ({min(f.bots_ms for f in figures):.1f} – {max(f.bots_ms for f in figures):.1f})"
        share = f"{database / (bots + database):.0%}" if database else ""
        rate, rss = median(f.per_s for f in figures), max(f.rss_mb for f in figures)
        yield f"| {setup} | {spread} | {f'{database:.1f}' if database else ''} | {share} | {rate:.1f} | {rss:.0f} |"


async def main() -> None:
    """Print the tables, and draw the chart."""
    if not is_installed():
        sys.exit("PostgreSQL is not installed; on Debian or Ubuntu: apt install postgresql")
    counts, chart, jobs, runs = [*sys.argv[1:], *["1,2,4", "", str(JOBS), str(RUNS)][len(sys.argv) - 1 :]]
    found = await measure_all([int(count) for count in counts.split(",")], int(jobs), int(runs))
    print(machine(), *lines(found), sep="\n")
    if chart:
        bars = [
            (str(setup), (median(f.bots_ms for f in figures), median(f.database_ms for f in figures)))
            for setup, figures in found.items()
        ]
        plot.draw_parts(bars, ("the bot's processes", "PostgreSQL"), machine(), Path(chart))


if __name__ == "__main__":
    asyncio.run(main())
