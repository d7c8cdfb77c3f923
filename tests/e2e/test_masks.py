"""Masked edits: three ways to mark the area, a preview before anything is paid, and only that area changes."""

from collections.abc import Callable

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from tests.e2e.kit import (
    ADA,
    BEN,
    EVERYWHERE,
    IN_GROUP,
    Message,
    Mode,
    Room,
    Studio,
    encoded,
    opened,
    picture,
    says,
    shows,
    until,
)

SHALL_I = "Only the tinted area will change"
HERE = (90, 60, 190, 170)
SIDE = 256
WORDS = "a red door"


@pytest.fixture
async def room(request: pytest.FixtureRequest, idle: Studio) -> Room:
    """Return a private chat, and a group without privacy mode, so that the bot receives the whole album."""
    idle.world.privacy = False
    return await Room.opened(idle, getattr(request, "param", "private"))


# --- drawings -----------------------------------------------------------------------------------------------------


def _drawn(data: bytes, box: tuple[int, int, int, int] = HERE, form: str = "JPEG") -> bytes:
    """Return a picture with a thick red ring drawn on it, as Telegram's editor makes it."""
    image = opened(data).convert("RGB")
    ImageDraw.Draw(image).ellipse(box, outline=(235, 20, 30), width=8)
    return encoded(image, form)


def _stencil(size: tuple[int, int] = (SIDE, SIDE), box: tuple[int, int, int, int] | None = HERE) -> Image.Image:
    """Return a white image with a black box."""
    image = Image.new("L", size, 255)
    if box:
        ImageDraw.Draw(image).rectangle(box, fill=0)
    return image


def _clear(box: tuple[int, int, int, int]) -> bytes:
    """Return a picture with a transparent box."""
    image = Image.linear_gradient("L").convert("RGBA")
    image.paste((0, 0, 0, 0), box)
    return encoded(image)


# --- the bot's results --------------------------------------------------------------------------------------------


async def _scribble(room: Room, original: Message, data: bytes, words: str = WORDS) -> Message:
    """Send a drawing as a photo in reply to the original, with the change as its caption."""
    caption = f"/mask {words}" if room.is_group else words
    return await room.say(caption, files=[("drawn.jpg", data, False)], reply_to=original["message_id"])


async def _preview(room: Room, after: Message | int) -> Message:
    return await room.come(lambda message: "photo" in message and says(SHALL_I)(message), after)


async def _result(room: Room, preview: Message) -> Message:
    """Confirm the preview, and return the result."""
    await room.press(preview, "go")
    return await room.come(shows("photo"), preview)


def _mask(room: Room) -> Image.Image:
    """Return the mask of the last order as the image API received it."""
    return opened(room.studio.images.files.fetch(room.studio.images.generated[-1]["maskUrl"]))


def _only_there(room: Room) -> None:
    """Check that the last result differs from its source within the black area only."""
    (base,), (result,), mask = room.studio.inputs(), room.studio.outputs(), _mask(room).convert("L")
    before, after = opened(base).convert("RGB"), opened(result).convert("RGB")
    assert before.size == after.size == mask.size
    assert not any(mask.histogram()[1:255])
    changed = ImageChops.difference(before, after).convert("L").point(lambda level: 255 if level else 0)
    assert ImageChops.multiply(changed, mask).getbbox() is None
    assert changed.getbbox() is not None


def _overlap(mask: Image.Image, true: Image.Image) -> float:
    """Return intersection over union of two black areas."""
    one, other = ImageChops.invert(mask.convert("L")), ImageChops.invert(true)
    both, either = ImageChops.darker(one, other), ImageChops.lighter(one, other)
    return ImageStat.Stat(both).sum[0] / ImageStat.Stat(either).sum[0]


# --- the three ways -----------------------------------------------------------------------------------------------


