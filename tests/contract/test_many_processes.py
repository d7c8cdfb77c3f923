"""Several processes on one PostgreSQL database: whatever is limited stays within its limit."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from core.errors import Refused
from core.models.image_request import Picture, Request
from core.models.job import Destination, Job, NewJob, PictureId
from core.models.spending import Limits, OverBudget, TooManyJobs
from storage.access import SqlAccess
from storage.chats import SqlChats
from storage.database import Database
from storage.jobs import SqlJobs
from storage.ledger import SqlLedger
from storage.results import SqlResults
from tests.postgresql import server
from tests.unit.stores import HandClock

ADA, GROUP, SUPERGROUP, ORDERS = 1001, -10, -1000010, 50
CLOCK = HandClock()
_WAITING = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'imagine-bot'"


@pytest.fixture
async def databases() -> AsyncIterator[tuple[Database, Database]]:
    """Open one database twice, as two processes do."""
    url = await server().new_database()
    async with AsyncExitStack() as stack:
        opened = [await Database.open(url) for _ in range(2)]
        for database in opened:
            stack.push_async_callback(database.close)
        chats = SqlChats(opened[0], CLOCK)
        await chats.seen(GROUP, "group")
        for person in range(ADA, ADA + ORDERS):
            await chats.seen(person, "private")
        yield opened[0], opened[1]


def _order(number: int, requester_id: int, chat_id: int, key: str | None = None) -> NewJob:
    return NewJob(key or f"order {number}", Destination(chat_id, None, 7, "en"), requester_id, Request("a fox"))


PERSON, CHAT, BOT, COUNT = (
    Limits(6, person_daily=60),
    Limits(6, chat_daily=60),
    Limits(6, daily=60),
    Limits(max_jobs=10),
)


@pytest.mark.parametrize(
    ("limits", "is_one_person", "chat_id", "refusal"),
    [
        (PERSON, True, None, OverBudget),
        (CHAT, False, GROUP, OverBudget),
        (BOT, False, None, OverBudget),
        (COUNT, True, None, TooManyJobs),
    ],
    ids=["person", "chat", "bot", "open jobs"],
)
async def test_orders_at_once_do_not_overspend(
    databases: tuple[Database, Database],
    limits: Limits,
    is_one_person: bool,
    chat_id: int | None,
    refusal: type[Exception],
) -> None:
    """Of 50 orders at once, exactly the 10 are taken that fit the limit of a person, a chat, or the whole bot."""
    jobs = [SqlJobs(database, CLOCK) for database in databases]
    people = [ADA if is_one_person else ADA + number for number in range(ORDERS)]
    orders = (
        jobs[number % 2].add(_order(number, person, chat_id or person), limits) for number, person in enumerate(people)
    )
    answers = await asyncio.gather(*orders, return_exceptions=True)
    assert sum(isinstance(answer, tuple) for answer in answers) == 10
    assert sum(isinstance(answer, refusal) for answer in answers) == ORDERS - 10


async def test_a_repeated_order_is_one(databases: tuple[Database, Database]) -> None:
    """An update that both processes handle becomes one job, and isn't refused for the credits that it took itself."""
    jobs = [SqlJobs(database, CLOCK) for database in databases]
    orders = (jobs[number % 2].add(_order(0, ADA, ADA), Limits(6, person_daily=6)) for number in range(ORDERS))
    answers: list[tuple[Job, bool]] = await asyncio.gather(*orders)
    assert [is_new for _, is_new in answers].count(True) == 1
    assert len({job.id for job, _ in answers}) == 1


async def test_a_price_is_agreed_to_once(databases: tuple[Database, Database]) -> None:
    """Of many that wait for a yes, only those start that fit the limit when all are confirmed at once."""
    first, second = (SqlJobs(database, CLOCK) for database in databases)
    held = []
    for number in range(10):
        new = NewJob(f"held {number}", Destination(ADA, None, 7, "en"), ADA, Request("a fox"), needs_confirmation=True)
        held.append((await first.add(new, Limits(6, person_daily=18)))[0].id)
    releases = (jobs.release(job, Limits(person_daily=18)) for job in held for jobs in (first, second))
    answers = await asyncio.gather(*releases, return_exceptions=True)
    assert answers.count(True) == 3


