"""The bot as operators run it: a separate process with its own environment, signals and exit code."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Self

from sandbox.ports import ReservedPort
from sandbox.serve import Sandbox

PROJECT = Path(__file__).parents[2]


class Process:
    """A `python -m bot` process; `said` collects its output."""

    def __init__(self, directory: Path, sandbox: Sandbox) -> None:
        self.directory = directory
        self._reserved = ReservedPort()
        self.port = self._reserved.number
        self.said = ""
        self._child: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self.environment = {
            "PATH": os.environ.get("PATH", ""),
            "PYTHONPATH": str(PROJECT),
            "TELEGRAM_BOT_TOKEN": sandbox.token,
            "TELEGRAM_API_URL": sandbox.url,
            "IMAGE_API_KEY": sandbox.api_key,
            "IMAGE_API_URL": sandbox.url,
            "PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "TRUSTED_HOSTS": sandbox.url.removeprefix("http://"),
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "DATABASE_URL": f"sqlite:///{directory}/bot.db",
            "DATA_DIR": str(directory),
            "POLL_INTERVAL_S": "0.4",
        }

    async def start(self, *command: str) -> Self:
        """Start the process in a directory without an `.env`."""
        self._child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            *(command or ("run",)),
            cwd=self.directory,
            env=self.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self._reader = asyncio.create_task(self._listen())
        return self

    async def heard(self, words: str, within_s: float = 20) -> None:
        """Wait until the output contains `words`."""
        async with asyncio.timeout(within_s):
            while words not in self.said:
                assert self.child.returncode is None or not self._reader or not self._reader.done(), self.said
                self._news.clear()
                await self._news.wait()

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process."""
        self.child.send_signal(number)

    async def ended(self, within_s: float = 20) -> int:
        """Wait for the end of the process and of its output, and return the exit code."""
        async with asyncio.timeout(within_s):
            code = await self.child.wait()
            if self._reader:
                await self._reader
        return code

    async def close(self) -> None:
        """Kill the process if it still runs, and release the port."""
        if self._child and self._child.returncode is None:
            self._child.kill()
        if self._child:
            await self.ended()
        self._reserved.close()

    @property
    def child(self) -> asyncio.subprocess.Process:
        """Return the process, which must have been started."""
        assert self._child
        return self._child

    async def _listen(self) -> None:
        assert self.child.stdout
        while line := await self.child.stdout.readline():
            self.said += line.decode()
            self._news.set()
        self._news.set()