@EVERYWHERE
async def test_scribble(room: Room) -> None:
    """A ring drawn on a picture means the enclosed area, and only that changes in the stored bytes."""
    original = await room.paint("a house")
    await room.studio.in_state("delivered")
    asked = await _scribble(room, original, _drawn(room.studio.outputs()[0]))
    preview = await _preview(room, asked)
    assert WORDS in preview["caption"]
    assert len(room.studio.images.generated) == 1
    await room.studio.heard_everything()
    await room.studio.restart()
    shown = await _result(room, preview)
    assert shown["caption"] == WORDS
    assert shown["reply_to_message"]["message_id"] == asked["message_id"]
    assert room.studio.inputs() == room.studio.outputs(0)
    _only_there(room)
    true = Image.new("L", (SIDE, SIDE), 255)
    ImageDraw.Draw(true).ellipse(HERE, fill=0)
    assert _overlap(_mask(room), true) >= 0.85
    jobs = room.studio.rows("jobs ORDER BY created_at")
    assert (jobs[1]["parent_id"], jobs[1]["parent_position"]) == (jobs[0]["id"], 0)


async def test_scribble_over_a_picture_never_seen(room: Room) -> None:
    """A drawing on a user's own photo works with Telegram's copy of it."""
    photo = encoded(Image.linear_gradient("L").convert("RGB"), "JPEG")
    original = await room.say(files=[("a.jpg", photo, False)])
    preview = await _preview(room, await _scribble(room, original, _drawn(photo)))
    await _result(room, preview)
    _only_there(room)


@EVERYWHERE
async def test_scribble_without_words(room: Room) -> None:
    """A drawing without a caption asks for the change, even across a restart."""
    original = await room.paint("a house")
    await room.studio.in_state("delivered")
    drawn = await _scribble(room, original, _drawn(room.studio.outputs()[0]), "")
    question = await room.studio.answer(drawn, "What should happen there")
    await room.studio.heard_everything()
    await room.studio.restart()
    words = await room.say(WORDS, reply_to=question["message_id"])
    preview = await _preview(room, words)
    await _result(room, preview)
    assert room.studio.images.generated[-1]["prompt"] == WORDS
    _only_there(room)
    assert not room.studio.rows("questions")


async def test_by_hand(room: Room) -> None:
    """An album of a picture and a mask of the same proportions changes the black area, scaled to the picture's size."""
    photo = encoded(Image.linear_gradient("L").convert("RGB"), "JPEG")
    mask = encoded(_stencil().resize((128, 128)), "JPEG")
    asked = await room.say(f"/mask {WORDS}", files=[("a.jpg", photo, False), ("b.jpg", mask, False)])
    await _result(room, await _preview(room, asked))
    _only_there(room)
    assert _overlap(_mask(room), _stencil()) >= 0.95


async def test_transparent(room: Room) -> None:
    """The transparent area of a PNG file changes."""
    asked = await room.say(f"/mask {WORDS}", files=[("a.png", _clear(HERE), True)])
    await _result(room, await _preview(room, asked))
    _only_there(room)
    assert _overlap(_mask(room), _stencil(box=(90, 60, 189, 169))) >= 0.99


# --- the preview --------------------------------------------------------------------------------------------------


@pytest.fixture
async def preview(room: Room) -> Message:
    """Return a preview that isn't confirmed."""
    asked = await room.say(f"/mask {WORDS}", files=[("a.png", _clear(HERE), True)])
    message = await _preview(room, asked)
    await room.studio.heard_everything()
    return message


async def test_the_preview_tints_the_area(room: Room, preview: Message) -> None:
    """The preview is the picture with only the area tinted."""
    file = room.studio.world.files.get(preview["photo"][-1]["file_id"])
    assert file
    tinted = opened(file.data).convert("RGB")
    within, outside = tinted.getpixel((140, 110)), tinted.getpixel((20, 110))
    assert isinstance(within, tuple)
    assert isinstance(outside, tuple)
    assert max(within) - min(within) > 60
    assert max(outside) - min(outside) < 30
    assert not room.studio.images.requests
    assert [row["state"] for row in room.studio.rows("jobs")] == []


