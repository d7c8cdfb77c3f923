"""Transactions run one at a time and are all or nothing, whatever happens in the middle."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import StorageError
from storage.database import Database
from storage.postgresql import PostgresDatabase
from tests.unit.stores import database_in


@pytest.fixture
async def database(each_database: None, tmp_path: Path) -> AsyncIterator[Database]:
    """Open a new database, once of each kind."""
    async with database_in(tmp_path) as opened:
        yield opened


async def _kept(database: Database, name: str) -> str | None:
    row = await database.fetch_one("kept_value", name=name)
    return row["value"] if row else None


async def test_transactions_do_not_interleave(database: Database) -> None:
    """Transactions of different tasks run one after the other."""
    inside: list[int] = []

    async def write(number: int) -> None:
        async with database.transaction() as tx:
            await tx.lock(bot=True)  # SQLite needs none
            inside.append(number)
            await tx.fetch("keep_value", name="mine", value=str(number))
            await tx.fetch("kept_value", name="mine")
            assert inside == [number]
            inside.remove(number)

    await asyncio.gather(*map(write, range(8)))


async def test_nobody_sees_what_is_not_committed(database: Database) -> None:
    """A statement of another task waits for the end of a transaction, and sees nothing of a failed one."""

    async def fail() -> None:
        async with database.transaction() as tx:
            await tx.fetch("keep_value", name="lost", value="x")
            looks.append(asyncio.create_task(_kept(database, "lost")))
            for _ in range(5):
                await tx.fetch("kept_value", name="lost")
            # PostgreSQL doesn't let it wait: it sees the database as it was.
            assert not looks[0].done() or isinstance(database, PostgresDatabase)
            raise ValueError("ours")

    looks: list[asyncio.Task[str | None]] = []
    with pytest.raises(ValueError, match="ours"):
        await fail()
    assert await looks[0] is None


@pytest.mark.parametrize("error", [ValueError("ours"), StorageError("the disk"), asyncio.CancelledError()])
async def test_a_transaction_that_fails_leaves_nothing(database: Database, error: BaseException) -> None:
    """A failed transaction leaves nothing behind, and the next one works."""

    async def lose() -> None:
        async with database.transaction() as tx:
            await tx.fetch("keep_value", name="lost", value="x")
            raise error

    with pytest.raises(type(error)):
        await lose()
    assert await _kept(database, "lost") is None
    async with database.transaction() as tx:
        await tx.fetch("keep_value", name="next", value="x")
    assert await _kept(database, "next") == "x"


async def test_a_statement_that_fails_is_told_by_name(database: Database) -> None:
    """An SQLite error becomes a StorageError that names the statement."""
    with pytest.raises(StorageError, match="keep_value"):
        await database.fetch("keep_value", name="without a value", value=None)

    async def half() -> None:
        async with database.transaction() as tx:
            await tx.fetch("keep_value", name="first", value="x")
            await tx.fetch("keep_value", name="second", value=None)

    with pytest.raises(StorageError, match="keep_value"):
        await half()
    assert await _kept(database, "first") is None


@given(st.lists(st.integers(0, 40), min_size=1, max_size=8))
@settings(max_examples=20, deadline=None)
def test_cancelling_at_any_moment_breaks_nothing(tmp_path_factory: pytest.TempPathFactory, moments: list[int]) -> None:
    """A task canceled in a transaction leaves all of it or nothing, and the database keeps working."""

    async def write(database: Database, number: int) -> None:
        async with database.transaction() as tx:
            await tx.fetch("keep_value", name=f"{number} first", value="x")
            await tx.fetch("keep_value", name=f"{number} second", value="x")

    async def play() -> None:
        async with database_in(tmp_path_factory.mktemp("cancel")) as database:
            for number, moment in enumerate(moments):
                task = asyncio.create_task(write(database, number))
                for _ in range(moment):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                halves = [await _kept(database, f"{number} {which}") for which in ("first", "second")]
                assert halves[0] == halves[1]
            async with database.transaction() as tx:
                await tx.fetch("keep_value", name="last", value="x")
            assert await _kept(database, "last") == "x"

    asyncio.run(play())
