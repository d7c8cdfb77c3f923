"""The one public address of several processes, and a line from each of them to the database that can be cut."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

import aiohttp
from aiohttp import web

_LIMIT = aiohttp.ClientTimeout(total=5, sock_connect=1)
_CHUNK = 65_536
SOCKET = ".s.PGSQL.5432"
"""The name of the unix socket of a PostgreSQL server, in the directory that a client takes for its host."""


class Front:
    """A reverse proxy that passes requests to ports of this machine in turn.

    It learns that a process is dead when the connection is refused, and then asks the next one. A process that is
    stopped takes the request and doesn't answer; then the sender gets 504, and the process may do the work later.
    """

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = list(ports)
        self.port = 0

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(timeout=_LIMIT, connector=aiohttp.TCPConnector(force_close=True, limit=0))
        app = web.Application(client_max_size=1 << 26)
        app.router.add_route("*", "/{path:.*}", self._pass)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
        await self._session.close()

    async def _pass(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name: value for name, value in request.headers.items() if name.lower() not in {"host", "connection"}}
        for _ in self._ports:
            port = self._ports.pop(0)
            self._ports.append(port)
            url = f"http://127.0.0.1:{port}{request.path_qs}"
            try:
                async with self._session.request(request.method, url, data=body, headers=headers) as answer:
                    data = await answer.read()
                    return web.Response(status=answer.status, body=data, content_type=answer.content_type)
            except aiohttp.ClientConnectorError:
                continue
            except TimeoutError:
                return web.Response(status=504)
            except aiohttp.ClientError:
                return web.Response(status=502)
        return web.Response(status=502)


class Tunnel:
    """The line of one process to a PostgreSQL server: a unix socket in `directory`, whose connections can be cut."""

    def __init__(self, directory: Path, server: Path) -> None:
        self.directory = directory
        self._server = server / SOCKET
        self._open = asyncio.Event()
        self._open.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self.directory.mkdir(parents=True, exist_ok=True)
        self._listener = await asyncio.start_unix_server(self._accept, self.directory / SOCKET)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listener.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self) -> None:
        """Break all connections, at both ends and in the middle of whatever they do."""
        for writer in self._writers:
            writer.transport.abort()

    async def silence(self, for_s: float) -> None:
        """Let nothing pass for a while, in either direction. Then everything arrives late."""
        self._open.clear()
        await asyncio.sleep(for_s)
        self._open.set()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._writers.add(writer)
        other = None
        try:
            inner, other = await asyncio.open_unix_connection(self._server)
            self._writers.add(other)
            await asyncio.gather(self._pipe(reader, other), self._pipe(inner, writer))
        except OSError:
            pass  # the server is down
        finally:
            for end in (writer, other):
                if end:
                    self._writers.discard(end)
                    end.transport.abort()

    async def _pipe(self, source: asyncio.StreamReader, into: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(_CHUNK):
                await self._open.wait()
                into.write(data)
                await into.drain()
        with suppress(OSError, RuntimeError):
            into.close()
