"""/start: a welcome with examples for those who may use the bot, and a short refusal for all others."""

import re

import pytest

from tests.e2e.kit import ADA, BEN, GROUP, Message, Room, Studio, words_of

WELCOME = "I turn words into pictures"


async def _start(room: Room, words: str = "/start") -> Message:
    return await room.studio.answer(await room.say(words))


def _examples(room: Room, message: Message) -> list[str]:
    return [button["callback_data"] for button in room.buttons(message)]


@pytest.mark.parametrize("access", ["allowlist", "invite"])
async def test_the_uninvited_are_refused(idle: Studio, access: str) -> None:
    """Without an invitation, /start only says how to get one, in any spelling and in a group, too."""
    await idle.start(access=access, admins=[ADA])
    for chat_id in (BEN, GROUP):
        refused = await _start(Room(idle, chat_id, BEN))
        assert str(BEN) in words_of(refused)
        assert len(words_of(refused)) < 150
        assert "reply_markup" not in refused
    assert WELCOME not in str(idle.from_bot(BEN))
    assert WELCOME in words_of(await _start(Room(idle, ADA, ADA)))


async def test_an_invitation_is_a_welcome_with_examples(idle: Studio) -> None:
    """The link brings pictures, the introduction and examples, and an example of it is painted; /start then works."""
    await idle.start(access="invite", admins=[ADA])
    link = await idle.answer(await idle.say("/invite 13"), "t.me")
    code = re.search(r"start=([\w-]+)", words_of(link))
    assert code
    room = Room(idle, BEN, BEN)
    welcome = await _start(room, f"/start {code[1]}")
    assert words_of(welcome).startswith("🎉 You're in! Your invitation brings 2 pictures.")
    assert WELCOME in words_of(welcome)
    again = await _start(room)
    assert _examples(room, again) == _examples(room, welcome) == ["example:0", "example:1", "example:2"]
    await idle.world.press(BEN, welcome["message_id"], BEN, "example:0")
    await idle.picture(welcome)


async def test_the_banned_are_refused(idle: Studio) -> None:
    """/start of a banned person says so, in an open bot, too."""
    await idle.start(admins=[ADA])
    await idle.answer(await idle.say(f"/ban {BEN}"), "banned")
    assert "shut you out" in words_of(await _start(Room(idle, BEN, BEN)))


async def test_all_are_welcome_in_an_open_bot(idle: Studio) -> None:
    """An open bot greets everyone, with examples in a private chat."""
    await idle.start()
    room = Room(idle, BEN, BEN)
    assert _examples(room, await _start(room)) == ["example:0", "example:1", "example:2"]
