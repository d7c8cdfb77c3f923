"""Fixtures of the sandbox tests: a sandbox, and a plain client of its Bot API."""

from collections.abc import AsyncIterator

import pytest

from sandbox.serve import Sandbox
from sandbox.telegram.world import World
from tests.sandbox.telegram_kit import Client


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """Run the whole sandbox without Telegram's limits."""
    async with Sandbox(strict=True) as running:
        running.telegram.limits.enabled = False
        yield running


@pytest.fixture
def world(sandbox: Sandbox) -> World:
    """Return Telegram's side of the sandbox."""
    return sandbox.telegram


@pytest.fixture
async def api(sandbox: Sandbox) -> AsyncIterator[Client]:
    """Open a client with the right token."""
    client = Client(sandbox.url, sandbox.token)
    async with client.session:
        yield client
