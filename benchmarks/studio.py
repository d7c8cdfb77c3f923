"""Sandbox and bot, each in a process of its own, so that their costs are measured separately."""

import asyncio
import os
import platform
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.ports import ReservedPort

ADA, BEN = 1001, 1002


@dataclass(frozen=True, slots=True)
class Studio:
    """The addresses of sandbox and bot, and the bot's process id."""

    sandbox: str
    bot: str
    bot_pid: int
    session: aiohttp.ClientSession
    start_s: float = 0.0
    """Seconds from the bot's exec to its first answer."""

    async def control(self, what: str, body: object) -> None:
        """Change a setting of the sandbox."""
        async with self.session.post(f"{self.sandbox}/control/{what}", json=body) as answer:
            answer.raise_for_status()

    async def tasks(self) -> list[dict[str, object]]:
        """Return every task of the sandbox's image API."""
        async with self.session.get(f"{self.sandbox}/control/tasks") as answer:
            return list((await answer.json())["tasks"])

    async def say(self, text: str, picture: bytes | None = None, chat: int = ADA) -> None:
        """Write to the bot. A picture is sent as a file, which Telegram doesn't scale down."""
        person = chat if chat > 0 else ADA
        form = aiohttp.FormData({"chat_id": str(chat), "person_id": str(person), "text": text, "as_document": "1"})
        if picture:
            form.add_field("file", picture, filename="photo.jpg", content_type="image/jpeg")
        async with self.session.post(f"{self.sandbox}/chat/send", data=form) as answer:
            answer.raise_for_status()

    async def press(self, message_id: int, data: str, chat: int = ADA) -> None:
        """Press a button in a private chat."""
        values = {"chat_id": str(chat), "message_id": str(message_id), "person_id": str(chat), "data": data}
        async with self.session.post(f"{self.sandbox}/chat/press", data=values) as answer:
            answer.raise_for_status()

    async def messages(self, chat: int = ADA) -> list[dict[str, Any]]:
        """Return all messages of the bot in a chat."""
        async with self.session.get(f"{self.sandbox}/chat/messages", params={"chat_id": chat}) as answer:
            messages = (await answer.json())["messages"]
        return [message for message in messages if message["from"].get("is_bot")]

    async def pictures(self, chat: int = ADA) -> int:
        """Return how many pictures the bot has shown in a chat."""
        return sum(1 for message in await self.messages(chat) if "photo" in message)


@asynccontextmanager
async def studio(**environment: str) -> AsyncIterator[Studio]:
    """Start the sandbox and the bot; end both afterwards."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        sandbox_port = stack.enter_context(ReservedPort()).number
        bot_port = stack.enter_context(ReservedPort()).number
        sandbox, bot = f"http://127.0.0.1:{sandbox_port}", f"http://127.0.0.1:{bot_port}"
        await start(stack, [sys.executable, "-m", "sandbox", "--port", str(sandbox_port)], dict(os.environ))
        await answers(session, f"{sandbox}/chat/state")
        settings = settings_for(sandbox, Path(directory), bot_port)
        began = time.perf_counter()
        command = [sys.executable, "-m", "benchmarks.as_installed", "bot", "run"]
        pid = await start(stack, command, dict(os.environ) | settings | environment)
        await answers(session, f"{bot}/healthz")
        yield Studio(sandbox, bot, pid, session, time.perf_counter() - began)


def machine() -> str:
    """Describe the machine on which the figures were measured."""
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"


def settings_for(sandbox: str, directory: Path, port: int) -> dict[str, str]:
    """Return the environment that lets a bot talk to the sandbox at a URL, and keep everything in a directory."""
    return {
        "TELEGRAM_BOT_TOKEN": "424242:SANDBOX-TOKEN",
        "TELEGRAM_API_URL": sandbox,
        "IMAGE_API_KEY": "sandbox-key",
        "IMAGE_API_URL": sandbox,
        "UPLOAD_API_URL": sandbox,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "TRUSTED_HOSTS": sandbox.removeprefix("http://"),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "DATABASE_URL": f"sqlite:///{directory}/bot.db",
        "DATA_DIR": str(directory),
        "LOG_LEVEL": "WARNING",
    }


async def start(stack: AsyncExitStack, command: list[str], environment: dict[str, str]) -> int:
    """Start a program and return its process id; `stack` ends it."""
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=asyncio.subprocess.DEVNULL)

    async def end() -> None:
        if process.returncode is None:
            process.terminate()
        await process.wait()

    stack.push_async_callback(end)
    return process.pid


async def answers(session: aiohttp.ClientSession, url: str) -> None:
    """Wait until a URL answers with 200. Raises TimeoutError."""
    for _ in range(400):
        try:
            async with session.get(url) as answer:
                if answer.status == 200:
                    return
        except aiohttp.ClientError:
            pass
        await asyncio.sleep(0.05)
    raise TimeoutError(f"{url} does not answer")
