"""Secrets stay inside: a run with every fault, whose logs, database rows and requests are all searched for secrets."""

import io
import json
import logging
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import structlog
from aiohttp import web
from pydantic import SecretStr

from bot import logs
from bot.telegram.startup import StartupError
from sandbox.faults import Fault
from sandbox.imageapi import server as image_server
from sandbox.imageapi.tasks import ImageApi
from sandbox.serve import Sandbox
from tests.e2e.kit import ADA, BEN, GROUP, Mode, Studio, picture, until

TOKEN, API_KEY = "987654:AAH-bot-token-second-half_0123456789", "api-key-0123456789-abcdef"
SIGNING = "signing-key-0123456789"

HARM = (
    ("telegram", "getMe", "http", 502),
    ("telegram", "setWebhook", "drop", None),
    ("telegram", "setMyCommands", "code", 401),
    ("telegram", "sendMessage", "html", None),
    ("telegram", "sendMessage", "cut", None),
    ("telegram", "getFile", "drop", None),
    ("file", "telegram", "http", 500),
    ("file", "telegram", "cut", None),
    ("telegram", "editMessageMedia", "drop_after", None),
    ("telegram", "sendMediaGroup", "code", 401),
    ("image", "upload", "cut", None),
    ("image", "generate", "html", 502),
    ("image", "generate", "code", 429),
    ("image", "record-info", "drop", None),
    ("image", "credit", "code", 401),
    ("file", "result", "http", 404),
    ("callback", "*", "double", None),
    ("callback", "*", "early", None),
    ("callback", "*", "lose", None),
)


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Wire:
    """The path and headers of every request to the image API; the sandbox's image API keeps the bodies."""

    said: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    """Record requests on the image API's side before anything interprets them."""
    heard, add_routes = Wire(), image_server.add_routes

    @web.middleware
    async def listen(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(("/api/", "/results/", "/direct/", "/uploads/")):
            heard.said.append((request.path_qs, dict(request.headers)))
        return await handler(request)

    def add(app: web.Application, api: ImageApi) -> None:
        app.middlewares.append(listen)
        add_routes(app, api)

    monkeypatch.setattr(image_server, "add_routes", add)
    return heard


@pytest.fixture(params=["console", "json"])
def form(request: pytest.FixtureRequest) -> str:
    """Return the log format."""
    return str(request.param)


@pytest.fixture(params=[True, False], ids=["redacted", "bare"])
def log(request: pytest.FixtureRequest, form: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Yield the log of everything at DEBUG; `bare` is without the redactor that catches leaks."""
    root, known = logging.getLogger(), structlog.get_config()
    before = root.handlers, root.level
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    if not request.param:
        monkeypatch.setattr(logs, "Redactor", lambda _: str)
    logs.configure("DEBUG", form, [SecretStr(secret) for secret in (TOKEN, API_KEY, SIGNING)])
    yield written
    root.handlers, root.level = before
    structlog.configure(**known)


@pytest.fixture
async def sandbox(wire: Wire) -> AsyncIterator[Sandbox]:
    """Run a sandbox with secrets that are easy to search for."""
    async with Sandbox(token=TOKEN, api_key=API_KEY, strict=True) as running:
        running.images.fast, running.images.duration_s = True, 0.05
        running.images.caller.backoff = (0.1, 0.2)
        running.images.caller.webhook_key = SIGNING
        yield running


async def _a_whole_run(studio: Studio) -> None:
    """Send every kind of order with every fault at once, and wait until all jobs have ended."""
    studio.faults.add(*(Fault(wire, match, kind, value) for wire, match, kind, value in HARM))  # type: ignore[arg-type]
    await studio.start(image_api_webhook_key=SIGNING, credits_per_picture=0)
    files = [("a.png", picture(), False), ("b.png", picture(color="red"), False)]
    asked = [
        await studio.say("a red fox"),
        await studio.say("make it night", files=files[:1]),
        await studio.say("put them together --n 2", studio.person(), files=files),
        await studio.say("something nsfw", BEN),
        (await studio.world.say(GROUP, ADA, "/imagine a hare --n 4"))[0],
        await studio.say("as a file", studio.person(), files=[("a.heic", b"no picture", True)]),
    ]
    studio.world.updates.add("message", {"message_id": "not a number", "chat": {"id": BEN, "type": []}}, BEN)
    await studio.say("/help", BEN)
    await until(lambda: len(studio.rows("jobs")) == len(asked))
    await until(lambda: not studio.rows("jobs WHERE state NOT IN ('delivered', 'uncertain')"))
    studio.faults.clear()
    await studio.picture(await studio.say("make it day --n 1", studio.person(), files=files[1:]))
    await studio.answer(await studio.say("/imagine --frob", studio.person()), "frob")
    await studio.crash()
    with pytest.raises(StartupError):
        await studio.start(telegram_bot_token=TOKEN[:-1] + "x")


async def test_no_secret_leaves(tmp_path: Path, sandbox: Sandbox, wire: Wire, log: io.StringIO) -> None:
    """Neither the DEBUG log, nor a database row, nor a request to the image API contains a secret."""
    studio = Studio(tmp_path, Mode.WEBHOOK, sandbox)
    try:
        await _a_whole_run(studio)
    finally:
        await studio.close()
    kept = studio.rows("kept WHERE name != 'database_id'")
    made = {row["value"] for row in kept}  # the key of the webhook tokens, and the Telegram webhook secret
    assert len(made) == 2
    addresses = {body["callBackUrl"].rsplit("/", 1)[-1] for body in studio.images.generated}
    seals = {address.split("-", 2)[2] for address in addresses}
    assert {len(seal) for seal in seals} == {43}
    own = {TOKEN, TOKEN.partition(":")[2], SIGNING, "/file/bot", *made}

    _holds_none(log.getvalue(), own | seals | addresses | {API_KEY}, "the log")
    _holds_none(_database(tmp_path), own | seals | addresses | {API_KEY}, "the database")
    assert len(wire.said) > 15
    for path, headers in wire.said:
        to_the_api = path.startswith("/api/")
        assert headers.pop("Authorization", "") == (f"Bearer {API_KEY}" if to_the_api else "")
        _holds_none(path + json.dumps(headers), own | {API_KEY}, f"a request to {path}")
    _holds_none(json.dumps([call.to_json() for call in studio.images.requests]), own | {API_KEY}, "what was sent")
    for name in studio.images.files.uploads:
        blob = studio.images.files.uploads.get(name)
        _holds_none(name + (blob.body.decode("latin-1") if blob else ""), own | {API_KEY}, "an upload")
    for chat in studio.world.chats:
        _holds_none(json.dumps(studio.from_bot(chat)), own | seals | {API_KEY}, "a message")


def _holds_none(where: str, secrets: set[str], name: str) -> None:
    for secret in secrets:
        if secret in where:
            line = next((line for line in where.splitlines() if secret in line), where)
            pytest.fail(f"{name} holds {secret}: {line[:600]}")


def _database(directory: Path) -> str:
    """Return every row of every table except the one that stores the bot's own secrets."""
    connection = sqlite3.connect(directory / "bot.db")
    try:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [row for name in tables if name != "kept" for row in connection.execute(f"SELECT * FROM {name}")]  # noqa: S608
        return "\n".join(map(str, rows))
    finally:
        connection.close()
