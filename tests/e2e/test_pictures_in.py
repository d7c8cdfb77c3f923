"""Pictures from users: single ones, albums, files, and pictures that a message replies to."""

import pytest
from PIL import Image

from tests.e2e.kit import ADA, BEN, GROUP, Studio, color_of, opened, picture, until

COLORS = {"red": (255, 0, 0), "blue": (0, 0, 255), "white": (255,) * 3, "yellow": (255, 255, 0), "cyan": (0, 255, 255)}


@pytest.mark.parametrize("caption", ["make it night", "/edit make it night", "/imagine make it night"])
async def test_a_photo_with_words_is_an_edit(studio: Studio, caption: str) -> None:
    """A photo with a caption, with or without a command, is edited in its own proportions."""
    asked = await studio.say(caption, files=[("a.png", picture((40, 60), "red"), False)])
    await studio.picture(asked)
    assert studio.images.generated[0]["prompt"] == "make it night"
    assert studio.images.generated[0]["size"] == "2:3"
    assert [color_of(data) for data in studio.inputs()] == [COLORS["red"]]


async def test_a_size_that_was_asked_for_wins(studio: Studio) -> None:
    """A size option wins over the picture's proportions."""
    asked = await studio.say("make it night --size 1:1", files=[("a.png", picture((40, 60)), False)])
    await studio.picture(asked)
    assert studio.images.generated[0]["size"] == "1:1"


FILES = {"a.jpg": "JPEG", "a.JPEG": "JPEG", "a.jfif": "JPEG", "a.png": "PNG", "a.webp": "WEBP", "a.heic": "HEIF"}


@pytest.mark.parametrize(("name", "form"), FILES.items())
async def test_an_image_file_is_taken_in_every_format(studio: Studio, name: str, form: str) -> None:
    """A picture file is edited, and converted if the image API doesn't accept its format."""
    asked = await studio.say("make it night", files=[(name, picture((60, 60), "red", form), True)])
    await studio.picture(asked)
    (sent,) = studio.inputs()
    assert color_of(sent) == COLORS["red"]
    assert opened(sent).format in {"JPEG", "PNG", "WEBP"}


async def test_a_picture_arrives_upright_and_without_metadata(studio: Studio) -> None:
    """The image API gets the picture upright and without metadata."""
    exif = Image.Exif()
    exif[0x0112] = 6  # rotated by 90 degrees
    exif[0x010F] = "Secret camera"
    asked = await studio.say("make it night", files=[("a.jpg", picture((90, 30), form="JPEG", exif=exif), True)])
    await studio.picture(asked)
    (sent,) = studio.inputs()
    assert opened(sent).size == (30, 90)
    assert b"Secret camera" not in sent
    assert not opened(sent).getexif()
    assert studio.images.generated[0]["size"] == "2:3"


async def test_a_still_sticker_is_a_picture(studio: Studio) -> None:
    """A static sticker leads to a question, because stickers have no caption, and is then edited."""
    sticker = await studio.world.say_sticker(ADA, ADA, picture((512, 512), "red", "WEBP"))
    await studio.answer(sticker, "What should I do")
    await studio.picture(await studio.say("put a hat on it"))
    assert [color_of(data) for data in studio.inputs()] == [COLORS["red"]]


@pytest.mark.parametrize(("count", "as_document"), [(2, False), (5, False), (2, True)])
async def test_an_album_is_one_order_with_its_pictures_in_order(studio: Studio, count: int, as_document: bool) -> None:
    """The pictures of an album make one order and keep their order."""
    names = list(COLORS)[:count]
    files = [(f"{name}.png", picture(color=name), as_document) for name in names]
    asked = await studio.say("combine them", files=files)
    await studio.picture(asked)
    assert [color_of(data) for data in studio.inputs()] == [COLORS[name] for name in names]
    assert len(studio.images.generated) == 1


async def test_an_album_without_words_is_asked_about(studio: Studio) -> None:
    """An album without a caption leads to one question, and the answer applies to all pictures."""
    files = [(f"{name}.png", picture(color=name), False) for name in ("red", "blue")]
    await studio.answer(await studio.say(files=files), "What should I do with them")
    await studio.picture(await studio.say("combine them"))
    assert [color_of(data) for data in studio.inputs()] == [COLORS["red"], COLORS["blue"]]


