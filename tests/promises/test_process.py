"""The bot as the operating system sees it: one process for each database, and an orderly exit."""

import asyncio
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from sandbox.faults import Fault
from sandbox.serve import Sandbox
from tests.e2e.kit import ADA, until
from tests.promises.process import Process

Make = Callable[[], Process]


@pytest.fixture
async def process(tmp_path: Path, sandbox: Sandbox) -> AsyncIterator[Make]:
    """Return a function that makes processes, all on the same database."""
    made: list[Process] = []

    def make() -> Process:
        made.append(Process(tmp_path, sandbox))
        return made[-1]

    yield make
    for one in made:
        await one.close()


async def test_a_second_process_is_refused_until_the_first_is_dead(process: Make) -> None:
    """A second process on the same database is refused, and a crash leaves nothing to clean up."""
    first = await process().start()
    await first.heard("bot_ready")
    second = await process().start()
    assert await second.ended() == 1
    assert "another process uses the database" in second.said
    assert "Traceback" not in second.said
    first.send(signal.SIGKILL)
    assert await first.ended() == -signal.SIGKILL
    third = await process().start()
    await third.heard("bot_ready")


async def test_sigterm_under_load_loses_nothing(process: Make, sandbox: Sandbox, tmp_path: Path) -> None:
    """SIGTERM ends a busy process within ten seconds even if Telegram hangs, and the next one delivers everything."""
    sandbox.images.duration_s = 0.5
    sandbox.faults.add(Fault("telegram", "editMessageMedia", "delay", 30))
    first = await process().start()
    await first.heard("bot_ready")
    people = [sandbox.telegram.add_person(2001 + number, "Guest")["id"] for number in range(9)]
    for person in people * 2:
        await sandbox.telegram.say(person, person, "/imagine a red fox")
    await until(lambda: sandbox.telegram.log.of("editMessageMedia"))
    began = time.monotonic()
    first.send(signal.SIGTERM)
    assert await first.ended() == 0
    assert time.monotonic() - began < 10
    assert "Traceback" not in first.said
    second = await process().start()
    await second.heard("bot_ready")
    await until(lambda: _states(tmp_path) == {"delivered": 18}, 30)
    for person in people:
        shown = [message for message in sandbox.telegram.messages(person) if "photo" in message]
        assert len(shown) == 2
    assert len(sandbox.images.tasks) == 18


async def test_a_second_signal_ends_at_once(process: Make, sandbox: Sandbox) -> None:
    """A second SIGTERM ends the process at once, without waiting for messages that are being sent."""
    sandbox.faults.add(Fault("telegram", "editMessageMedia", "delay", 30))
    one = await process().start()
    await one.heard("bot_ready")
    await sandbox.telegram.say(ADA, ADA, "a red fox")
    await until(lambda: sandbox.telegram.log.of("editMessageMedia"))
    one.send(signal.SIGTERM)
    await one.heard("bot_stopping")
    began = time.monotonic()
    one.send(signal.SIGTERM)
    assert await one.ended() == 130
    assert time.monotonic() - began < 5


async def test_a_corrupt_database_is_said_in_words(process: Make, tmp_path: Path) -> None:
    """If the file isn't a database, the process exits with one clear line and leaves the file unchanged."""
    rubbish = b"this is not a database, it is somebody's letter" * 200
    (tmp_path / "bot.db").write_bytes(rubbish)
    one = await process().start()
    assert await one.ended() == 1
    assert f"cannot use the database {tmp_path}/bot.db: file is not a database" in one.said
    assert "Traceback" not in one.said
    assert (tmp_path / "bot.db").read_bytes() == rubbish


async def test_a_lost_database_is_not_replaced(process: Make, tmp_path: Path) -> None:
    """If the database is lost, `run` and `check` don't create a new one; they say so and how to continue."""
    first = await process().start()
    await first.heard("bot_ready")
    first.send(signal.SIGTERM)
    assert await first.ended() == 0
    _lose_database(tmp_path)
    for command in ("run", "check"):
        one = await process().start(command)
        assert await one.ended() == 1
        assert "missing or empty" in one.said
        assert "imagine-bot restore FILE" in one.said
        assert "start over" in one.said.lower()
        assert not (tmp_path / "bot.db").exists()


def _lose_database(directory: Path) -> None:
    for path in directory.glob("bot.db*"):
        path.unlink()


async def test_after_a_crash_the_database_is_read_in_the_background(process: Make) -> None:
    """After a crash, the bot checks the whole database once it is ready; after an orderly exit, it doesn't."""
    ends = {signal.SIGKILL: -signal.SIGKILL, signal.SIGTERM: 0}
    for end, code in ends.items():
        one = await process().start()
        await one.heard("bot_ready")
        if end is signal.SIGTERM:
            await one.heard("database_intact_after_unclean_stop")
        one.send(end)
        assert await one.ended() == code
    last = await process().start()
    await last.heard("bot_ready")
    last.send(signal.SIGTERM)
    assert await last.ended() == 0
    assert "database_intact_after_unclean_stop" not in last.said


@pytest.mark.parametrize("command", [("run",), ("check",), ("backup", "copy.tar")], ids=lambda given: given[0])
async def test_a_database_that_can_not_be_opened_is_said_in_words(
    process: Make, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """If the database path is a directory, every command says so and exits with 1."""
    (tmp_path / "bot.db").mkdir()
    one = await process().start(*command)
    assert await one.ended() == 1
    assert "bot.db" in one.said or "backup failed" in one.said
    assert "Traceback" not in one.said
    assert not (tmp_path / "copy.tar").exists()
    assert not (tmp_path / "copy.tar.partial").exists()


def _states(directory: Path) -> dict[str, int]:
    connection = sqlite3.connect(f"file:{directory}/bot.db?mode=ro", uri=True)
    try:
        return dict(Counter(state for (state,) in connection.execute("SELECT state FROM jobs")))
    finally:
        connection.close()


async def test_a_start_that_waits_for_telegram_can_be_stopped(process: Make, sandbox: Sandbox) -> None:
    """SIGTERM ends the process even while it waits for Telegram at startup."""
    one = process()
    one.environment["TELEGRAM_API_URL"] = "http://127.0.0.1:9"
    await one.start()
    async with asyncio.timeout(20):
        while not await _listens(one.port):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    one.send(signal.SIGTERM)
    assert await one.ended(10) == 0


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True
