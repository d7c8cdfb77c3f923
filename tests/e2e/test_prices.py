"""Jobs that wait for a confirmation of their price, however late or hard to ask for."""

import pytest

from sandbox.faults import Fault
from tests.e2e.kit import ADA, BEN, EVERYWHERE, GROUP, IN_GROUP, Message, Room, Studio, until

MINUTE_MS = 60_000
PRICE = "4 of the 16 pictures you have left (24 of 100 credits)"
SHUT_OUT = "shut you out"


@pytest.fixture
async def room(request: pytest.FixtureRequest, idle: Studio) -> Room:
    """Return a private chat, and a group, with Ben as operator and limited credits."""
    room = Room.of(idle, getattr(request, "param", "private"))
    await idle.start(daily_credits_per_person=100, confirm_above_credits=20, admins=[BEN], job_deadline_s=600)
    return room


async def _offer(room: Room) -> Message:
    return await room.studio.answer(await room.say("/imagine foxes --n 4"), PRICE)


async def _later(room: Room, minutes: int) -> None:
    """Simulate that minutes passed."""
    passed = minutes * MINUTE_MS
    await room.studio.rewrite(
        "UPDATE jobs SET created_at = created_at - ?, ordered_at = ordered_at - ?", passed, passed
    )


async def test_a_late_yes_leaves_all_the_time_there_is(room: Room) -> None:
    """A job's deadline counts from the confirmation."""
    studio = room.studio
    offer = await _offer(room)
    await _later(room, 8)
    held = studio.hold_tasks()
    await room.press(offer, "yes")
    await studio.in_state("generating")
    await _later(room, 8)
    asked = studio.asked_of_api("record-info")
    await until(lambda: studio.asked_of_api("record-info") > asked)
    held.release()
    await room.come(lambda message: "photo" in message, offer)
    assert [job["failure"] for job in studio.rows("jobs")] == [None]


async def test_a_price_nobody_agreed_to_ends(room: Room) -> None:
    """An unconfirmed job ends at its deadline, and nothing is ordered or spent."""
    offer = await _offer(room)
    await _later(room, 11)
    await until(lambda: room.studio.rows("jobs")[0]["state"] == "delivered")
    assert "yes:" not in str(room.buttons(offer))
    assert not room.studio.images.generated
    assert room.studio.rows("jobs")[0]["spent"] == 0


@EVERYWHERE
async def test_a_price_that_could_not_be_told(brisk: None, room: Room) -> None:
    """A price message that was lost is sent again, once, and its ✅ works."""
    room.studio.faults.add(Fault("telegram", "sendMessage", "drop"))
    offer = await _offer(room)
    await room.studio.heard_everything()
    await room.press(offer, "yes")
    await room.studio.in_state("delivered")
    await until(lambda: sum("text" in message for message in room.studio.from_bot(room.chat_id)) == 1)
    assert len(room.studio.images.generated) == 1


async def test_a_yes_of_somebody_shut_out(room: Room) -> None:
    """A user who was banned in the meantime can't confirm, and is told why."""
    offer = await _offer(room)
    await room.studio.answer(await room.studio.say(f"/ban {ADA}", BEN), "banned")
    answer = await room.press(offer, "yes")
    assert SHUT_OUT in answer["text"]
    assert answer["show_alert"]
    assert [job["state"] for job in room.studio.rows("jobs")] == ["queued"]
    assert not room.studio.images.generated


async def test_a_yes_that_no_longer_fits(room: Room) -> None:
    """A confirmation that no longer fits is refused with the rest, and the question stays."""
    offers = [await room.studio.answer(await room.say(f"/imagine {what} --n 4"), PRICE) for what in "abcdef"]
    for offer in offers[:4]:
        await room.press(offer, "yes")
    answer = await room.press(offers[4], "yes")
    assert answer["show_alert"]
    assert "You have no pictures left." in answer["text"]
    await room.studio.in_state("delivered", 4)
    assert len(room.studio.images.generated) == 4
    assert len(room.studio.rows("jobs WHERE held_at IS NOT NULL")) == 2


@IN_GROUP
async def test_an_admin_answers_for_a_channel(room: Room) -> None:
    """Any admin of the group may confirm for a channel, because a channel can't press buttons; members may not."""
    studio = room.studio
    studio.world.chats[GROUP].privacy = False
    channel = studio.world.add_channel("Foxes", [BEN])
    asked = await room.say("/imagine foxes --n 4", as_chat=channel.id)
    await studio.answer(asked, "once an admin of this chat replies")
    await studio.answer(await room.say("/allow", ADA, reply_to=asked["message_id"]), "Noted")
    offer = await studio.answer(
        await room.say("/imagine foxes --n 4", as_chat=channel.id), "4 of the 16 pictures this chat has"
    )
    assert "Only the person who asked" in (await room.press(offer, "yes", BEN))["text"]
    await room.press(offer, "yes", ADA)
    await studio.in_state("delivered")
    assert [(job["asked_by"], job["spent"]) for job in studio.rows("jobs")] == [(channel.id, 2400)]
