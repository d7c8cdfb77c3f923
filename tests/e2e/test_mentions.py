"""In a group, a message that mentions the bot is a request, and any other conversation is ignored."""

from typing import Any

import pytest

from tests.e2e.kit import ADA, BEN, GROUP, NAME, Message, Room, Studio, color_of, picture, says, until, words_of
from tests.e2e.test_group_rules import all_dealt_with, rule

RED = (255, 0, 0)
ONLY_ONE = "only one picture of your album"


@pytest.fixture(params=["privacy", "hears all"])
async def room(request: pytest.FixtureRequest, idle: Studio) -> Room:
    """Return the group, with privacy mode and without it."""
    room = await Room.opened(idle, "group")
    idle.world.chats[GROUP].privacy = request.param == "privacy"
    return room


open_ears = pytest.mark.parametrize("room", ["hears all"], indirect=True)
"""Runs a test only without privacy mode, where the bot receives conversations."""


def _file(color: str = "red") -> tuple[str, bytes, bool]:
    return "a.png", picture(color=color), False


def _parents(studio: Studio) -> list[str | None]:
    return [job["parent_id"] for job in studio.rows("jobs ORDER BY created_at, rowid")]


# --- named --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [f"@{NAME} a red fox", f"@{NAME.upper()}: a red fox", f"a red fox @{NAME}"])
async def test_named_in_a_text(room: Room, words: str) -> None:
    """A text that mentions the bot orders the words behind the mention, or those before it if none follow."""
    assert (await room.studio.picture(await room.say(words)))["caption"].split() == ["a", "red", "fox"]
    assert room.studio.images.generated[0]["prompt"] == "a red fox"


async def test_named_in_a_caption(room: Room) -> None:
    """A picture whose caption mentions the bot is edited by the rest of the caption."""
    await room.studio.picture(await room.say(f"@{NAME} make it night --size 3:2", files=[_file()]))
    assert room.studio.images.generated[0]["prompt"] == "make it night"
    assert [color_of(data) for data in room.studio.inputs()] == [RED]


async def test_named_in_reply_to_a_picture(room: Room) -> None:
    """A mention in reply to any picture edits that picture."""
    photo = await room.say("our holidays", ADA, files=[_file()])
    await room.studio.picture(await room.say(f"@{NAME} make it night", reply_to=photo["message_id"]))
    assert [color_of(data) for data in room.studio.inputs()] == [RED]


@pytest.mark.parametrize("words", [f"@{NAME} make it night", "/edit make it night", f"/edit@{NAME} make it night"])
async def test_named_in_reply_to_its_question(room: Room, words: str) -> None:
    """An answer to a question may mention the bot or use a command, and still edits the question's picture."""
    shown = await room.paint("a red fox")
    await room.studio.in_state("delivered")
    await room.press(shown, "edit")
    question = await room.come(says("What should change"), shown)
    room.studio.keep_messages()
    await room.studio.picture(await room.say(words, reply_to=question["message_id"]))
    assert room.studio.images.generated[1]["prompt"] == "make it night"
    assert room.studio.inputs() == room.studio.outputs(0)
    assert _parents(room.studio)[1] is not None
    again = await room.say(words, reply_to=question["message_id"])
    await room.studio.answer(again, "no longer know which picture")
    assert len(room.studio.images.generated) == 2


async def test_named_without_words(room: Room) -> None:
    """A picture with only a mention leads to a question, and a mention alone to examples."""
    photo = await room.say(f"@{NAME}", files=[_file()])
    question = await room.studio.answer(photo, "What should I do")
    await room.studio.picture(await room.say("make it night", reply_to=question["message_id"]))
    assert [color_of(data) for data in room.studio.inputs()] == [RED]
    await room.studio.answer(await room.say(f"@{NAME}"), "/imagine")


# --- not named ----------------------------------------------------------------------------------------------------

