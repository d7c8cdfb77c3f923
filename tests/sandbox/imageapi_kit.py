"""Shared helpers for tests of the sandbox's image API: a server, a client, a clock, pictures and a webhook receiver."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

import aiohttp
from aiohttp import web
from PIL import Image

from sandbox.imageapi.record import Task
from sandbox.imageapi.server import ImageApiServer
from sandbox.imageapi.tasks import ImageApi
from tests.unit.servers import serving

KEY = "sandbox-key"
GENERATE = "/api/v1/gpt4o-image/generate"
RECORD = "/api/v1/gpt4o-image/record-info"
DOWNLOAD = "/api/v1/gpt4o-image/download-url"
CREDIT = "/api/v1/chat/credit"


class Clock:
    """A clock that the test turns."""

    def __init__(self, now: float = 1_760_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Wire:
    """A client of the sandbox's image API over real HTTP."""

    def __init__(self, server: ImageApiServer, session: aiohttp.ClientSession) -> None:
        self.server = server
        self.session = session

    @property
    def api(self) -> ImageApi:
        """Return the state behind the server."""
        return self.server.api

    async def post(self, path: str, body: Any = None, **more: Any) -> dict[str, Any]:
        """POST JSON, and return the JSON of an answer with HTTP 200."""
        async with self.session.post(self.server.url + path, json=body, **more) as answer:
            assert answer.status == 200
            data: dict[str, Any] = await answer.json()
            return data

    async def get(self, path: str, **params: str) -> dict[str, Any]:
        """GET with parameters, and return the JSON of an answer with HTTP 200."""
        async with self.session.get(self.server.url + path, params=params) as answer:
            assert answer.status == 200
            data: dict[str, Any] = await answer.json()
            return data

    async def fetch(self, url: str) -> tuple[int, bytes]:
        """GET a file."""
        async with self.session.get(url) as answer:
            return answer.status, await answer.read()

    async def generate(self, **body: Any) -> Task:
        """Start a task that must be accepted."""
        answer = await self.post(GENERATE, {"size": "1:1", "prompt": "a red fox in the snow"} | body)
        assert answer["code"] == 200, answer
        return self.api.tasks[answer["data"]["taskId"]]

    async def finished(self, **body: Any) -> Task:
        """Start a task, and wait for its outcome."""
        task = await self.generate(**body)
        await task.finished.wait()
        return task

    async def upload(self, body: bytes, name: str = "picture.png") -> str:
        """Upload a file, and return its URL."""
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("uploadPath", "images/tests")
        form.add_field("fileName", name)
        form.add_field("file", BytesIO(body), filename=name)  # aiohttp warns about large raw bytes
        async with self.session.post(f"{self.server.url}/api/file-stream-upload", data=form) as answer:
            data = await answer.json()
        assert data["code"] == 200, data
        return str(data["data"]["downloadUrl"])


@asynccontextmanager
async def wire(**settings: Any) -> AsyncIterator[Wire]:
    """Run an image API, and yield a client with the right key."""
    headers = {"Authorization": f"Bearer {KEY}", "User-Agent": "tests"}
    settings = {"duration_s": 0.0, "fast": True} | settings
    async with (
        ImageApiServer(api_key=KEY, **settings) as server,
        aiohttp.ClientSession(headers=headers) as session,
    ):
        yield Wire(server, session)


class Listener:
    """A receiver of task notifications."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], Any]] = []
        self.statuses: list[int] = []
        self.url = ""

    async def hear(self, request: web.Request) -> web.Response:
        """Record a notification, and answer with the next status, or 200 if none is left."""
        self.heard.append((dict(request.headers), await request.json()))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)


@asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    """Run a receiver."""
    listener = Listener()
    async with serving(listener.hear) as port:
        listener.url = f"http://127.0.0.1:{port}/callbacks/secret"
        yield listener


def png(size: tuple[int, int] = (64, 48), colour: str = "#4080c0", mode: str = "RGB") -> bytes:
    """Return a small picture as PNG."""
    return encoded(Image.new(mode, size, colour))


def encoded(image: Image.Image, form: str = "PNG", **more: Any) -> bytes:
    """Encode a picture."""
    out = BytesIO()
    image.save(out, form, **more)
    return out.getvalue()


def opened(body: bytes) -> Image.Image:
    """Decode a picture."""
    image = Image.open(BytesIO(body))
    image.load()
    return image
