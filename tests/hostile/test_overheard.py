"""The bot never stores conversations between members, and stores messages to itself only until they are handled."""

from typing import Any

import pytest

from handlers.filters import BotIdentity, may_be_meant
from tests.e2e.kit import ADA, BEN, GROUP, NAME, Studio, picture

ME = BotIdentity(424242, NAME)
SECRET = "+49 30 901820"


def _in_group(**content: Any) -> dict[str, Any]:
    return {"update_id": 1, "message": {"chat": {"id": GROUP, "type": "supergroup"}, "from": {"id": BEN}, **content}}


TALK: list[dict[str, Any]] = [
    {"text": f"call me: {SECRET}"},
    {"text": "/imagine@other_bot a fox"},
    {"text": f"{NAME} is nice"},
    {"text": f"mail@{NAME}x"},
    {"photo": [{}], "caption": "look"},
    {"photo": [{}]},
    {"voice": {}},
    {"text": "yes", "reply_to_message": {"from": {"id": ADA}, "text": f"@{NAME} a fox"}},
    {"text": "yes", "reply_to_message": None},
    {"text": ["/imagine"]},
    {"new_chat_title": "x"},
    {"pinned_message": {"text": f"@{NAME}"}},
]
MEANT: list[dict[str, Any]] = [
    {"text": "/imagine a fox"},
    {"text": f"/imagine@{NAME.upper()} a fox"},
    {"text": f"hey @{NAME.title()}, a fox"},
    {"photo": [{}], "caption": f"@{NAME} make it night"},
    {"photo": [{}], "caption": "/edit make it night"},
    {"text": "night", "reply_to_message": {"from": {"id": ME.user_id}}},
    {"photo": [{}], "media_group_id": "7"},
    {"migrate_to_chat_id": -1},
]


@pytest.mark.parametrize("content", TALK)
def test_talk_is_let_go(content: dict[str, Any]) -> None:
    """An update that isn't meant for the bot is dropped by its shape alone."""
    assert not may_be_meant(_in_group(**content), ME)


@pytest.mark.parametrize("content", MEANT)
def test_what_may_be_meant_is_kept(content: dict[str, Any]) -> None:
    """An update that may be meant for the bot is kept; its handler decides later."""
    assert may_be_meant(_in_group(**content), ME)


@pytest.mark.parametrize("content", TALK)
def test_in_private_everything_is_meant(content: dict[str, Any]) -> None:
    """In a private chat, every message is kept because only the bot is there to read it."""
    update = _in_group(**content)
    update["message"]["chat"] = {"id": BEN, "type": "private"}
    assert may_be_meant(update, ME)


def test_before_we_know_who_we_are_all_is_kept() -> None:
    """Until the bot knows its own name, it keeps every update so that no job is lost at startup."""
    assert may_be_meant(_in_group(**TALK[0]), None)


@pytest.mark.parametrize("update", [{"callback_query": {}}, {"my_chat_member": {}}])
def test_presses_and_membership_are_kept(update: dict[str, Any]) -> None:
    """Button presses and membership changes are kept because they are always about the bot."""
    assert may_be_meant(update, ME)


@pytest.mark.parametrize("update", [{}, {"message": None}, {"message": 7}, {"message": []}, {"edited_message": {}}])
def test_garbage_is_let_go(update: dict[str, Any]) -> None:
    """An update without a usable message is dropped."""
    assert not may_be_meant(update, ME)


async def test_an_afternoon_in_a_group_leaves_nothing(studio: Studio) -> None:
    """Neither a conversation nor the text of a handled order stays in the database."""
    studio.world.privacy = False
    for number in range(20):
        await studio.world.say(GROUP, BEN, f"{number}: {SECRET}")
    await studio.world.say(GROUP, ADA, "look", files=[("a.png", picture(), False)])
    (asked,) = await studio.world.say(GROUP, BEN, f"/imagine@{NAME} a red fox")
    await studio.picture(asked)
    await studio.heard_everything()
    assert [row["payload"] for row in studio.rows("inbox")] == [""]
    kept = b"".join(path.read_bytes() for path in studio.directory.glob("bot.db*"))
    assert SECRET.encode() not in kept
