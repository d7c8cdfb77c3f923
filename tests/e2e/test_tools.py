"""/upscale and /cutout, as commands and as buttons: a picture larger, or without its background."""

import json
from typing import Any

import pytest
from PIL import Image

from tests.e2e.kit import EVERYWHERE, Message, Room, opened, picture, shows, until, words_of
from tests.e2e.test_buttons import forged

PHOTO = ("a.png", picture((300, 300)), False)


def _requests(room: Room) -> list[dict[str, Any]]:
    """Return the stored requests, the oldest first."""
    rows = room.studio.rows("jobs WHERE part_of IS NULL ORDER BY created_at, rowid")
    return [json.loads(row["request"]) for row in rows]


async def _ordered(room: Room, count: int = 1) -> dict[str, Any]:
    """Wait for the order of a tool, and return its request, which has one picture and no words."""
    await until(lambda: len(_requests(room)) == count)
    request = _requests(room)[-1]
    assert "prompt" not in request
    assert request["as_file"]
    assert len(request["pictures"]) == 1
    return request


@pytest.fixture
async def shown(room: Room) -> Message:
    """Return a message with one of the bot's pictures, whose buttons an earlier process made."""
    message = await room.paint("a fox")
    await room.studio.in_state("delivered")
    await room.studio.heard_everything()
    await room.studio.restart()
    return message


WAYS = [
    ("/upscale", "upscale", 2),
    ("/upscale 4", "upscale", 4),
    ("/UPSCALE x4 ", "upscale", 4),
    ("/upscale 2×", "upscale", 2),
    ("/cutout", "cutout", 1),
]


@EVERYWHERE
@pytest.mark.parametrize(("command", "model", "factor"), WAYS)
async def test_in_reply_to_a_picture(room: Room, command: str, model: str, factor: int) -> None:
    """A command in reply to one of the bot's pictures orders its work, as a continuation of that picture."""
    shown = await room.paint("a fox")
    await room.studio.in_state("delivered")
    await room.say(command, reply_to=shown["message_id"])
    request = await _ordered(room, 2)
    assert (request["model"], request.get("factor", 1)) == (model, factor)
    assert room.studio.rows("jobs ORDER BY rowid")[-1]["parent_id"] == room.studio.rows("jobs ORDER BY rowid")[0]["id"]


@EVERYWHERE
async def test_as_a_caption_and_in_reply_to_a_photo(room: Room) -> None:
    """A person's own photo does as well, whether the command is its caption or a reply to it."""
    photo = await room.say("/upscale 4", files=[PHOTO])
    assert (await _ordered(room))["model"] == "upscale"
    await room.say("/cutout", reply_to=photo["message_id"])
    assert (await _ordered(room, 2))["model"] == "cutout"


async def test_after_a_photo(room: Room) -> None:
    """In a private chat, a command is about the photo that the bot just asked about, which answers the question."""
    question = await room.studio.answer(await room.say(files=[PHOTO]))
    await room.say("/cutout")
    assert (await _ordered(room))["model"] == "cutout"
    await until(lambda: room.now(question) is None)
    assert not room.studio.rows("questions")


@EVERYWHERE
async def test_the_buttons_under_a_result(room: Room, shown: Message) -> None:
    """🔍 opens the sizes with their prices, a press orders one and brings the buttons back; ✂️ orders at once."""
    before = [button["text"] for button in room.buttons(shown)]
    assert {"🔍 Larger", "✂️ Cut out"} <= set(before)
    rows = (room.now(shown) or {})["reply_markup"]["inline_keyboard"]
    assert max(len(row) for row in rows) <= 3
    await room.press(shown, "larger")
    await until(lambda: "times:" in str(room.buttons(shown)))
    assert [button["text"] for button in room.buttons(shown)] == ["2× · 10", "4× · 20", "⬅ Back"]
    data = next(b["callback_data"] for b in room.buttons(shown) if b["callback_data"].endswith(":4"))
    await room.studio.world.press(room.chat_id, shown["message_id"], room.person, data)
    request = await _ordered(room, 2)
    assert (request["model"], request["factor"]) == ("upscale", 4)
    await until(lambda: [button["text"] for button in room.buttons(shown)] == before)
    await room.press(shown, "cutout")
    assert (await _ordered(room, 3))["model"] == "cutout"


@EVERYWHERE
async def test_the_buttons_under_a_question(room: Room) -> None:
    """The question about an own photo offers both; they answer it, and for other members they do nothing."""
    words = "" if not room.is_group else "/edit"
    question = await room.studio.answer(await room.say(words, files=[PHOTO]))
    await room.studio.heard_everything()
    await room.studio.restart()
    if room.is_group:
        stranger = room.stranger()
        answer = await forged(room, question["message_id"], stranger, "question:cutout")
        assert "answered already" in answer["text"]
    await _tap(room, question, "larger")
    await until(lambda: "question:times:2" in str(room.buttons(question)))
    await _tap(room, question, "plain")
    await until(lambda: "question:cutout" in str(room.buttons(question)))
    await _tap(room, question, "larger")
    await until(lambda: "question:times:2" in str(room.buttons(question)))
    await _tap(room, question, "times:2")
    request = await _ordered(room)
    assert (request["model"], request["factor"]) == ("upscale", 2)
    await until(lambda: room.now(question) is None)


async def _tap(room: Room, message: Message, name: str) -> dict[str, Any]:
    data = f"question:{name}"
    return await room.studio.world.press(room.chat_id, message["message_id"], room.person, data)