TALK = [
    "what a day",
    f"write to me@{NAME}.example.org",
    f"@{NAME}2 a fox",
    "@other_bot a fox",
    "/imagine@other_bot a fox",
    "/edit@other_bot make it night",
    "/weather",
    "see /imagine a fox",
    f"/ask@other_bot what is @{NAME} good for?",
    f"/imagine@other_bot a fox for @{NAME}",
]


@open_ears
async def test_talk_is_left_alone(room: Room) -> None:
    """Conversations, other names and commands for other bots are ignored, with or without photos."""
    shown = await room.paint("a fox")
    await room.studio.in_state("delivered")
    for words in TALK:
        await room.say(words)
        await room.say(words, reply_to=shown["message_id"])
        await room.say(words, files=[_file()])
    for caption in ("", "look at this", f"/edit@other_bot make it night, @{NAME}"):
        await room.say(caption, files=[_file(), _file("teal")])
        await room.say(caption, files=[_file()], reply_to=shown["message_id"])
    await _nothing_more(room, shown)


async def _nothing_more(room: Room, last: Message) -> None:
    """Check that the bot did nothing after this message."""
    before = room.now(last)
    await all_dealt_with(room.studio)
    assert room.studio.from_bot(GROUP)[-1] == before
    assert not room.studio.world.reactions(GROUP)
    assert len(room.studio.rows("jobs")) == 1
    assert not room.studio.rows("questions")


# --- replies as edits, if the admins allow them -------------------------------------------------------------------


async def test_replies_are_edits_where_that_is_switched_on(room: Room) -> None:
    """If the rule is on, any member's reply to the bot's picture edits it; if it is off, it doesn't."""
    shown = await room.paint("a red fox", ADA)
    await rule(room, "reply_edits", "on")
    night = await room.studio.picture(await room.say("make it night", reply_to=shown["message_id"]))
    await room.studio.picture(await room.say("with snow", ADA, reply_to=night["message_id"]))
    jobs = [job["id"] for job in room.studio.rows("jobs ORDER BY created_at")]
    assert _parents(room.studio) == [None, *jobs[:2]]
    assert room.studio.inputs(1) == room.studio.outputs(0)
    menu = await rule(room, "reply_edits", "off")
    await room.say("how beautiful", reply_to=shown["message_id"])
    await all_dealt_with(room.studio)
    assert len(room.studio.rows("jobs")) == 3
    assert room.studio.from_bot(GROUP)[-1]["message_id"] == menu["message_id"]


@open_ears
async def test_only_words_under_its_pictures_are_edits(room: Room) -> None:
    """With the rule on, replies to other messages, pictures and others' commands in reply are still ignored."""
    shown = await room.paint("a fox")
    photo = await room.say("our holidays", ADA, files=[_file()])
    menu = await rule(room, "reply_edits", "on")
    for message in (photo, menu):
        await room.say("make it night", reply_to=message["message_id"])
    for words in ("/edit@other_bot make it night", "/weather today", "/imagine@other_bot a fox"):
        await room.say(words, reply_to=shown["message_id"])
    await room.say("like this?", files=[_file()], reply_to=shown["message_id"])
    await _nothing_more(room, menu)


@open_ears
async def test_a_command_for_another_bot_is_no_answer(room: Room) -> None:
    """A command for another bot in reply to a question isn't its answer."""
    question = await room.studio.answer(await room.say("/edit", files=[_file()]), "What should I do")
    await room.say("/weather@other_bot today", reply_to=question["message_id"])
    await all_dealt_with(room.studio)
    assert room.now(question) == question
    assert not room.studio.rows("jobs")
    assert len(room.studio.rows("questions")) == 1


# --- albums -------------------------------------------------------------------------------------------------------

ALBUM = [_file(), _file("blue")]


