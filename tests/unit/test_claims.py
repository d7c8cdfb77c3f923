"""With PostgreSQL, work is claimed only in the shards of the process that claims; SQLite has no shards."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from core.errors import Failure
from core.models.job import Destination, State, Task
from core.models.shards import ALL_SHARDS, shard_of
from core.models.updates import AlbumPart, Update
from core.runtime.shards import OwnedShards
from core.runtime.wake_ups import WakeUps
from storage.albums import SqlAlbums
from storage.broadcasts import SqlBroadcasts
from storage.chats import SqlChats
from storage.database import Database, queries
from storage.inbox import SqlInbox
from storage.jobs import SqlJobs
from storage.leases import PostgresLeases
from storage.openings import SqlOpenings
from storage.parts import SqlParts
from storage.translation import statements
from tests.postgresql import server
from tests.unit.stores import CHAT, HandClock, order

LEASE_MS = 60_000


@dataclass(slots=True)
class Side:
    """A process's view of the database."""

    database: Database
    clock: HandClock
    told: list[tuple[str, int]]
    wake_ups: WakeUps
    jobs: SqlJobs
    inbox: SqlInbox


@dataclass(slots=True)
class Pair:
    """Two processes: one owns every shard, and the other none."""

    url: str
    owner: Side
    other: Side
    leases: PostgresLeases

    async def swap(self) -> None:
        """Let the other process own everything."""
        await self.leases.release(ALL_SHARDS)
        await PostgresLeases(self.other.database, "b", "b", {}).claim(64, LEASE_MS)
        self.owner, self.other = self.other, self.owner

    async def execute(self, statement: str) -> None:
        """Run a statement beside the bot."""
        await server().execute(statement, self.url)


async def _side(url: str, owner: str, shards: OwnedShards) -> Side:
    database, clock, told = await Database.open(url, owner), HandClock(), list[tuple[str, int]]()
    wake_ups = WakeUps.shared(shards, lambda name, shard: told.append((name, shard)))
    inbox = SqlInbox(database, clock, wake_ups.updates)
    return Side(database, clock, told, wake_ups, SqlJobs(database, clock, wake_ups), inbox)


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    """Return two processes on one database, with a chat."""
    url = await server().new_database()
    one, two = await _side(url, "a", OwnedShards.all()), await _side(url, "b", OwnedShards())
    leases = PostgresLeases(one.database, "a", "a", {})
    await leases.join(LEASE_MS)
    await leases.claim(64, LEASE_MS)
    await SqlChats(one.database, one.clock).seen(CHAT, "private")
    yield Pair(url, one, two, leases)
    for side in (one, two):
        await side.database.close()


def test_every_claim_has_its_condition() -> None:
    """The statements that claim work or look for it are these; a new one needs the condition, too."""
    conditions = {
        name for name, statement in queries().items() if re.search(r"/\* (owned|leading|in) [^*]*\*/", statement)
    }
    assert conditions == {
        *("queued_jobs", "jobs_to_poll", "jobs_notified_lately", "settled_jobs", "waiting_jobs", "start_submitting"),
        *("submitting_since", "abandon_submitting", "uncertain_untold", "expire_jobs", "mark_overdue"),
        *("overdue_untold", "outdated_jobs", "split_order", "orders_to_gather"),
        *("store_update", "open_updates", "begin_update", "complete_album_parts"),
        *("due_recipients", "claim_recipient"),
    }
    for name in conditions:
        assert "shard" in statements()[name].sql
        assert "/*" not in statements()[name].sql


@pytest.mark.parametrize("chat_id", [0, 1, 63, 64, CHAT, -1, -1001234567890, 2**52, 2**63 - 1, -(2**63)])
async def test_both_databases_agree_about_shards(pair: Pair, chat_id: int) -> None:
    """Python and the columns of PostgreSQL compute the same shard, even of ids that Telegram never gives."""
    await pair.owner.inbox.store([Update(7, chat_id, "{}", person=1)])
    (row,) = await server().execute("SELECT shard, shard_of(chat_id) AS same FROM inbox", pair.url)
    assert row["shard"] == row["same"] == shard_of(chat_id)


