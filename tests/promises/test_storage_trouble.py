"""With a full, locked or read-only database, the bot reports the cause, writes nothing partial and recovers."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from core.errors import StorageError
from sandbox.serve import Sandbox
from storage import sqlite
from storage.database import Database
from tests.e2e.kit import ADA, BEN, FAST, Mode, Studio, until


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the wait for a lock."""
    quick = tuple(pragma for pragma in sqlite._PRAGMAS if "busy_timeout" not in pragma)
    monkeypatch.setattr(sqlite, "_PRAGMAS", ("PRAGMA busy_timeout = 30", *quick))


@pytest.fixture
async def troubled(tmp_path: Path, sandbox: Sandbox, hasty: None) -> AsyncIterator[Studio]:
    """Run a studio that goes on soon after a storage failure, and may log errors, but none with a traceback."""
    one = Studio(tmp_path, Mode.WEBHOOK, sandbox)
    one.timing = replace(FAST, cool_down_s=0.1)
    with capture_logs() as logs:
        await one.start()
        try:
            yield one
        finally:
            await one.close()
    assert not _surprises(logs)


def _surprises(logs: list[EventDict]) -> list[EventDict]:
    return [line for line in logs if line.get("exc_info") or line["log_level"] == "critical"]


@asynccontextmanager
async def _locked(studio: Studio) -> AsyncIterator[None]:
    """Lock the database as another program would, once the bot's own transaction has ended."""
    path = studio.directory / "bot.db"
    other = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
    try:
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
        yield
    finally:
        other.close()


async def test_a_locked_database_delays_only(troubled: Studio) -> None:
    """While another program locks the database, no update is acknowledged; afterwards everything is served once."""
    async with _locked(troubled):
        asked = await troubled.say("a red fox")
        await until(lambda: _refused(troubled))
        assert troubled.world.updates.pending
    await troubled.picture(asked)
    assert troubled.asked_of_api("generate") == 1


async def test_a_lock_in_the_middle_loses_nothing(troubled: Studio) -> None:
    """A lock while jobs are generating causes a delay, but loses no picture."""
    held = troubled.hold_tasks()
    asked = [await troubled.say("a red fox"), await troubled.say("a hare", BEN)]
    await troubled.in_state("generating", 2)
    async with _locked(troubled):
        held.release()
        tasks = list(troubled.images.tasks.values())
        await until(lambda: all(task.callbacks for task in tasks))
        assert {task.callbacks[0].status for task in tasks} == {503}
    for message in asked:
        await troubled.picture(message)
    assert len(troubled.images.tasks) == 2


async def test_a_full_disk_is_told_and_survived(troubled: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a full disk, updates stay with Telegram; once there is room they are served, and no row is incomplete."""
    await troubled.crash()
    with monkeypatch.context() as patch:
        # A limit below the current size means the current size.
        patch.setattr(sqlite, "_PRAGMAS", (*sqlite._PRAGMAS, "PRAGMA max_page_count = 1"))
        await troubled.start()
        with capture_logs() as logs:
            for _ in range(12):
                await troubled.say("a red fox " * 300, troubled.person())
            await until(lambda: any("database or disk is full" in str(line.get("error")) for line in logs))
        assert troubled.world.updates.pending
        await troubled.crash()
    connection = sqlite3.connect(troubled.directory / "bot.db")
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert not connection.execute("PRAGMA foreign_key_check").fetchall()
    connection.close()
    await troubled.start()
    await until(lambda: len(troubled.rows("jobs")) == 12)
    assert len(troubled.images.tasks) <= 12


async def test_a_read_only_database_is_told(troubled: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """A read-only database stops the start with a clear error, and no update is acknowledged."""
    await troubled.crash()
    with monkeypatch.context() as patch:
        patch.setattr(sqlite, "_PRAGMAS", (*sqlite._PRAGMAS, "PRAGMA query_only = ON"))
        with pytest.raises(StorageError, match="attempt to write a readonly database"):
            await troubled.start()
    asked = await troubled.say("a red fox")
    await troubled.start()
    await troubled.picture(asked)


@pytest.mark.parametrize("trouble", ["locked", "full"])
async def test_a_first_start_leaves_nothing_half_made(
    tmp_path: Path, hasty: None, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    """A first start that fails while it creates the tables says why, and the next start creates all of them."""
    path, other = tmp_path / "bot.db", None
    with monkeypatch.context() as patch:
        if trouble == "full":
            patch.setattr(sqlite, "_PRAGMAS", (*sqlite._PRAGMAS, "PRAGMA max_page_count = 6"))
        else:
            other = sqlite3.connect(path, isolation_level=None)
            other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageError, match=trouble):
            await Database.open(f"sqlite:///{path}")
        if other:
            other.close()
    opened = await Database.open(f"sqlite:///{path}")
    assert await opened.fetch("queued_jobs", now=0, limit=1) == []
    await opened.close()


async def test_a_damaged_page_is_told(troubled: Studio) -> None:
    """A damaged database is reported as such in one line."""
    for person in (ADA, BEN):
        await troubled.picture(await troubled.say("a red fox", person))
    await troubled.crash()
    path = troubled.directory / "bot.db"
    data = bytearray(path.read_bytes())
    data[100:] = b"\xa5" * (len(data) - 100)
    path.write_bytes(data)
    with pytest.raises(StorageError, match=r"cannot use the database .*malformed"):
        await troubled.start()


def _refused(studio: Studio) -> bool:
    hook = studio.world.updates.webhook
    return bool(hook and hook.last_error and "503" in hook.last_error[1])
