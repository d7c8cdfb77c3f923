"""The sandbox and the nursery of the bots, each in a process of its own, and what people and an auditor do there."""

import asyncio
import json
import os
import sys
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Self

import aiohttp

from benchmarks.torture.people import Message, Order

ROOT = Path(__file__).parents[2]
OPEN_WORK = """
SELECT (SELECT count(*) FROM inbox WHERE done_at IS NULL)
     + (SELECT count(*) FROM albums WHERE closed_at IS NULL)
     + (SELECT count(*) FROM jobs WHERE (state NOT IN ('delivered', 'cancelled', 'uncertain')
            AND NOT (part_of IS NOT NULL AND late = 0 AND state = 'settled')
            AND NOT (parts > 0 AND state = 'generating' AND NOT EXISTS (
                SELECT 1 FROM jobs AS part WHERE part.part_of = jobs.id
                    AND (part.state IN ('queued', 'submitting', 'generating')
                        OR (part.state = 'settled' AND part.failure IS NULL)))
                AND EXISTS (SELECT 1 FROM jobs AS part WHERE part.part_of = jobs.id AND part.state = 'uncertain')))
        OR outdated_id IS NOT NULL)
"""
"""A statement that counts the open items in a database of either kind."""


class Scene(ABC):
    """A scene starts and ends bots, writes as people do, and looks as an auditor does."""

    def __init__(self, directory: Path, *, callbacks: bool, rooms: int, model: str = "4o", album: int = 2) -> None:
        self.directory = directory
        self.callbacks = callbacks
        self.rooms = rooms
        self.model = model
        self.album = album
        self.room = 0
        self.surprises: list[str] = []
        """Ends of a bot that the harness did not cause."""
        self.events: list[dict[str, Any]] = []
        """The actions of the harness, for the stories."""
        self._processes: list[asyncio.subprocess.Process] = []
        self._reader: asyncio.Task[None] | None = None

    @property
    def mode(self) -> str:
        """The way in which the bot is connected."""
        return "webhook and callbacks" if self.callbacks else "polling only"

    @property
    def ledger(self) -> Path:
        """The file of the passings of all bots."""
        return self.directory / "ledger.jsonl"

    @property
    def output(self) -> Path:
        """The file of the log of all bots."""
        return self.directory / "bot.log"

    async def __aenter__(self) -> Self:
        self.session = aiohttp.ClientSession()
        self._stage = await self._spawn("benchmarks.torture.stage", str(self.rooms))
        self._nursery = await self._spawn("benchmarks.torture.victim")
        self.url = (await _line(self._stage)).decode().strip()
        self._reader = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._reader:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        await self.session.close()
        for process in self._processes:  # both end with their standard input, the nursery with all its children
            if process.stdin:
                process.stdin.close()
            await process.wait()

    @abstractmethod
    async def rest(self) -> None:
        """Let the bot do nothing more before an audit."""

    @abstractmethod
    async def open_work(self) -> int:
        """Return the number of open items in the bot's database; 1 if it can't be read."""

    @abstractmethod
    def _heard(self, news: dict[str, Any]) -> None:
        """Take news of the nursery: a bot was born, stopped, or died."""

    # --- seen from outside

    def passings(self, since: float = 0.0) -> list[dict[str, Any]]:
        """Return the bot's passings in order."""
        if not self.ledger.exists():
            return []
        lines = (json.loads(line) for line in self.ledger.read_text(encoding="utf-8").splitlines())
        return [line for line in lines if line["time"] >= since]

    async def say(self, order: Order, words: str, files: list[bytes]) -> list[Message]:
        """Write as the order's requester."""
        fields = {"chat_id": str(order.chat), "person_id": str(order.person), "text": words}
        if order.thread:
            fields["thread_id"] = str(order.thread)
        form = aiohttp.FormData(fields)
        for number, data in enumerate(files):
            form.add_field("file", data, filename=f"{number}.png", content_type="image/png")
        async with self.session.post(f"{self.url}/chat/send", data=form) as answer:
            answer.raise_for_status()
            messages: list[Message] = (await answer.json())["messages"]
        order.began = order.began or time.time()
        order.said += [message["message_id"] for message in messages]
        self._note("said", prompt=order.prompt, chat_id=order.chat, words=words, photos=len(files))
        return messages

    async def look(self, chat: int) -> list[Message]:
        """Return the messages of a chat."""
        async with self.session.get(f"{self.url}/chat/messages", params={"chat_id": chat}) as answer:
            return list((await answer.json())["messages"])

    async def tasks(self) -> list[dict[str, Any]]:
        """Return all tasks that the image API took."""
        async with self.session.get(f"{self.url}/control/tasks") as answer:
            return list((await answer.json())["tasks"])

    async def fetch(self, url: str) -> bytes:
        """Return the bytes that the sandbox serves under a URL, or under a path of its own."""
        async with self.session.get(url if "://" in url else self.url + url) as answer:
            return await answer.read() if answer.status == 200 else b""

    async def faults(self, faults: list[dict[str, Any]]) -> None:
        """Set the next faults."""
        self._note("faults", faults=faults)
        async with self.session.post(f"{self.url}/control/faults", json=faults) as answer:
            answer.raise_for_status()

    async def clear(self) -> None:
        """Remove all faults."""
        self._note("fair weather")
        async with self.session.delete(f"{self.url}/control/faults") as answer:
            answer.raise_for_status()

    # --- within

    def _note(self, what: str, **details: Any) -> None:
        told = {key: value for key, value in details.items() if value is not None}
        self.events.append({"time": time.time(), "at": f"[{what}]", **told})

    async def _spawn(self, module: str, *arguments: str) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        with (self.directory / f"{module.rpartition('.')[2]}.err").open("wb") as errors:
            command = (sys.executable, "-m", module, *arguments)
            process = await asyncio.create_subprocess_exec(
                *command, stdin=pipe, stdout=pipe, stderr=errors, cwd=ROOT, env=_bare_environment()
            )
        self._processes.append(process)
        return process

    async def _listen(self) -> None:
        while line := await _line(self._nursery):
            self._heard(json.loads(line))

    async def _command(self, command: dict[str, Any]) -> None:
        if self._nursery.stdin:
            self._nursery.stdin.write(json.dumps(command).encode() + b"\n")
            await self._nursery.stdin.drain()

    def _last_words(self) -> str:
        return self.output.read_text(encoding="utf-8", errors="replace")[-1500:]

    def _common_environment(self) -> dict[str, str]:
        """Return the settings of every bot here, without those of its database, its directory and its port."""
        return {
            "TORTURE_LEDGER": str(self.ledger),
            "TORTURE_OUTPUT": str(self.output),
            "TELEGRAM_BOT_TOKEN": "424242:SANDBOX-TOKEN",
            "TELEGRAM_API_URL": self.url,
            "DEFAULT_MODEL": self.model,
            "IMAGE_API_KEY": "sandbox-key",
            "IMAGE_API_URL": self.url,
            "UPLOAD_API_URL": self.url,
            "TRUSTED_HOSTS": self.url.removeprefix("http://"),
            "HOST": "127.0.0.1",
            "POLL_INTERVAL_S": "0.4",
            "JOB_DEADLINE_S": "900",
            "LOG_FORMAT": "json",
        }


async def _line(process: asyncio.subprocess.Process) -> bytes:
    return await process.stdout.readline() if process.stdout else b""


def _bare_environment() -> dict[str, str]:
    """Return the environment without the user's settings for the bot."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PYTHONPATH") if name in os.environ}
