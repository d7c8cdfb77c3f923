"""Faults on Telegram's wire, and how another process sets them."""

from typing import Any

import pytest

from sandbox.faults import Fault
from sandbox.serve import Sandbox
from tests.sandbox.telegram_kit import ADA, Client, RefusedError


async def test_an_ordered_code_is_answered_and_nothing_done(api: Client, sandbox: Sandbox) -> None:
    """A code fault refuses one call with the usual or a given message, and does nothing."""
    sandbox.faults.add(Fault("telegram", "sendMessage", "code", 502))
    sandbox.faults.add(Fault("telegram", "sendMessage", "code", "400:Bad Request: TOPIC_CLOSED"))
    for words in ("^Bad Gateway$", "^Bad Request: TOPIC_CLOSED$"):
        with pytest.raises(RefusedError, match=words):
            await api("sendMessage", chat_id=ADA, text="x")
    await api("sendMessage", chat_id=ADA, text="x")
    assert len(sandbox.telegram.messages(ADA)) == 1


async def test_an_ordered_429_closes_the_chat(api: Client, sandbox: Sandbox) -> None:
    """A bot that doesn't wait after a 429 fault is refused, and the refusal is counted."""
    sandbox.telegram.limits.enabled = True
    sandbox.faults.add(Fault("telegram", "sendMessage", "retry_after", 30))
    with pytest.raises(RefusedError, match="retry after 30") as refused:
        await api("sendMessage", chat_id=ADA, text="x")
    assert refused.value.parameters == {"retry_after": 30}
    assert sandbox.telegram.flood_errors == 0
    with pytest.raises(RefusedError, match="Too Many Requests"):
        await api("sendMessage", chat_id=ADA, text="x")
    assert sandbox.telegram.flood_errors == 1


async def test_a_download_can_fail(api: Client, sandbox: Sandbox) -> None:
    """File downloads have their own wire and need the right token."""
    sandbox.faults.add(Fault("file", "telegram", "http", 500))
    for token, status in ((sandbox.token, 500), (sandbox.token, 404), ("1:wrong", 401)):
        async with api.session.get(f"{sandbox.url}/file/bot{token}/photos/file_1.jpg") as answer:
            assert answer.status == status


async def test_everything_can_be_ordered_and_seen_over_http(api: Client, sandbox: Sandbox) -> None:
    """Another process can set faults, change settings and read the log."""
    control = f"{sandbox.url}/control"
    ordered = [{"wire": "telegram", "match": "getMe", "kind": "code", "value": 500, "times": None}]
    async with api.session.post(f"{control}/faults", json=ordered) as answer:
        assert await answer.json() == {"added": 1, "waiting": 1}
    with pytest.raises(RefusedError, match="Internal Server Error"):
        await api("getMe")
    async with api.session.delete(f"{control}/faults") as answer:
        assert answer.status == 200
    await api("sendMessage", chat_id=ADA, text="x" * 300)
    async with api.session.post(
        f"{control}/settings", json={"limits": True, "duration_s": 0.5, "wire": "old"}
    ) as answer:
        assert (await answer.json())["limits"] is True
    assert (sandbox.images.duration_s, sandbox.images.wire) == (0.5, "old")
    async with api.session.get(f"{control}/log") as answer:
        calls = (await answer.json())["calls"]
    assert [(call["wire"], call["method"], call["answer"]) for call in calls] == [
        ("telegram", "getMe", 500),
        ("telegram", "sendMessage", 200),
    ]
    assert calls[1]["params"]["text"].endswith("… (300 characters)")
    async with api.session.get(f"{control}/chats") as answer:
        chats = {chat["id"]: chat["messages"] for chat in (await answer.json())["chats"]}
    assert [message["text"] for message in chats[ADA]] == ["x" * 300]
    async with api.session.get(f"{control}/tasks") as answer:
        assert await answer.json() == {"tasks": []}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("faults", [{"wire": "telegram", "match": "getMe", "kind": "tickle"}]),
        ("faults", "nonsense"),
        ("settings", {"speed": 9}),
        ("settings", {"wire": "older"}),
        ("settings", []),
    ],
)
async def test_orders_that_make_no_sense(api: Client, sandbox: Sandbox, path: str, body: Any) -> None:
    """An invalid control request gets a 400 with the reason and changes nothing."""
    async with api.session.post(f"{sandbox.url}/control/{path}", json=body) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"]
    assert len(sandbox.faults) == 0