async def test_cancel(room: Room, preview: Message) -> None:
    """✖ deletes the preview, and nothing is ordered or paid."""
    await room.press(preview, "leave")
    await until(lambda: room.now(preview) is None)
    assert not room.studio.rows("drafts")
    assert not room.studio.images.requests


@pytest.mark.parametrize("mode", [Mode.POLLING], ids=["no public address"])
async def test_redo_without_a_painter(room: Room, preview: Message) -> None:
    """Without a painter, ↺ explains how to mark the area again."""
    await room.press(preview, "redo")
    assert "/mask" in (await room.come(says("only a part"), preview))["text"]
    assert not room.studio.images.requests


async def test_an_old_preview(room: Room, preview: Message) -> None:
    """After a day, a preview says that it is too old and orders nothing."""
    await room.studio.rewrite("UPDATE drafts SET created_at = created_at - ?", 24 * 3_600_000)
    for verb in ("go", "leave"):
        answer = await room.press(preview, verb)
        assert "too old" in answer["text"]
        assert answer["show_alert"]
    assert not room.studio.rows("jobs")


@IN_GROUP
async def test_somebody_elses_preview(room: Room, preview: Message) -> None:
    """Only the preview's author can confirm it, but an admin of the group can drop it."""
    person = room.stranger()
    for verb in ("go", "leave"):
        assert "Only the person who made" in (await room.press(preview, verb, person))["text"]
    await room.studio.heard_everything()
    assert room.now(preview) == preview
    assert not room.studio.rows("jobs")
    assert "Only the person who made" in (await room.press(preview, "go", ADA))["text"]
    await room.press(preview, "leave", ADA)
    await room.studio.heard_everything()
    assert not room.studio.rows("jobs")


@EVERYWHERE
async def test_a_masked_picture_keeps_its_shape(room: Room) -> None:
    """A size preference doesn't apply to a masked edit."""
    menu = await room.studio.answer(await room.say("/settings", ADA))
    await room.set_option(menu, "size", "wide", ADA)
    await until(lambda: room.studio.rows("preferences"))
    asked = await room.say(f"/mask {WORDS}", files=[("a.png", _clear(HERE), True)])
    await room.press(await _preview(room, asked), "go")
    await until(lambda: room.studio.images.generated)
    assert room.studio.images.generated[0]["size"] == "1:1"


async def test_a_masked_picture_is_gone_on_from(room: Room, preview: Message) -> None:
    """🎲 on a masked edit's result doesn't use the mask, and 🔁 does."""
    shown = await _result(room, preview)
    await room.studio.in_state("delivered")
    await room.press(shown, "vary")
    await until(lambda: len(room.studio.images.generated) == 2)
    assert "maskUrl" not in room.studio.images.generated[1]
    assert room.studio.inputs(1) == room.studio.outputs(0)
    await room.press(shown, "again")
    await until(lambda: len(room.studio.images.generated) == 3)
    assert room.studio.inputs(2) == room.studio.inputs(0)
    assert room.studio.images.generated[2]["maskUrl"] == room.studio.images.generated[0]["maskUrl"]


# --- refusals -----------------------------------------------------------------------------------------------------


SCRIBBLES: list[tuple[Callable[[bytes], bytes], str]] = [
    (lambda data: encoded(opened(data).convert("RGB"), "JPEG"), "Nothing is marked"),
    (lambda data: _drawn(data, (100, 100, 104, 104)), "too small"),
    (lambda _: encoded(Image.effect_noise((SIDE, SIDE), 90).convert("RGB")), "same picture"),
    (lambda data: _drawn(encoded(opened(data).crop((0, 0, 256, 128)))), "same picture"),
]


