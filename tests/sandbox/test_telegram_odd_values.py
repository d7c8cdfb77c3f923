"""Values that the reference doesn't allow are read as by the official server."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.serve import Sandbox
from tests.sandbox.telegram_kit import ADA, GROUP, Client, RefusedError


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """Run a sandbox that isn't strict."""
    async with Sandbox() as running:
        running.telegram.limits.enabled = False
        yield running


@pytest.mark.parametrize("given", [0.2, "0.2", "0", "0 s", "soon", -1, True, [5]])
async def test_a_number_ends_where_its_digits_end(api: Client, given: Any) -> None:
    """A number ends with its digits, and is 0 without any."""
    assert await api("getUpdates", timeout=given, limit="1.5") == []


async def test_numbers_in_words(api: Client, sandbox: Sandbox) -> None:
    """Numbers may be strings, as forms send them."""
    for word in ("one", "two", "three"):
        await sandbox.telegram.say(ADA, ADA, word)
    first, *_ = await api("getUpdates", limit="2")
    assert [u["message"]["text"] for u in await api("getUpdates", limit="2")] == ["one", "two"]
    rest = await api("getUpdates", offset=f"{first['update_id'] + 1}.0")
    assert [update["message"]["text"] for update in rest] == ["two", "three"]


@pytest.mark.parametrize("answered", ["0", 0, "", -5, "none"])
async def test_a_reply_to_zero_is_none(api: Client, answered: Any) -> None:
    """A reply to 0 isn't a reply, and topic 0 isn't a topic."""
    sent = await api("sendMessage", chat_id=GROUP, text="x", reply_to_message_id=answered, message_thread_id="0")
    assert "reply_to_message" not in sent
    sent = await api("sendMessage", chat_id=ADA, text="x", reply_parameters={"message_id": 0})
    assert "reply_to_message" not in sent


@pytest.mark.parametrize(
    ("method", "params", "words"),
    [
        ("deleteMessage", {"message_id": "0"}, "message identifier is not specified"),
        ("deleteMessage", {"message_id": "last"}, "message identifier is not specified"),
        ("getChatMember", {"user_id": "ada"}, "invalid user_id specified"),
    ],
)
async def test_zero_names_nothing(api: Client, method: str, params: dict[str, Any], words: str) -> None:
    """A required ID that is 0 counts as missing."""
    with pytest.raises(RefusedError, match=f"^Bad Request: {words}$"):
        await api(method, chat_id=GROUP, **params)


@pytest.mark.parametrize("action", ["typing", "TYPING", "Upload_Photo", "record_audio"])
async def test_chat_actions_in_any_case(api: Client, action: str) -> None:
    """Chat actions may be written in any case and with their former names."""
    assert await api("sendChatAction", chat_id=ADA, action=action)


@pytest.mark.parametrize("given", ["message", '["message"', "{}", 7, {"message": True}, ["poll", 7], "null"])
async def test_updates_that_are_no_list_are_passed_over(api: Client, given: Any) -> None:
    """allowed_updates that isn't a list is ignored, and the earlier value stays."""
    await api("getUpdates", allowed_updates=["callback_query"])
    assert await api("getUpdates", allowed_updates=given) == []
    assert (await api("getWebhookInfo"))["allowed_updates"] == ["callback_query"]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [(["Message", "telepathy"], ["message"]), ('["poll"]', ["poll"]), (["telepathy"], None), ([], None)],
)
async def test_updates_nobody_knows(api: Client, given: Any, wanted: list[str] | None) -> None:
    """Unknown update types are ignored, and an empty list restores the default."""
    await api("getUpdates", allowed_updates=["callback_query"])
    await api("getUpdates", allowed_updates=given)
    assert (await api("getWebhookInfo")).get("allowed_updates") == wanted


async def test_strict_is_strict() -> None:
    """A strict sandbox refuses such values, so that a bot's tests notice them."""
    async with Sandbox(strict=True) as strict:
        client = Client(strict.url, strict.token)
        async with client.session:
            for odd in ({"timeout": 0.2}, {"allowed_updates": "message"}):
                with pytest.raises(RefusedError, match=f'^Bad Request: can\'t parse parameter "{next(iter(odd))}"'):
                    await client("getUpdates", **odd)
