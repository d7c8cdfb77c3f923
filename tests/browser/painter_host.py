"""A small server in the bot's place for the mask painter: it serves a picture and stores the sent masks."""

import asyncio
import io
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from aiohttp import web
from PIL import Image, ImageDraw

from handlers.http.mask_painter import PAGE

ROOT = "/some/where"
CSP = "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; object-src 'none'"

TEXTS = {
    "title": "Mask painter",
    "hint": "Paint over what should change",
    "picture": "The picture to paint on",
    "actions": "Actions",
    "tools": "Tools",
    "brush": "Brush",
    "eraser": "Eraser",
    "lasso": "Lasso",
    "rectangle": "Rectangle",
    "size": "Brush size",
    "undo": "Undo",
    "redo": "Redo",
    "invert": "Swap painted and unpainted",
    "clear": "Clear all",
    "zoom_in": "Zoom in",
    "zoom_out": "Zoom out",
    "fit": "Show the whole picture",
    "prompt": "What should appear there",
    "prompt_placeholder": "What should appear there?",
    "send": "Done",
    "sending": "Sending…",
    "sent": "Sent. Go on in the chat.",
    "close": "Close",
    "empty_mask": "Nothing is painted yet. Paint over what should change.",
    "full_mask": "Everything is painted. Leave the part unpainted that should stay.",
    "no_prompt": "Write what should appear in the painted area.",
    "failed": "That did not work. Check the connection and try again; nothing you painted is lost.",
    "retry": "Try again",
}


@cache
def landscape(width: int, height: int) -> bytes:
    """Return a JPEG of a landscape, on which the tint is visible."""
    picture = Image.new("RGB", (width, height), "#9fd0f0")
    pen = ImageDraw.Draw(picture)
    for y in range(height):
        pen.line([(0, y), (width, y)], (90 + 120 * y // height, 160 + 60 * y // height, 235 - 60 * y // height))
    side = min(width, height)
    pen.ellipse([width * 0.6, height * 0.15, width * 0.6 + side * 0.2, height * 0.15 + side * 0.2], "#ffe9a8")
    pen.polygon(
        [(0, height), (0, height * 0.7), (width * 0.4, height * 0.5), (width, height * 0.8), (width, height)], "#3f7d4e"
    )
    out = io.BytesIO()
    picture.save(out, "JPEG")
    return out.getvalue()


@dataclass
class Posted:
    """A mask as it arrived."""

    form: dict[str, str]
    mask: Image.Image
    kind: str


@dataclass
class Host:
    """The server's answers, and the requests that the page sent."""

    size: tuple[int, int] = (600, 400)
    prompt: str = ""
    earlier: bytes | None = None
    """A mask that was sent before."""
    opened: list[dict[str, Any]] = field(default_factory=list)
    posted: list[Posted] = field(default_factory=list)
    refusals: list[tuple[int, str]] = field(default_factory=list)
    open_refusals: list[tuple[int, str]] = field(default_factory=list)
    refused: int = 0
    arrived: int = 0
    slowly: asyncio.Event | None = None

    def app(self) -> web.Application:
        """Return the application with the painter's routes below a path prefix."""
        app = web.Application(client_max_size=64 * 1024**2)
        app.router.add_get(f"{ROOT}/painter", self._page)
        app.router.add_static(f"{ROOT}/painter/static/", PAGE)
        app.router.add_get(f"{ROOT}/picture.jpg", self._picture)
        app.router.add_get(f"{ROOT}/mask.png", self._earlier)
        app.router.add_get(f"{ROOT}/frame", self._frame)
        app.router.add_post(f"{ROOT}/painter/open", self._open)
        app.router.add_post(f"{ROOT}/painter/mask", self._mask)
        return app

    async def _page(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE / "index.html", headers={"Content-Security-Policy": CSP})

    async def _picture(self, _: web.Request) -> web.Response:
        return web.Response(body=landscape(*self.size), content_type="image/jpeg")

    async def _earlier(self, _: web.Request) -> web.Response:
        return web.Response(body=self.earlier, content_type="image/png")

    async def _frame(self, request: web.Request) -> web.Response:
        frame = f'<iframe id="app" width="420" height="640" src="painter?{request.query_string}"></iframe>'
        inside = f"<!doctype html><link rel=icon href=data:,>{frame}"
        return web.Response(text=inside, content_type="text/html")

    async def _open(self, request: web.Request) -> web.Response:
        self.opened.append(await request.json())
        if self.open_refusals:
            return self._refusal(*self.open_refusals.pop(0))
        width, height = self.size
        told: dict[str, Any] = {
            "picture": "picture.jpg",
            "width": width,
            "height": height,
            "prompt": self.prompt,
            "max_prompt": 4000,
        }
        told["mask"] = "mask.png" if self.earlier else None
        return web.json_response({**told, "language": "en", "texts": TEXTS})

    async def _mask(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.arrived += 1
        if self.slowly:
            await self.slowly.wait()
        if self.refusals:
            return self._refusal(*self.refusals.pop(0))
        file = form["mask"]
        assert isinstance(file, web.FileField)
        mask = Image.open(io.BytesIO(file.file.read()))
        words = {name: value for name, value in form.items() if isinstance(value, str)}
        self.posted.append(Posted(words, mask, file.content_type))
        return web.json_response({})

    def _refusal(self, status: int, words: str) -> web.Response:
        self.refused += 1
        return web.json_response({"error": words}, status=status) if words else web.Response(status=status)
