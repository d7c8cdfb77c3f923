"""Small talk is never paid for; a typed yes or no presses the button that it is about."""

import pytest

from tests.e2e.kit import ADA, BEN, IN_GROUP, NAME, Message, Room, Studio, picture, says, shows, stencil, until

SAID = ["yes", "No!", "thanks!  ", "HI", "?", ".", "👍🏿", "❤️", "привет", "谢谢", "ok 👍"]


@pytest.fixture
async def room(request: pytest.FixtureRequest, idle: Studio) -> Room:
    """Return a private chat, and a group, where people have credits for a few pictures."""
    room = Room.of(idle, getattr(request, "param", "private"))
    await idle.start(daily_credits_per_person=40)
    return room


async def _price(room: Room) -> Message:
    return await room.studio.answer(await room.say("/imagine foxes --n 4"), "4 of the 6 pictures")


async def _preview(room: Room) -> Message:
    files = [("a.png", picture((90, 60)), False), ("m.png", stencil(), False)]
    asked = await room.say("/mask a red door", files=files)
    return await room.come(says("Tap ✅"), asked)


async def test_no_small_talk_is_painted(room: Room) -> None:
    """A greeting, thanks, a yes or no and single signs get a free answer, each within its own chat."""
    for words in SAID:
        await room.say(words)
    await room.studio.heard_everything()
    assert not room.studio.rows("jobs")
    assert not room.studio.images.generated
    answers = len(room.studio.from_bot(ADA)) + len(room.studio.world.log.of("setMessageReaction"))
    assert answers == len(SAID)


async def test_what_is_asked_for_is_painted(room: Room) -> None:
    """Behind a command, as a caption and as an answer to a question, even a single emoji is a prompt."""
    await room.paint("👍")
    file = ("a.png", picture(), False)
    await room.studio.picture(await room.say("👍", files=[file]))
    asked = await room.say(files=[file])
    await room.studio.answer(asked, "What should I do")
    await room.come(shows("photo"), await room.say("👍"))
    assert [order["prompt"] for order in room.studio.images.generated] == ["👍"] * 3


@pytest.mark.parametrize("words", ["thanks", "👍", "wow!"])
async def test_small_talk_in_reply_to_a_picture(room: Room, words: str) -> None:
    """Thanks in reply to a picture aren't an edit of it."""
    shown = await room.paint("a red fox")
    await room.say(words, reply_to=shown["message_id"])
    await room.studio.heard_everything()
    assert len(room.studio.rows("jobs")) == 1


@IN_GROUP
async def test_small_talk_with_a_mention(room: Room) -> None:
    """In a group, small talk with a mention is answered as freely."""
    for words in ("thanks", "hi", "👍"):
        await room.say(f"@{NAME} {words}", ADA)
    await room.studio.heard_everything()
    assert not room.studio.rows("jobs")


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("words", ["yes", "OK!  ", "👍🏾"])
async def test_a_yes_to_a_price(room: Room, words: str, *, restarted: bool) -> None:
    """A typed yes presses the ✅ of the price that is the bot's newest message, also after a restart, and once."""
    await _price(room)
    if restarted:
        await room.studio.heard_everything()
        await room.studio.restart()
    await room.say(words)
    await room.say(words)
    await room.studio.in_state("delivered")
    await room.studio.heard_everything()
    assert room.studio.asked_of_api("generate") == 1
    assert len(room.studio.rows("jobs")) == 1


@pytest.mark.parametrize("words", ["no", "Cancel", "❌", "нет"])
async def test_a_no_to_a_price(room: Room, words: str) -> None:
    """A typed no presses ✖."""
    offer = await _price(room)
    await room.say(words)
    await until(lambda: "yes:" not in str(room.buttons(offer)))
    assert [job["state"] for job in room.studio.rows("jobs")] == ["cancelled"]


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_yes_after_something_else(room: Room, *, restarted: bool) -> None:
    """Once the bot has said something newer, a yes isn't about the price; in reply to the price it still is."""
    offer = await _price(room)
    await room.studio.answer(await room.say("/help"))
    if restarted:
        await room.studio.heard_everything()
        await room.studio.restart()
    asked = await room.say("yes")
    await room.studio.answer(asked, "Nothing is waiting")
    assert not room.studio.images.generated
    await room.say("yes", reply_to=offer["message_id"])
    await room.studio.in_state("delivered")


async def test_a_yes_that_comes_late(room: Room) -> None:
    """After 15 minutes a yes isn't about the price any longer."""
    await _price(room)
    await room.studio.heard_everything()
    await room.studio.rewrite("UPDATE awaited_messages SET sent_at = sent_at - 900001")
    await room.studio.restart()
    await room.studio.answer(await room.say("yes"), "Nothing is waiting")
    assert not room.studio.images.generated


async def test_a_yes_of_somebody_else(room: Room) -> None:
    """A yes in another chat presses nothing."""
    await _price(room)
    asked = await room.studio.say("yes", BEN)
    await room.studio.answer(asked, "Nothing is waiting")
    assert not room.studio.images.generated


async def test_a_yes_and_a_no_to_a_preview(room: Room) -> None:
    """A mask's preview is ordered by a yes and dropped by a no."""
    preview = await _preview(room)
    await room.say("nope")
    await until(lambda: room.now(preview) is None)
    preview = await _preview(room)
    await room.come(shows("photo"), await room.say("yes"))
    assert len(room.studio.images.generated) == 1
    assert not room.buttons(preview)


async def test_a_sticker_says_yes(room: Room) -> None:
    """A sticker counts as its emoji where a yes is waited for."""
    await _price(room)
    sticker = {"file_id": "s", "file_unique_id": "u", "type": "regular", "width": 9, "height": 9, "emoji": "👍"}
    room.studio.world.say_raw(ADA, ADA, {"sticker": sticker | {"is_animated": True, "is_video": False}})
    await room.studio.in_state("delivered")
    assert room.studio.asked_of_api("generate") == 1


async def test_a_yes_never_deletes(room: Room) -> None:
    """The question whether to delete a picture is answered by its button only."""
    shown = await room.paint("a red fox")
    await room.press(shown, "del")
    await until(lambda: len(room.buttons(shown)) == 2)
    await room.studio.answer(await room.say("yes"), "Nothing is waiting")
    assert room.now(shown)
