"""Pictures from users: single ones, albums, files, and pictures that a message replies to."""

import re

import pytest
from pillow_heif import register_heif_opener

from tests.e2e.kit import ADA, Studio, color_of, opened, picture, until

register_heif_opener()
COLORS = {"red": (255, 0, 0), "blue": (0, 0, 255), "white": (255,) * 3, "yellow": (255, 255, 0), "cyan": (0, 255, 255)}


@pytest.mark.parametrize(
    ("caption", "size"),
    [
        ("make it night", "2:3"),
        ("/edit make it night", "2:3"),
        ("/imagine make it night", "2:3"),
        ("make it night --size 1:1", "1:1"),
    ],
)
async def test_a_photo_with_words_is_an_edit(studio: Studio, caption: str, size: str) -> None:
    """A photo with a caption, with or without a command, is edited in its own proportions or the requested ones."""
    asked = await studio.say(caption, files=[("a.png", picture((40, 60), "red"), False)])
    await studio.picture(asked)
    assert studio.images.generated[0]["prompt"] == "make it night"
    assert studio.images.generated[0]["size"] == size
    assert [color_of(data) for data in studio.inputs()] == [COLORS["red"]]


FILES = {"a.jpg": "JPEG", "a.JPEG": "JPEG", "a.jfif": "JPEG", "a.png": "PNG", "a.webp": "WEBP", "a.heic": "HEIF"}


@pytest.mark.parametrize(("name", "form"), FILES.items())
async def test_an_image_file_is_taken_in_every_format(studio: Studio, name: str, form: str) -> None:
    """A picture file is edited, and converted if the image API doesn't accept its format."""
    asked = await studio.say("make it night", files=[(name, picture((60, 60), "red", form), True)])
    await studio.picture(asked)
    (sent,) = studio.inputs()
    assert color_of(sent) == COLORS["red"]
    assert opened(sent).format in {"JPEG", "PNG", "WEBP"}


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
async def test_six_pictures_are_refused_and_nothing_is_spent(one_model: None, studio: Studio, words: str) -> None:
    """An album that is too large is refused with the limit, and nothing is uploaded."""
    files = [(f"{number}.png", picture((10 + number, 10)), False) for number in range(6)]
    answer = await studio.answer(await studio.say(words, files=files))
    assert "6 pictures" in answer["text"]
    assert "at most 5" in answer["text"]
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


async def test_words_in_reply_to_words_are_a_new_picture(studio: Studio) -> None:
    """Text in reply to a message without a picture is a new order."""
    first = await studio.say("/help")
    await studio.picture(await studio.say("a red fox", reply_to=first["message_id"]))
    assert "filesUrl" not in studio.images.generated[0]


# --- what the image API gets ---------------------------------------------------------------------------------------


async def test_no_link_of_telegrams_and_no_token_reaches_the_service(studio: Studio) -> None:
    """Pictures reach the image API as uploads, and no request contains a token, a Telegram path or a file name."""
    files = [("secret-holiday.jpg", picture((50, 40), form="JPEG"), True), ("me.png", picture((40, 40)), True)]
    asked = await studio.say("combine them", files=files)
    await studio.picture(asked)
    sent = str([call.to_json() for call in studio.images.requests]) + str(studio.images.generated)
    names = " ".join(studio.images.files.uploads)
    telegram = [call["params"]["file_id"] for call in studio.world.log.of("getFile")]
    assert len(telegram) == 2
    for secret in (
        studio.sandbox.token,
        studio.sandbox.token.split(":")[0],
        "/file/bot",
        "holiday",
        "me.png",
        *telegram,
    ):
        assert secret not in sent
        assert secret not in names
    for body in studio.images.generated:
        assert all(url.startswith(f"{studio.sandbox.url}/uploads/") for url in body["filesUrl"])


async def test_every_upload_has_a_name_of_its_own(studio: Studio) -> None:
    """Uploads have unique names, because equal names would overwrite each other."""
    for person in (studio.person(), studio.person()):
        await studio.picture(await studio.say("night", person, files=[("a.png", picture((person - 1990, 20)), True)]))
    names = [re.sub(r"^[0-9a-f]{12}-", "", name) for name in studio.images.files.uploads]
    assert len(set(names)) == len(names) == 2
