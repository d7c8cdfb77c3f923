"""The web server's limits: how many connections are open, how slow a client may be, and which requests are refused.

aiohttp waits forever for a request that is never sent, and decompresses any body. Here a connection has a deadline for
the head of a request, for its body and for the whole request. If there are too many connections, the oldest idle one
makes room for a new one. Compressed bodies are refused.
"""

import asyncio
import logging
import resource
import socket
from contextlib import AsyncExitStack

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler, Middleware

from core.models.timing import Timing
from core.runtime.log_throttle import LogThrottle

log = structlog.get_logger()

MOST_CONNECTIONS = 512
_FILES = 8192  # enough for the connections and all files that the bot opens itself
_UPLOADS = frozenset({"/painter/mask"})


class Guard(asyncio.Protocol):
    """A connection on its way to aiohttp, which is aborted if it takes too long."""

    def __init__(self, server: "WebServer", inner: asyncio.Protocol) -> None:
        self._server, self._inner, self._timing = server, inner, server.timing
        self._loop = asyncio.get_running_loop()
        self._deadline: asyncio.TimerHandle | None = None
        self.transport: asyncio.Transport | None = None
        self.is_at_work = self._is_resting = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Register the connection, and start the deadline for a head."""
        self.transport = transport  # type: ignore[assignment]  # create_server makes writable ones
        self._server.enter(self)
        self._within(self._timing.http_head_s)
        self._inner.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Pass the data on. The first byte after a rest starts the deadline for a head."""
        if self._is_resting:
            self._is_resting = False
            self._within(self._timing.http_head_s)
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """Pass the event on."""
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        """Pass the event on."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Pass the event on."""
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self._deadline:
            self._deadline.cancel()
        self._server.leave(self)
        self._inner.connection_lost(exc)

    def begin(self) -> None:
        """Note that a request is here."""
        self.is_at_work, self._is_resting = True, False
        self._within(self._timing.http_whole_s)

    def end(self) -> None:
        """Note that the request was answered."""
        self.is_at_work, self._is_resting = False, True
        self._within(self._timing.http_rest_s)

    def abort(self) -> None:
        """Abort the connection at once."""
        if self.transport:
            self.transport.abort()

    def _within(self, seconds: float) -> None:
        if self._deadline:
            self._deadline.cancel()
        self._deadline = self._loop.call_later(seconds, self.abort)


class WebServer:
    """All open connections."""

    def __init__(self, most: int = MOST_CONNECTIONS, timing: Timing = Timing()) -> None:
        self._most = most
        self.timing = timing
        self._guards: dict[asyncio.BaseTransport | None, Guard] = {}
        self._say = LogThrottle()

    def __len__(self) -> int:
        return len(self._guards)

    def enter(self, guard: Guard) -> None:
        """Add a connection. If there are too many, abort the oldest one without a request."""
        if len(self._guards) >= self._most:
            self._say(log.warning, "connection_limit_reached", limit=self._most)
            idle = next((other for other in self._guards.values() if not other.is_at_work), guard)
            self._guards.pop(idle.transport, None)
            idle.abort()
        self._guards[guard.transport] = guard

    def leave(self, guard: Guard) -> None:
        """Remove a connection."""
        self._guards.pop(guard.transport, None)

    def middleware(self) -> Middleware:
        """Return the middleware that sees every request first."""

        @web.middleware
        async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
            guard = self._guards.get(request.transport)
            if guard is None:
                return await handler(request)
            guard.begin()
            limit_s = self.timing.http_form_s if request.path in _UPLOADS else self.timing.http_body_s
            body = asyncio.get_running_loop().call_later(limit_s, _abort_unread, request, guard)
            try:
                if "Content-Encoding" in request.headers:  # neither Telegram nor the image API compresses requests
                    raise web.HTTPUnsupportedMediaType(text="bodies must come uncompressed")
                return await handler(request)
            finally:
                body.cancel()
                guard.end()

        return watch

    async def start(
        self, app: web.Application, stack: AsyncExitStack, host: str, port: int, listener: socket.socket | None = None
    ) -> int:
        """Listen on a host and port, or on a bound socket. Return the port. Raises OSError.

        The access log is off, as it would show secret addresses.
        """
        app.middlewares.insert(0, self.middleware())
        app.on_response_prepare.append(_without_name)
        runner = web.AppRunner(
            app,
            access_log=None,
            shutdown_timeout=2,
            auto_decompress=False,
            keepalive_timeout=self.timing.http_rest_s,
            logger=_logger(),
        )
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        inner = runner.server
        if inner is None:
            raise RuntimeError("the runner was not set up")
        loop, made = asyncio.get_running_loop(), lambda: Guard(self, inner())
        server = await (loop.create_server(made, sock=listener) if listener else loop.create_server(made, host, port))
        stack.callback(server.close)
        return int(server.sockets[0].getsockname()[1])


def raise_file_limit() -> int:
    """Raise the limit of open files within reason. Return how many connections it allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, soft // 4)


def quiet_accepting(loop: asyncio.AbstractEventLoop) -> None:
    """Log at most once a minute that no connection can be accepted.

    If no more files can be opened, asyncio says so a hundred times a second.
    """
    say = LogThrottle()

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        if "socket.accept()" in str(context.get("message")):
            say(log.error, "connection_accept_failed", error=str(context.get("exception")))
        else:
            loop.default_exception_handler(context)

    loop.set_exception_handler(handle)


async def _without_name(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.pop("Server", None)


def _abort_unread(request: web.Request, guard: Guard) -> None:
    if not request.content.is_eof():
        guard.abort()


class _Brief(logging.Filter):
    """A log filter: malformed requests are logged rarely and without a traceback, the bot's own errors in full."""

    def __init__(self) -> None:
        super().__init__()
        self._say = LogThrottle()

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            self._say(log.warning, "request_malformed", error=type(error).__name__)
            return False
        return True


def _logger() -> logging.Logger:
    logger = logging.getLogger("imagine_bot.web")
    if not logger.filters:
        logger.addFilter(_Brief())
    return logger
