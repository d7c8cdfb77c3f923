"""The programs that are compared: the bot, and its rivals in `benchmarks/rivals`, each in a process of its own."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import aiohttp
import psutil

from sandbox.ports import ReservedPort
from sandbox.serve import Sandbox

ROOT = Path(__file__).parents[1]


class Contestant(StrEnum):
    """A program that makes the same exchanges for an order."""

    OURS = "imagine-bot"
    BARE = "bare aiohttp"
    PTB = "plain PTB"
    AIOGRAM = "plain aiogram"

    @property
    def command(self) -> list[str]:
        """The command that starts it."""
        match self:
            case Contestant.OURS:
                return [sys.executable, "-m", "bot", "run"]
            case Contestant.BARE:
                return [sys.executable, "-m", "benchmarks.rivals.bare"]
            case Contestant.PTB:
                return [sys.executable, "-m", "benchmarks.rivals.plain_ptb"]
        python = ROOT / ".libraries" / "aiogram" / "bin" / "python"
        return [str(python), str(ROOT / "benchmarks" / "rivals" / "plain_aiogram.py")]

    @property
    def is_installed(self) -> bool:
        """Whether its environment is there: that of aiogram is made by `make libraries`."""
        return Path(self.command[0]).exists()


@dataclass(frozen=True, slots=True)
class Running:
    """A contestant at work."""

    process: psutil.Process
    url: str
    directory: Path

    def cpu_s(self) -> float:
        """Return the processor time of the process and its children so far, also of those that ended, in seconds."""
        times = [self.process.cpu_times(), *(child.cpu_times() for child in self.process.children(recursive=True))]
        return sum(sum(each) for each in times)

    def rss(self) -> int:
        """Return the resident bytes of the process and its children."""
        family = [self.process, *self.process.children(recursive=True)]
        return sum(each.memory_info().rss for each in family)


@asynccontextmanager
async def running(contestant: Contestant, sandbox: Sandbox, **environment: str) -> AsyncIterator[Running]:
    """Start a contestant on a sandbox, and end it."""
    async with AsyncExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        port = stack.enter_context(ReservedPort()).number
        url = f"http://127.0.0.1:{port}"
        settings = settings_for(sandbox, Path(directory), port)
        process = await asyncio.create_subprocess_exec(
            *contestant.command, cwd=ROOT, env=dict(os.environ) | settings | environment
        )
        stack.push_async_callback(_end, process)
        await _answers(f"{url}/healthz")
        yield Running(psutil.Process(process.pid), url, Path(directory))


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    await process.wait()


async def _answers(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in range(400):
            try:
                async with session.get(url) as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.05)
    raise TimeoutError(f"{url} does not answer")


def settings_for(sandbox: Sandbox, directory: Path, port: int) -> dict[str, str]:
    """Return the environment that lets a bot talk to a sandbox, without limits of its own."""
    url = f"http://127.0.0.1:{port}"
    return {
        "TELEGRAM_BOT_TOKEN": sandbox.token,
        "TELEGRAM_API_URL": sandbox.url,
        "TELEGRAM_LIMITS": "off",
        "IMAGE_API_KEY": sandbox.api_key,
        "IMAGE_API_URL": sandbox.url,
        "UPLOAD_API_URL": sandbox.url,
        "IMAGE_API_CALLS_PER_10S": "0",
        "PUBLIC_URL": url,
        "TRUSTED_HOSTS": sandbox.url.removeprefix("http://"),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "DATABASE_URL": f"sqlite:///{directory}/bot.db",
        "DATA_DIR": str(directory),
        "LOG_LEVEL": "WARNING",
    }
