"""The programs that are compared: the bot, and its rivals in `benchmarks/rivals`, each in a process of its own."""

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

from benchmarks.studio import answers, settings_for, start
from sandbox.ports import ReservedPort
from sandbox.serve import Sandbox

ROOT = Path(__file__).parents[1]
_AS_INSTALLED = (sys.executable, "-m", "benchmarks.as_installed")
OPEN = {"TELEGRAM_LIMITS": "off", "IMAGE_API_CALLS_PER_10S": "0"}
"""The settings of a bot without limits of its own."""


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
                return [*_AS_INSTALLED, "bot", "run"]
            case Contestant.BARE:
                return [*_AS_INSTALLED, "benchmarks.rivals.bare"]
            case Contestant.PTB:
                return [*_AS_INSTALLED, "benchmarks.rivals.plain_ptb"]
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
        session = await stack.enter_async_context(aiohttp.ClientSession())
        settings = settings_for(sandbox.url, Path(directory), port) | OPEN
        pid = await start(stack, contestant.command, dict(os.environ) | settings | environment)
        await answers(session, f"{url}/healthz")
        yield Running(psutil.Process(pid), url, Path(directory))
