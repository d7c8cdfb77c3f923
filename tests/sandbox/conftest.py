"""A sandbox for each test, and a bare client of its Bot API."""

from collections.abc import AsyncIterator

import pytest

from sandbox.serve import Sandbox
from sandbox.telegram.world import World
from tests.sandbox.telegram_kit import Client


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """The whole sandbox, with Telegram's limits out of the way."""
    async with Sandbox(strict=True) as running:
        running.telegram.limits.enabled = False
        yield running


@pytest.fixture
def world(sandbox: Sandbox) -> World:
    """Telegram's side of that sandbox."""
    return sandbox.telegram


@pytest.fixture
async def api(sandbox: Sandbox) -> AsyncIterator[Client]:
    """A client with the right token."""
    client = Client(sandbox.url, sandbox.token)
    async with client.session:
        yield client
