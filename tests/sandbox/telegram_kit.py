"""Shared helpers for tests of the sandbox's Telegram: a plain client, a webhook receiver, pictures and a clock."""

import asyncio
import io
import json
from collections.abc import Callable
from typing import Any, Self

import aiohttp
from aiohttp import web
from PIL import Image

ADA, BEN, GROUP = 1001, 1002, -1_000_000_000_001


class RefusedError(Exception):
    """An answer with `ok: false`."""

    def __init__(self, body: dict[str, Any], status: int) -> None:
        super().__init__(body["description"])
        self.code = body["error_code"]
        self.status = status
        self.parameters = body.get("parameters", {})


class Client:
    """A Bot API client that uses plain HTTP, so that the wire itself is tested."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token
        self.session = aiohttp.ClientSession()

    async def __call__(self, method: str, files: dict[str, tuple[str, bytes]] | None = None, /, **params: Any) -> Any:
        """Call a method: as multipart if there are files, and otherwise as JSON."""
        address = f"{self.url}/bot{self.token}/{method}"
        sent = {"data": multipart(params, files)} if files else {"json": params}
        async with self.session.post(address, **sent) as answer:
            body = await answer.json()
        if not body["ok"]:
            raise RefusedError(body, answer.status)
        return body["result"]


class Receiver:
    """A bot's webhook: records updates, and answers with the next status, or 200 if none is left."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.secrets: list[str | None] = []
        self.statuses: list[int] = []
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/telegram", self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/telegram"
        return self

    async def __aexit__(self, *problem: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        self.got.append(await request.json())
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


class Clock:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def until(ready: Callable[[], object]) -> None:
    """Let the loop run until `ready` returns a true value."""
    async with asyncio.timeout(10):
        while not ready():  # noqa: ASYNC110 - nothing signals the change
            await asyncio.sleep(0)


def multipart(params: dict[str, Any], files: dict[str, tuple[str, bytes]]) -> aiohttp.FormData:
    """Return a form of parameters and files as a client sends it."""
    form = aiohttp.FormData(quote_fields=False)
    for key, value in params.items():
        form.add_field(key, value if isinstance(value, str) else json.dumps(value))
    for key, (name, data) in files.items():
        form.add_field(key, io.BytesIO(data), filename=name)  # aiohttp warns about large raw bytes
    return form


def picture(width: int = 60, height: int = 40, form: str = "PNG", color: str = "teal") -> bytes:
    """Return a plain picture."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), color).save(out, form)
    return out.getvalue()


def button(data: str) -> dict[str, Any]:
    """Return a keyboard with one button."""
    return {"inline_keyboard": [[{"text": "Again", "callback_data": data}]]}
