"""With PostgreSQL in trouble, the bot reports the cause without the password, and goes on once the server is back."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator

import pytest

from core.errors import StorageError
from storage.database import Database, Transaction
from storage.postgresql import CONNECTIONS, PostgresDatabase
from tests.postgresql import PASSWORD, PostgresServer


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgresServer]:
    """Run a server that these tests may stop."""
    running = PostgresServer()
    yield running
    running.close()


@pytest.fixture
async def database(own_server: PostgresServer) -> AsyncIterator[Database]:
    """Open a new database."""
    opened = await Database.open(await own_server.new_database())
    yield opened
    await opened.close()


async def _keep(database: Database, name: str) -> None:
    await database.fetch("put_note", name=name, value=name)


async def _serves_again(database: Database) -> None:
    """Let every connection fail once that ended without the driver's notice, as the bot's workers do."""
    for _ in range(CONNECTIONS):
        try:
            await database.probe()
        except StorageError:
            continue
        return
    await database.probe()


async def _kept(database: Database, name: str) -> bool:
    return bool(await database.fetch("kept_value", name=name))


async def _refused(url: str) -> str:
    with pytest.raises(StorageError) as refusal:
        await Database.open(url)
    said = str(refusal.value)
    assert PASSWORD not in said
    assert refusal.value.__suppress_context__ or refusal.value.__cause__ is None
    return said


async def test_a_start_without_a_server(own_server: PostgresServer) -> None:
    """A server that is down stops the start with one line that names the database, and not the password."""
    url = await own_server.new_database()
    own_server.stop()
    try:
        assert "cannot use the database postgresql:///test" in await _refused(url)
    finally:
        own_server.start()
    await (await Database.open(url)).close()


@pytest.mark.parametrize("password", ["wrong", "pa/ss", "pa?s@s", "a:b:c", "%zz"])
async def test_a_wrong_password_is_not_shown(own_server: PostgresServer, password: str) -> None:
    """Neither is one with characters that the address can't have."""
    said = await _refused(own_server.url().replace(PASSWORD, password))
    assert password not in said


async def test_a_missing_database_is_told(own_server: PostgresServer) -> None:
    """The server's own words reach the operator."""
    assert "does not exist" in await _refused(own_server.url("absent"))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["in order", "at once"])
async def test_a_restart_delays_only(own_server: PostgresServer, database: Database, how: signal.Signals) -> None:
    """While the server is gone, every call raises StorageError; then the same pool connects again."""
    await asyncio.gather(*(_keep(database, f"before {number}") for number in range(20)))
    own_server.stop(how)
    try:
        for call in (_keep(database, "a"), database.drop("drop_note", name="a"), database.probe(), _two(database)):
            with pytest.raises(StorageError):
                await call
    finally:
        own_server.start()
    await _serves_again(database)
    await _keep(database, "after")
    assert await _kept(database, "after")
    assert await _kept(database, "before 19")
    assert not await _kept(database, "first")


async def _two(database: Database) -> None:
    async def work(tx: Transaction) -> None:
        await tx.fetch("put_note", name="first", value="")
        await tx.fetch("put_note", name="second", value="")

    await database.together(work)


async def test_a_cut_transaction_leaves_nothing(own_server: PostgresServer, database: Database) -> None:
    """A connection that breaks within a transaction undoes it, and the next one works."""
    with pytest.raises(StorageError):
        await _cut(own_server, database)
    await _serves_again(database)
    await _keep(database, "later")
    assert [await _kept(database, name) for name in ("first", "second", "later")] == [False, False, True]


async def _cut(own_server: PostgresServer, database: Database) -> None:
    async with database.transaction() as tx:
        await tx.fetch("put_note", name="first", value="")
        await own_server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'imagine-bot'"
        )
        await tx.fetch("put_note", name="second", value="")


async def test_a_commit_of_a_failed_transaction_is_an_error(database: Database) -> None:
    """Work that goes on after a statement that failed isn't taken for committed."""

    async def work(tx: Transaction) -> None:
        await tx.fetch("put_note", name="first", value="")
        with pytest.raises(StorageError):
            await tx.fetch("put_note", name="second", value=None)

    with pytest.raises(StorageError, match="COMMIT"):
        await database.together(work)
    assert not await _kept(database, "first")


async def test_a_read_only_server_is_told(own_server: PostgresServer, database: Database) -> None:
    """A server that takes no writes can be read, and the probe names the cause."""
    own_server.stop()
    own_server.start(default_transaction_read_only="on")
    try:
        with pytest.raises(StorageError, match="read-only"):
            await _serves_again(database)
        assert not await _kept(database, "a")
        with pytest.raises(StorageError, match="read-only"):
            await database.probe()
    finally:
        own_server.stop()
        own_server.start()
    await _serves_again(database)


async def test_transactions_that_wait_for_each_other_run_again(database: Database) -> None:
    """Two that lock the same rows in opposite orders both succeed: the server undoes one, and it runs again."""
    for name in ("a", "b"):
        await _keep(database, name)
    both = asyncio.Barrier(2)
    runs = []

    async def cross(first: str, second: str) -> None:
        async def work(tx: Transaction) -> None:
            runs.append(first)
            await tx.fetch("put_note", name=first, value=first)
            if len(runs) <= 2:
                await both.wait()
            await tx.fetch("put_note", name=second, value=first)

        await database.together(work)

    await asyncio.gather(cross("a", "b"), cross("b", "a"))
    assert len(runs) >= 3


async def test_a_full_pool_makes_work_wait(database: Database) -> None:
    """More work at once than there are connections waits for its turn."""
    await asyncio.gather(*(database.drop("put_note", name=str(number), value="x") for number in range(60)))
    assert all([await _kept(database, str(number)) for number in range(60)])


async def test_a_text_with_a_nul_is_stored_without_it(database: Database) -> None:
    """PostgreSQL has no texts with NUL characters, but messages may have."""
    await database.fetch("put_note", name="n", value="a\0b")
    (row,) = await database.fetch("kept_value", name="n")
    assert row["value"] == "a\ufffdb"


async def test_a_canceled_statement_goes_on(database: Database) -> None:
    """Work whose task is canceled is still committed, as with SQLite, and `close` waits for it."""
    assert isinstance(database, PostgresDatabase)
    task = asyncio.create_task(_keep(database, "kept"))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    await asyncio.gather(*database._lasting)
    assert await _kept(database, "kept")
