"""An address of the tests' object store where faults can be put between it and the bot."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web
from yarl import URL

from tests.unit.servers import serving

_ERROR = '<?xml version="1.0"?><Error><Code>{}</Code><Message>no</Message></Error>'
_CODES = {503: "SlowDown", 507: "InsufficientStorage", 500: "InternalError"}
_PASSED_ON = ("Content-Length", "Content-Type", "ETag", "Last-Modified", "Content-Range", "Accept-Ranges")


@dataclass
class Faults:
    """The way to a store at `target`. While `kind` is set, requests with one of the `methods` don't pass.

    A kind is an HTTP status, or "hang" (no answer), "cut" (the connection ends), "half" (it ends in the middle of the
    content) or "lose" (the answer claims success, and nothing is done).
    """

    target: str
    url: str = ""
    kind: str = ""
    methods: str = "GET HEAD PUT POST DELETE"
    times: int = 1_000_000
    """How many requests meet the fault."""
    met: int = 0
    """How many requests have met a fault."""
    released: asyncio.Event = field(default_factory=asyncio.Event)
    """Ends the waiting of hanging requests."""

    def put(self, kind: str, methods: str = "GET HEAD PUT POST DELETE", times: int = 1_000_000) -> None:
        """Set a fault."""
        self.kind, self.methods, self.times = kind, methods, times

    def mend(self) -> None:
        """Let all requests pass."""
        self.kind = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Pass a request on, or commit the fault."""
        if not self.kind or request.method not in self.methods.split() or self.times <= 0:
            return await self._passed(request)
        self.times -= 1
        self.met += 1
        if self.kind.isdigit():
            words = _ERROR.format(_CODES[int(self.kind)])
            return web.Response(status=int(self.kind), text=words, content_type="application/xml")
        if self.kind == "lose":
            await request.read()
            return web.Response(headers={"ETag": '"0123456789abcdef"'})
        if self.kind == "half":
            return await self._half(request)
        if self.kind == "hang":
            await self.released.wait()
        return _cut(request)

    async def _passed(self, request: web.Request) -> web.Response:
        """Return the store's answer. The host stays in the headers, as it is part of the signature."""
        body = await request.read()
        async with aiohttp.ClientSession(auto_decompress=False) as session:
            url = URL(self.target + request.raw_path, encoded=True)
            sent = session.request(request.method, url, headers=request.headers, data=body or None)
            async with sent as answer:
                content = await answer.read()
                kept = {name: answer.headers[name] for name in _PASSED_ON if name in answer.headers}
                if request.method != "HEAD":
                    kept.pop("Content-Length", None)
                return web.Response(status=answer.status, body=content, headers=kept)

    async def _half(self, request: web.Request) -> web.StreamResponse:
        whole = await self._passed(request)
        body = whole.body if isinstance(whole.body, bytes) else b""
        response = web.StreamResponse(headers=whole.headers)
        response.content_length = len(body)
        await response.prepare(request)
        await response.write(body[: len(body) // 2])
        return _cut(request, response)


def _cut(request: web.Request, response: web.StreamResponse | None = None) -> web.StreamResponse:
    if request.transport:
        request.transport.close()
    return response or web.Response()


@asynccontextmanager
async def faulty(target: str) -> AsyncIterator[Faults]:
    """Open the way to the store at `target`."""
    faults = Faults(target)
    async with serving(faults.answer) as port:
        faults.url = f"http://127.0.0.1:{port}"
        try:
            yield faults
        finally:
            faults.released.set()
