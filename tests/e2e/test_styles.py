"""The buttons under a question about own photos, styles under results, and shapes for the next picture."""

import pytest

from core.models.styles import STYLES
from tests.e2e.kit import EVERYWHERE, IN_GROUP, Message, Room, Studio, color_of, picture, says, shows, until
from tests.e2e.test_buttons import forged

FILE = ("a.png", picture(color="red"), False)
OWN = ["🖌 Change a part", "🎨 Style ▸", "🔍 Larger", "✂️ Cut out", "✖ Cancel"]


@pytest.fixture
async def room(request: pytest.FixtureRequest, idle: Studio) -> Room:
    """Return a private chat, and a group."""
    return await Room.opened(idle, getattr(request, "param", "private"))


async def _question(room: Room) -> Message:
    return await room.studio.answer(await room.say("/edit" if room.is_group else "", files=[FILE]), "What should I do")


async def _press(room: Room, message: Message, data: str, person: int | None = None) -> str:
    answer = await room.studio.world.press(room.chat_id, message["message_id"], person or room.person, data)
    return str(answer.get("text"))


def _labels(room: Room, message: Message) -> list[str]:
    return [button["text"] for button in room.buttons(message)]


@EVERYWHERE
@pytest.mark.parametrize("restarted", [False, True])
async def test_a_style_for_an_own_photo(room: Room, *, restarted: bool) -> None:
    """🎨 under the question opens the styles; a tap orders one, and the question goes."""
    question = await _question(room)
    assert _labels(room, question) == OWN
    if restarted:
        await room.studio.heard_everything()
        await room.studio.restart()
    await _press(room, question, "question:styles")
    await until(lambda: len(room.buttons(question)) == len(STYLES) + 1)
    await _press(room, question, "question:style:water")
    await room.studio.in_state("delivered")
    await until(lambda: room.now(question) is None)
    (order,) = room.studio.images.generated
    assert order["prompt"] == STYLES["water"].words
    assert [color_of(data) for data in room.studio.inputs()] == [(255, 0, 0)]


async def test_the_styles_lead_back(room: Room) -> None:
    """⬅ shows the question's own buttons again, and words still answer it."""
    question = await _question(room)
    await _press(room, question, "question:styles")
    await until(lambda: len(room.buttons(question)) > 3)
    await _press(room, question, "question:plain")
    await until(lambda: _labels(room, question) == OWN)
    await room.come(shows("photo"), await room.say("make it night"))
    assert room.studio.images.generated[0]["prompt"] == "make it night"


async def test_a_part_of_an_own_photo(room: Room) -> None:
    """🖌 under the question opens the painter for the photo."""
    question = await _question(room)
    await _press(room, question, "question:part")
    door = await room.come(says("Paint over"), question)
    assert "web_app" in str(room.buttons(door))
    await until(lambda: room.now(question) is None)


@EVERYWHERE
async def test_a_style_for_a_result(room: Room) -> None:
    """🎨 under a result opens the styles, and one makes an edit of that picture, once for a double tap."""
    shown = await room.paint("a fox")
    await room.studio.in_state("delivered")
    await room.press(shown, "styles")
    await until(lambda: len(room.buttons(shown)) == len(STYLES) + 1)
    data = room.data(shown, "style:")
    for _ in range(2):
        await forged(room, shown["message_id"], room.person, data)
    await room.studio.in_state("delivered", 2)
    await room.studio.heard_everything()
    assert [order["prompt"] for order in room.studio.images.generated] == ["a fox", next(iter(STYLES.values())).words]
    assert room.studio.inputs() == room.studio.outputs(0)


async def test_every_style_has_a_name_that_fits() -> None:
    """A style's name fits into callback data, and its title is short."""
    assert 8 <= len(STYLES) <= 12
    assert all(name.isascii() and name.isalpha() and name.islower() and len(name) <= 8 for name in STYLES)
    assert all(len(style.title.source) <= 16 for style in STYLES.values())


@EVERYWHERE
async def test_a_shape_for_what_comes_next(room: Room) -> None:
    """A shape under an empty /imagine asks what to paint in it."""
    offer = await room.studio.answer(await room.say("/imagine"), "Tell me what to paint")
    await _press(room, offer, "shape:wide")
    question = await room.come(says("What should I paint"), offer)
    await room.say("a fox", reply_to=question["message_id"])
    await room.studio.in_state("delivered")
    (order,) = room.studio.images.generated
    assert (order["prompt"], order["size"]) == ("a fox", "3:2")


@IN_GROUP
async def test_the_question_of_another(room: Room) -> None:
    """The buttons under a question are for the person who was asked."""
    question = await _question(room)
    assert "answered already" in await _press(room, question, "question:styles", room.stranger())
    assert _labels(room, question) == OWN
