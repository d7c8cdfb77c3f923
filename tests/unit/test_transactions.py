"""One transaction at a time, whole or not at all, whatever happens in the middle."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.errors import StorageError
from storage.database import Database
from tests.unit.stores import database_in


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A new one."""
    async with database_in(tmp_path) as opened:
        yield opened


async def _kept(database: Database, name: str) -> str | None:
    row = await database.fetch_one("kept_value", name=name)
    return row["value"] if row else None


async def test_transactions_do_not_interleave(database: Database) -> None:
    """What one transaction has not committed yet, no other task sees, and single statements wait their turn."""
    seen: list[str | None] = []

    async def write(number: int) -> None:
        async with database.transaction() as tx:
            await tx.fetch("keep_value", name=f"{number} first", value="x")
            for _ in range(number):
                await asyncio.sleep(0)
            await tx.fetch("keep_value", name=f"{number} second", value="x")

    async def look(number: int) -> None:
        for _ in range(number):
            await asyncio.sleep(0)
        first, second = [await _kept(database, f"{number} {which}") for which in ("first", "second")]
        seen.append("half a transaction" if first and not second else None)

    await asyncio.gather(*(work(number) for number in range(8) for work in (write, look, look)))
    assert set(seen) == {None}
    assert all([await _kept(database, f"{number} second") for number in range(8)])


@pytest.mark.parametrize("error", [ValueError("ours"), StorageError("the disk"), asyncio.CancelledError()])
async def test_a_transaction_that_fails_leaves_nothing(database: Database, error: BaseException) -> None:
    """After any error nothing of a transaction is there, and the next one works."""

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
    """SQLite's own errors stop here, and say which statement it was."""
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
@settings(max_examples=50, deadline=None)
def test_cancelling_at_any_moment_breaks_nothing(tmp_path_factory: pytest.TempPathFactory, moments: list[int]) -> None:
    """A task cancelled anywhere in a transaction leaves all of it or nothing, and the database goes on working."""

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
