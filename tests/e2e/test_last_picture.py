"""Words about the last picture ask first, and photos that come one after the other belong together."""

import pytest

from sandbox.faults import Fault
from tests.e2e.kit import (
    ADA,
    IN_GROUP,
    Message,
    Room,
    Studio,
    color_of,
    picture,
    says,
    shows,
    until,
    words_of,
)  # fmt: skip

NIGHT = "make it night"
COLORS = ("red", "blue", "lime", "white", "yellow", "black")
RGB = {"red": (255, 0, 0), "blue": (0, 0, 255)}


@pytest.fixture
async def room(request: pytest.FixtureRequest, idle: Studio) -> Room:
    """Return a private chat, and a group."""
    return await Room.opened(idle, getattr(request, "param", "private"))


def _file(color: str) -> tuple[str, bytes, bool]:
    return f"{color}.png", picture(color=color), False


async def _painted(room: Room, words: str = "a red fox") -> Message:
    shown = await room.paint(words)
    await room.studio.in_state("delivered")
    return shown


async def _press(room: Room, message: Message, data: str, person: int = ADA) -> None:
    await room.studio.world.press(room.chat_id, message["message_id"], person, data)


def _prompts(room: Room) -> list[tuple[str, int]]:
    return [(order["prompt"], len(order.get("filesUrl", []))) for order in room.studio.images.generated]


# --- right after a result -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_change_of_the_last_picture(room: Room, *, restarted: bool) -> None:
    """Words that sound like a change ask first, for free; the button changes the last picture, once."""
    await _painted(room)
    question = await room.studio.answer(await room.say("  MAKE it night"), "change your last picture")
    assert len(room.studio.rows("jobs")) == 1
    if restarted:
        await room.studio.heard_everything()
        await room.studio.restart()
    await _press(room, question, "question:change:0")
    await _press(room, question, "question:change:0")
    await room.studio.in_state("delivered", 2)
    assert _prompts(room)[1:] == [("MAKE it night", 1)]
    assert room.studio.inputs() == room.studio.outputs(0)
    assert room.studio.rows("jobs WHERE parent_id IS NOT NULL")
    assert room.now(question) is None


async def test_a_new_picture_after_all(room: Room) -> None:
    """The other button paints the words as a new picture."""
    await _painted(room)
    question = await room.studio.answer(await room.say(NIGHT), "change your last picture")
    await _press(room, question, "question:new")
    await room.studio.in_state("delivered", 2)
    assert _prompts(room)[1:] == [(NIGHT, 0)]


async def test_one_of_several(room: Room) -> None:
    """After an album, the question names its pictures by number."""
    await room.say("/imagine foxes --n 2")
    await room.studio.in_state("delivered")
    question = await room.studio.answer(await room.say(NIGHT), "Which of your last pictures")
    await _press(room, question, "question:change:1")
    await room.studio.in_state("delivered", 2)
    assert room.studio.inputs() == [room.studio.outputs(0)[1]]


@pytest.mark.parametrize(("value", "files"), [("change", 1), ("new", 0)])
async def test_a_setting_spares_the_question(room: Room, value: str, files: int) -> None:
    """A personal setting always changes the last picture, or always paints a new one."""
    menu = await room.studio.answer(await room.say("/settings"))
    await _press(room, menu, "set.open:after_result")
    await until(lambda: "set.pick" in str(room.buttons(menu)))
    await _press(room, menu, f"set.pick:after_result:{value}")
    await until(lambda: room.studio.rows("preferences"))
    await _painted(room)
    await room.say(NIGHT)
    await room.studio.in_state("delivered", 2)
    assert _prompts(room)[1:] == [(NIGHT, files)]


async def test_no_question_without_a_recent_result(room: Room) -> None:
    """Without a result in the last 15 minutes, and for other words, nothing is asked."""
    await room.studio.picture(await room.say(NIGHT))
    await room.studio.in_state("delivered")
    await room.studio.picture(await room.say("a poster that says make it night"))
    await room.studio.in_state("delivered", 2)
    await room.studio.rewrite("UPDATE jobs SET delivered_at = delivered_at - 900001")
    await room.studio.picture(await room.say(NIGHT))
    assert _prompts(room) == [(NIGHT, 0), ("a poster that says make it night", 0), (NIGHT, 0)]


# --- /edit and /mask that reply to nothing ------------------------------------------------------------------------


async def test_edit_takes_the_last_picture_after_a_yes(room: Room) -> None:
    """/edit with words that reply to nothing asks about the last picture; the ✅ or a typed yes changes it."""
    await _painted(room)
    for number, answer in enumerate(("press", "yes"), start=2):
        question = await room.studio.answer(await room.say(f"/edit {NIGHT}"), "Change your last picture?")
        if answer == "press":
            await _press(room, question, "question:yes")
        else:
            await room.say(answer)
        await room.studio.in_state("delivered", number)
        await until(lambda: not room.studio.rows("questions"))
    assert _prompts(room)[1:] == [(NIGHT, 1)] * 2


async def test_another_photo_gets_the_kept_words(room: Room) -> None:
    """A photo that follows instead of a ✅ is changed by the kept words."""
    await _painted(room)
    await room.studio.answer(await room.say(f"/edit {NIGHT}"), "Change your last picture?")
    await room.studio.picture(await room.say(files=[_file("red")]))
    assert _prompts(room)[1:] == [(NIGHT, 1)]
    assert [color_of(data) for data in room.studio.inputs()] == [RGB["red"]]


