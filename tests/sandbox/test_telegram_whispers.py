"""Ephemeral messages to one member of a group, by the Bot API's rules for administrator bots."""

import pytest

from sandbox.telegram.world import World
from tests.sandbox.telegram_kit import ADA, BEN, GROUP, Client, RefusedError

BOT, ROBOT, STRANGER = 424242, 1004, 1005


def _only(person: int) -> dict[str, int]:
    return {"receiver_user_id": person}


async def test_one_person_alone(api: Client, world: World) -> None:
    """An ephemeral message has its own ID, names its receiver and the replied message, and isn't in the history."""
    world.promote(GROUP, BOT)
    (asked,) = await world.say(GROUP, BEN, "/me", thread_id=2)
    shown = await api(
        "sendMessage",
        chat_id=GROUP,
        text="6 left",
        message_thread_id=2,
        reply_parameters={"message_id": asked["message_id"]},
        ephemeral_message_parameters=_only(BEN),
    )
    assert (shown["message_id"], shown["ephemeral_message_id"]) == (0, 1)
    assert (shown["receiver_user"]["id"], shown["message_thread_id"]) == (BEN, 2)
    assert shown["reply_to_message"]["message_id"] == asked["message_id"]
    assert world.whispers(GROUP, BEN) == [shown]
    assert not world.whispers(GROUP, ADA)
    assert world.messages(GROUP)[-1] == asked


@pytest.mark.parametrize(
    ("chat", "person", "why"),
    [
        (BEN, BEN, "only to groups"),
        (GROUP, STRANGER, "must be a member"),
        (GROUP, ROBOT, "must be a member"),
        (GROUP, 7, "must be a member"),
    ],
    ids=["private", "outside", "another bot", "nobody"],
)
async def test_to_whom_it_may_not_go(api: Client, world: World, chat: int, person: int, why: str) -> None:
    """An ephemeral message can't go to a private chat, a non-member, a bot or an unknown user."""
    world.promote(GROUP, BOT)
    world.add_person(STRANGER, "Stranger")
    world.add_person(ROBOT, "Robot", "robot_bot", bot=True)
    world.join(GROUP, ROBOT)
    with pytest.raises(RefusedError, match=why):
        await api("sendMessage", chat_id=chat, text="psst", ephemeral_message_parameters=_only(person))
    assert not world.chats[chat].whispers


async def test_a_member_may_not(api: Client, world: World) -> None:
    """A bot that isn't an administrator can't send ephemeral messages."""
    with pytest.raises(RefusedError, match="not enough rights"):
        await api("sendMessage", chat_id=GROUP, text="psst", ephemeral_message_parameters=_only(BEN))
    assert not world.chats[GROUP].whispers
