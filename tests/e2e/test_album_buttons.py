"""Buttons below several pictures: each number opens its own picture, even if some pictures are missing."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.image_api.client import HttpImageApi
from core.errors import NotSent
from core.models.image_request import Picture
from core.models.timing import Timing
from tests.e2e.kit import EVERYWHERE, FAST, Message, Room, says, shows, until

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
        self: HttpImageApi, task_id: str, url: str, into: Path, usable: Callable[[Path], Awaitable[Picture]]
    ) -> Picture:
        links = room.studio.images.tasks[task_id].result_urls
        if len(links) > 1 and url == links[LOST if len(links) > 2 else 0]:
            raise NotSent("dead")
        return await real(self, task_id, url, into, usable)

    monkeypatch.setattr(HttpImageApi, "download", download)
    return room


async def _words(room: Room, words: str) -> Message:
    """Order several pictures, and return the message with the buttons to pick one."""
    await room.say(f"/imagine {words}")
    shown = await room.come(lambda message: "photo" not in message and "menu:" in str(message.get("reply_markup")), 0)
    await room.studio.in_state("delivered")
    await room.studio.heard_everything()
    return shown


async def _pick(room: Room, words: Message, number: str) -> None:
    """Press a number, and wait for the buttons of that picture."""
    (button,) = [button for button in room.buttons(words) if button["text"] == number]
    await room.studio.world.press(room.chat_id, words["message_id"], room.person, button["callback_data"])
    await until(lambda: [one for one in room.buttons(words) if "edit:" in str(one)])


async def _back(room: Room, words: Message) -> None:
    await room.press(words, "pick")
    await until(lambda: [one for one in room.buttons(words) if "menu:" in str(one)])


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
async def test_a_change_of_mind_which_picture_to_change(room: Room) -> None:
    """If ✏️ is pressed for the first picture and then for the second, the text changes the second."""
    words = await _words(room, "foxes --n 2")
    first, second = _numbers(room, words)
    await _pick(room, words, first)
    await room.press(words, "edit")
    question = await room.come(says("What should change"), words)
    await room.studio.heard_everything()
    await _back(room, words)
    await _pick(room, words, second)
    await room.press(words, "edit")
    other = await room.come(says("What should change"), question)
    await room.studio.heard_everything()
    await room.studio.picture(await room.say("make it night", reply_to=other["message_id"]))
    assert room.studio.inputs() == room.studio.outputs(0)[1:]
    assert room.studio.rows("jobs WHERE parent_id IS NOT NULL")[0]["parent_position"] == 1


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
    """If three of four pictures arrived, each of three numbers opens its own picture and leads back."""
    words = await _words(lossy, "foxes --n 4")
    numbers = _numbers(lossy, words)
    assert len(numbers) == 3
    outputs = lossy.studio.outputs(0)
    came = [output for position, output in enumerate(outputs) if position != LOST]
    for number, output in zip(numbers, came, strict=True):
        await _pick(lossy, words, number)
        assert await _file(lossy, words) == output
        await _back(lossy, words)
        assert _numbers(lossy, words) == numbers
