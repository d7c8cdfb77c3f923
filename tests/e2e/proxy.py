"""A proxy on loopback: it records the targets of requests, and forwards all of them to the sandbox."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Proxy:
    """A proxy that forwards everything to `target`."""

    target: str
    asked: list[str] = field(default_factory=list)
    """The URLs of all requests, or host and port of tunnels."""
    refuses: int | None = None
    """The HTTP status to answer instead of forwarding, if set."""
    port: int = 0

    @property
    def url(self) -> str:
        """Return the proxy's URL."""
        return f"http://ada:s3cret-pass@127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward a connection; its first request has an absolute URL or asks for a tunnel."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            method, address, _ = head.split(b" ", 2)
            self.asked.append(address.decode())
            if self.refuses:
                writer.write(f"HTTP/1.1 {self.refuses} No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno".encode())
                return
            host, port = self.target.removeprefix("http://").split(":")
            inner, outer = await asyncio.open_connection(host, int(port))
            if method == b"CONNECT":
                writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            else:
                path = urlsplit(address.decode())
                short = path.path.encode() + (b"?" + path.query.encode() if path.query else b"")
                head = head.replace(address, short, 1).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
                outer.write(head)
            await asyncio.gather(_pipe(reader, outer), _pipe(inner, writer))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def _pipe(source: asyncio.StreamReader, into: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65_536):
            into.write(data)
            await into.drain()
    except ConnectionError:
        pass
    finally:
        into.close()


@asynccontextmanager
async def proxy_to(target: str) -> AsyncIterator[Proxy]:
    """Run a proxy."""
    proxy = Proxy(target)
    tasks: set[asyncio.Task[None]] = set()
    writers: set[asyncio.StreamWriter] = set()

    def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(proxy.serve(reader, writer))
        tasks.add(task)
        writers.add(writer)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accepted, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for writer in writers:  # a task that was canceled before its first step closes nothing
            writer.transport.abort()