@EVERYWHERE
async def test_the_results(room: Room, shown: Message) -> None:
    """They are files that name the work, with the buttons that make sense; a change of one is a usual picture."""
    await room.say("/upscale", reply_to=shown["message_id"])
    larger = await room.come(shows("document"), shown)
    assert larger["caption"] == "🔍 2× larger"
    assert _opened(room, larger).width == 2 * opened(room.studio.outputs(0)[0]).width
    assert [[button["text"] for button in row] for row in _rows(room, larger)] == [
        ["✏️ Edit", "🖌 Mask", "🎨 Style"],
        ["✂️ Cut out"],
        ["↩ Before", "📄 Original"],
        ["🗑 Delete"],
    ]
    await room.press(larger, "cutout")
    cut = await room.come(shows("document"), larger)
    assert cut["caption"] == "✂️ Without its background"
    assert _opened(room, cut).mode == "RGBA"
    assert [button["text"] for button in _rows(room, cut)[1]] == ["🔍 Larger"]
    await room.press(cut, "styles")
    await until(lambda: "style:" in str(room.buttons(cut)))
    await room.press(cut, "style")
    styled = await room.come(shows("photo"), cut)
    assert "🔍" not in styled["caption"]
    assert (_requests(room)[-1]["model"], _requests(room)[-1].get("as_file")) == ("4o", None)


def _opened(room: Room, message: Message) -> Image.Image:
    """Decode the file of a message."""
    file = room.studio.world.files.get(message["document"]["file_id"])
    assert file
    return opened(file.data)


def _rows(room: Room, message: Message) -> list[list[dict[str, Any]]]:
    return list((room.now(message) or {})["reply_markup"]["inline_keyboard"])


@pytest.mark.parametrize(
    ("command", "says_"),
    [
        ("/upscale 3", "2, 4 times larger"),
        ("/upscale 0", "2, 4 times larger"),
        ("/upscale 4 ever", "2, 4 times larger"),
        ("/upscale ٤", "2, 4 times larger"),
        ("/upscale 👍🏽", "2, 4 times larger"),
        ("/cutout only the fox", "without any words"),
    ],
)
async def test_other_words_are_refused(room: Room, command: str, says_: str) -> None:
    """Numbers that no tool has, and words, cost nothing."""
    told = words_of(await room.studio.answer(await room.say(command, files=[PHOTO])))
    assert says_ in told
    assert "Nothing was charged" in told
    assert not _requests(room)


@EVERYWHERE
async def test_without_a_picture(room: Room) -> None:
    """A command about nothing is told how it is used."""
    for command in ("/upscale", "/cutout"):
        told = words_of(await room.studio.answer(await room.say(command)))
        assert f"Reply to one with {command}" in told
    text = await room.say("a text")
    told = words_of(await room.studio.answer(await room.say("/cutout", reply_to=text["message_id"])))
    assert "Which picture?" in told or room.is_group
    assert not [request for request in _requests(room) if request.get("model") != "4o"]


async def test_an_album(room: Room) -> None:
    """An album is one picture too many."""
    told = words_of(await room.studio.answer(await room.say("/cutout", files=[PHOTO] * 2)))
    assert "one picture at a time" in told
    assert not _requests(room)


async def test_tools_that_are_switched_off(room: Room, shown: Message) -> None:
    """Without a tool in MODELS its command says so, its old buttons do, too, and new keyboards lack it."""
    await room.press(shown, "larger")
    await until(lambda: "times:" in str(room.buttons(shown)))
    await room.studio.heard_everything()
    await room.studio.crash()
    await room.studio.start(models="4o,gpt")
    assert "can't make pictures larger" in (await room.press(shown, "times"))["text"]
    await room.press(shown, "menu")
    await until(lambda: "again:" in str(room.buttons(shown)))
    assert not {"🔍 Larger", "✂️ Cut out"} & {button["text"] for button in room.buttons(shown)}
    for command, told in (("/upscale", "can't make pictures larger"), ("/cutout", "can't cut pictures out")):
        assert told in words_of(await room.studio.answer(await room.say(command, files=[PHOTO])))
    question = await room.studio.answer(await room.say(files=[PHOTO]))
    assert "question:cutout" not in str(room.buttons(question))
    assert "question:part" in str(room.buttons(question))
    helping = words_of(await room.studio.answer(await room.say("/help")))
    assert "/upscale" not in helping
    assert len(_requests(room)) == 1


async def test_one_way_to_enlarge(room: Room, shown: Message) -> None:
    """A tool without numbers is offered without them."""
    await room.studio.crash()
    await room.studio.start(models="4o,crisp")
    await room.press(shown, "larger")
    await until(lambda: "times:" in str(room.buttons(shown)))
    assert [button["text"] for button in room.buttons(shown)] == ["🔍 Larger · 0.5", "⬅ Back"]
    await room.press(shown, "times")
    request = await _ordered(room, 2)
    assert request["model"] == "crisp"
    assert "factor" not in request
    told = words_of(await room.studio.answer(await room.say("/upscale 4", reply_to=shown["message_id"])))
    assert "in one way only" in told


async def test_too_little_left(room: Room, shown: Message) -> None:
    """A work that costs more than there is left is refused like a picture."""
    await room.studio.heard_everything()
    await room.studio.crash()
    await room.studio.start(daily_credits_per_person=12)
    told = words_of(await room.studio.answer(await room.say("/upscale", reply_to=shown["message_id"])))
    assert "left" in told
    assert len(_requests(room)) == 1
