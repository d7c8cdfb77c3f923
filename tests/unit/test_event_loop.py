"""The event loop of the tests leaves nothing to be collected in another test."""

import asyncio
import gc
import socket
from contextlib import suppress

import pytest
from aiohttp import web

from tests.event_loop import EventLoop


async def test_async_tests_have_it() -> None:
    """The hook in conftest.py chooses it for all of them."""
    assert type(asyncio.get_running_loop()) is EventLoop


@pytest.mark.parametrize("steps", range(6))
def test_a_connection_that_comes_while_a_server_closes_is_closed(steps: int) -> None:
    """At whichever step of accepting it the server closes. An open transport would warn, which is an error."""

    async def race() -> None:
        runner = web.AppRunner(web.Application(), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        with socket.create_connection(runner.addresses[0]) as client:
            for _ in range(steps):
                await asyncio.sleep(0)
            await runner.cleanup()
            client.settimeout(5)
            with suppress(ConnectionResetError):  # the kernel had it, and the server never
                assert await asyncio.to_thread(client.recv, 1) == b""

    with asyncio.Runner(loop_factory=EventLoop) as runner:
        runner.run(race())
    gc.collect()