async def test_a_reply_gets_the_kept_words(room: Room) -> None:
    """A reply to an older picture that only points at it is changed by the kept words."""
    first = await _painted(room, "a hare")
    await _painted(room)
    await room.studio.answer(await room.say(f"/edit {NIGHT}"), "Change your last picture?")
    await room.studio.picture(await room.say("this one", reply_to=first["message_id"]))
    assert _prompts(room)[2:] == [(NIGHT, 1)]
    assert room.studio.inputs() == room.studio.outputs(0)


async def test_edit_without_a_last_picture(room: Room) -> None:
    """Without any picture, /edit says how to name one."""
    await room.studio.answer(await room.say(f"/edit {NIGHT}"), "Which picture?")
    assert not room.studio.rows("questions")


async def test_a_picture_that_is_gone_meanwhile(room: Room) -> None:
    """A ✅ on a picture that was deleted since is refused in words."""
    shown = await _painted(room)
    question = await room.studio.answer(await room.say(f"/edit {NIGHT}"), "Change your last picture?")
    await room.delete(shown)
    await _press(room, question, "question:yes")
    await room.studio.heard_everything()
    assert len(room.studio.rows("jobs")) == 1


async def test_mask_takes_the_last_picture_after_a_yes(room: Room) -> None:
    """/mask that replies to nothing asks about the last picture, and opens the painter for it."""
    await _painted(room)
    question = await room.studio.answer(await room.say("/mask a red door"), "a part of your last picture")
    await _press(room, question, "question:yes")
    door = await room.come(says("Paint over"), 0)
    assert "app" in str(room.buttons(door))
    assert room.studio.rows("drafts")[0]["words"] == "a red door"


async def test_mask_alone_explains_and_offers_the_last_picture(room: Room) -> None:
    """/mask without words explains the ways, with a button for the last picture; a photo may follow instead."""
    await room.studio.answer(await room.say("/mask"), "To change only a part")
    await _painted(room)
    ways = await room.studio.answer(await room.say("/mask"), "To change only a part")
    assert room.buttons(ways)[0]["text"] == "🖌 Your last picture"
    await _press(room, ways, "question:yes")
    door = await room.come(says("Paint over"), ways)
    await room.say("/mask")
    await room.say(files=[_file("red")])
    await room.come(says("Paint over"), door)
    assert len(room.studio.rows("drafts")) == 2


@IN_GROUP
async def test_in_a_group_nothing_is_guessed(room: Room) -> None:
    """In a group, /edit without a picture says how to name one."""
    await room.paint("a red fox")
    await room.studio.in_state("delivered")
    await room.studio.answer(await room.say(f"/edit {NIGHT}"), "Which picture?")


# --- photos one after the other -----------------------------------------------------------------------------------


async def test_photos_one_after_the_other(room: Room) -> None:
    """A photo that comes while the question is open joins it, and one question is left."""
    await room.say(files=[_file("red")])
    question = await room.studio.answer(await room.say(files=[_file("blue")]), "2 photos")
    await until(lambda: [one["message_id"] for one in room.studio.from_bot(ADA)] == [question["message_id"]])
    await room.come(shows("photo"), await room.say("put them together"))
    assert [color_of(data) for data in room.studio.inputs()] == [RGB["red"], RGB["blue"]]
    assert not room.studio.rows("questions")


@pytest.mark.parametrize("restarted", [False, True])
async def test_only_the_last_photo(room: Room, *, restarted: bool) -> None:
    """A button takes only the last photo."""
    await room.say(files=[_file("red")])
    question = await room.studio.answer(await room.say(files=[_file("blue")]), "2 photos")
    if restarted:
        await room.studio.heard_everything()
        await room.studio.restart()
    await _press(room, question, "question:last")
    await until(lambda: "What should I do with it" in words_of(room.now(question) or {}))
    await room.come(shows("photo"), await room.say(NIGHT))
    assert [color_of(data) for data in room.studio.inputs()] == [RGB["blue"]]


async def test_six_photos(one_model: None, room: Room) -> None:
    """Of six photos the first five are offered, as the image API takes no more."""
    for color in COLORS:
        asked = await room.say(files=[_file(color)])
    await room.studio.answer(asked, "first 5")
    await room.come(shows("photo"), await room.say("put them together"))
    assert len(room.studio.inputs()) == 5


async def test_another_order_between_two_photos(room: Room) -> None:
    """A photo after another order is asked about alone."""
    await room.say(files=[_file("red")])
    await room.studio.picture(await room.say("/imagine a hare"))
    await room.studio.answer(await room.say(files=[_file("blue")]), "What should I do with it")


@pytest.mark.parametrize("kind", ["http", "drop"])
async def test_a_question_that_telegram_did_not_take(room: Room, kind: str) -> None:
    """If a question about photos can't be sent at first, it comes later, the one about two photos as well."""
    for color, says_so in (("red", "What should I do with it"), ("blue", "2 photos")):
        room.studio.faults.add(Fault("telegram", "sendMessage", kind, 502))  # type: ignore[arg-type]
        question = await room.studio.answer(await room.say(files=[_file(color)]), says_so)
    await room.come(shows("photo"), await room.say("put them together", reply_to=question["message_id"]))
    assert len(room.studio.inputs()) == 2
