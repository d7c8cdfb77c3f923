"""/healthz: the process runs and its loop turns."""

from aiohttp import web


async def _healthy(_: web.Request) -> web.Response:
    return web.json_response({"ok": True})


def route() -> web.RouteDef:
    """For load balancers and containers."""
    return web.get("/healthz", _healthy)