@pytest.mark.parametrize("words", ["/edit make it night", f"@{NAME} make it night"])
async def test_albums_as_far_as_they_are_heard(room: Room, words: str) -> None:
    """With privacy mode, the bot uses the album's captioned picture and says so; without it, the whole album."""
    withheld = room.studio.world.chats[GROUP].privacy
    asked = await room.say(words, files=ALBUM, thread_id=2)
    await room.studio.picture(asked)
    assert [color_of(data) for data in room.studio.inputs()] == ([RED] if withheld else [RED, (0, 0, 255)])
    if withheld:
        await room.studio.answer(asked, ONLY_ONE)
    await all_dealt_with(room.studio)
    mine = room.studio.from_bot(GROUP)
    assert sum(says(ONLY_ONE)(one) for one in mine) == withheld
    assert {one["message_thread_id"] for one in mine} == {2}


# --- topics -------------------------------------------------------------------------------------------------------


async def test_everything_stays_in_its_topic(room: Room) -> None:
    """Pictures, albums, refusals, questions, menus and answers to buttons appear in the topic of the request."""
    world = room.studio.world
    topics: list[int | None] = [2, 3, world.open_topic(GROUP, "Foxes"), None]
    for topic in topics:
        after = room.last
        shown = await _asked_for_everything(room, topic)
        await room.press(shown, "file", ADA)
        await room.come(lambda message: "document" in message, shown)
        await all_dealt_with(room.studio)
        await until(lambda: not room.studio.rows("jobs WHERE state != 'delivered'"))
        mine = [one for one in room.studio.from_bot(GROUP) if one["message_id"] > after]
        assert {one.get("message_thread_id") for one in mine} == {topic}
        assert len(mine) >= 9


async def _asked_for_everything(room: Room, topic: int | None) -> Message:
    """Make the bot send every kind of message in a topic, and return a picture."""

    async def said(words: str, answer: str = "", **more: Any) -> Message:
        return await room.studio.answer(await room.say(words, ADA, thread_id=topic, **more), answer)

    await said("/imagine fox --n 3", "--n")
    await said("/imagine fox --n 2")
    await said("/settings", "Settings of this chat")
    await said("/edit make it night", "Which picture")
    await said("/imagine something forbidden", "content policy")
    await said("/edit", "What should I do", files=[_file()])
    asked = await room.say(f"@{NAME} a hare", thread_id=topic)
    return await room.studio.picture(asked)


@pytest.mark.parametrize("room", ["privacy"], indirect=True)
@pytest.mark.parametrize("how", ["closed", "deleted"])
async def test_a_topic_that_ends_takes_nothing_else_along(room: Room, how: str) -> None:
    """A closed or deleted topic ends its own jobs silently, and other topics' jobs continue."""
    world, ending, held = room.studio.world, room.studio.hold_tasks(1), room.studio.hold_tasks(1)
    await room.studio.answer(await room.say("/imagine foxes --n 2", thread_id=2))
    kept = await room.say("/imagine a hare", thread_id=3)
    await room.studio.in_state("generating", 2)
    if how == "closed":
        world.close_topic(GROUP, 2)
    else:
        world.delete_topic(GROUP, 2)
    ending.release()
    await until(lambda: room.studio.rows("jobs WHERE state = 'cancelled'"))
    waits = await room.say("/imagine an owl", thread_id=3)
    held.release()
    await room.studio.picture(kept)
    await room.studio.picture(waits)
    shown = [one for one in room.studio.from_bot(GROUP) if "photo" in one]
    assert {one["message_thread_id"] for one in shown} == {3}
    assert not room.studio.rows("chats WHERE gone_at IS NOT NULL")


async def test_what_is_said_names_nobody(room: Room) -> None:
    """The bot replies to the requester and never mentions a user."""
    await room.paint("a fox", BEN)
    await room.studio.answer(await room.say("/imagine fox --n 3"), "--n")
    for message in room.studio.from_bot(GROUP):
        kinds = {entity["type"] for entity in message.get("entities", []) + message.get("caption_entities", [])}
        assert not kinds & {"mention", "text_mention"}
        assert "@" not in words_of(message)
        assert message["reply_to_message"]["from"]["id"] == BEN
