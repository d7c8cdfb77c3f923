"""/healthz: the process runs and its loop turns. /readyz: everything it needs answers."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

import structlog
from aiohttp import web

log = structlog.get_logger()

Probe = Callable[[], Awaitable[object]]

_PROBE_S = 5.0
_FRESH_S = 10.0


async def _healthy(_: web.Request) -> web.Response:
    return web.json_response({"ok": True})


class Readiness:
    """Asks whether Telegram, the image API and the database answer; an answer holds for ten seconds."""

    def __init__(self, probes: Mapping[str, Probe]) -> None:
        self._probes = probes
        self._lock = asyncio.Lock()
        self._known: dict[str, bool] = {}
        self._known_at = -_FRESH_S

    async def receive(self, _: web.Request) -> web.Response:
        """Answer 200 where all do, else 503, with a yes or no for each."""
        async with self._lock:
            if time.monotonic() - self._known_at >= _FRESH_S:
                answers = await asyncio.gather(*(_answers(name, probe) for name, probe in self._probes.items()))
                self._known = dict(zip(self._probes, answers, strict=True))
                self._known_at = time.monotonic()
        return web.json_response(self._known, status=200 if all(self._known.values()) else 503)


async def _answers(name: str, probe: Probe) -> bool:
    try:
        async with asyncio.timeout(_PROBE_S):
            await probe()
    except Exception as error:  # noqa: BLE001 - whatever it is, the answer is no
        log.warning("does not answer", what=name, error=type(error).__name__)
        return False
    return True


def routes(probes: Mapping[str, Probe]) -> list[web.RouteDef]:
    """For load balancers, containers and whoever is on call."""
    return [web.get("/healthz", _healthy), web.get("/readyz", Readiness(probes).receive)]
