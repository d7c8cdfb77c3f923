"""The command line: output, exit codes and stopping."""

import asyncio
import gc
import os
import signal
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from importlib.metadata import version
from pathlib import Path

import pytest

from bot import demo, logs
from bot.app import serve
from bot.settings import Settings
from sandbox.ports import ReservedPort
from sandbox.serve import Sandbox
from storage import schema
from storage.database import Database
from tests.e2e.kit import ADA, Studio

NAMED = ("TELEGRAM_", "IMAGE_API", "UPLOAD_API", "PUBLIC_URL", "DATABASE_URL", "DATA_DIR", "LOG_", "HOST", "PORT")
Outcome = tuple[int, str, str]


def _environment(**settings: str) -> dict[str, str]:
    """Return the test's environment without any settings of the machine."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(NAMED)}
    return kept | settings


def _right(sandbox: Sandbox) -> dict[str, str]:
    return {
        "TELEGRAM_BOT_TOKEN": sandbox.token,
        "TELEGRAM_API_URL": sandbox.url,
        "IMAGE_API_KEY": sandbox.api_key,
        "IMAGE_API_URL": sandbox.url,
        "UPLOAD_API_URL": sandbox.url,
        "TRUSTED_HOSTS": sandbox.url.removeprefix("http://"),
        "HOST": "127.0.0.1",
        "PORT": "0",
        "POLL_INTERVAL_S": "0.4",
    }


@asynccontextmanager
async def _started(directory: Path, *words: str, **settings: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *words),
        cwd=directory,
        env=_environment(**settings),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def _run(directory: Path, *words: str, **settings: str) -> Outcome:
    async with _started(directory, *words, **settings) as process, asyncio.timeout(20):
        out, err = await process.communicate()
    assert b"Traceback" not in out + err
    return process.returncode or 0, out.decode(), err.decode()


async def test_the_version_is_told(tmp_path: Path) -> None:
    """`--version` prints the installed version and needs no settings."""
    assert await _run(tmp_path, "--version", TELEGRAM_BOT_TOKEN="") == (
        0,
        f"imagine-bot {version('imagine-bot')}\n",
        "",
    )


async def test_help_lists_every_command(tmp_path: Path) -> None:
    """`--help` lists all commands, and each of them has a page of its own. None needs any setting."""
    code, words, errors = await _run(tmp_path, "--help")
    assert (code, errors) == (0, "")
    for command in ("run", "check", "models", "backup", "restore", "demo"):
        assert f"\n    {command} " in words
        code, page, errors = await _run(tmp_path, command, "--help")
        assert (code, errors) == (0, "")
        assert page.startswith(f"usage: imagine-bot {command} ")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "check "),
        (("pigeon",), "pigeon"),
        (("--pigeon",), "--pigeon"),
        (("--vers",), "--vers"),
        (("restore",), "file"),
        (("restore", "copy.tar"), "no file copy.tar"),
        (("restore", "."), "no file ."),
        (("restore", "copy.tar", "--keep"), "no file copy.tar"),
        (("demo", "--port", "eighty"), "eighty"),
        (("run", "now"), "now"),
    ],
)
async def test_a_wrong_command_line_is_refused(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    """A wrong command line exits with 2, and says on standard error what is wrong. Options are written in full."""
    code, out, errors = await _run(tmp_path, *words)
    assert (code, out) == (2, "")
    assert says in errors
    assert errors.startswith("usage: imagine-bot ")


async def test_the_reader_of_the_output_may_leave(tmp_path: Path) -> None:
    """`imagine-bot models | head -1` ends without a traceback."""
    reading, writing = os.pipe()
    os.close(reading)
    command = (sys.executable, "-m", "bot", "models")
    given = {"TELEGRAM_BOT_TOKEN": "1:A", "IMAGE_API_KEY": "key"}
    try:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=tmp_path, env=_environment(**given), stdout=writing, stderr=asyncio.subprocess.PIPE
        )
    finally:
        os.close(writing)
    _, errors = await process.communicate()
    assert (process.returncode, errors) == (1, b"")


async def test_an_interrupted_check_ends_at_once(tmp_path: Path) -> None:
    """Ctrl-C ends `check` without a traceback while it waits for Telegram."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.setblocking(False)
        root = f"http://127.0.0.1:{silent.getsockname()[1]}"
        given = {"TELEGRAM_BOT_TOKEN": "1:A", "TELEGRAM_API_URL": root, "IMAGE_API_KEY": "key"}
        async with _started(tmp_path, "check", **given) as process, asyncio.timeout(60):
            connection, _ = await asyncio.get_running_loop().sock_accept(silent)
            with connection:
                process.send_signal(signal.SIGINT)
                assert await process.communicate() == (b"", b"")
            assert process.returncode == 130


