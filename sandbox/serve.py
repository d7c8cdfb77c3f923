"""The whole sandbox on one port: the Bot API, the user side of Telegram, the image API and the control interface."""

from collections.abc import Mapping
from typing import Self

from aiohttp import web

from sandbox import control, people
from sandbox.faults import Faults
from sandbox.imageapi import server as image_server
from sandbox.imageapi.tasks import ImageApi
from sandbox.telegram import server as telegram_server
from sandbox.telegram.world import World

MOST_BYTES = 64 * 1024 * 1024
"""The largest request in bytes: a document of 50 MB (Bot API, sendDocument) and its envelope."""


class Sandbox:
    """The sandbox as a context manager.

    Point a bot at `url` with `token` and `api_key`. Tests inspect it through `telegram` and `images`. `mini_apps` maps
    short names to URLs. With `strict`, the Bot API refuses unknown parameters.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        token: str = "424242:SANDBOX-TOKEN",  # noqa: S107 - opens nothing but the sandbox
        api_key: str = "sandbox-key",
        seed: int = 0,
        mini_apps: Mapping[str, str] | None = None,
        strict: bool = False,
    ) -> None:
        self.host = host
        self.port = port
        self.token = token
        self.api_key = api_key
        self.faults = Faults()
        self.telegram = World(token, faults=self.faults, seed=seed, strict=strict)
        self.telegram.mini_apps |= mini_apps or {}
        self.images = ImageApi(api_key=api_key, faults=self.faults, seed=seed)
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The root URL of all services, once the sandbox is started."""
        return self.telegram.base_url

    async def start(self) -> None:
        """Start listening. With port 0, the system chooses a free port. Raises OSError if the port is taken."""
        app = web.Application(client_max_size=MOST_BYTES)
        telegram_server.add_routes(app, self.telegram)
        image_server.add_routes(app, self.images)
        people.add_routes(app, self.telegram)
        control.add_routes(app, self.telegram, self.images, self.faults)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self.host, self.port).start()
        except OSError:
            await self.stop()
            raise
        self.port = self._runner.addresses[0][1]
        self.telegram.base_url = self.images.url = f"http://{self.host}:{self.port}"

    async def stop(self) -> None:
        """End all polls, streams, deliveries, tasks and notifications."""
        await self.telegram.close()
        await self.images.stop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *problem: object) -> None:
        await self.stop()
