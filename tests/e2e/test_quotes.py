"""An answer quotes the message that it answers, unless both stand one below the other in a private chat."""

from tests.e2e.kit import IN_GROUP, Room, shows


async def test_no_quote_where_nothing_came_between(room: Room) -> None:
    """In a private chat, the answer to the newest message quotes nothing."""
    asked = await room.say("/imagine a fox")
    assert "reply_to_message" not in await room.studio.answer(asked)
    assert "reply_to_message" not in await room.studio.picture(asked)
    assert "reply_to_message" not in await room.studio.answer(await room.say("/me"))


async def test_a_quote_where_something_came_between(room: Room) -> None:
    """An answer to a message that isn't the newest quotes it: here, the placeholder came between."""
    asked = await room.say("/imagine a fox --n 2")
    placeholder = await room.studio.answer(asked)
    shown = await room.come(shows("photo"), placeholder)
    assert shown["reply_to_message"]["message_id"] == asked["message_id"]


@IN_GROUP
async def test_groups_quote(room: Room) -> None:
    """In a group, every answer says which message it answers."""
    asked = await room.say("/imagine a fox")
    assert (await room.studio.answer(asked))["reply_to_message"]["message_id"] == asked["message_id"]