async def test_every_wrong_setting_is_named_at_once(tmp_path: Path) -> None:
    """Wrong and missing settings cause exit code 2, and all are named at once without their values."""
    wrong = {
        "TELEGRAM_BOT_TOKEN": "not-a-token",
        "PUBLIC_URL": "http://example.org",
        "TELEGRAM_API_URL": "ftp://example.org",
        "TELEGRAM_WEBHOOK_SECRET": "blank is no",
        "IMAGE_API_URL": "nowhere",
        "UPLOAD_API_URL": "https://user@files.example",
        "PORT": "99999",
        "DATABASE_URL": "mysql://x",
        "TELEGRAM_MODE": "pigeon",
        "IMAGE_API": "other",
        "POLL_INTERVAL_S": "soon",
        "JOB_DEADLINE_S": "0",
        "LOG_LEVEL": "LOUD",
        "LOG_FORMAT": "xml",
    }
    for code, _, words in await asyncio.gather(*(_run(tmp_path, command, **wrong) for command in ("run", "check"))):
        assert code == 2
        assert [name for name in (*wrong, "IMAGE_API_KEY") if words.count(f"{name}:") != 1] == []
        assert "not-a-token" not in words


async def test_check_finds_everything_right(tmp_path: Path, sandbox: Sandbox) -> None:
    """With a valid token and key, `check` names the bot and the account's credits, and doesn't create a database."""
    code, words, _ = await _run(tmp_path, "check", **_right(sandbox))
    assert code == 0
    assert "@imagine_sandbox_bot" in words
    assert "10000 credits" in words
    assert "PROBLEM" not in words
    assert "the first start creates the database" in words
    assert not (tmp_path / "data" / "imagine-bot.db").exists()


