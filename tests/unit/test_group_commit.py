"""Work that waits for the database at the same time shares a commit, and fails alone."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Refused, StorageError
from core.text import text
from storage import group_commit
from storage.database import Transaction
from storage.sqlite import SqliteDatabase
from tests.unit.stores import url_in


@asynccontextmanager
async def _database_in(directory: Path) -> AsyncIterator[SqliteDatabase]:
    database = await SqliteDatabase.open(url_in(directory))
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
def database(sqlite_database: SqliteDatabase) -> SqliteDatabase:
    """Open a new database, with SQLite."""
    return sqlite_database


async def _kept(database: SqliteDatabase, name: str) -> str | None:
    row = await database.fetch_one("kept_value", name=name)
    return row["value"] if row else None


async def _keep(database: SqliteDatabase, name: str) -> None:
    await database.fetch("keep_value", name=name, value="x")


async def _two(tx: Transaction, name: str, error: Exception | None = None) -> str:
    await tx.fetch("keep_value", name=f"{name} first", value="x")
    if error:
        raise error
    await tx.fetch("keep_value", name=f"{name} second", value="x")
    return name


async def _traced(database: SqliteDatabase) -> list[str]:
    said: list[str] = []
    await database._connection.set_trace_callback(said.append)
    return said


async def test_writes_that_wait_share_a_commit(database: SqliteDatabase) -> None:
    """A hundred writes at once need a few commits, and all of them are there."""
    said = await _traced(database)
    await asyncio.gather(*(_keep(database, str(number)) for number in range(100)))
    assert said.count("COMMIT") <= 3
    assert [await _kept(database, str(number)) for number in range(100)] == ["x"] * 100


async def test_a_write_alone_is_one_statement(database: SqliteDatabase) -> None:
    """A single statement is a transaction of its own."""
    said = await _traced(database)
    await _keep(database, "alone")
    assert len(said) == 1


@pytest.mark.parametrize("error", [Refused(text("no")), StorageError("ours"), KeyError("ours")])
async def test_one_that_fails_is_undone_alone(database: SqliteDatabase, error: Exception) -> None:
    """The others of its group are committed, and it leaves nothing."""
    outcomes = await asyncio.gather(
        database.together(lambda tx: _two(tx, "a")),
        database.together(lambda tx: _two(tx, "b", error)),
        database.fetch("keep_value", name="without a value", value=None),
        database.together(lambda tx: _two(tx, "c")),
        _keep(database, "d"),
        return_exceptions=True,
    )
    assert outcomes[0] == "a"
    assert outcomes[1] is error
    assert isinstance(outcomes[2], StorageError)
    assert list(outcomes[3:]) == ["c", None]
    names = ("a first", "a second", "b first", "c first", "c second", "d")
    assert [name for name in names if await _kept(database, name)] == [name for name in names if name != "b first"]


async def test_savepoints_are_for_groups_in_which_something_fails(database: SqliteDatabase) -> None:
    """They cost as much as statements, so a group whose work succeeds has none."""
    said = await _traced(database)
    await asyncio.gather(*(database.together(partial(_two, name=name)) for name in "abc"))
    assert said.count("COMMIT") == 1
    assert not [words for words in said if "SAVEPOINT" in words]
    error = Refused(text("no"))
    await asyncio.gather(
        *(database.together(partial(_two, name=name, error=error if name == "e" else None)) for name in "def"),
        return_exceptions=True,
    )
    assert said.count("SAVEPOINT work") == 3
    assert said.count("ROLLBACK TO work") == 1


async def test_a_group_is_as_durable_as_its_most_durable_work(database: SqliteDatabase) -> None:
    """Work that need not wait for the disk does so in a group with others, and only there."""
    said = await _traced(database)
    await database.together(lambda tx: _two(tx, "a"), durable=False)
    assert [words.split()[-1] for words in said if "synchronous" in words] == ["NORMAL", "FULL"]
    said.clear()
    await asyncio.gather(database.together(lambda tx: _two(tx, "b"), durable=False), _keep(database, "c"))
    assert not [words for words in said if "synchronous" in words]


async def test_one_alone_that_fails_leaves_nothing(database: SqliteDatabase) -> None:
    """Without others in its group, it is rolled back as a whole, and the next one works."""
    with pytest.raises(KeyError):
        await database.together(lambda tx: _two(tx, "b", KeyError("ours")))
    assert await _kept(database, "b first") is None
    assert await database.together(lambda tx: _two(tx, "b")) == "b"


async def test_a_commit_that_fails_is_told_to_all(database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    """None of a group counts as done if its commit fails, and nothing of it is there."""

    def fails(_: object) -> None:
        raise StorageError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(group_commit, "commit", fails)
        works = [database.together(lambda tx: _two(tx, "a")), _keep(database, "b"), _keep(database, "c")]
        outcomes = await asyncio.gather(*works, return_exceptions=True)
    assert [str(outcome) for outcome in outcomes] == ["database or disk is full"] * 3
    assert [await _kept(database, name) for name in ("a first", "b", "c")] == [None] * 3
    await _keep(database, "b")
    assert await _kept(database, "b") == "x"


async def test_a_full_disk_in_a_group(database: SqliteDatabase) -> None:
    """SQLite undoes the whole group if the disk is full: all of it is told, and nothing is half there."""
    pages = await database._connection.execute_fetchall("PRAGMA page_count")
    await database._connection.execute(f"PRAGMA max_page_count = {next(iter(pages))[0]}")
    large = "x" * 100_000
    works = [database.fetch("keep_value", name=str(number), value=large) for number in range(5)]
    outcomes = await asyncio.gather(*works, return_exceptions=True)
    kept = [await _kept(database, str(number)) for number in range(5)]
    assert all(isinstance(outcome, StorageError) for outcome in outcomes)
    assert kept == [None] * 5
    await database._connection.execute("PRAGMA max_page_count = 100000")
    await _keep(database, "later")
    assert await _kept(database, "later") == "x"


async def test_reads_do_not_see_what_fails(database: SqliteDatabase) -> None:
    """A read of the same group is answered before the writes, and sees only what was committed."""
    failing = database.together(lambda tx: _two(tx, "a", KeyError("ours")))
    outcomes = await asyncio.gather(failing, _kept(database, "a first"), return_exceptions=True)
    assert outcomes[1] is None


async def test_a_transaction_awaits_only_its_statements(database: SqliteDatabase) -> None:
    """Work that would wait for the event loop, in the database's thread, is refused and undone."""

    async def waits(tx: Transaction) -> None:
        await tx.fetch("keep_value", name="a", value="x")
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="its own statements"):
        await database.together(waits)
    assert await _kept(database, "a") is None


