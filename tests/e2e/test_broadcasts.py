"""Broadcasts over real HTTP: at most once to every chat, after all other messages, through crashes, until stopped."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from sandbox.faults import Fault
from tests.e2e.kit import ADA, BEN, GROUP, LIMITED, NAME, Studio, until
from tests.e2e.operator_kit import ask, becomes, heard, now, press


async def _crowd(studio: Studio, count: int) -> list[int]:
    """Add people whom the bot knows, in addition to Ada."""
    people = [studio.person() for _ in range(count)]
    for person in people:
        await studio.say("/help", person)
    await studio.heard_everything()
    return people


async def test_a_broadcast_reaches_every_chat_once(office: Studio) -> None:
    """After a confirmation, every chat gets the exact text once, and the operator's message shows the result."""
    people = await _crowd(office, 3)
    (there,) = await office.world.say(GROUP, BEN, f"/help@{NAME}")
    await office.answer(there)
    question = await ask(office, "/broadcast Tonight <b>we</b> rest.", "Send this to 5 chats")
    assert not heard(office, "Tonight <b>we</b> rest.")
    await press(office, question, "send")
    await becomes(office, question, "Sent: 5 of 5")
    assert sorted(heard(office, "Tonight <b>we</b> rest.")) == sorted([ADA, GROUP, *people])
    assert "reply_markup" not in office.world.chats[ADA].find(question["message_id"]).now  # type: ignore[union-attr]


async def test_a_broadcast_can_be_dropped(office: Studio) -> None:
    """A dropped broadcast reaches no chat."""
    await _crowd(office, 2)
    question = await ask(office, "/broadcast hello all", "Send this")
    await press(office, question, "drop")
    await becomes(office, question, "Not sent")
    assert not heard(office, "hello all")


async def test_chats_that_are_gone_are_skipped_and_marked(office: Studio) -> None:
    """A user who blocked the bot gets nothing, is counted as gone, and is left out of the next broadcast."""
    gone, there = await _crowd(office, 2)
    office.world.block(gone)
    await office.heard_everything()
    await office.rewrite("UPDATE chats SET gone_at = NULL")
    question = await ask(office, "/broadcast hello all", "Send this to 3 chats")
    await press(office, question, "send")
    await becomes(office, question, "Sent: 2 of 3")
    assert "1 is gone" in now(office, question)
    assert sorted(heard(office, "hello all")) == [ADA, there]
    await ask(office, "/broadcast hello again", "Send this to 2 chats")


async def test_a_forum_whose_general_topic_is_closed(office: Studio) -> None:
    """A forum with a closed General topic misses the broadcast, but its jobs continue."""
    (asked,) = await office.world.say(GROUP, BEN, f"/imagine@{NAME} a fox", thread_id=2)
    await office.picture(asked)
    office.faults.add(Fault("image", "generate", "code", 455, times=None))
    (waiting,) = await office.world.say(GROUP, BEN, f"/imagine@{NAME} a hare", thread_id=2)
    await office.answer(waiting)
    office.world.close_topic(GROUP, None)
    question = await ask(office, "/broadcast hello all", "Send this to 2 chats")
    await press(office, question, "send")
    await becomes(office, question, "Sent: 1 of 2")
    assert "gone" not in now(office, question)
    assert not office.rows("chats WHERE gone_at IS NOT NULL")
    office.faults.clear()
    await office.picture(waiting)


@pytest.mark.parametrize("send_limits", [replace(LIMITED, bulk_per_second=2)])
@pytest.mark.parametrize("how", ["button", "command"])
async def test_a_broadcast_can_be_stopped(office: Studio, how: str) -> None:
    """A stopped broadcast reaches no further chat, not even after a restart."""
    await _crowd(office, 12)
    question = await ask(office, "/broadcast hello all", "Send this to 13 chats")
    await press(office, question, "send")
    await until(lambda: heard(office, "hello all"))
    if how == "button":
        await press(office, question, "stop")
    else:
        await ask(office, "/broadcast stop", "1 broadcast was stopped")
    await becomes(office, question, "Stopped")
    reached = len(heard(office, "hello all"))
    assert reached < 13
    await office.restart()
    await ask(office, "/broadcast stop", "No broadcast is being sent")
    assert len(heard(office, "hello all")) == reached


def _has_reached(office: Studio, chats: int) -> Callable[[], bool]:
    return lambda: len(heard(office, "hello all")) >= chats


@pytest.mark.parametrize("send_limits", [replace(LIMITED, bulk_per_second=6)])
async def test_a_broadcast_goes_on_after_a_crash(office: Studio) -> None:
    """A broadcast through several crashes reaches each chat at most once, and counts the chats that it may miss."""
    people = await _crowd(office, 16)
    question = await ask(office, "/broadcast hello all", "Send this to 17 chats")
    await press(office, question, "send")
    for reached in (3, 7, 11):
        await until(_has_reached(office, reached))
        await office.restart()
    await becomes(office, question, "Sent: ")
    got = heard(office, "hello all")
    assert len(got) == len(set(got))
    unsure = {row["chat_id"] for row in office.rows("recipients WHERE fate = 'unsure'")}
    assert set(got) | unsure == {ADA, *people}


@pytest.mark.parametrize("send_limits", [replace(LIMITED, bulk_per_second=1)])
async def test_people_go_before_a_broadcast(office: Studio) -> None:
    """A slow broadcast doesn't delay jobs."""
    await _crowd(office, 12)
    question = await ask(office, "/broadcast hello all", "Send this")
    await press(office, question, "send")
    await office.picture(await office.say("a fox", BEN))
    assert office.rows("broadcasts")[0]["state"] == "running"