async def test_check_leaves_an_older_database_as_it_is(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`check` reports a pending migration without running it, because the previous release may still be running."""
    every = schema.sqlite_migrations()
    monkeypatch.setattr(schema, "sqlite_migrations", lambda: {number: every[number] for number in every if number < 8})
    older = await Database.open(f"sqlite:///{tmp_path}/data/imagine-bot.db")
    try:
        code, words, _ = await _run(tmp_path, "check", **_right(sandbox))
        assert code == 0
        assert f"from version 7 to {max(every)}" in words
        with closing(sqlite3.connect(tmp_path / "data" / "imagine-bot.db")) as connection:
            assert connection.execute("SELECT max(version) FROM schema_version").fetchone() == (7,)
        await older.probe()
    finally:
        await older.close()


async def test_check_reads_the_whole_database(tmp_path: Path, sandbox: Sandbox) -> None:
    """`check` reports a damaged page."""
    path = tmp_path / "data" / "imagine-bot.db"
    await (await Database.open(f"sqlite:///{path}")).close()
    data = bytearray(path.read_bytes())
    data[4096 * 5 : 4096 * 8] = b"\xa5" * 4096 * 3
    path.write_bytes(data)
    code, words, _ = await _run(tmp_path, "check", **_right(sandbox))
    assert code == 1
    assert "is damaged" in words
    assert "imagine-bot restore" in words


async def test_check_says_all_that_is_wrong(tmp_path: Path, sandbox: Sandbox) -> None:
    """`check` reports a wrong token and a wrong key with instructions, without showing them."""
    wrong = {"TELEGRAM_BOT_TOKEN": "1:WRONG-TOKEN", "IMAGE_API_KEY": "wrong-key"}
    code, words, errors = await _run(tmp_path, "check", **_right(sandbox) | wrong)
    assert code == 1
    assert "TELEGRAM_BOT_TOKEN" in words
    assert "IMAGE_API_KEY" in words
    assert words.count("PROBLEM") == 2
    assert "WRONG-TOKEN" not in words + errors
    assert "wrong-key" not in words + errors


async def test_check_without_anybody_there(tmp_path: Path) -> None:
    """`check` reports that neither Telegram nor the image API can be reached."""
    with ReservedPort() as port:
        nobody = f"http://127.0.0.1:{port.number}"
        reached = {"TELEGRAM_API_URL": nobody, "IMAGE_API_URL": nobody, "UPLOAD_API_URL": nobody}
        code, words, _ = await _run(tmp_path, "check", TELEGRAM_BOT_TOKEN="1:A", IMAGE_API_KEY="key", **reached)
    assert code == 1
    assert words.count("can't be reached") == 2


async def test_check_tells_of_an_empty_account(tmp_path: Path, sandbox: Sandbox) -> None:
    """`check` reports an empty account."""
    sandbox.images.credits = 0
    code, words, _ = await _run(tmp_path, "check", **_right(sandbox))
    assert code == 1
    assert "no credits" in words


async def test_run_with_a_wrong_token_ends_in_words(tmp_path: Path, sandbox: Sandbox) -> None:
    """`run` with an unknown token exits with one sentence and code 1."""
    code, _, words = await _run(tmp_path, "run", **_right(sandbox) | {"TELEGRAM_BOT_TOKEN": "1:WRONG-TOKEN"})
    assert code == 1
    assert "rejects TELEGRAM_BOT_TOKEN" in words
    assert "WRONG-TOKEN" not in words


async def test_the_image_api_may_be_the_sandbox_in_the_process(tmp_path: Path, sandbox: Sandbox) -> None:
    """With IMAGE_API=sandbox, the bot works without a key and draws pictures in its own process."""
    settings = {"TELEGRAM_BOT_TOKEN": sandbox.token, "TELEGRAM_API_URL": sandbox.url, "IMAGE_API": "sandbox"}
    more = {"HOST": "127.0.0.1", "PORT": "0", "POLL_INTERVAL_S": "0.4"}
    async with _started(tmp_path, "run", **settings, **more):
        await sandbox.telegram.say(ADA, ADA, "a red fox")
        await sandbox.telegram.wait_for(ADA, lambda message: "▰" in message.get("text", ""))
    assert not sandbox.images.requests


async def test_settings_count_in_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo uses settings for operators and limits, but no real accounts and no proxy."""
    tried: list[Settings] = []

    async def run(settings: Settings, *_: object) -> int:
        tried.append(settings)
        return 0

    monkeypatch.setattr(demo, "run_until_signal", run)
    monkeypatch.setattr(logs, "configure", lambda *_: None)
    for name, value in {"ADMINS": "1001", "DAILY_CREDITS_PER_PERSON": "60", "IMAGE_API_KEY": "a real one"}.items():
        monkeypatch.setenv(name, value)
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "socks5://127.0.0.1:1")
    assert await demo.demo(0) == 0
    (settings,) = tried
    assert (settings.admins, settings.daily_credits_per_person) == ([1001], 6000)
    assert settings.image_api_key
    assert settings.image_api_key.get_secret_value() == "sandbox-key"
    assert settings.proxies.problem(settings.telegram_api_url) is None
    assert settings.proxies.of(settings.api_root) is None


async def test_a_started_bot_keeps_its_libraries_out_of_garbage_collections(idle: Studio) -> None:
    """A full collection would walk every object of the libraries, and hold the event loop for that long."""
    stop, frozen = asyncio.Event(), []

    def ready(_: int) -> None:
        frozen.append(gc.get_freeze_count())
        stop.set()

    try:
        await serve(idle.settings(), stop, ready)
    finally:
        gc.unfreeze()
    assert frozen[0] > 10_000