async def test_only_the_owner_finds_and_claims_orders(pair: Pair) -> None:
    """From the queue to the outcome, another process finds nothing and can't begin the one call that costs money."""
    job, _ = await pair.owner.jobs.add(order("1"))
    assert await pair.other.jobs.queued(9) == []
    assert await pair.other.jobs.waiting(0, 9) == []
    assert await pair.other.jobs.submitting(job.id) is None
    assert not await SqlParts(pair.other.database, pair.other.clock).split(job.id, 2, 0)
    assert [found.id for found in await pair.owner.jobs.queued(9)] == [job.id]
    assert await pair.owner.jobs.submitting(job.id) == 1
    assert await pair.other.jobs.submitting_since(0) == []
    assert await pair.owner.jobs.submitting_since(0) == [job.id]
    assert await pair.other.jobs.abandon_submitting({shard_of(CHAT) ^ 1}) == []
    assert await pair.other.jobs.abandon_submitting({shard_of(CHAT)}, [job.id]) == []
    await pair.owner.jobs.generating(job.id, Task("t"), 0)
    assert await pair.other.jobs.to_poll(9) == []
    assert [found.id for found in await pair.owner.jobs.to_poll(9)] == [job.id]
    assert await pair.other.jobs.overdue(-1) == []
    assert await pair.other.jobs.expire(-(10**13)) == []
    await pair.other.jobs.settle(job.id, Failure.UPSTREAM)  # any process may note it
    assert await pair.other.jobs.settled(9) == []
    assert [found.id for found in await pair.owner.jobs.settled(9)] == [job.id]


async def test_what_a_process_notes_counts_after_its_lease(pair: Pair) -> None:
    """The task of a call that a process began while it owned the shard isn't lost, even if it is uncertain by now."""
    job, _ = await pair.owner.jobs.add(order("1"))
    await pair.owner.jobs.submitting(job.id)
    await pair.swap()
    assert await pair.owner.jobs.abandon_submitting({shard_of(CHAT)}) == [job.id]
    found = await pair.other.jobs.generating(job.id, Task("t"), 0)
    assert found is not None
    assert found.state is State.GENERATING
    assert [one.id for one in await pair.owner.jobs.to_poll(9)] == [job.id]


async def test_a_shard_that_is_left_is_nobody_s(pair: Pair) -> None:
    """While a process leaves a shard, neither it nor another one claims there."""
    job, _ = await pair.owner.jobs.add(order("1"))
    await pair.leases.renew(LEASE_MS, {shard_of(CHAT)})
    assert await pair.owner.jobs.queued(9) == await pair.other.jobs.queued(9) == []
    assert await pair.owner.jobs.submitting(job.id) is None
    await pair.leases.renew(LEASE_MS, ())
    assert [found.id for found in await pair.owner.jobs.queued(9)] == [job.id]


async def test_an_update_is_begun_by_the_owner_alone(pair: Pair) -> None:
    """Another process stores it and tells the owner. Who owns its chat begins it, once."""
    update = Update(1, CHAT, "{}", person=1)
    await pair.other.inbox.store([update])
    assert pair.other.told == [("updates", shard_of(CHAT))]
    assert await pair.other.inbox.open(9) == []
    assert not await pair.other.inbox.begin(1)
    (found,) = await pair.owner.inbox.open(9)
    assert found.attempts == 0
    assert await pair.owner.inbox.begin(1)
    await pair.owner.inbox.store([Update(2, CHAT, "{}", person=2)])
    offered = await pair.owner.wake_ups.updates.wait(0)
    assert [one.update_id for one in offered or ()] == [2]


async def test_albums_and_recipients_have_owners(pair: Pair) -> None:
    """An album is closed by the owner of its chat, and messages of a broadcast are sent by the owner of shard 0."""
    part = AlbumPart("album", Destination(CHAT, None, 5, "en"), "private", 1, None, "a fox", 0)
    for side in (pair.owner, pair.other):
        await SqlAlbums(side.database, side.clock).add(part)
        side.clock.now += 10_000
    assert await SqlAlbums(pair.other.database, pair.other.clock).complete(0) == []
    assert len(await SqlAlbums(pair.owner.database, pair.owner.clock).complete(0)) == 1
    await pair.execute(
        "INSERT INTO broadcasts (id, origin, chat_id, language, words, state, created_at) "
        "VALUES ('b', 'o', 1, 'en', 'hi', 'running', 0)"
    )
    await pair.execute("INSERT INTO recipients (broadcast_id, chat_id) SELECT 'b', chat_id FROM chats")
    theirs, own = (SqlBroadcasts(side.database, side.clock) for side in (pair.other, pair.owner))
    assert await theirs.due(9) == []
    (recipient,) = await own.due(9)
    assert not await theirs.claim(recipient)
    assert await own.claim(recipient)


async def test_a_picture_that_a_live_process_opens_is_left_alone(pair: Pair) -> None:
    """Only pictures that were open in processes that died count as deadly."""
    own, theirs = (SqlOpenings(side.database, side.clock) for side in (pair.owner, pair.other))
    await own.begin("sha", 3)
    assert await theirs.abandon() == {}
    await pair.execute("UPDATE processes SET seen_at = seen_at - 60000")
    assert await theirs.abandon() == {"sha": 1}
