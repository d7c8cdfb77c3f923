"""Any bytes in a request or in a webhook's answer get an error message and stop nothing."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web

from sandbox.serve import Sandbox
from sandbox.telegram.world import World
from tests.sandbox.telegram_kit import ADA, Client, picture, until
from tests.unit.servers import serving

DEEP = b"[" * 100_000
JSON, FORM, PARTS = "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
FIELD = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nabc'


def _message(**more: Any) -> bytes:
    return json.dumps({"chat_id": ADA, "text": "x"} | more).encode()


async def _post(address: str, body: bytes, content_type: str) -> tuple[int, dict[str, Any]]:
    headers = {"Content-Type": content_type}
    async with aiohttp.ClientSession() as session, session.post(address, data=body, headers=headers) as answer:
        return answer.status, await answer.json()


@pytest.mark.parametrize(
    ("method", "body", "content_type"),
    [
        ("sendMessage", b'{"text": ' + DEEP, JSON),
        ("sendMessage", b'{"text": "\xff"}', JSON),
        ("sendMessage", b"chat_id=1001&text=x&reply_markup=" + DEEP, FORM),
        ("sendMessage", b"nonsense", PARTS),
        ("sendMessage", FIELD, PARTS),
        ("sendMessage", FIELD, "multipart/form-data"),
        ("sendMessage", FIELD.replace(b"Content", b"\0\1: \xff\r\nContent") + b"\r\n--x--\r\n", PARTS),
        ("sendMessage", _message(reply_parameters={"message_id": [1]}), JSON),
        ("sendMessage", _message(reply_markup={"inline_keyboard": [[{"text": {"a": 1}, "callback_data": "b"}]]}), JSON),
        ("sendMessage", _message(reply_markup={"inline_keyboard": [[7], None]}), JSON),
        ("sendMessage", _message(entities=[{"type": ["bold"], "offset": 0, "length": 1}]), JSON),
        ("sendMediaGroup", _message(media=[{"type": ["photo"], "media": "x"}]), JSON),
        ("setMyCommands", _message(commands=[{"command": ["a"], "description": "b"}]), JSON),
        ("deleteMessages", _message(message_ids=[[1]]), JSON),
        ("setMessageReaction", _message(message_id=1, reaction=[[]]), JSON),
    ],
)
async def test_a_request_that_makes_no_sense(sandbox: Sandbox, method: str, body: bytes, content_type: str) -> None:
    """A senseless request gets a 400 in Telegram's envelope."""
    sandbox.telegram.strict = False
    status, told = await _post(f"{sandbox.url}/bot{sandbox.token}/{method}", body, content_type)
    assert (status, told["ok"], told["error_code"]) == (400, False, 400)
    assert told["description"].startswith("Bad Request: ")


@pytest.mark.parametrize(
    ("verb", "path", "code", "words"),
    [
        ("POST", "/bot1:abc/getMe", 401, "Unauthorized"),
        ("POST", "/botnonsense/getMe", 404, "Not Found"),
        ("POST", "/bot/getMe", 404, "Not Found"),
        ("GET", "/bot{token}", 404, "Not Found"),
        ("GET", "/bot{token}/", 404, "Not Found"),
        ("PUT", "/bot{token}/getMe", 404, "Not Found"),
        ("GET", "/file/bot{token}", 404, "Not Found"),
        ("GET", "/file/bot1:abc/photos/1.jpg", 401, "Unauthorized"),
    ],
)
async def test_an_address_that_is_none(sandbox: Sandbox, verb: str, path: str, code: int, words: str) -> None:
    """An invalid path gets JSON, because libraries expect it."""
    address = sandbox.url + path.format(token=sandbox.token)
    async with aiohttp.ClientSession() as session, session.request(verb, address) as answer:
        told = await answer.json()
    assert answer.status == code
    assert told == {"ok": False, "error_code": code, "description": words}


async def test_an_empty_value_counts_as_left_out(sandbox: Sandbox) -> None:
    """An empty value counts as missing, because some programs fill in forms with it."""
    address = f"{sandbox.url}/bot{sandbox.token}"
    status, told = await _post(f"{address}/getUpdates", b"offset=&limit=&timeout=&allowed_updates=", FORM)
    assert (status, told["result"]) == (200, [])
    status, told = await _post(
        f"{address}/sendMessage", b"chat_id=1001&text=x&reply_markup=&disable_notification=", FORM
    )
    assert status == 200
    status, told = await _post(f"{address}/sendMessage", b"chat_id=&text=x", FORM)
    assert told["description"] == "Bad Request: chat_id is empty"


