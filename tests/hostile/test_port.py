"""An untrusted client that reaches the port can neither exhaust connections, memory nor the log."""

import asyncio
import gzip
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot.web import quiet_accepting
from tests.e2e.kit import Studio
from tests.promises.test_operating import _get

ROUTES = ("/telegram", "/callbacks/x", "/painter/open", "/painter/mask", "/healthz", "/nowhere")


@asynccontextmanager
async def _connections(
    studio: Studio, count: int
) -> AsyncIterator[list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]:
    opened = [await asyncio.open_connection("127.0.0.1", studio.port) for _ in range(count)]
    try:
        yield opened
    finally:
        for _, writer in opened:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for _, writer in opened), return_exceptions=True)


async def test_connections_that_say_nothing_make_room(studio: Studio) -> None:
    """If there are more idle connections than allowed, the oldest close and new requests are answered at once."""
    async with _connections(studio, 700) as held:
        status, _ = await _get(f"{studio.url}/healthz")
        assert status == 200
        await studio.picture(await studio.say("a red fox"))
        first, _ = held[0]
        assert await asyncio.wait_for(first.read(), 5) == b""


@pytest.mark.parametrize(
    "said", [b"", b"POST /telegram HT", b"GET / HTTP/1.1\r\nHost: x\r\nA: "], ids=["nothing", "line", "head"]
)
async def test_a_head_that_does_not_come_ends(idle: Studio, said: bytes) -> None:
    """A connection whose request head doesn't arrive in time is closed, even if it sends byte by byte."""
    idle.timing = replace(idle.timing, http_head_s=0.3)
    await idle.start()
    async with _connections(idle, 1) as [(reader, writer)]:
        writer.write(said)
        assert await asyncio.wait_for(reader.read(), 10) == b""


@pytest.mark.parametrize("route", ROUTES)
async def test_a_body_that_does_not_come_ends(idle: Studio, route: str) -> None:
    """A connection that announces a body and sends one byte is closed after the timeout."""
    idle.timing = replace(idle.timing, http_body_s=0.3, http_form_s=0.3)
    await idle.start(telegram_webhook_secret="s")
    head = f"POST {route} HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\nX-Telegram-Bot-Api-Secret-Token: s\r\n"
    async with _connections(idle, 1) as [(reader, writer)]:
        writer.write(head.encode() + b"Content-Type: multipart/form-data; boundary=x\r\n\r\n{")
        answered = await asyncio.wait_for(reader.read(), 15)
    assert not answered.startswith(b"HTTP/1.1 200") or route == "/healthz"


async def test_a_connection_may_rest_between_requests(studio: Studio) -> None:
    """A connection stays open between requests, as a reverse proxy expects."""
    async with _connections(studio, 1) as [(reader, writer)]:
        for _ in range(3):
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"200 OK" in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
            await asyncio.wait_for(reader.readuntil(b"}"), 5)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "identity, gzip"])
@pytest.mark.parametrize("route", ROUTES)
async def test_compressed_bodies_are_sent_away(studio: Studio, route: str, coding: str) -> None:
    """A compressed body is refused before any of it is decompressed, without checking a secret."""
    bomb = gzip.compress(bytes(10_000_000))
    async with (
        aiohttp.ClientSession() as session,
        session.post(studio.url + route, data=bomb, headers={"Content-Encoding": coding}) as answer,
    ):
        assert answer.status == 415


async def test_nobody_is_told_what_runs_here(studio: Studio) -> None:
    """No answer names the server software, whatever its status."""
    async with aiohttp.ClientSession() as session:
        for route in ROUTES:
            async with session.get(studio.url + route) as answer:
                assert "Server" not in answer.headers


JUNK = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(40),
    b"GET / HTTP/9.9\r\n\r\n",
    b"POST /telegram HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
    b"POST /telegram HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 500 + b"\r\n",
]


async def test_junk_is_logged_seldom_and_without_a_traceback(studio: Studio, caplog: pytest.LogCaptureFixture) -> None:
    """Malformed requests produce no error records and no tracebacks."""
    for number in range(60):
        async with _connections(studio, 1) as [(reader, writer)]:
            writer.write(JUNK[number % len(JUNK)])
            await asyncio.wait_for(reader.read(200), 15)
    assert not [record for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR]


async def test_wrong_secrets_are_logged_seldom(studio: Studio) -> None:
    """Wrong secrets, invented webhook addresses and forged Mini App data produce only a few log lines."""
    async with aiohttp.ClientSession() as session:
        with capture_logs() as lines:
            for _ in range(30):
                for route, body in (
                    ("/telegram", b"{}"),
                    ("/callbacks/made-up", b"{}"),
                    ("/painter/open", json.dumps({"initData": "hash=1", "target": "x"}).encode()),
                ):
                    async with session.post(studio.url + route, data=body) as answer:
                        assert answer.status in {403, 404}
    assert len(lines) <= 4


def test_that_nothing_can_be_accepted_is_said_seldom(capfd: pytest.CaptureFixture[str]) -> None:
    """A full file table is logged at most once, although asyncio reports it a hundred times a second."""
    loop = asyncio.new_event_loop()
    try:
        quiet_accepting(loop)
        for _ in range(100):
            loop.call_exception_handler(
                {"message": "socket.accept() out of system resource", "exception": OSError(24, "Too many open files")}
            )
    finally:
        loop.close()
    out, errors = capfd.readouterr()
    assert len((out + errors).splitlines()) <= 1


async def test_the_port_is_the_machines_own_without_an_address(idle: Studio) -> None:
    """The bot listens on localhost only, unless PUBLIC_URL or HOST is set."""
    settings = idle.settings()
    assert settings.model_copy(update={"host": "", "public_url": None}).listens_on == "127.0.0.1"
    assert settings.model_copy(update={"host": "", "public_url": "https://x.example"}).listens_on == "0.0.0.0"  # noqa: S104
    assert settings.model_copy(update={"host": "::1"}).listens_on == "::1"
