"""Shared helpers of the mask painter tests: the page as Telegram opens it, and masks to send."""

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import ClientSession, FormData
from PIL import Image, ImageDraw
from yarl import URL

from tests.e2e.kit import Message, Room, Studio, encoded

SIDE, HERE = 256, (90, 60, 190, 170)
APP = "paint"
SHALL_I = "Only the tinted area will change"


@pytest.fixture
async def room(request: pytest.FixtureRequest, idle: Studio) -> Room:
    """Return the private chat, or with IN_GROUP or EVERYWHERE the group, where a Mini App opens the painter."""
    room = Room.of(idle, getattr(request, "param", "private"))
    await idle.start(mini_app_name=APP)
    idle.world.mini_apps[APP] = f"{idle.url}/painter"
    return room


@dataclass(frozen=True)
class Page:
    """The painter as opened for a user: its init data and target, and its requests to the bot."""

    session: ClientSession
    root: str
    init_data: str
    target: str

    async def open(self, **other: Any) -> tuple[int, dict[str, Any]]:
        """Ask for the picture to paint on."""
        given = {"initData": self.init_data, "target": self.target} | other
        async with self.session.post(f"{self.root}/painter/open", json=given) as answer:
            return answer.status, await answer.json()

    async def send(self, mask: bytes, words: str = "a red door", **other: str) -> tuple[int, dict[str, Any]]:
        """Send a mask."""
        form = FormData()
        for name, value in ({"initData": self.init_data, "target": self.target, "prompt": words} | other).items():
            form.add_field(name, value)
        form.add_field("mask", io.BytesIO(mask), filename="mask.png", content_type="image/png")
        async with self.session.post(f"{self.root}/painter/mask", data=form) as answer:
            return answer.status, await answer.json()

    async def picture(self, link: str) -> tuple[int, bytes]:
        """Download from a link."""
        async with self.session.get(URL(f"{self.root}/{link}", encoded=True)) as answer:
            return answer.status, await answer.read()


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    """Open an HTTP session."""
    async with ClientSession() as running:
        yield running


def opened_by(room: Room, message: Message, session: ClientSession, person: int | None = None) -> Page:
    """Press the button that opens the painter, as Telegram's app does."""
    kind = "url" if room.is_group else "web_app"
    (button,) = [button for button in room.buttons(message) if kind in button]
    url = button["url"] if room.is_group else button["web_app"]["url"]
    address = urlsplit(room.studio.world.open_app(room.chat_id, message["message_id"], person or room.person, url))
    query = parse_qs(address.query)
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{room.studio.url}/painter"
    target = query["tgWebAppStartParam" if room.is_group else "p"][0]
    return Page(session, room.studio.url, parse_qs(address.fragment)["tgWebAppData"][0], target)


def mask_of(
    size: tuple[int, int] = (SIDE, SIDE), fill: int = 255, form: str = "PNG", box: tuple[int, int, int, int] = HERE
) -> bytes:
    """Return a white mask with a black area, or one filled with another level."""
    image = Image.new("L", size, fill)
    if fill == 255:
        ImageDraw.Draw(image).rectangle(box, fill=0)
    return encoded(image, form)