async def test_a_canceled_task_does_not_disturb_its_group(database: SqliteDatabase) -> None:
    """Work of a canceled task goes on, and the others get their answers."""
    tasks = [asyncio.create_task(_keep(database, str(number))) for number in range(9)]
    await asyncio.sleep(0)
    tasks[4].cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes) == 1
    assert [await _kept(database, str(number)) for number in range(9)] == ["x"] * 9


async def test_a_closed_database_says_so(tmp_path: Path) -> None:
    """Work for a closed database raises StorageError instead of waiting forever."""
    async with _database_in(tmp_path) as database:
        await _keep(database, "before")
    with pytest.raises(StorageError, match="closed"):
        await _keep(database, "after")


async def test_groups_and_single_tasks_take_turns(database: SqliteDatabase) -> None:
    """Neither a stream of single statements nor one of long transactions keeps the other waiting for ever."""
    done: list[str] = []

    async def long(name: str) -> None:
        async with database.transaction() as tx:
            await tx.fetch("keep_value", name=name, value="x")
        done.append("long")

    async def short(name: str) -> None:
        await _keep(database, name)
        done.append("short")

    pairs = [work for number in range(5) for work in (long(f"l{number}"), short(f"s{number}"))]
    await asyncio.gather(*pairs)
    assert sorted(done) == ["long"] * 5 + ["short"] * 5
    assert done.index("short") < 2


@given(st.lists(st.tuples(st.sampled_from(("write", "both", "fail", "alone", "read")), st.booleans()), max_size=30))
@settings(max_examples=30, deadline=None)
def test_any_mixture_keeps_exactly_what_succeeded(
    tmp_path_factory: pytest.TempPathFactory, works: list[tuple[str, bool]]
) -> None:
    """Whatever runs at the same time, and whoever is canceled: what returned is there, and no half of anything is."""

    async def alone(database: SqliteDatabase, name: str) -> None:
        async with database.transaction() as tx:
            await _two(tx, name)

    async def play() -> None:
        async with _database_in(tmp_path_factory.mktemp("mixture")) as database:
            kinds: dict[str, Callable[[str], Coroutine[Any, Any, object]]] = {
                "write": lambda name: _keep(database, f"{name} first"),
                "both": lambda name: database.together(lambda tx: _two(tx, name)),
                "fail": lambda name: database.together(lambda tx: _two(tx, name, KeyError("ours"))),
                "alone": lambda name: alone(database, name),
                "read": lambda name: _kept(database, f"{name} first"),
            }
            tasks = [asyncio.ensure_future(kinds[kind](str(number))) for number, (kind, _) in enumerate(works)]
            await asyncio.sleep(0)
            for task, (_, is_canceled) in zip(tasks, works, strict=True):
                if is_canceled:
                    task.cancel()
            for task in tasks:
                with suppress(KeyError, asyncio.CancelledError):
                    await task
            await _keep(database, "after")  # work of canceled tasks goes on, and has ended with this
            for number, (task, (kind, _)) in enumerate(zip(tasks, works, strict=True)):
                halves = [await _kept(database, f"{number} {half}") for half in ("first", "second")]
                if kind in {"both", "alone"}:
                    assert halves[0] == halves[1]
                if not task.cancelled() and kind in {"write", "both", "alone"}:
                    assert halves[0] == "x"
                if kind in {"fail", "read"}:
                    assert halves == [None, None]

    asyncio.run(play())