@pytest.mark.parametrize("words", ["combine them", ""])
async def test_six_pictures_are_refused_and_nothing_is_spent(studio: Studio, words: str) -> None:
    """An album that is too large is refused with the limit, and nothing is uploaded."""
    files = [(f"{number}.png", picture((10 + number, 10)), False) for number in range(6)]
    answer = await studio.answer(await studio.say(words, files=files))
    assert "6 pictures" in answer["text"]
    assert "5 at the most" in answer["text"]
    assert not studio.images.requests


async def test_a_photo_without_words_is_asked_about_also_across_a_restart(studio: Studio) -> None:
    """A question about a photo can be answered after a restart."""
    await studio.answer(await studio.say(files=[("a.png", picture(color="red"), False)]), "What should I do with it")
    await studio.restart()
    await studio.picture(await studio.say("make it night"))
    assert studio.images.generated[0]["prompt"] == "make it night"
    assert [color_of(data) for data in studio.inputs()] == [COLORS["red"]]


async def test_an_answered_question_is_closed(studio: Studio) -> None:
    """After a question is answered, the next text is a new order."""
    await studio.answer(await studio.say(files=[("a.png", picture(), False)]))
    await studio.answer(await studio.say("make it night"))
    await studio.say("a red fox")
    await until(lambda: len(studio.images.generated) == 2)
    # The upload may take longer than the next order, so their order varies.
    edits = {order["prompt"]: "filesUrl" in order for order in studio.images.generated}
    assert edits == {"make it night": True, "a red fox": False}


async def test_edit_in_reply_to_a_picture(studio: Studio) -> None:
    """`/edit` in reply to any picture edits that picture."""
    (photo,) = await studio.world.say(GROUP, BEN, files=[("a.png", picture(color="blue"), False)])
    (asked,) = await studio.world.say(GROUP, ADA, "/edit make it night", reply_to=photo["message_id"])
    await studio.picture(asked)
    assert [color_of(data) for data in studio.inputs()] == [COLORS["blue"]]


async def test_edit_without_a_picture_says_how(studio: Studio) -> None:
    """`/edit` without a picture explains how to name one and costs nothing."""
    assert "/edit" in (await studio.answer(await studio.say("/edit make it night")))["text"]
    assert not studio.images.generated


async def test_edit_without_words_asks_about_the_picture(studio: Studio) -> None:
    """`/edit` with a picture but without text asks for the change."""
    photo = await studio.say("/edit", files=[("a.png", picture(color="blue"), False)])
    await studio.answer(photo, "What should I do with it")
    await studio.picture(await studio.say("make it night"))
    assert [color_of(data) for data in studio.inputs()] == [COLORS["blue"]]


async def test_words_in_reply_to_a_picture_go_on_from_it(studio: Studio) -> None:
    """In a private chat, text in reply to any picture edits it, including the bot's own."""
    shown = await studio.picture(await studio.say("a red fox"))
    asked = await studio.say("make it night", reply_to=shown["message_id"])
    await studio.picture(asked)
    assert studio.images.generated[1]["prompt"] == "make it night"
    assert len(studio.inputs()) == 1


async def test_words_in_reply_to_words_are_a_new_picture(studio: Studio) -> None:
    """Text in reply to a message without a picture is a new order."""
    first = await studio.say("/help")
    await studio.picture(await studio.say("a red fox", reply_to=first["message_id"]))
    assert "filesUrl" not in studio.images.generated[0]


async def test_an_album_in_a_group_without_privacy_mode(studio: Studio) -> None:
    """Without privacy mode, an album with a command is used as a whole."""
    chat = studio.world.add_chat("group", "Open", [ADA, BEN], privacy=False)
    files = [(f"{name}.png", picture(color=name), False) for name in ("red", "blue")]
    asked = (await studio.world.say(chat.id, BEN, "/edit combine them", files=files))[0]
    await studio.picture(asked)
    assert [color_of(data) for data in studio.inputs()] == [COLORS["red"], COLORS["blue"]]


async def test_an_album_in_a_group_with_privacy_mode(studio: Studio) -> None:
    """With privacy mode, only the picture with the command is used."""
    files = [(f"{name}.png", picture(color=name), False) for name in ("red", "blue")]
    asked = (await studio.world.say(GROUP, BEN, "/edit make it night", files=files))[0]
    await studio.picture(asked)
    assert [color_of(data) for data in studio.inputs()] == [COLORS["red"]]
