"""Buttons while Telegram is in trouble: every press is answered, and what it was about is done in the end."""

import pytest

from sandbox.faults import Fault
from tests.e2e.kit import ADA, GROUP, Message, Room, Studio, shows, until

NOT_YOURS = "Only the person who asked"
UNKNOWN = "400:Bad Request: member list is inaccessible"


@pytest.fixture(params=["private", "group"])
def room(request: pytest.FixtureRequest, studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Room:
    """Where it happens: in a private chat, and in a group."""
    return Room.of(studio, request.param, monkeypatch)


@pytest.fixture
async def shown(room: Room) -> Message:
    """A picture with its buttons."""
    message = await room.paint("a fox")
    await room.studio.in_state("delivered")
    return message


IN_GROUP = pytest.mark.parametrize("room", ["group"], indirect=True)
"""For what only groups have."""


@pytest.mark.parametrize("method", ["deleteMessage", "answerCallbackQuery"])
@pytest.mark.parametrize("kind", ["drop", "drop_after"])
async def test_deleting_is_tried_again(room: Room, shown: Message, method: str, kind: str) -> None:
    """A picture that could not be deleted at first is deleted in the end, from the chat as from our memory."""
    await room.press(shown, "del")
    await until(lambda: len(room.buttons(shown)) == 2)
    room.studio.faults.add(Fault("telegram", method, kind))  # type: ignore[arg-type]
    await room.press(shown, "drop")
    await until(lambda: room.now(shown) is None)
    await until(lambda: [row["deleted_at"] is not None for row in room.studio.rows("pictures")] == [True])
    await room.studio.heard_everything()
    assert not [one for one in room.studio.from_bot(room.chat_id) if "text" in one]


@pytest.mark.parametrize("method", ["answerCallbackQuery", "sendMessage"])
async def test_an_order_is_one_however_its_answer_breaks(room: Room, shown: Message, method: str) -> None:
    """🔁 that is handled again, as its answer or its placeholder was lost, is one order."""
    room.studio.faults.add(Fault("telegram", method, "drop"))
    await room.press(shown, "again")
    await room.come(shows("photo"), shown)
    await room.studio.heard_everything()
    assert len(room.studio.rows("jobs")) == 2


@IN_GROUP
async def test_members_that_are_kept_from_the_bot(room: Room, shown: Message) -> None:
    """Where Telegram does not tell who is an admin, nobody is, and presses and commands are answered in words."""
    guest = room.studio.person()
    room.studio.world.join(GROUP, guest)
    room.studio.faults.add(Fault("telegram", "getChatMember", "code", UNKNOWN, times=None))
    for verb in ("again", "edit", "del"):
        answer = await room.press(shown, verb, guest)
        assert (NOT_YOURS in answer["text"], answer["show_alert"]) == (True, True)
    await room.studio.answer(await room.say("/settings", ADA), "Only admins")
    await room.press(shown, "again")
    await room.come(shows("photo"), shown)


@IN_GROUP
async def test_a_list_where_members_are_kept_from_the_bot(room: Room) -> None:
    """Who is on the list orders without Telegram being asked who is an admin; others are refused in words."""
    guest = room.studio.person()
    room.studio.world.join(GROUP, guest)
    rules = f'{{"who": "listed", "listed": [{guest}]}}'
    room.studio.rewrite("INSERT INTO groups (chat_id, rules) VALUES (?, ?)", GROUP, rules)
    room.studio.faults.add(Fault("telegram", "getChatMember", "code", UNKNOWN, times=None))
    await room.paint("a fox", guest)
    assert not room.studio.world.log.of("getChatMember")
    await room.studio.answer(await room.say("/imagine a hare"), "only for some members")
