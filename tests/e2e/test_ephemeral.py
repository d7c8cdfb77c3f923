"""Ephemeral messages: in a group, private information is shown to one person only, if Telegram supports it."""

from typing import Any

import pytest

from sandbox.faults import Fault
from tests.e2e.kit import ADA, BEN, GROUP, NAME, Message, Room, Studio, picture, until, words_of

LEFT = "You have no pictures left."
ALBUM = [(f"{number}.png", picture((20 + number, 20)), False) for number in range(2)]


@pytest.fixture
async def room(idle: Studio) -> Room:
    """Return the group, with the bot as an admin and one picture a day for each person."""
    room = Room.of(idle, "group")
    idle.world.promote(GROUP, idle.world.bot["id"])
    await idle.start(daily_credits_per_person=6)
    await idle.heard_everything()
    return room


async def _alone(room: Room, words: str, person: int = BEN) -> Message:
    """Wait for an ephemeral message with these words, and return the person's newest one."""
    await until(lambda: [one for one in room.studio.world.whispers(GROUP, person) if words in words_of(one)])
    return room.studio.world.whispers(GROUP, person)[-1]


def _aloud(room: Room) -> list[str]:
    """Return the texts that the bot showed to the whole group."""
    return [words_of(message) for message in room.studio.from_bot(GROUP)]


def _ephemeral(room: Room) -> list[Any]:
    """Return the calls that sent an ephemeral message."""
    calls = room.studio.world.log.of("sendMessage")
    return [call for call in calls if "ephemeral_message_parameters" in call["params"]]


async def test_why_not_is_told_to_whoever_asked_alone(room: Room) -> None:
    """A refusal is shown in reply to the requester only."""
    await room.paint("a fox")
    aloud = _aloud(room)
    for words, why in (("/imagine a hare", LEFT), ("/imagine a hare --n 3", "1, 2 or 4")):
        asked = await room.say(words)
        told = await _alone(room, why)
        assert told["reply_to_message"]["message_id"] == asked["message_id"]
    await room.studio.heard_everything()
    assert _aloud(room) == aloud
    assert not room.studio.world.whispers(GROUP, ADA)
    assert len(room.studio.rows("jobs")) == 1


async def test_an_albums_refusal_is_as_well(room: Room) -> None:
    """The refusal of an album is ephemeral, too, although albums are handled later."""
    await room.paint("a fox")
    aloud = _aloud(room)
    await room.say(f"/edit@{NAME} at night", files=ALBUM)
    await _alone(room, LEFT)
    assert _aloud(room) == aloud


async def test_it_stays_in_its_topic(room: Room) -> None:
    """In a forum, an ephemeral message appears in the topic of the request."""
    await room.say("/imagine a fox --n 3", thread_id=2)
    assert (await _alone(room, "1, 2 or 4"))["message_thread_id"] == 2
    assert [call["params"]["message_thread_id"] for call in _ephemeral(room)] == [2]


@pytest.mark.parametrize(
    ("words", "why"),
    [("/settings", "Only admins"), ("/history", "no pictures from this chat"), ("/me", "no limit of its own")],
)
async def test_what_somebody_may_not_or_has_not(room: Room, words: str, why: str) -> None:
    """Refusals of /settings and /history, and the answer to /me, are ephemeral."""
    aloud = _aloud(room)
    await room.say(f"{words}@{NAME}")
    await _alone(room, why)
    assert _aloud(room) == aloud


async def test_as_nobody(room: Room) -> None:
    """An anonymous admin can't get an ephemeral message, so the answer is public."""
    room.studio.world.promote(GROUP, ADA, "creator", anonymous=True)
    await room.studio.answer(await room.say("/imagine a fox --n 3", ADA), "1, 2 or 4")
    assert not _ephemeral(room)


async def test_alone_with_the_bot_everything_is(room: Room) -> None:
    """In a private chat, messages aren't ephemeral."""
    await room.studio.answer(await room.studio.say("a fox --n 3"), "1, 2 or 4")
    assert not _ephemeral(room)


async def test_whoever_may_have_gone_is_told_aloud(room: Room) -> None:
    """Requests from before a restart are answered publicly, because the member may have left."""
    await room.studio.crash()
    asked = [
        (await room.say("/imagine a fox --n 3"), "1, 2 or 4"),
        (await room.say("/history"), "no pictures from this chat"),
        (await room.say("/edit at night --n 3", files=ALBUM), "1, 2 or 4"),
    ]
    for entry in room.studio.world.chats[GROUP].entries.values():
        entry.now["date"] -= 3600
    await room.studio.start()
    for message, words in asked:
        await room.studio.answer(message, words)
    assert not room.studio.world.chats[GROUP].whispers


async def test_an_answer_that_is_lost_is_whispered_again(room: Room) -> None:
    """If it is unknown whether an ephemeral message was shown, it is repeated, but not made public."""
    room.studio.faults.add(Fault("telegram", "sendMessage", "drop_after"))
    aloud = _aloud(room)
    await room.say("/imagine a fox --n 3")
    await until(lambda: len(room.studio.world.whispers(GROUP, BEN)) == 2)
    await room.studio.heard_everything()
    assert _aloud(room) == aloud


@pytest.mark.parametrize("answer", ["400", "403"])
async def test_where_telegram_refuses_it(room: Room, answer: str) -> None:
    """If Telegram refuses an ephemeral message, the answer is public."""
    room.studio.faults.add(Fault("telegram", "sendMessage", "code", int(answer)))
    await room.studio.answer(await room.say("/imagine a fox --n 3"), "1, 2 or 4")
    assert not room.studio.rows("chats WHERE gone_at IS NOT NULL")


async def test_right_after_the_bot_was_made_an_admin(idle: Studio) -> None:
    """If the bot isn't an admin, answers are public without an attempt; once it is, ephemeral messages work."""
    room = await Room.opened(idle, "group")
    await idle.answer(await room.say("/imagine a fox --n 3"), "1, 2 or 4")
    assert not _ephemeral(room)
    idle.world.promote(GROUP, idle.world.bot["id"])
    await room.say("/imagine a fox --n 3")
    await _alone(room, "1, 2 or 4")
