"""The event loop of the tests: asyncio's, without its fault when a server closes."""

import asyncio
import socket
from asyncio.selector_events import BaseSelectorEventLoop
from typing import Any

_accept: Any = vars(BaseSelectorEventLoop)["_accept_connection2"]


class EventLoop(asyncio.SelectorEventLoop):
    """A loop that closes connections which were accepted just before their server closed.

    asyncio accepts a connection first, and builds its transport in a later step. If the server closes in between, the
    transport stays open without an owner, and whichever test runs when it is collected fails about it.
    """

    async def _accept_connection2(
        self,
        protocol_factory: Any,
        conn: socket.socket,
        extra: Any,
        sslcontext: Any = None,
        server: asyncio.Server | None = None,
        *more: Any,
    ) -> None:
        if server and not server.is_serving():
            conn.close()
            return
        await _accept(self, protocol_factory, conn, extra, sslcontext, server, *more)
