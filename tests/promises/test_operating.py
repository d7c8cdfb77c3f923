"""Promises to operators: readiness, few log lines under a flood of invented addresses, retention, backup, restore."""

import asyncio
import hashlib
import io
import json
import os
import sqlite3
import tarfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot import __main__ as main
from bot import logs
from bot import settings as bot_settings
from bot.clock import SystemClock
from core.models.timing import Intervals
from sandbox.faults import Fault
from storage.backup import backup
from storage.restore import restore
from tests.e2e.kit import ADA, BEN, Studio, picture, until, words_of

DAY_MS = 86_400_000


async def _get(url: str) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.json()


async def test_readiness_says_what_does_not_answer(idle: Studio) -> None:
    """/readyz answers 200 while Telegram, the image API and the database work, and otherwise 503 with the cause."""
    idle.timing = replace(idle.timing, readiness_fresh_s=0)
    await idle.start()
    everything = {"telegram": True, "image_api": True, "database": True, "webhook": True}
    assert await _get(f"{idle.url}/readyz") == (200, everything)
    idle.faults.add(Fault("telegram", "getMe", "http", 502))
    assert await _get(f"{idle.url}/readyz") == (503, everything | {"telegram": False})
    idle.faults.add(Fault("image", "credit", "code", 401))
    assert await _get(f"{idle.url}/readyz") == (503, everything | {"image_api": False})
    assert await _get(f"{idle.url}/readyz") == (200, everything)
    assert await _get(f"{idle.url}/healthz") == (200, {"ok": True})


async def test_asking_for_readiness_often_costs_nothing(studio: Studio) -> None:
    """Many readiness requests lead to one call each of Telegram and the image API."""
    known = len(studio.world.log.of("getMe")), studio.asked_of_api("credit")
    for _ in range(20):
        assert (await _get(f"{studio.url}/readyz"))[0] == 200
    assert (len(studio.world.log.of("getMe")), studio.asked_of_api("credit")) == (known[0] + 1, known[1] + 1)


async def test_made_up_callback_addresses_are_slowed_down(studio: Studio) -> None:
    """After sixty invented webhook addresses in a minute the bot answers 429 and logs one line; a real one works."""
    async with aiohttp.ClientSession() as session:
        codes = []
        with capture_logs() as logs:
            for number in range(100):
                url = f"{studio.url}/callbacks/{number:012x}-1-{'A' * 43}"
                async with session.post(url, json={"code": 200}) as answer:
                    codes.append(answer.status)
    assert codes == [404] * 60 + [429] * 40
    assert len(logs) == 1
    await studio.picture(await studio.say("a red fox"))
    (task,) = studio.images.tasks.values()
    await task.told.wait()
    assert [sent.status for sent in task.callbacks] == [200]


