"""/healthz: the process and its event loop run. /readyz: Telegram, the image API and the database answer, too."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Mapping

import structlog
from aiohttp import web

log = structlog.get_logger()

Probe = Callable[[], Awaitable[object]]

_PROBE_S = 5.0


async def _healthy(_: web.Request) -> web.Response:
    return web.json_response({"ok": True})


class Readiness:
    """The probes by name, and the answer they gave last. It is reused for `fresh_s` seconds."""

    def __init__(self, probes: Mapping[str, Probe], fresh_s: float) -> None:
        self._probes = probes
        self._lock = asyncio.Lock()
        self._known: dict[str, bool] = {}
        self._known_at = -math.inf
        self._fresh_s = fresh_s

    async def receive(self, _: web.Request) -> web.Response:
        """Respond with true or false for each probe: 200 if all succeed, else 503."""
        async with self._lock:
            if time.monotonic() - self._known_at >= self._fresh_s:
                answers = await asyncio.gather(*(_answers(name, probe) for name, probe in self._probes.items()))
                self._known = dict(zip(self._probes, answers, strict=True))
                self._known_at = time.monotonic()
        return web.json_response(self._known, status=200 if all(self._known.values()) else 503)


async def _answers(name: str, probe: Probe) -> bool:
    try:
        async with asyncio.timeout(_PROBE_S):
            await probe()
    except Exception as error:  # noqa: BLE001 - every error means that the probe failed
        log.warning("readiness_probe_failed", probe=name, error=type(error).__name__)
        return False
    return True


def routes(probes: Mapping[str, Probe], fresh_s: float) -> list[web.RouteDef]:
    """Return the routes for load balancers, containers and monitoring; answers are reused for `fresh_s` seconds."""
    return [web.get("/healthz", _healthy), web.get("/readyz", Readiness(probes, fresh_s).receive)]