class Hook:
    """A bot's server that gives one answer to the first update, and empty answers to later ones."""

    def __init__(self, answer: Callable[[], web.StreamResponse]) -> None:
        self.answers = [answer]
        self.heard: list[str] = []
        self.url = ""

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Record the text of the update."""
        self.heard.append((await request.json())["message"]["text"])
        return self.answers.pop()() if self.answers else web.Response()


@asynccontextmanager
async def _hooked(api: Client, answer: Callable[[], web.StreamResponse]) -> AsyncIterator[Hook]:
    hook = Hook(answer)
    async with serving(hook.take) as port:
        hook.url = f"http://127.0.0.1:{port}/hook"
        await api("setWebhook", url=hook.url)
        yield hook
        await api("deleteWebhook")


def _bytes(body: bytes, content_type: str) -> Callable[[], web.Response]:
    return lambda: web.Response(body=body, headers={"Content-Type": content_type})


@pytest.mark.parametrize(
    "answer",
    [
        _bytes(b"nonsense", PARTS),
        _bytes(FIELD, "multipart/form-data"),
        _bytes(b'{"method": ' + DEEP, JSON),
        _bytes(b'["sendMessage"]', JSON),
        _bytes(b'{"method": {"a": 1}}', JSON),
        _bytes(_message(method="sendMessage", reply_parameters={"message_id": [1]}), JSON),
        _bytes(_message(method="sendMessage", text="x" * 2_000_000), JSON),
        _bytes(_message(method="sendTelepathy"), JSON),
    ],
    ids=["nonsense", "no-boundary", "deep", "list", "object", "unhashable", "large", "unknown"],
)
async def test_an_answer_that_makes_no_sense_stops_no_delivery(
    api: Client, world: World, answer: Callable[[], web.StreamResponse]
) -> None:
    """A senseless answer counts as a delivery, and the next updates arrive."""
    async with _hooked(api, answer) as hook:
        await world.say(ADA, ADA, "one")
        await world.say(ADA, ADA, "two")
        await until(lambda: not world.updates.pending)
        assert hook.heard == ["one", "two"]


SAID = {"method": "sendMessage", "chat_id": str(ADA), "text": "by the way"}
FIELDS = b"".join(f'--x\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in SAID.items())


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(json.dumps(SAID).encode(), JSON), (urlencode(SAID).encode(), FORM), (FIELDS + b"--x--\r\n", PARTS)],
    ids=["json", "form", "multipart"],
)
async def test_a_method_in_the_webhooks_answer(api: Client, world: World, body: bytes, content_type: str) -> None:
    """A method in a webhook's answer is called in every format, and its result isn't sent to the bot."""
    async with _hooked(api, _bytes(body, content_type)):
        await world.say(ADA, ADA, "hello")
        await world.wait_for(ADA, lambda message: message.get("text") == "by the way")


@pytest.mark.parametrize("method", ["deleteWebhook", "setwebhook", "close", "logOut", "getUpdates", "getMe"])
async def test_methods_that_an_answer_can_not_hold(api: Client, world: World, method: str) -> None:
    """Methods about the webhook itself, and those that only return data, are ignored in an answer."""
    world.strict = False  # otherwise unknown parameters would be refused first
    said = {"method": method, "url": "http://127.0.0.1:9/elsewhere", "timeout": 50}
    async with _hooked(api, lambda: web.json_response(said)) as hook:
        await world.say(ADA, ADA, "one")
        await world.say(ADA, ADA, "two")
        await until(lambda: not world.updates.pending)
        assert hook.heard == ["one", "two"]
        assert (await api("getWebhookInfo"))["url"] == hook.url


async def test_an_answer_that_comes_in_pieces(api: Client, world: World) -> None:
    """An answer in pieces is read to its end."""
    body = _message(method="sendMessage", text="in pieces")

    class Pieces(web.StreamResponse):
        """A response that writes a byte at a time."""

        async def prepare(self, request: web.BaseRequest) -> Any:
            self.content_type = JSON
            self.enable_chunked_encoding()
            writer = await super().prepare(request)
            for byte in body:
                await self.write(bytes([byte]))
                await asyncio.sleep(0)  # lets the other end read
            return writer

    async with _hooked(api, Pieces):
        await world.say(ADA, ADA, "one")
        await world.wait_for(ADA, lambda message: message.get("text") == "in pieces")


async def test_an_answer_with_a_file(api: Client, world: World) -> None:
    """A webhook's answer may contain a photo."""

    def with_photo() -> web.Response:
        form = aiohttp.FormData({"method": "sendPhoto", "chat_id": str(ADA)})
        form.add_field("photo", picture(), filename="my photo.png")
        return web.Response(body=form())

    async with _hooked(api, with_photo):
        await world.say(ADA, ADA, "one")
        await world.wait_for(ADA, lambda message: message.get("photo") is not None)
