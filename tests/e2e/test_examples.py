"""Example buttons: a press orders the example's picture, once."""

import asyncio

import pytest

from tests.e2e.kit import ADA, BEN, Message, Room, Studio, shows

ON_ITS_WAY = "On its way"


@pytest.fixture(params=["private", "group"])
async def room(request: pytest.FixtureRequest, idle: Studio) -> Room:
    """Return a room of each kind in turn: a private chat and a group."""
    return await Room.opened(idle, request.param)


@pytest.fixture
async def offered(room: Room) -> Message:
    """Return a message with examples that an earlier process offered."""
    message = await room.studio.answer(await room.say("/imagine"), "for example")
    await room.studio.heard_everything()
    await room.studio.restart()
    return message


async def _tap(room: Room, offered: Message, number: int = 0, person: int | None = None) -> str:
    """Press an example, and return the answer."""
    data = f"example:{number}"
    answer = await room.studio.world.press(room.chat_id, offered["message_id"], person or room.person, data)
    return str(answer["text"])


async def test_a_tap_is_an_order(room: Room, offered: Message) -> None:
    """A press on an example orders its picture, even if an earlier process offered it."""
    assert await _tap(room, offered) == ON_ITS_WAY
    shown = await room.come(shows("photo"), offered)
    assert shown["caption"] == room.studio.images.generated[0]["prompt"]
    assert [job["asked_by"] for job in room.studio.rows("jobs")] == [room.person]


async def test_a_double_tap_is_one_order(room: Room, offered: Message) -> None:
    """Two presses on an example make one job, and another example makes another job."""
    room.studio.images.duration_s = 0.3
    assert list(await asyncio.gather(_tap(room, offered), _tap(room, offered))) == [ON_ITS_WAY] * 2
    await _tap(room, offered, 1)
    await room.studio.in_state("delivered", 2)
    assert len(room.studio.rows("jobs")) == len({order["prompt"] for order in room.studio.images.generated}) == 2


@pytest.mark.parametrize("room", ["group"], indirect=True)
async def test_two_people_who_tap_the_same(room: Room, offered: Message) -> None:
    """Two people who press the same example get a job each."""
    await asyncio.gather(_tap(room, offered, person=ADA), _tap(room, offered, person=BEN))
    await room.studio.in_state("delivered", 2)
    assert sorted(job["asked_by"] for job in room.studio.rows("jobs")) == [ADA, BEN]


async def test_an_example_is_tapped_again_later(room: Room, offered: Message) -> None:
    """An example can be pressed again some time after its picture was shown."""
    await _tap(room, offered)
    await room.studio.in_state("delivered")
    room.studio.rewrite("UPDATE jobs SET created_at = created_at - 60000")
    await _tap(room, offered)
    await room.studio.in_state("delivered", 2)
