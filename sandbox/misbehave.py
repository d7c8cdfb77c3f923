"""The faults that are the same on every wire: delays, HTTP errors, HTML pages and broken connections."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus

from aiohttp import web

from sandbox.faults import Fault

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PAGE = (
    "<!DOCTYPE html>\n<html><head><title>{status} {phrase}</title></head>\n"
    "<body><center><h1>{status} {phrase}</h1></center><hr><center>sandbox</center></body></html>\n"
)


async def misbehave(request: web.Request, faults: Iterable[Fault], handle: Handler) -> web.StreamResponse:
    """Answer a request, changed by its faults. Ignore the kinds that only the caller can apply."""
    ending = None
    for fault in faults:
        match fault.kind:
            case "delay":
                await asyncio.sleep(fault.seconds())
            case "hold":
                await fault.released()
            case "http":
                return web.Response(status=fault.status(500))
            case "html":
                return html_page(fault.status(502))
            case "drop":
                return hang_up(request)
            case "drop_after" | "cut":
                ending = fault.kind
            case _:
                pass
    answer = await handle(request)
    if ending == "drop_after":
        return hang_up(request)
    return await _cut(request, answer) if ending == "cut" else answer


def html_page(status: int) -> web.Response:
    """Return an HTML page, as a gateway or a shield answers where a client expects JSON."""
    known = {int(member): member.phrase for member in HTTPStatus}
    page = PAGE.format(status=status, phrase=known.get(status, "Error"))
    return web.Response(status=status, text=page, content_type="text/html")


def hang_up(request: web.Request) -> web.Response:
    """Close the connection without an answer. The returned response only satisfies aiohttp; it isn't sent."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()


async def _cut(request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
    """Announce the whole answer and send half of it."""
    body = answer.body if isinstance(answer, web.Response) else None
    if not isinstance(body, bytes | bytearray):
        return hang_up(request)
    stump = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.content_type})
    stump.content_length = len(body)
    stump.force_close()
    await stump.prepare(request)
    await stump.write(bytes(body[: len(body) // 2]))
    if request.transport is not None:
        request.transport.close()
    return stump
