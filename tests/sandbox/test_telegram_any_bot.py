"""Any bot can use the sandbox: requests of libraries are accepted as by the official server."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from sandbox.serve import Sandbox
from tests.sandbox.telegram_kit import ADA, GROUP, Client
from tests.unit.pictures import encoded, two_halves

PNG = encoded(two_halves(), "PNG")


@pytest.fixture
async def lenient() -> AsyncIterator[Sandbox]:
    """Run a sandbox that isn't strict."""
    async with Sandbox() as running:
        running.telegram.limits.enabled = False
        yield running


@pytest.fixture
async def api(lenient: Sandbox) -> AsyncIterator[Client]:
    """Open a client of it."""
    client = Client(lenient.url, lenient.token)
    async with client.session:
        yield client


async def _raw(lenient: Sandbox, method: str, body: bytes, content_type: str) -> dict[str, Any]:
    address = f"{lenient.url}/bot{lenient.token}/{method}"
    headers = {"Content-Type": content_type}
    async with aiohttp.ClientSession() as session, session.post(address, data=body, headers=headers) as answer:
        return dict(await answer.json())


async def test_unknown_parameters_are_ignored(api: Client) -> None:
    """Unknown parameters are ignored, also inside objects."""
    markup = {"inline_keyboard": [[{"text": "a", "callback_data": "b", "is_shiny": True}]], "extra": 1}
    sent = await api("sendMessage", chat_id=ADA, text="x", brand_new=7, reply_markup=markup)
    assert sent["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "b"


async def test_strictness_is_a_switch() -> None:
    """A strict sandbox, as this project's tests use it, refuses unknown parameters."""
    async with Sandbox(strict=True) as strict, aiohttp.ClientSession() as session:
        address = f"{strict.url}/bot{strict.token}/sendMessage"
        async with session.post(address, json={"chat_id": ADA, "text": "x", "brand_new": 7}) as answer:
            assert (await answer.json())["description"] == 'Bad Request: sendMessage has no parameter "brand_new"'


async def test_old_names_of_parameters(api: Client, lenient: Sandbox) -> None:
    """Former names of parameters and methods are accepted."""
    first = await api("sendMessage", chat_id=ADA, text="x")
    sent = await api(
        "sendMessage",
        chat_id=ADA,
        text="see a.example.com",
        reply_to_message_id=first["message_id"],
        disable_web_page_preview=True,
    )
    assert sent["reply_to_message"]["message_id"] == first["message_id"]
    assert sent["link_preview_options"] == {"is_disabled": True}
    assert await api(
        "sendMessage", chat_id=ADA, text="x", reply_to_message_id=99_999, allow_sending_without_reply="true"
    )
    assert await api("getChatMembersCount", chat_id=GROUP) == len(lenient.telegram.chats[GROUP].members) + 1


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('form-data; name="document"; filename="my photo.png"', "my photo.png"),
        ("form-data; name=document; filename=my photo.png", "my photo.png"),
        ("form-data; name=document; filename=фото лисы.png", "фото лисы.png"),
        ('form-data; name="document"; filename="фото.png"', "фото.png"),
        ("form-data; name=\"document\"; filename*=UTF-8''%D1%84%D0%BE.png", "фо.png"),
        ('form-data; name="document"; filename="my%20photo.png"', "my%20photo.png"),
        ('form-data; name="document"; filename="a \\"b\\".png"', 'a "b".png'),
    ],
)
async def test_file_names_as_libraries_write_them(lenient: Sandbox, disposition: str, name: str) -> None:
    """File names are read quoted or unquoted, with spaces, in any script, and percent-encoded."""
    body = (
        b'--x\r\nContent-Disposition: form-data; name="chat_id"\r\n\r\n1001\r\n--x\r\nContent-Disposition: '
        + disposition.encode()
        + b"\r\nContent-Type: image/png\r\n\r\n"
        + PNG
        + b"\r\n--x--\r\n"
    )
    answer = await _raw(lenient, "sendDocument", body, "multipart/form-data; boundary=x")
    assert answer["result"]["document"]["file_name"] == name


async def test_an_album_of_one(api: Client) -> None:
    """An album of one is returned as a list with a message that isn't part of an album."""
    (sent,) = await api(
        "sendMediaGroup", {"a": ("a.png", PNG)}, chat_id=ADA, media=[{"type": "photo", "media": "attach://a"}]
    )
    assert sent["photo"]
    assert "media_group_id" not in sent