async def test_a_second_yes_is_not_refused(databases: tuple[Database, Database]) -> None:
    """One of many presses of the same button starts the job. The others change nothing, though its credits are gone."""
    jobs = [SqlJobs(database, CLOCK) for database in databases]
    new = NewJob("held", Destination(ADA, None, 7, "en"), ADA, Request("a fox"), needs_confirmation=True)
    job, _ = await jobs[0].add(new, Limits(6, person_daily=6))
    presses = (jobs[number % 2].release(job.id, Limits(person_daily=6)) for number in range(10))
    answers = await asyncio.gather(*presses, return_exceptions=True)
    assert sorted(answers, key=repr) == [False] * 9 + [True]


async def test_a_deleted_picture_is_no_favorite(databases: tuple[Database, Database]) -> None:
    """A picture that is marked while it is being deleted, in two chats at once, doesn't stay among the favorites."""
    first, second = databases
    jobs, results = SqlJobs(first, CLOCK), SqlResults(second, CLOCK)
    job, _ = await jobs.add(_order(0, ADA, ADA))
    await jobs.keep_picture(job.id, 0, Picture("a" * 64, "PNG", 30, 20, 1000))
    picture = PictureId(job.id, 0)
    async with first.transaction() as tx:
        await tx.fetch("delete_result", now=CLOCK.now, job_id=job.id, position=0)
        await tx.fetch("drop_favorite", job_id=job.id, position=0)
        marked = asyncio.create_task(results.mark_favorite(picture, is_favorite=True))
        while not marked.done() and not await server().execute(_WAITING):
            continue
    assert not await marked
    assert not await results.has_favorites(ADA)


@pytest.mark.parametrize("scope_id", [ADA, GROUP])
async def test_grants(databases: tuple[Database, Database], scope_id: int) -> None:
    """Of a person or a chat, no more credits are taken away than there are, and a repeated grant is one."""
    ledgers = [SqlLedger(database, CLOCK) for database in databases]
    given = await asyncio.gather(*(ledgers[number % 2].grant(scope_id, 10, 9, "given") for number in range(ORDERS)))
    assert set(given) == {10}
    taken = (ledgers[number % 2].grant(scope_id, -3, 9, f"taken {number}") for number in range(ORDERS))
    assert min(await asyncio.gather(*taken)) == 0
    rows = await databases[0].fetch("person_account" if scope_id > 0 else "chat_account", scope_id=scope_id, day=0)
    assert rows[0]["extra"] == 0


async def test_invitations(databases: tuple[Database, Database]) -> None:
    """An invitation serves as many people as it is for."""
    books = [SqlAccess(database, CLOCK) for database in databases]
    code = await books[0].invite(6, 1000, 5, 9, "invite")
    said = await asyncio.gather(
        *(books[number % 2].redeem(code, 2000 + number, f"start {number}") for number in range(ORDERS)),
        return_exceptions=True,
    )
    assert said.count(6) == 5
    assert sum(isinstance(answer, Refused) for answer in said) == ORDERS - 5


@pytest.mark.parametrize("known_as", [GROUP, SUPERGROUP])
async def test_a_group_moves_after_the_orders_of_the_moment(
    databases: tuple[Database, Database], known_as: int
) -> None:
    """While an order of the group is being placed under either id, the group isn't moved."""
    first, second = databases
    async with first.transaction() as tx:
        await tx.lock(chat=known_as)
        moved = asyncio.create_task(SqlChats(second, CLOCK).moved(GROUP, SUPERGROUP))
        while not moved.done() and not await server().execute(_WAITING):
            continue
        assert not moved.done()
    await moved
