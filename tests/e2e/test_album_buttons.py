"""Buttons below several pictures: each number opens its own picture, even if some pictures are missing."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.image_api.client import HttpImageApi
from core.errors import NotSent
from core.models.image_request import Picture
from core.models.job import Task
from core.models.media import Incoming
from core.models.timing import Timing
from tests.e2e.kit import EVERYWHERE, FAST, Message, Room, shows, until
from tests.e2e.test_buttons import forged

LOST = 1
"""The position of the picture that can't be downloaded."""


@pytest.fixture
def timing() -> Timing:
    """Let the bot try only once to fetch a result."""
    return replace(FAST, result_attempts=1)


@pytest.fixture
def lossy(room: Room, monkeypatch: pytest.MonkeyPatch) -> Room:
    """Make the download of one picture of each order fail."""
    real = HttpImageApi.download

    async def download(
        self: HttpImageApi, task: Task, url: str, into: Path, usable: Callable[[Incoming], Awaitable[Picture]]
    ) -> Picture:
        links = room.studio.images.tasks[task.id].result_urls
        if len(links) > 1 and url == links[LOST if len(links) > 2 else 0]:
            raise NotSent("dead")
        return await real(self, task, url, into, usable)

    monkeypatch.setattr(HttpImageApi, "download", download)
    return room


async def _words(room: Room, words: str) -> Message:
    """Order several pictures, and return the message with the buttons to pick one."""
    await room.say(f"/imagine {words}")
    shown = await room.come(lambda message: "photo" not in message and "show:" in str(message.get("reply_markup")), 0)
    await room.studio.in_state("delivered")
    await room.studio.heard_everything()
    return shown


async def _pick(room: Room, words: Message, number: str) -> Message:
    """Press a number, and return the message with that picture alone."""
    last = room.last
    (button,) = [button for button in room.buttons(words) if button["text"] == number]
    await room.studio.world.press(room.chat_id, words["message_id"], room.person, button["callback_data"])
    return await room.come(shows("photo"), last)


async def _file(room: Room, message: Message) -> bytes:
    """Press 📄, and return the file."""
    last = room.last
    await room.press(message, "file")
    document = await room.come(shows("document"), last)
    kept = room.studio.world.files.get(document["document"]["file_id"])
    assert kept
    return kept.data


def _numbers(room: Room, words: Message) -> list[str]:
    return [button["text"] for button in room.buttons(words)]


@EVERYWHERE
async def test_each_number_sends_its_picture(room: Room) -> None:
    """The numbers stand below the album; each sends its picture alone with its own buttons, once for a double tap."""
    words = await _words(room, "foxes --n 2")
    assert "Which one? 1–2, left to right" in words["text"]
    assert max(one["message_id"] for one in room.studio.from_bot(room.chat_id)) == words["message_id"]
    first, second = _numbers(room, words)
    await room.studio.restart()
    for number, output in ((first, 0), (second, 1)):
        alone = await _pick(room, words, number)
        assert await _file(room, alone) == room.studio.outputs(0)[output]
    await room.edit("make it night", alone)
    assert room.studio.inputs() == room.studio.outputs(0)[1:]
    assert room.studio.rows("jobs WHERE parent_id IS NOT NULL")[0]["parent_position"] == 1


async def test_a_double_tap_sends_one(room: Room) -> None:
    """Two presses of a number within a moment send its picture once."""
    words = await _words(room, "foxes --n 2")
    data = room.buttons(words)[0]["callback_data"]
    for _ in range(2):
        await room.studio.world.press(room.chat_id, words["message_id"], room.person, data)
    await room.studio.heard_everything()
    assert len([one for one in room.studio.from_bot(room.chat_id) if "photo" in one]) == 3


async def test_the_buttons_of_an_older_album(room: Room) -> None:
    """The numbers that 0.1 wrote still open the picture's buttons in place, and lead back to all numbers."""
    words = await _words(room, "foxes --n 2")
    job = room.studio.rows("jobs")[0]["id"]
    await forged(room, words["message_id"], room.person, f"menu:{job}:1")
    await until(lambda: "edit:" in str(room.buttons(words)))
    assert [button["text"] for button in room.buttons(words)].count("🔢 All pictures") == 1
    assert not [button for button in room.buttons(words) if "Back" in button["text"]]
    await room.press(words, "pick")
    await until(lambda: "show:" in str(room.buttons(words)))


async def test_the_one_that_came_of_two(lossy: Room) -> None:
    """If only the second of two pictures arrived, it is shown alone, and every button below it applies to it."""
    shown = await lossy.paint("foxes --n 2")
    assert "1 picture of the 2" in shown["caption"]
    await lossy.studio.in_state("delivered")
    await lossy.studio.restart()
    came = lossy.studio.outputs(0)[1]
    assert await _file(lossy, shown) == came
    await lossy.press(shown, "sizes")
    await until(lambda: len(lossy.buttons(shown)) == 4)
    await lossy.press(shown, "menu")
    await until(lambda: len(lossy.buttons(shown)) > 4)
    await lossy.press(shown, "again")
    await lossy.studio.in_state("delivered", 2)
    night = await lossy.edit("make it night", shown)
    assert lossy.studio.inputs() == [came]
    await lossy.studio.in_state("delivered", 3)
    await lossy.press(night, "back")
    await lossy.come(lambda message: message.get("photo") == shown["photo"], night)
    await lossy.delete(shown)


async def test_the_three_that_came_of_four(lossy: Room) -> None:
    """If three of four pictures arrived, three numbers count them from left to right."""
    words = await _words(lossy, "foxes --n 4")
    assert "1–3, left to right" in words["text"]
    outputs = lossy.studio.outputs(0)
    came = [output for position, output in enumerate(outputs) if position != LOST]
    for number, output in zip(_numbers(lossy, words), came, strict=True):
        assert await _file(lossy, await _pick(lossy, words, number)) == output


async def test_numbers_of_what_is_left(room: Room) -> None:
    """A deleted picture goes from the numbers, with its copies; the words go with the last one."""
    words = await _words(room, "foxes --n 2")
    for left in (1, 0):
        alone = await _pick(room, words, _numbers(room, words)[0])
        await room.delete(alone)
        await until(lambda left=left: len(room.buttons(words)) == left)  # type: ignore[misc]
        assert len([one for one in room.studio.from_bot(room.chat_id) if "photo" in one]) == left
    await until(lambda: room.now(words) is None)
