"""Durable commits per second, and bytes per order, of both databases. Run: python -m benchmarks.commits [100000]

Every commit waits for the disk: SQLite with synchronous = FULL, PostgreSQL with fsync = on. Both are used as the bot
uses them: SQLite in this process with commits that share a write to the disk, PostgreSQL over a unix socket with at
most ten connections. The bytes are those of a database with a year's orders, after it was moved to PostgreSQL.
"""

import asyncio
import resource
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import asyncpg
import psutil

from benchmarks.past import fill
from benchmarks.studio import machine
from bot.clock import SystemClock
from storage.database import Database
from storage.move_database import move_database
from tests.postgresql import PostgresServer

SECONDS = 5.0
AT_ONCE = (1, 4, 16, 64)
DURABLE = {"fsync": "on", "full_page_writes": "on", "shared_buffers": "128MB"}


async def main() -> None:
    """Print the tables."""
    orders = int(sys.argv[1]) if sys.argv[1:] else 100_000
    print(machine())
    server = PostgresServer()
    try:
        server.stop()
        server.start(**DURABLE)
        with tempfile.TemporaryDirectory() as name:
            await rates(f"sqlite:///{name}/commits.db", await server.new_database(migrated=False))
            await _bytes(Path(name) / "orders.db", await server.new_database(migrated=False), orders)
    finally:
        server.close()


async def rates(*urls: str) -> None:
    """Print the durable commits a second of databases."""
    print(f"{'commits a second, at once:':28}" + "".join(f"{count:>26}" for count in AT_ONCE))
    for url in urls:
        database = await Database.open(url)
        try:
            cells = [await _rate(database, count) for count in AT_ONCE]
        finally:
            await database.close()
        print(f"{url.partition(':')[0]:28}" + "".join(f"{cell:>26}" for cell in cells))


async def _rate(database: Database, count: int) -> str:
    """Let `count` tasks commit one row after the other, each a row of its own."""
    done, until = 0, time.monotonic() + SECONDS
    began_cpu, began = _cpu(), time.monotonic()

    async def work(number: int) -> None:
        nonlocal done
        while time.monotonic() < until:
            await database.fetch("put_note", name=f"row {number}", value=str(done))
            done += 1

    async with asyncio.TaskGroup() as group:
        for number in range(count):
            group.create_task(work(number))
    here = (_cpu() - began_cpu) / done * 1000
    return f"{done / (time.monotonic() - began):,.0f} ({here:.2f} ms CPU)"


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def _bytes(path: Path, target: str, orders: int) -> None:
    await (await Database.open(f"sqlite:///{path}")).close()
    fill(path, orders, SystemClock().now_ms())
    with closing(sqlite3.connect(path)) as connection:
        rows = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in _tables(connection)}  # noqa: S608
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        in_file = connection.execute(
            "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
        ).fetchone()[0]
    began = time.monotonic()
    await move_database(f"sqlite:///{path}", target, lambda _: None)
    taken = time.monotonic() - began
    connected = await asyncpg.connect(target)
    size = await connected.fetchval("SELECT pg_database_size(current_database())")
    empty = await connected.fetchval("SELECT pg_database_size('template0')")
    await connected.close()
    print(f"orders: {orders:,}; rows an order: {sum(rows.values()) / orders:.2f}")
    print(f"bytes an order: SQLite {in_file / orders:,.0f}, PostgreSQL {(size - empty) / orders:,.0f}")
    print(f"moved in {taken:.0f} s; resident {psutil.Process().memory_info().rss / 1e6:.0f} MB")


def _tables(connection: sqlite3.Connection) -> list[str]:
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    return [name for (name,) in found]


if __name__ == "__main__":
    asyncio.run(main())
