"""Calls of all processes are counted together."""

import asyncio

from storage.database import Database
from storage.paces import PostgresCallCounter
from tests.postgresql import server


async def test_calls_of_all_processes_are_counted_together() -> None:
    """Of calls that several processes make at once, no more pass than the limit; the others learn how long to wait."""
    url = await server().new_database()
    databases = [await Database.open(url, owner) for owner in "ab"]
    one, two = counters = [PostgresCallCounter(database) for database in databases]
    taken = await asyncio.gather(*(counters[number % 2].take("key", 20, 60_000) for number in range(30)))
    times = [at for at, wait_ms in taken if not wait_ms]
    assert len(times) == len(set(times)) == 20
    assert all(0 < wait_ms <= 60_000 for _, wait_ms in taken if wait_ms)
    assert (await one.take("another key", 20, 60_000))[1] == 0
    await two.answered("key", min(times))
    assert (await one.take("key", 20, 60_000))[1] > 55_000
    for database in databases:
        await database.close()
