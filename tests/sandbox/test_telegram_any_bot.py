"""Any bot can use the sandbox: requests of libraries are accepted as by the official server."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from sandbox.serve import Sandbox
from sandbox.telegram.markdown import parse_markdown, parse_markdown_v2
from tests.sandbox.telegram_kit import ADA, GROUP, Client, RefusedError
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


@pytest.mark.parametrize("method", ["getme", "GETME", "getMe"])
async def test_methods_in_any_case(api: Client, method: str) -> None:
    """Method names may be written in any case, as on the official server."""
    assert (await api(method))["is_bot"]


async def test_official_words(api: Client) -> None:
    """An unknown method gets the official 404."""
    with pytest.raises(RefusedError, match=r"^Not Found: method not found$") as refused:
        await api("sendTelepathy", chat_id=ADA)
    assert refused.value.status == refused.value.code == 404


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


@pytest.mark.parametrize("form", ["json", "form", "query"])
async def test_values_inside_of_forms(lenient: Sandbox, form: str) -> None:
    """In forms, objects are JSON, and numbers and Booleans are text."""
    given = {
        "chat_id": str(ADA),
        "text": "x",
        "disable_notification": "true",
        "reply_markup": json.dumps({"inline_keyboard": [[{"text": "a", "callback_data": "b"}]]}),
    }
    address = f"{lenient.url}/bot{lenient.token}/sendMessage"
    async with aiohttp.ClientSession() as session:
        ways: dict[str, dict[str, Any]] = {"json": {"json": given}, "form": {"data": given}, "query": {"params": given}}
        async with session.request("GET" if form == "query" else "POST", address, **ways[form]) as answer:
            assert (await answer.json())["result"]["reply_markup"]


async def test_an_album_of_one(api: Client) -> None:
    """An album of one is returned as a list with a message that isn't part of an album."""
    (sent,) = await api(
        "sendMediaGroup", {"a": ("a.png", PNG)}, chat_id=ADA, media=[{"type": "photo", "media": "attach://a"}]
    )
    assert sent["photo"]
    assert "media_group_id" not in sent


@pytest.mark.parametrize("form", ["json", "form", "multipart"])
async def test_a_method_in_the_webhooks_answer(lenient: Sandbox, api: Client, form: str) -> None:
    """A method in a webhook's answer is called in every format, and its result isn't sent to the bot."""

    async def hook(_: web.Request) -> web.StreamResponse:
        said = {"method": "sendMessage", "chat_id": str(ADA), "text": "by the way"}
        if form == "json":
            return web.json_response(said)
        if form == "form":
            return web.Response(text="&".join(f"{key}={value}" for key, value in said.items()).replace(" ", "+"),
                                content_type="application/x-www-form-urlencoded")  # fmt: skip
        with aiohttp.MultipartWriter("form-data") as writer:
            for key, value in said.items():
                writer.append(value).set_content_disposition("form-data", name=key)
        return web.Response(body=writer)

    app = web.Application()
    app.router.add_post("/hook", hook)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        await api("setWebhook", url=f"http://127.0.0.1:{runner.addresses[0][1]}/hook")
        await lenient.telegram.say(ADA, ADA, "hello")
        await lenient.telegram.wait_for(ADA, lambda message: message.get("text") == "by the way")
        await api("deleteWebhook")
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("source", "text", "kinds"),
    [
        ("*bold _italic bold_* __under__", "bold italic bold under", ["bold", "italic", "underline"]),
        ("~gone~ ||secret||", "gone secret", ["strikethrough", "spoiler"]),
        ("[words](http://a.example/x) `code\\`s`", "words code`s", ["text_link", "code"]),
        ("```python\nprint()```", "print()", ["pre"]),
        (">quoted\n>twice\nnot", "quoted\ntwice\nnot", ["blockquote"]),
        ("1\\.5 \\> 1\\!", "1.5 > 1!", []),
    ],
)
def test_markdown_v2(source: str, text: str, kinds: list[str]) -> None:
    """Nested marks and escaped characters are parsed."""
    said, entities = parse_markdown_v2(source)
    assert said == text
    assert [entity["type"] for entity in entities] == kinds


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("1.5", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("a *bold", "Can't find end of Bold entity at byte offset 2"),
        ("é `code", "Can't find end of Code entity at byte offset 3"),
        ("a (b)", "Character '(' is reserved and must be escaped with the preceding '\\'"),
    ],
)
async def test_markdown_v2_that_is_wrong(api: Client, source: str, words: str) -> None:
    """The official message names the error and its byte offset."""
    with pytest.raises(RefusedError) as refused:
        await api("sendMessage", chat_id=ADA, text=source, parse_mode="MarkdownV2")
    assert str(refused.value) == f"Bad Request: can't parse entities: {words}"


def test_the_older_markdown() -> None:
    """Legacy Markdown doesn't nest, and needs little escaping."""
    said, entities = parse_markdown("*bold* _italic_ [words](a.example.com) `code` snake\\_case 1.5!")
    assert said == "bold italic words code snake_case 1.5!"
    assert [entity["type"] for entity in entities] == ["bold", "italic", "text_link", "code"]


async def test_the_older_markdown_that_is_wrong(api: Client) -> None:
    """An underscore in a name is refused in legacy Markdown."""
    with pytest.raises(RefusedError, match="Can't find end of the entity starting at byte offset 5"):
        await api("sendMessage", chat_id=ADA, text="snake_case", parse_mode="Markdown")
    assert await api("sendMessage", chat_id=ADA, text="*fine*", parse_mode="markdown")