async def test_old_things_are_pruned_and_young_ones_stay(idle: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs that ended before the retention period are deleted with their files; younger or open ones stay."""
    today = SystemClock.now_ms
    ago = {"days": 40}
    monkeypatch.setattr(SystemClock, "now_ms", lambda self: today(self) - ago["days"] * DAY_MS)
    # The clock jumps, which makes the cleanup rest between steps.
    idle.timing = replace(idle.timing, intervals=Intervals(housekeeping_s=0.1), housekeeping_rest_s=0)
    await idle.start(retention_days=30, job_deadline_s=86_400)
    await idle.picture(await idle.say("make it night", files=[("a.png", picture(), False)]))
    await idle.say("", BEN, files=[("a.png", picture(), False)])  # a question that is never answered
    await until(lambda: idle.rows("questions"))
    await idle.heard_everything()
    (old,) = _files(idle.directory)
    os.utime(old, (time.time() - 40 * 86_400,) * 2)
    ago["days"] = 0
    idle.images.blank = lambda _: picture((70, 70), "red")
    await idle.picture(await idle.say("a hare", idle.person()))
    await until(lambda: len(_files(idle.directory)) == 1)
    assert old not in _files(idle.directory)
    assert len(idle.rows("jobs")) == len(idle.rows("pictures")) == len(idle.rows("inbox")) == 1
    assert not idle.rows("uploads")
    assert not idle.rows("questions")


def _files(directory: Path) -> list[Path]:
    return sorted((directory / "pictures").glob("??/*"))


async def test_a_backup_while_running_restores_everything(studio: Studio, tmp_path: Path) -> None:
    """A backup taken while jobs run is complete: a bot restored from it has every job and picture, and continues.

    A job that was generating at the time isn't paid for again. Its picture goes to /history without being shown,
    because the original bot has long since shown it.
    """
    for number in range(3):
        await studio.picture(await studio.say(f"fox {number}", studio.person()))
    await studio.in_state("delivered", 3)
    held = studio.hold_tasks()
    await studio.say("a hare", BEN)
    await studio.in_state("generating")
    settings = studio.settings()
    backup(settings.database, settings.data_dir, tmp_path / "copy.tar")
    kept = {path.name: path.read_bytes() for path in _files(studio.directory)}
    await studio.crash()

    studio.directory = tmp_path / "elsewhere"
    studio.directory.mkdir()
    await _restore(tmp_path / "copy.tar", studio)
    assert {path.name: path.read_bytes() for path in _files(studio.directory)} == kept
    assert [job["state"] for job in studio.rows("jobs ORDER BY created_at")] == ["delivered"] * 3 + ["generating"]
    for row in studio.rows("pictures"):
        file = studio.directory / "pictures" / row["sha256"][:2] / f"{row['sha256']}.{row['format'].lower()}"
        assert hashlib.sha256(file.read_bytes()).hexdigest() == row["sha256"]
    said = len(studio.from_bot(BEN))
    held.release()
    await studio.start()
    await studio.in_state("delivered", 4)
    assert len(studio.rows("pictures")) == 4
    assert len(studio.from_bot(BEN)) == said
    assert not any("photo" in message for message in studio.from_bot(BEN))
    assert studio.asked_of_api("generate") == 4


async def _restore(archive: Path, studio: Studio) -> None:
    settings = studio.settings()
    await restore(settings.database, settings.data_dir, archive, keep_queued=False, now_ms=SystemClock().now_ms())


async def test_what_fails_after_a_restore_is_not_told(studio: Studio, tmp_path: Path) -> None:
    """After a restore, a failed job is neither reported nor resubmitted: the requester may have got the picture."""
    studio.hold_tasks()
    await studio.say("a hare", BEN)
    await studio.in_state("generating")
    settings = studio.settings()
    backup(settings.database, settings.data_dir, tmp_path / "copy.tar")
    await studio.crash()
    await _restore(tmp_path / "copy.tar", studio)
    await studio.rewrite(
        "UPDATE jobs SET state = 'settled', failure = 'busy', reserved = 0, person_extra = 0, due_at = 0"
    )
    said = [words_of(message) for message in studio.from_bot(BEN)]
    await studio.start()
    await studio.in_state("delivered")
    assert [words_of(message) for message in studio.from_bot(BEN)] == said


def _run(*words: str) -> object:
    """Run the command line in this process. Return its exit code."""
    umask = os.umask(0o077)
    try:
        with pytest.raises(SystemExit) as ended:
            main.main(words)
    finally:
        os.umask(umask)
    return ended.value.code


async def test_the_restore_command(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`restore FILE` is refused while the bot runs; afterwards it reports the restored data and the old files."""
    await studio.picture(await studio.say("a red fox", ADA))
    await studio.in_state("delivered")
    settings = studio.settings()
    monkeypatch.setattr(bot_settings, "load", lambda: settings)
    monkeypatch.setattr(logs, "configure", lambda *_, **__: None)
    target = tmp_path / "copy.tar"
    backup(settings.database, settings.data_dir, target)
    assert await asyncio.to_thread(_run, "restore", str(target)) == 1
    assert "another process" in capsys.readouterr().err
    await studio.crash()
    assert await asyncio.to_thread(_run, "restore", str(target)) == 0
    told = capsys.readouterr().out
    assert "restored orders: 1; pictures: 1" in told
    assert "bot.db.before-" in told
    await studio.start()
    await studio.picture(await studio.say("a hare", BEN))


async def test_the_backup_command(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`backup FILE` writes one complete file while the bot runs, prints its size, and leaves no temporary files."""
    await studio.picture(await studio.say("a red fox", ADA))
    await studio.in_state("delivered")
    settings = studio.settings()
    monkeypatch.setattr(bot_settings, "load", lambda: settings)
    monkeypatch.setattr(logs, "configure", lambda *_, **__: None)
    (tmp_path / "copies").mkdir()
    target = tmp_path / "copies" / "copy.tar"
    assert _run("backup", str(target)) == 0
    assert capsys.readouterr().out.startswith(f"{target}: ")
    assert [path.name for path in target.parent.iterdir()] == ["copy.tar"]
    with tarfile.open(target) as tar:
        names = tar.getnames()
        content = tar.extractfile("imagine-bot.db")
        assert content
        (tmp_path / "read.db").write_bytes(io.BytesIO(content.read()).getvalue())
    assert sum(name.endswith(".png") for name in names) == 1
    connection = sqlite3.connect(tmp_path / "read.db")
    assert json.dumps(connection.execute("SELECT state FROM jobs").fetchall()) == '[["delivered"]]'
    connection.close()


async def test_a_backup_of_nothing_is_refused(
    tmp_path: Path, idle: Studio, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a database, `backup` prints an error, exits with 1 and leaves no file."""
    settings = idle.settings()
    monkeypatch.setattr(bot_settings, "load", lambda: settings)
    monkeypatch.setattr(logs, "configure", lambda *_, **__: None)
    assert _run("backup", str(tmp_path / "copy.tar")) == 1
    assert "there is no database" in capsys.readouterr().err
    assert not (tmp_path / "copy.tar").exists()
    assert not (tmp_path / "copy.tar.partial").exists()
