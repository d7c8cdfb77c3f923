"""An order whose price is told first: it waits for its yes, however late that comes and however hard it is to ask."""

import pytest

from sandbox.faults import Fault
from tests.e2e.kit import ADA, BEN, GROUP, Message, Room, Studio, until

MINUTE_MS = 60_000
PRICE = "4 pictures cost 24 credits"
SHUT_OUT = "shut you out"


@pytest.fixture(params=["private", "group"])
async def room(request: pytest.FixtureRequest, idle: Studio, monkeypatch: pytest.MonkeyPatch) -> Room:
    """Where it happens: a private chat and a group, of a bot that Ben runs and in which credits are counted."""
    room = Room.of(idle, request.param, monkeypatch)
    await idle.start(daily_credits_per_person=100, admins=[BEN], job_deadline_s=600)
    return room


PRIVATE = pytest.mark.parametrize("room", ["private"], indirect=True)
"""For what has nothing to do with the kind of chat."""

IN_GROUP = pytest.mark.parametrize("room", ["group"], indirect=True)
"""For what only groups have."""


async def _offer(room: Room) -> Message:
    return await room.studio.answer(await room.say("/imagine foxes --n 4"), PRICE)


def _later(room: Room, minutes: int) -> None:
    """Let time pass."""
    passed = minutes * MINUTE_MS
    room.studio.rewrite("UPDATE jobs SET created_at = created_at - ?, ordered_at = ordered_at - ?", passed, passed)


@PRIVATE
async def test_a_late_yes_leaves_all_the_time_there_is(room: Room) -> None:
    """The deadline of an order counts from the yes to its price, so that what was agreed to late still comes."""
    studio = room.studio
    offer = await _offer(room)
    _later(room, 8)
    studio.images.duration_s = 1.2
    await room.press(offer, "yes")
    await studio.in_state("generating")
    _later(room, 8)
    asked = studio.asked_of_api("record-info")
    await until(lambda: studio.asked_of_api("record-info") > asked)
    await room.come(lambda message: "photo" in message, offer)
    assert [job["failure"] for job in studio.rows("jobs")] == [None]


@PRIVATE
async def test_a_price_nobody_agreed_to_ends(room: Room) -> None:
    """Without a yes an order is given up when its time is over, and nothing was ordered or spent."""
    offer = await _offer(room)
    _later(room, 11)
    await until(lambda: room.studio.rows("jobs")[0]["state"] == "delivered")
    assert "yes:" not in str(room.buttons(offer))
    assert not room.studio.images.generated
    assert room.studio.rows("jobs")[0]["spent"] == 0


async def test_a_price_that_could_not_be_told(brisk: None, room: Room) -> None:
    """A price that got lost on its way is told again, once, and the order goes on by its ✅."""
    room.studio.faults.add(Fault("telegram", "sendMessage", "drop"))
    offer = await _offer(room)
    await room.studio.heard_everything()
    await room.press(offer, "yes")
    await room.studio.in_state("delivered")
    assert sum("text" in message for message in room.studio.from_bot(room.chat_id)) == 1
    assert len(room.studio.images.generated) == 1


@PRIVATE
async def test_a_yes_of_somebody_shut_out(room: Room) -> None:
    """Whoever was banned after asking orders nothing by a yes, and is told why."""
    offer = await _offer(room)
    await room.studio.answer(await room.studio.say(f"/ban {ADA}", BEN), "banned")
    answer = await room.press(offer, "yes")
    assert SHUT_OUT in answer["text"]
    assert answer["show_alert"]
    assert [job["state"] for job in room.studio.rows("jobs")] == ["queued"]
    assert not room.studio.images.generated


@PRIVATE
async def test_a_yes_that_no_longer_fits(room: Room) -> None:
    """A price sets nothing aside; a yes that other orders left too little for is refused with what does fit."""
    offers = [await room.studio.answer(await room.say(f"/imagine {what} --n 4"), PRICE) for what in "abcdef"]
    for offer in offers[:4]:
        await room.press(offer, "yes")
    answer = await room.press(offers[4], "yes")
    assert answer["show_alert"]
    assert "you have 4 left" in answer["text"]
    await room.studio.in_state("delivered", 4)
    assert len(room.studio.images.generated) == 4
    assert len(room.studio.rows("jobs WHERE held_at IS NOT NULL")) == 2


@IN_GROUP
async def test_an_admin_answers_for_a_channel(room: Room) -> None:
    """A channel can press no button, so any admin of the group may say yes for it; others may not."""
    studio = room.studio
    studio.world.chats[GROUP].privacy = False
    channel = studio.world.add_channel("Foxes", [BEN])
    asked = await room.say("/imagine foxes --n 4", as_chat=channel.id)
    await studio.answer(asked, "once an admin of this chat replies")
    await studio.answer(await room.say("/allow", ADA, reply_to=asked["message_id"]), "Noted")
    offer = await studio.answer(await room.say("/imagine foxes --n 4", as_chat=channel.id), PRICE)
    assert "Only the person who asked" in (await room.press(offer, "yes", BEN))["text"]
    await room.press(offer, "yes", ADA)
    await studio.in_state("delivered")
    assert [(job["asked_by"], job["spent"]) for job in studio.rows("jobs")] == [(channel.id, 24)]
