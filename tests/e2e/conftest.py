"""Fixtures of the end-to-end tests, and checks that every one of them must pass."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from structlog.processors import format_exc_info
from structlog.testing import capture_logs

from bot import workers
from sandbox.serve import Sandbox
from storage.database import queries
from tests.e2e.kit import Mode, Studio, picture, words_of


@pytest.fixture
def mode() -> Mode:
    """Return how the bot is connected; a test that needs another mode parametrizes `mode`."""
    return Mode.WEBHOOK


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten waits that exist for real users, and let a stop end abruptly."""
    monkeypatch.setattr("bot.app._GRACE_S", 0)
    monkeypatch.setattr("bot.telegram.rate_limiter.BURST", 4)  # the sandbox enforces Telegram's limit of 5
    monkeypatch.setattr("core.services.submission._FIRST_WAIT_MS", 50)
    monkeypatch.setattr("handlers.albums.QUIET_MS", 400)


@pytest.fixture
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Update the places in the queue often, and from the first moment."""
    every = workers.every

    async def often(seconds: float, name: str, work: Callable[[], Awaitable[None]]) -> None:
        await every(0.1 if name == "queue" else seconds, name, work)

    monkeypatch.setattr(workers, "every", often)
    monkeypatch.setattr("core.services.submission._QUEUE_SHOWN_AFTER_MS", 0)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run periodic work at least ten times a second."""
    every = workers.every

    async def often(seconds: float, name: str, work: Callable[[], Awaitable[None]]) -> None:
        await every(min(seconds, 0.1), name, work)

    monkeypatch.setattr(workers, "every", often)


@pytest.fixture
def unforgetting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the text of handled updates, so that a test can replay them as after a crash."""
    known = queries()
    monkeypatch.setitem(known, "finish_update", known["finish_update"].replace(", payload = ''", ""))


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """Run a Telegram with limits and an image API that generates small pictures quickly."""
    async with Sandbox(strict=True) as running:
        running.images.fast = True
        running.images.blank = lambda size: picture((size[0] // 16, size[1] // 16))
        running.images.duration_s = 0.05
        running.images.caller.backoff = (0.1, 0.2, 0.3)
        yield running
    for _ in range(20):  # closed connections need a few turns of the loop to end
        await asyncio.sleep(0)


@pytest.fixture
async def idle(tmp_path: Path, mode: Mode, sandbox: Sandbox, impatient: None) -> AsyncIterator[Studio]:
    """Make a studio whose bot isn't started yet."""
    studio = Studio(tmp_path, mode, sandbox)
    with capture_logs([format_exc_info]) as logs:
        try:
            yield studio
        finally:
            await studio.close()
            for line in logs:
                logging.getLogger("bot").warning("%s", line)
    _nothing_unforeseen(studio, logs)
    _no_secret_left(studio)


@pytest.fixture
async def studio(idle: Studio) -> Studio:
    """Make a studio whose bot runs."""
    await idle.start()
    return idle


def _nothing_unforeseen(studio: Studio, logs: list[MutableMapping[str, Any]]) -> None:
    """Check that no traceback was logged, no daemon ended, and Telegram never had to refuse a message."""
    tracebacks = [line["exception"] for line in logs if "exception" in line]
    assert studio.forgiving or not tracebacks, tracebacks[0]
    assert studio.supervisor is None or not studio.supervisor.broken
    assert studio.world.flood_errors == 0


def _no_secret_left(studio: Studio) -> None:
    """Check that neither the image API nor a chat got the bot's token."""
    secret = studio.sandbox.token.partition(":")[2]
    sent = json.dumps([call.to_json() for call in studio.images.requests], default=str)
    assert secret not in sent
    for chat_id in studio.world.chats:
        for message in studio.from_bot(chat_id):
            assert secret not in words_of(message)
            assert "Traceback" not in words_of(message)
