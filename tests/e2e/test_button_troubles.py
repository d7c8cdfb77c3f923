"""Buttons while Telegram fails: every press is answered, and its action happens in the end."""

import pytest

from sandbox.faults import Fault
from tests.e2e.kit import ADA, EVERYWHERE, GROUP, IN_GROUP, Message, Room, shows, until

NOT_YOURS = "Only the person who asked"
UNKNOWN = "400:Bad Request: member list is inaccessible"


@pytest.mark.parametrize("method", ["deleteMessage", "answerCallbackQuery"])
@pytest.mark.parametrize("kind", ["drop", "drop_after"])
async def test_deleting_is_tried_again(room: Room, shown: Message, method: str, kind: str) -> None:
    """A deletion that fails at first happens in the end, in the chat and in the database."""
    await room.press(shown, "del")
    await until(lambda: len(room.buttons(shown)) == 2)
    room.studio.faults.add(Fault("telegram", method, kind))  # type: ignore[arg-type]
    await room.press(shown, "drop")
    await until(lambda: room.now(shown) is None)
    await until(lambda: [row["deleted_at"] is not None for row in room.studio.rows("pictures")] == [True])
    await room.studio.heard_everything()
    assert not [one for one in room.studio.from_bot(room.chat_id) if "text" in one]


@EVERYWHERE
@pytest.mark.parametrize("method", ["answerCallbackQuery", "sendMessage"])
async def test_an_order_is_one_however_its_answer_breaks(room: Room, shown: Message, method: str) -> None:
    """If the answer to 🔁 or its placeholder is lost, the replayed press makes no second job."""
    room.studio.faults.add(Fault("telegram", method, "drop"))
    await room.press(shown, "again")
    await room.come(shows("photo"), shown)
    await room.studio.heard_everything()
    assert len(room.studio.rows("jobs")) == 2


@IN_GROUP
async def test_members_that_are_kept_from_the_bot(room: Room, shown: Message) -> None:
    """If Telegram doesn't say who is an admin, no one counts as one, and presses and commands are answered."""
    guest = room.studio.person()
    room.studio.world.join(GROUP, guest)
    room.studio.faults.add(Fault("telegram", "getChatMember", "code", UNKNOWN, times=None))
    for verb in ("del",):
        answer = await room.press(shown, verb, guest)
        assert (NOT_YOURS in answer["text"], answer["show_alert"]) == (True, True)
    await room.studio.answer(await room.say("/settings", ADA), "Only admins")
    await room.press(shown, "again")
    await room.come(shows("photo"), shown)


@IN_GROUP
async def test_a_list_where_members_are_kept_from_the_bot(room: Room) -> None:
    """Listed members can order without a question to Telegram, and others are refused."""
    guest = room.studio.person()
    room.studio.world.join(GROUP, guest)
    rules = f'{{"who": "listed", "listed": [{guest}]}}'
    await room.studio.rewrite("INSERT INTO groups (chat_id, rules) VALUES (?, ?)", GROUP, rules)
    room.studio.faults.add(Fault("telegram", "getChatMember", "code", UNKNOWN, times=None))
    await room.paint("a fox", guest)
    assert not room.studio.world.log.of("getChatMember")
    await room.studio.answer(await room.say("/imagine a hare"), "only for some members")
