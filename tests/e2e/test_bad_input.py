"""Unusual prompts and files get a clear answer, cost nothing, and don't stop the bot."""

import struct
import zlib
from typing import Any

import pytest

from tests.e2e.kit import ADA, Studio, picture, words_of

PROMPTS = {
    "emoji": "🦊❄️🌲👨‍👩‍👧‍👦" * 20,
    "right to left": "ثعلب أحمر في الثلج, שועל אדום בשלג",
    "html": "<b>a fox</b> & <script>alert(1)</script> <tg-emoji>",
    "unclosed html": "a fox <b <i>> &amp; &lt;",
    "markdown": "*a* _fox_ [in](http://example.org) `the` ```snow``` ~~x~~ ||y||",
    "braces": "a {fox} in {0} {bar!r} %s %(x)s",
    "lines": "a fox\n\nin the snow\n\t- at night",
    "control characters": "a fox\u200b\u202e in\u0000 the \ufeffsnow".replace("\u0000", ""),
}


@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS.keys())
async def test_every_script_goes_through_unchanged(studio: Studio, prompt: str) -> None:
    """Every prompt reaches the image API and the caption unchanged."""
    shown = await studio.picture(await studio.say(f"/imagine {prompt}"))
    assert studio.images.generated[0]["prompt"] == prompt
    assert shown["caption"] == prompt


@pytest.mark.parametrize("words", ["/imagine " + "a fox " * 1_667, "fox " * 2_500, "fox " + "🦊" * 9_999])
async def test_a_prompt_of_10000_characters_is_refused_with_the_limit(studio: Studio, words: str) -> None:
    """A prompt of 10,000 characters is refused with the limit, and nothing is spent."""
    asked = studio.world.say_raw(ADA, ADA, {"text": words, **_marked(words)})
    answer = await studio.answer(asked)
    assert "10,00" in answer["text"] or "9,99" in answer["text"]
    assert "4,000" in answer["text"]
    assert not studio.images.requests


def _marked(words: str) -> dict[str, Any]:
    command = {"type": "bot_command", "offset": 0, "length": 8}
    return {"entities": [command]} if words.startswith("/") else {}


@pytest.mark.parametrize("words", [" ", "\n\n", "/imagine \n ", "—n 2", "--"])
async def test_empty_words_get_an_answer(studio: Studio, words: str) -> None:
    """An empty prompt is answered and costs nothing."""
    asked = studio.world.say_raw(ADA, ADA, {"text": words, **_marked(words)})
    await studio.answer(asked)
    if words != "--":
        assert not studio.images.generated


def _bomb() -> bytes:
    """Return a small PNG that claims 1,600 million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(40_000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


PHOTO = picture((600, 400), form="JPEG")
FILES = [
    ("fake.png", b"this is no picture at all", "couldn't use that picture"),
    ("empty.jpg", b"\xff", "couldn't use that picture"),
    ("page.webp", b"<!DOCTYPE html><html></html>", "couldn't use that picture"),
    ("cut.jpg", PHOTO[: len(PHOTO) // 2], "couldn't use that picture"),
    ("cut.png", picture((600, 400))[:300], "couldn't use that picture"),
    ("bomb.png", _bomb(), "too large"),
    ("large.png", bytes(21 * 1024 * 1024), "too large"),
    ("notes.txt", b"dear diary", "JPG, PNG, WEBP, HEIC, GIF or BMP"),
    ("film.mp4", b"\x00\x00\x00\x18ftypmp42", "still pictures"),
    ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "still pictures"),
]


@pytest.mark.parametrize(("name", "data", "words"), FILES, ids=[name for name, _, _ in FILES])
async def test_a_file_that_is_no_use_is_told(studio: Studio, name: str, data: bytes, words: str) -> None:
    """A file that isn't a picture, or is broken or too large, is answered with the reason, and nothing is ordered."""
    asked = await studio.say("make it night", files=[(name, data, True)])
    await studio.answer(asked, words)
    assert len(studio.from_bot(ADA)) == 1
    assert studio.asked_of_api("generate") == 0
    assert not studio.leftovers()


async def test_one_bad_picture_of_an_album_is_told(studio: Studio) -> None:
    """An album with a broken file is answered, and nothing is ordered."""
    files = [("a.png", picture(), True), ("b.png", b"no picture", True)]
    await studio.answer(await studio.say("combine them", files=files), "couldn't use that picture")
    assert studio.asked_of_api("generate") == 0


FILE = {"file_id": "x", "file_unique_id": "y", "file_size": 10}
MOVING: dict[str, dict[str, Any]] = {
    "video": {"video": FILE | {"width": 9, "height": 9, "duration": 3}, "caption": "make it night"},
    "video note": {"video_note": FILE | {"length": 9, "duration": 3}},
    "voice": {"voice": FILE | {"duration": 3}},
    "audio": {"audio": FILE | {"duration": 3}},
    "animation": {
        "animation": FILE | {"width": 9, "height": 9, "duration": 3},
        "document": FILE | {"mime_type": "video/mp4", "file_name": "a.gif"},
    },
    "location": {"location": {"latitude": 1.0, "longitude": 2.0}},
    "contact": {"contact": {"phone_number": "1", "first_name": "Ben"}},
    "dice": {"dice": {"emoji": "🎲", "value": 3}},
}


@pytest.mark.parametrize("content", MOVING.values(), ids=MOVING.keys())
async def test_what_is_neither_words_nor_picture_is_answered(studio: Studio, content: dict[str, Any]) -> None:
    """Videos, voice messages and other content are answered with a list of usable content."""
    answer = await studio.answer(studio.world.say_raw(ADA, ADA, content))
    assert "pictures" in words_of(answer)
    assert not studio.images.requests


@pytest.mark.parametrize("kind", ["animated", "video"])
async def test_a_moving_sticker_is_refused(studio: Studio, kind: str) -> None:
    """Animated and video stickers get their own refusal."""
    sticker = await studio.world.say_sticker(ADA, ADA, b"moving", animated=kind == "animated", video=kind == "video")
    await studio.answer(sticker, "moves")
    assert not studio.images.requests


async def test_edit_in_reply_to_a_video_is_answered(studio: Studio) -> None:
    """`/edit` in reply to a video says that only still pictures work."""
    film = studio.world.say_raw(ADA, ADA, MOVING["video"] | {"caption": ""})
    await studio.answer(film)
    asked = await studio.say("/edit make it night", reply_to=film["message_id"])
    await studio.answer(asked, "still pictures")
    assert not studio.images.requests


async def test_the_rest_of_a_cut_prompt_is_not_ordered(studio: Studio) -> None:
    """If Telegram's app cuts a very long prompt into several messages, the last piece isn't ordered alone."""
    person = studio.person()
    for piece in ("/imagine " + "a" * 4080, "b" * 4090, "and this is the rest"):
        await studio.say(piece, person)
    await studio.world.wait_for(person, lambda message: "rest of the prompt" in message.get("text", ""))
    await studio.say("a small house", person)
    await studio.world.wait_for(person, lambda message: message.get("caption") == "a small house")
    assert [body["prompt"] for body in studio.sandbox.images.generated] == ["a small house"]
