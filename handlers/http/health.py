"""/healthz: the process and its event loop run. /readyz: Telegram, the image API and the database answer, too.

Among several processes, /readyz also names the shards of this one.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Mapping

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

log = structlog.get_logger()

Probe = Callable[[], Awaitable[object]]
Report = Callable[[], Mapping[str, object]]

_PROBE_S = 5.0
_HEALTH = frozenset({"/healthz", "/readyz"})


async def _healthy(_: web.Request) -> web.Response:
    return web.json_response({"ok": True})


class Readiness:
    """The probes by name, and the answer they gave last. It is reused for `fresh_s` seconds."""

    def __init__(self, probes: Mapping[str, Probe], fresh_s: float, report: Report) -> None:
        self._probes = probes
        self._lock = asyncio.Lock()
        self._known: dict[str, bool] = {}
        self._known_at = -math.inf
        self._fresh_s = fresh_s
        self._report = report

    async def receive(self, _: web.Request) -> web.Response:
        """Respond with true or false for each probe: 200 if all succeed, else 503."""
        async with self._lock:
            if time.monotonic() - self._known_at >= self._fresh_s:
                answers = await asyncio.gather(*(_answers(name, probe) for name, probe in self._probes.items()))
                self._known = dict(zip(self._probes, answers, strict=True))
                self._known_at = time.monotonic()
        is_ready = all(self._known.values())
        return web.json_response({**self._known, **self._report()}, status=200 if is_ready else 503)


async def _answers(name: str, probe: Probe) -> bool:
    try:
        async with asyncio.timeout(_PROBE_S):
            await probe()
    except Exception as error:  # noqa: BLE001 - every error means that the probe failed
        log.warning("readiness_probe_failed", probe=name, error=type(error).__name__)
        return False
    return True


def gate(is_waiting: Callable[[], bool]) -> Middleware:
    """Return a middleware that answers 503 to everything but health checks as long as the process has to wait."""

    @web.middleware
    async def pass_through(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path not in _HEALTH and is_waiting():
            return web.Response(status=503)
        return await handler(request)

    return pass_through


def routes(probes: Mapping[str, Probe], fresh_s: float, report: Report = dict[str, object]) -> list[web.RouteDef]:
    """Return the routes for load balancers, containers and monitoring; answers are reused for `fresh_s` seconds.

    `report` returns what /readyz says besides, which doesn't decide.
    """
    return [web.get("/healthz", _healthy), web.get("/readyz", Readiness(probes, fresh_s, report).receive)]
