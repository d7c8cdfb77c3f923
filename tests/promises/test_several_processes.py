"""Several processes on one PostgreSQL database do together what one does alone, and survive each other."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.serve import Sandbox
from tests.postgresql import PASSWORD, server
from tests.promises.cluster import LEASE_S, Cluster, readiness, stop

pytestmark = pytest.mark.alone("leases end in real time, also for a process that waits for the machine")


@pytest.fixture
async def cluster(tmp_path: Path, sandbox: Sandbox) -> AsyncIterator[Cluster]:
    """Return a database and a public address without a process so far."""
    async with Cluster(tmp_path, sandbox) as made:
        yield made


async def test_three_processes_share_the_work(cluster: Cluster) -> None:
    """Each order is done once, whichever process its updates and notifications reach, and each process has a part."""
    processes = await cluster.ready(3)
    people = cluster.guests(18)
    await cluster.order(people)
    await cluster.delivered(18)
    cluster.shown_once(people)
    assert sorted(len(owner["shards"]) for owner in await cluster.owners()) == [20, 22, 22]
    assert all("job_delivered" in process.said for process in processes), cluster.said
    owned: set[int] = set()
    for process in processes:
        status, said = await readiness(process)
        assert status == 200, said
        assert said["shards"], said
        assert not owned & set(said["shards"])
        owned |= set(said["shards"])
    assert len(owned) == 64
    assert "Traceback" not in cluster.said
    assert PASSWORD not in cluster.said


async def test_a_dead_process_loses_nothing(cluster: Cluster, sandbox: Sandbox) -> None:
    """After SIGKILL, the others take over within the time of a lease, and each order is done once or is uncertain."""
    sandbox.images.duration_s = 1.0
    first, second = await cluster.ready(2)
    people = cluster.guests(16)
    await cluster.order(people)
    first.send(signal.SIGKILL)
    began = time.monotonic()
    await first.ended()
    await cluster.shared(1)
    assert time.monotonic() - began < LEASE_S + 2
    await _all_seen(cluster, people)
    uncertain = second.said.count("submission_interrupted")
    states = await cluster.states()
    assert states.get("delivered", 0) + states.get("uncertain", 0) == 16, (states, cluster.said)
    assert states.get("uncertain", 0) <= uncertain <= 8
    _shown_at_most_once(cluster, people)


async def test_a_process_that_is_told_to_stop_hands_over_at_once(cluster: Cluster, sandbox: Sandbox) -> None:
    """After SIGTERM, nothing waits for the end of a lease: the others take over as soon as the process has ended."""
    sandbox.images.duration_s = 0.5
    first, second = await cluster.ready(2)
    people = cluster.guests(12)
    await cluster.order(people)
    first.send(signal.SIGTERM)
    assert await first.ended() == 0
    ended = time.monotonic()
    await cluster.shared(1)
    assert time.monotonic() - ended < LEASE_S / 2
    await cluster.delivered(12)
    cluster.shown_once(people)
    assert "Traceback" not in cluster.said
    assert "submission_interrupted" not in second.said


async def test_a_process_that_slept_does_nothing_twice(cluster: Cluster, sandbox: Sandbox) -> None:
    """A process is stopped for longer than its lease and goes on: what others did meanwhile is not done again."""
    sandbox.images.duration_s = 1.0
    first, _ = await cluster.ready(2)
    people = cluster.guests(16)
    await cluster.order(people)
    await asyncio.sleep(0.3)  # in the middle of everything
    stop(first)
    await cluster.shared(1)
    await asyncio.sleep(1)
    first.send(signal.SIGCONT)
    await cluster.shared(2)
    await _all_seen(cluster, people)
    states = await cluster.states()
    assert states.get("delivered", 0) + states.get("uncertain", 0) == 16, (states, cluster.said)
    _shown_at_most_once(cluster, people)
    assert len(sandbox.images.tasks) <= 16


async def test_other_settings_wait(cluster: Cluster) -> None:
    """A process with another PUBLIC_URL isn't ready and names what differs, until the others have gone."""
    (first,) = await cluster.ready(1)
    other = await cluster.start(PUBLIC_URL="http://127.0.0.1:9")
    cluster.gateway.ports.remove(other.port)
    await other.heard("process_settings_differ")
    assert "PUBLIC_URL" in other.said
    assert "127.0.0.1:9" not in other.said
    status, said = await readiness(other)
    assert (status, said["settings"], said["shards"]) == (503, False, [])
    people = cluster.guests(3)
    await cluster.order(people)
    await cluster.delivered(3)
    first.send(signal.SIGTERM)
    await first.ended()
    await other.heard("bot_ready")
    await cluster.shared(1)


async def test_a_process_that_comes_gets_its_share(cluster: Cluster) -> None:
    """The first process has everything; the next one gets half of it, without a pause in the work."""
    await cluster.ready(1)
    people = cluster.guests(12)
    await cluster.order(people)
    await cluster.start()
    await cluster.shared(2)
    assert [len(owner["shards"]) for owner in await cluster.owners()] == [32, 32]
    await cluster.delivered(12)
    cluster.shown_once(people)
    assert "shards_lost" not in cluster.said


async def test_polling_moves_with_the_first_shard(tmp_path: Path, sandbox: Sandbox) -> None:
    """Without a webhook one process fetches the updates, and when it dies, another one does."""
    async with Cluster(tmp_path, sandbox, webhook=False) as cluster:
        first, _ = await cluster.ready(2)
        people = cluster.guests(6)
        await cluster.order(people)
        await cluster.delivered(6)
        first.send(signal.SIGKILL)
        await first.ended()
        await cluster.order(people)
        await cluster.delivered(12)
        cluster.shown_once(people, 2)


async def test_a_restart_of_the_database_loses_nothing(cluster: Cluster) -> None:
    """While the database is gone, updates are refused and nobody works; then the processes share the work again."""
    await cluster.ready(2)
    people = cluster.guests(8)
    await cluster.order(people[:4])
    server().stop(signal.SIGQUIT)
    try:
        await cluster.order(people[4:])
        await asyncio.sleep(LEASE_S + 0.5)
    finally:
        server().start()
    await cluster.shared(2)
    await _all_seen(cluster, people)
    _shown_at_most_once(cluster, people)
    assert "lease_renewal_failed" in cluster.said
    unexpected = cluster.said.find("unexpected_error")
    assert unexpected < 0, cluster.said[unexpected:][:4000]


async def _all_seen(cluster: Cluster, people: list[int]) -> None:
    """Wait until each person's order has ended, or is known to be uncertain."""
    async with asyncio.timeout(40):
        while True:
            states = await cluster.states()
            ended = states.get("delivered", 0) + states.get("uncertain", 0)
            if ended == sum(states.values()) == len(people):
                return
            await asyncio.sleep(0.2)


def _shown_at_most_once(cluster: Cluster, people: list[int]) -> None:
    for person in people:
        shown = [message for message in cluster.sandbox.telegram.messages(person) if "photo" in message]
        assert len(shown) <= 1, cluster.said
