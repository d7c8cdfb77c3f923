"""Fixtures of the end-to-end tests, and checks that every one of them must pass."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, MutableMapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from structlog.processors import format_exc_info
from structlog.testing import capture_logs

from bot.telegram.rate_limiter import SendLimits
from core.models.timing import Intervals, Timing
from sandbox.serve import Sandbox
from storage import postgresql
from storage.database import queries
from storage.translation import statements, translated
from tests.e2e.kit import ADA, FAST, IS_SCALED, LIMITED, Message, Mode, Room, Studio, picture, words_of


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave tests out that have no studio, if this run is about the databases and stores of studios."""
    if IS_SCALED:
        others = [item for item in items if "idle" not in getattr(item, "fixturenames", ())]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]


@pytest.fixture(autouse=IS_SCALED)
def few_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each bot open three connections to PostgreSQL: a new one costs the server as much as 50 statements."""
    monkeypatch.setattr(postgresql, "CONNECTIONS", 3)


@pytest.fixture
def mode() -> Mode:
    """Return how the bot is connected; a test that needs another mode parametrizes `mode`."""
    return Mode.WEBHOOK


@pytest.fixture
def timing() -> Timing:
    """Return how long the bot waits; a test that needs another timing parametrizes `timing`."""
    return FAST


@pytest.fixture
def send_limits() -> SendLimits:
    """Return the bot's limits of sending; a test that needs other limits parametrizes `send_limits`."""
    return LIMITED


@pytest.fixture
def one_model(idle: Studio) -> None:
    """Offer 4o alone, which takes five pictures."""
    idle.overrides["models"] = "4o"


@pytest.fixture
def brisk(idle: Studio) -> None:
    """Update the places in the queue often, and from the first moment."""
    intervals = replace(idle.timing.intervals, queue_notices_s=0.1)
    idle.timing = replace(idle.timing, intervals=intervals, queue_shown_after_ms=0)


@pytest.fixture
def hurried(idle: Studio) -> None:
    """Run the regular tasks ten times a second."""
    names = [field.name for field in fields(Intervals)]
    idle.timing = replace(idle.timing, intervals=Intervals(**dict.fromkeys(names, 0.1)))


@pytest.fixture
def unforgetting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the text of handled updates, so that a test can replay them as after a crash."""
    known = queries()
    remembers = known["finish_update"].replace(", payload = ''", "")
    monkeypatch.setitem(known, "finish_update", remembers)
    monkeypatch.setitem(statements(), "finish_update", translated(remembers))


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
async def idle(
    tmp_path: Path, mode: Mode, sandbox: Sandbox, timing: Timing, send_limits: SendLimits
) -> AsyncIterator[Studio]:
    """Make a studio whose bot isn't started yet."""
    studio = Studio(tmp_path, mode, sandbox)
    studio.timing, studio.send_limits = timing, send_limits
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
    if not idle.is_running:
        await idle.start()
    return idle


@pytest.fixture
async def room(request: pytest.FixtureRequest, idle: Studio) -> Room:
    """Return the private chat, or with IN_GROUP or EVERYWHERE the group."""
    return await Room.opened(idle, getattr(request, "param", "private"))


@pytest.fixture
async def office(idle: Studio) -> Studio:
    """Start a bot with Ada as operator, which others may use."""
    idle.world.limits.enabled = False
    await idle.start(admins=[ADA], admin_chat_id=ADA)
    return idle


@pytest.fixture
async def shown(room: Room) -> Message:
    """Return a message with one of the bot's pictures and its buttons."""
    message = await room.paint("a fox")
    await room.studio.in_state("delivered")
    return message


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
