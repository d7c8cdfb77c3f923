"""Answers of the Bot API are recognized as success, refusal or failure."""

import json
from typing import Any

import pytest
from pydantic import SecretStr
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, TelegramError

from bot.telegram.calls import TelegramCalls
from bot.telegram.http_request import AiohttpRequest, NotABotApi, _judged
from bot.telegram.update_source import TelegramUpdates
from core.errors import MessageGone, MessengerDown, MessengerError, NotConnected, NotShowable


class _Server(AiohttpRequest):
    """A request class that returns a fixed answer without a network."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__()
        self._answer = status, body if isinstance(body, bytes) else json.dumps(body).encode()

    async def do_request(self, *_: object, **__: object) -> tuple[int, bytes]:
        return _judged(*self._answer)


async def _post(status: int, body: Any) -> Any:
    return await _Server(status, body).post("http://127.0.0.1/")


def _updates(status: int, body: Any, calls: TelegramCalls | None = None) -> TelegramUpdates:
    token = SecretStr("1:a")
    return TelegramUpdates("http://127.0.0.1", token, _Server(status, body), calls or TelegramCalls())


@pytest.mark.parametrize("body", [{"ok": True}, {"ok": True, "result": None}, {"ok": True, "result": True}])
async def test_what_says_ok_is_done(body: dict[str, Any]) -> None:
    """An answer with ok is a success, with a result or without, so the request isn't repeated."""
    with TelegramCalls().call() as answer:
        assert await _post(200, body) == body.get("result")
    assert answer.is_ok


@pytest.mark.parametrize("status", [200, 400, 502])
@pytest.mark.parametrize("more", [{}, {"description": "Bad Request: no"}, {"error_code": 502, "description": "Bad"}])
async def test_what_denies_ok_is_not_done(status: int, more: dict[str, Any]) -> None:
    """An answer without ok is a failure, even with a result."""
    with pytest.raises(MessengerError), TelegramCalls().call() as answer:
        await _post(status, {"ok": False, "result": None} | more)
    assert not answer.is_ok


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        ({"error_code": 400, "description": "Bad Request: IMAGE_PROCESS_FAILED"}, BadRequest),
        ({"error_code": 403, "description": "Forbidden: bot was blocked by the user"}, Forbidden),
        ({"error_code": 401, "description": "Unauthorized"}, InvalidToken),
        ({"error_code": "?", "description": "Bad Request: no"}, BadRequest),
        ({"description": "Bad Request: no"}, BadRequest),
        ({}, NotABotApi),
    ],
)
async def test_a_refusal_behind_http_200(refusal: dict[str, Any], kind: type[TelegramError]) -> None:
    """A refusal keeps its meaning behind HTTP status 200."""
    with pytest.raises(kind):
        await _post(200, {"ok": False} | refusal)


@pytest.mark.parametrize(("edits", "kind"), [(True, MessageGone), (False, NotShowable)])
async def test_a_method_that_is_not_known(edits: bool, kind: type[MessengerError]) -> None:
    """An unknown method doesn't mean a refused token."""
    calls = TelegramCalls()
    with pytest.raises(kind), calls.call(edits=edits):
        await _post(404, {"ok": False, "error_code": 404, "description": "Not Found: method not found"})
    with calls.call():
        await _post(200, {"ok": True, "result": True})
    assert not calls.was_refused


async def test_a_token_that_is_refused() -> None:
    """A refused token is remembered until Telegram accepts it again."""
    calls = TelegramCalls()
    for status in (401, 404):
        with pytest.raises(NotConnected), calls.call():
            await _post(status, {"ok": False, "error_code": status, "description": "Not Found"})
    with calls.call():
        await _post(200, {"ok": True, "result": True})
    assert calls.was_refused


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, {"ok": False, "description": "wait", "parameters": {"retry_after": float("inf")}}),
        (429, {"ok": False, "description": "wait", "parameters": {"retry_after": "soon"}}),
        (400, {"ok": False, "description": 7, "parameters": [7]}),
        (200, b"{"),
        (200, [7]),
    ],
)
async def test_an_error_that_can_not_be_read(status: int, body: Any) -> None:
    """An unreadable error raises MessengerError, also while fetching updates."""
    with pytest.raises(MessengerError), TelegramCalls().call():
        await _post(status, body)
    with pytest.raises(MessengerError):
        await _updates(status, body).fetch(None, 0, ())


async def test_updates_of_a_token_that_is_refused() -> None:
    """A refused token is also noticed while fetching updates."""
    calls = TelegramCalls()
    with pytest.raises(NotConnected):
        await _updates(401, {"ok": False, "error_code": 401, "description": "Unauthorized"}, calls).fetch(None, 0, ())
    assert await _updates(200, {"ok": True, "result": []}, calls).fetch(None, 0, ()) == []
    assert calls.was_refused


async def test_updates_that_somebody_else_fetches() -> None:
    """If another process fetches updates, the error says so."""
    conflict = {"ok": False, "error_code": 409, "description": "Conflict: terminated by other getUpdates request"}
    with pytest.raises(MessengerDown, match="another process"):
        await _updates(409, conflict).fetch(None, 0, ())


async def test_a_broken_network() -> None:
    """A gateway error means that Telegram is down, whatever its body."""
    with pytest.raises(MessengerDown), TelegramCalls().call():
        await _post(502, b"<html>")
    with pytest.raises(NetworkError):
        await _post(502, {"ok": False, "error_code": 502, "description": "Bad Gateway"})
