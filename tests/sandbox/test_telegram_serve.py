"""The sandbox as a program: start and stop."""

import asyncio
import signal
import sys

import aiohttp
import pytest

from sandbox.serve import Sandbox


async def test_it_runs_alone_until_it_is_interrupted() -> None:
    """`python -m sandbox` prints its URL, serves, and ends cleanly on Ctrl-C."""
    command = [sys.executable, "-W", "error", "-m", "sandbox", "--port", "0"]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    assert process.stdout is not None
    url = (await process.stdout.readline()).split()[-1].decode()
    async with aiohttp.ClientSession() as session, session.get(f"{url}/chat/state") as answer:
        assert answer.status == 200
    process.send_signal(signal.SIGINT)
    _, complaints = await process.communicate()
    assert (process.returncode, complaints) == (0, b"")


async def test_a_taken_port_is_an_error_that_leaves_nothing_behind() -> None:
    """Two sandboxes can't share a port."""
    async with Sandbox() as first:
        second = Sandbox(port=first.port)
        with pytest.raises(OSError, match="address already in use"):
            await second.start()


async def test_stopping_leaves_no_tasks() -> None:
    """After a stop, only the caller's task is left."""
    async with Sandbox() as sandbox, aiohttp.ClientSession() as session:
        async with session.get(f"{sandbox.url}/chat/state") as answer:
            await answer.read()
        await sandbox.stop()
        assert asyncio.all_tasks() == {asyncio.current_task()}