async def test_scribbles_that_say_nothing(room: Room) -> None:
    """A drawing that is missing, too small or on another picture is refused with the reason."""
    grey = encoded(Image.linear_gradient("L").convert("RGB").resize((SIDE, SIDE)))
    room.studio.images.draw = lambda _: grey
    original = await room.paint("a house")
    await room.studio.in_state("delivered")
    for make, words in SCRIBBLES:
        asked = await _scribble(room, original, make(room.studio.outputs()[0]))
        await room.studio.answer(asked, words)
    assert len(room.studio.images.generated) == 1
    assert not room.studio.leftovers()


@EVERYWHERE
async def test_a_refused_scribble_is_not_asked_about_for_ever(room: Room) -> None:
    """After a drawing was refused, its question is closed, and the next text is a new order."""
    original = await room.paint("a house")
    await room.studio.in_state("delivered")
    drawn = await _scribble(room, original, picture((200, 200), "red"), "")
    question = await room.studio.answer(drawn, "What should happen there")
    await room.studio.answer(await room.say(WORDS, reply_to=question["message_id"]), "whole picture is marked")
    await room.studio.heard_everything()
    assert not room.studio.rows("questions")
    await room.studio.picture(await room.say("/imagine a fox" if room.is_group else "a fox"))
    assert room.studio.images.generated[-1]["prompt"] == "a fox"
    assert "filesUrl" not in room.studio.images.generated[-1]


PHOTO = ("a.png", picture((60, 40)), True)
FILES: list[tuple[list[tuple[str, bytes, bool]], str]] = [
    ([PHOTO, ("b.png", picture((50, 40)), True), ("c.png", picture((40, 40)), True)], "exactly one"),
    ([PHOTO, ("b.png", encoded(_stencil((40, 60), (5, 5, 20, 20))), True)], "different shapes"),
    ([PHOTO, ("b.png", picture((60, 40), "red"), True)], "isn't a mask"),
    ([PHOTO, ("b.png", picture((60, 40), "white"), True)], "Nothing is marked"),
    ([PHOTO, ("b.png", picture((60, 40), "black"), True)], "whole picture is marked"),
    ([PHOTO, ("b.png", b"no picture", True)], "couldn't use that picture"),
    ([PHOTO], "Nothing in that picture is transparent"),
    ([("a.png", _clear((0, 0, SIDE, SIDE)), True)], "whole picture is marked"),
]


async def test_files_that_are_no_mask(room: Room) -> None:
    """Files that aren't a mask are refused with the reason, and leave nothing behind."""
    asked = [(await room.say(f"/mask {WORDS}", files=files), words) for files, words in FILES]
    for message, words in asked:
        await room.studio.answer(message, words)
    await room.studio.heard_everything()
    assert not room.studio.images.requests
    assert not room.studio.leftovers()
    assert len(room.studio.from_bot(room.chat_id)) == len(FILES)


@EVERYWHERE
async def test_a_mask_without_words(room: Room) -> None:
    """A mask without text is told that it needs some."""
    files = [("a.png", _clear(HERE), True), ("b.png", encoded(_stencil()), True)]
    for asked in (await room.say("/mask", files=files[:1]), await room.say("/mask", files=files)):
        await room.studio.answer(asked, "say also what should happen there")
    assert not room.studio.images.requests


async def test_mask_without_a_picture(room: Room) -> None:
    """`/mask` alone explains the ways to mark an area."""
    told = await room.studio.answer(await room.say("/mask a red door"))
    assert "transparent" in told["text"]
    assert "album" in told["text"]


@IN_GROUP
async def test_an_album_the_bot_hears_half_of(room: Room) -> None:
    """With privacy mode, the bot doesn't receive an album's mask, and explains the ways."""
    room.studio.world.privacy = True
    files = [("a.png", picture(), False), ("b.png", encoded(_stencil()), False)]
    asked = await room.say(f"/mask {WORDS}", BEN, files=files)
    assert "transparent" in (await room.studio.answer(asked))["text"]
    assert not room.studio.images.requests
