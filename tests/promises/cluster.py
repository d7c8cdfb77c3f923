"""Several processes of the bot on one PostgreSQL database, behind one public address."""

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any, Self

import aiohttp
import asyncpg
from aiohttp import web

from sandbox.serve import Sandbox
from tests.postgresql import server
from tests.promises.process import Process

LEASE_S = 3.0


class Gateway:
    """A reverse proxy that gives each request to the next process; if one doesn't answer, to the one after it."""

    def __init__(self) -> None:
        self.ports: list[int] = []
        self.port = 0
        self._turn = 0
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Start listening on a free port."""
        app = web.Application(client_max_size=10_000_000)
        app.router.add_route("*", "/{path:.*}", self._pass_on)
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Stop listening."""
        if self._session:
            await self._session.close()
        if self._runner:
            await self._runner.cleanup()

    async def _pass_on(self, request: web.Request) -> web.Response:
        assert self._session
        body, self._turn = await request.read(), self._turn + 1
        headers = {name: value for name, value in request.headers.items() if name.lower() != "host"}
        for step in range(len(self.ports)):
            port = self.ports[(self._turn + step) % len(self.ports)]
            try:
                async with self._session.request(
                    request.method, f"http://127.0.0.1:{port}{request.rel_url}", data=body, headers=headers
                ) as answer:
                    return web.Response(status=answer.status, body=await answer.read())
            except (aiohttp.ClientError, TimeoutError):
                continue
        return web.Response(status=502)


class Cluster:
    """The processes, their database and their gateway."""

    def __init__(self, directory: Path, sandbox: Sandbox, *, webhook: bool = True) -> None:
        self.directory = directory
        self.sandbox = sandbox
        self.gateway = Gateway()
        self.processes: list[Process] = []
        self.url = ""
        self._webhook = webhook

    async def __aenter__(self) -> Self:
        self.url = await server().new_database()
        await self.gateway.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in self.processes:
            if process.child.returncode is None:
                process.send(signal.SIGCONT)
            await process.close()
        await self.gateway.stop()

    async def start(self, **environment: str) -> Process:
        """Start a process with a directory of its own, and add it to the gateway."""
        directory = self.directory / f"process{len(self.processes)}"
        directory.mkdir()
        process = Process(directory, self.sandbox)
        process.environment |= {
            "PUBLIC_URL": f"http://127.0.0.1:{self.gateway.port}",
            "TELEGRAM_MODE": "webhook" if self._webhook else "polling",
            "DATABASE_URL": self.url,
            "LEASE_S": str(LEASE_S),
        }
        process.environment |= environment
        self.processes.append(await process.start())
        self.gateway.ports.append(process.port)
        return process

    async def ready(self, count: int) -> list[Process]:
        """Start processes, and wait until all have a part of the work."""
        started = [await self.start() for _ in range(count)]
        for process in started:
            await process.heard("bot_ready")
        await self.shared(count)
        return started

    async def shared(self, count: int) -> None:
        """Wait until so many processes share all shards."""
        async with asyncio.timeout(20):
            while await self._free() or sum(bool(owner["shards"]) for owner in await self.owners()) != count:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def owners(self) -> list[dict[str, Any]]:
        """Return the processes with the lists of their shards."""
        return await self.rows(
            "SELECT name, waiting, (SELECT coalesce(array_agg(shard), '{}') FROM shard_leases "
            "WHERE shard_leases.owner = processes.owner AND expires_at > now_ms()) AS shards FROM processes"
        )

    async def _free(self) -> int:
        (row,) = await self.rows("SELECT count(*) FROM shard_leases WHERE expires_at <= now_ms()")
        return int(row["count"])

    async def rows(self, statement: str) -> list[dict[str, Any]]:
        """Run a statement beside the bot."""
        connection = await asyncpg.connect(self.url)
        try:
            return [dict(row) for row in await connection.fetch(statement)]
        finally:
            await connection.close()

    async def states(self) -> dict[str, int]:
        """Return the number of jobs in each state."""
        return {
            row["state"]: row["count"] for row in await self.rows("SELECT state, count(*) FROM jobs GROUP BY state")
        }

    async def delivered(self, count: int, within_s: float = 30) -> None:
        """Wait until all jobs are delivered, and there are so many."""
        try:
            async with asyncio.timeout(within_s):
                while await self.states() != {"delivered": count}:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"{await self.states()}\n{self.said}") from None

    @property
    def said(self) -> str:
        """Return what all processes said."""
        return "\n".join(process.said for process in self.processes)

    def guests(self, count: int) -> list[int]:
        """Add people to Telegram, whose chats are in different shards."""
        return [self.sandbox.telegram.add_person(2001 + 3 * number, "Guest")["id"] for number in range(count)]

    async def order(self, people: list[int]) -> None:
        """Let each person order a picture."""
        for person in people:
            await self.sandbox.telegram.say(person, person, "/imagine a red fox")

    def shown_once(self, people: list[int], times: int = 1) -> None:
        """Check that each person has been shown so many pictures, and that each was paid for once."""
        for person in people:
            shown = [message for message in self.sandbox.telegram.messages(person) if "photo" in message]
            assert len(shown) == times, (person, len(shown))
        assert len(self.sandbox.images.tasks) == len(people) * times


def stop(process: Process) -> None:
    """Stop a process as a debugger does: it answers nothing, and loses nothing."""
    os.kill(process.child.pid, signal.SIGSTOP)


async def readiness(process: Process) -> tuple[int, dict[str, Any]]:
    """Ask a process whether it is ready."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{process.port}/readyz") as answer,
    ):
        return answer.status, json.loads(await answer.text())
