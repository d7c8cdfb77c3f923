"""Every store of leases gives each shard to one process at a time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import pytest
from typing_extensions import override

from core.models.shards import ALL_SHARDS
from core.ports.leases import Leases
from storage.database import Database
from storage.leases import PostgresLeases
from tests.postgresql import server
from tests.unit.leases import FakeLeases, LeaseBook

LEASE_MS = 60_000


@dataclass(slots=True)
class _Turned(LeaseBook):
    """A book whose clock the test turns."""

    ahead_ms: int = field(default=1_000_000)

    @override
    def now_ms(self) -> int:
        return self.ahead_ms


@dataclass(frozen=True, slots=True)
class Store:
    """A store: `leases` returns those of a process, and `later` lets time pass."""

    leases: Callable[..., Leases]
    later: Callable[[int], Awaitable[None]]


@pytest.fixture(params=["fake", pytest.param("postgresql", marks=pytest.mark.slow)])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """Return a store without any process."""
    if request.param == "fake":
        book = _Turned()

        async def turn(ms: int) -> None:
            book.ahead_ms += ms

        yield Store(lambda owner, settings=None: FakeLeases(book, owner, settings), turn)
        return
    url = await server().new_database()
    database = await Database.open(url)

    async def pretend(ms: int) -> None:
        for table, column in (("shard_leases", "expires_at"), ("processes", "seen_at"), ("processes", "started_at")):
            await server().execute(f"UPDATE {table} SET {column} = {column} - {ms}", url)  # noqa: S608

    def leases(owner: str, settings: Mapping[str, str] | None = None) -> Leases:
        return PostgresLeases(database, owner, owner, settings or {})

    yield Store(leases, pretend)
    await database.close()


async def test_claimed_shards_are_one_s_own(store: Store) -> None:
    """A process can't claim what another one has, before the lease ends or is released."""
    one, two = store.leases("a"), store.leases("b")
    assert await one.join(LEASE_MS) == await two.join(LEASE_MS) == frozenset()
    assert await one.claim(40, LEASE_MS) == dict.fromkeys(range(40), 1)
    assert await two.claim(64, LEASE_MS) == dict.fromkeys(range(40, 64), 1)
    assert await one.claim(1, LEASE_MS) == {}
    await one.release([0, 1, 50])
    assert await two.claim(64, LEASE_MS) == {0: 2, 1: 2}
    standing = await one.renew(LEASE_MS, ())
    assert (sorted(standing.leases), standing.processes, standing.free) == (list(range(2, 40)), 2, 0)


async def test_a_lease_ends_unless_it_is_renewed(store: Store) -> None:
    """A lease that has ended isn't renewed, and is free for others."""
    one, two = store.leases("a"), store.leases("b")
    await one.join(LEASE_MS)
    await one.claim(64, LEASE_MS)
    await store.later(LEASE_MS // 2)
    assert len((await one.renew(LEASE_MS, ())).leases) == 64
    await store.later(LEASE_MS // 2)
    await two.join(LEASE_MS)
    assert await two.claim(64, LEASE_MS) == {}
    await store.later(LEASE_MS // 2)
    assert await two.claim(64, LEASE_MS) == dict.fromkeys(ALL_SHARDS, 2)
    standing = await one.renew(LEASE_MS, ())
    assert (standing.leases, standing.processes) == ({}, 0)


async def test_a_silent_process_joins_anew(store: Store) -> None:
    """A process that was silent for the time of a lease isn't counted, and has no part until it joins again."""
    one, two = store.leases("a"), store.leases("b")
    await one.join(LEASE_MS)
    await two.join(LEASE_MS)
    await store.later(LEASE_MS + 1)
    assert (await one.renew(LEASE_MS, ())).processes == 0
    await one.join(LEASE_MS)
    assert (await one.renew(LEASE_MS, ())).processes == 1


async def test_other_settings_wait(store: Store) -> None:
    """A process with other settings learns in which ones, waits, and doesn't count. Both sides may lack a setting."""
    one = store.leases("a", {"TOKEN": "1", "PUBLIC_URL": "1", "OLD": "1"})
    two = store.leases("b", {"TOKEN": "1", "PUBLIC_URL": "2", "NEW": "1"})
    assert await one.join(LEASE_MS) == frozenset()
    assert await two.join(LEASE_MS) == {"PUBLIC_URL", "OLD", "NEW"}
    assert (await two.renew(LEASE_MS, ())).processes == 0
    assert (await one.renew(LEASE_MS, ())).processes == 1
    assert await one.join(LEASE_MS) == frozenset()  # those that wait don't hinder those that work
    assert [state.is_waiting for state in await one.processes()] == [False, True]
    await one.depart()
    assert await two.join(LEASE_MS) == frozenset()
    assert (await two.renew(LEASE_MS, ())).processes == 1


async def test_different_settings_at_the_same_moment(store: Store) -> None:
    """Of processes that come at once with different settings, one takes part, and the others wait."""
    many = [store.leases(f"{number}", {"TOKEN": f"{number}"}) for number in range(6)]
    differing = await asyncio.gather(*(leases.join(LEASE_MS) for leases in many))
    assert sorted(map(len, differing)) == [0, 1, 1, 1, 1, 1]


async def test_claims_at_the_same_moment(store: Store) -> None:
    """Processes that claim at once get different shards."""
    many = [store.leases(f"{number}") for number in range(6)]
    for leases in many:
        await leases.join(LEASE_MS)
    claimed = await asyncio.gather(*(leases.claim(11, LEASE_MS) for leases in many))
    taken = [shard for shards in claimed for shard in shards]
    assert len(taken) == len(set(taken))


async def test_departing_leaves_nothing(store: Store) -> None:
    """After it departed, a process is gone, and its shards are free with the next epoch."""
    one, two = store.leases("a"), store.leases("b")
    await one.join(LEASE_MS)
    await one.claim(64, LEASE_MS)
    await store.later(5000)
    (state,) = await two.processes()
    assert (state.owner, state.name, state.is_waiting, len(state.shards)) == ("a", "a", False, 64)
    assert 5000 <= state.age_ms < 15_000
    assert 5000 <= state.silent_ms < 15_000
    await one.depart()
    assert await two.processes() == []
    await two.join(LEASE_MS)
    assert await two.claim(2, LEASE_MS) == {0: 2, 1: 2}
