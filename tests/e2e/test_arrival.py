"""A finished picture makes a sound and stands at the bottom of its chat, exactly once, whenever the process ends."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from bot.telegram.messenger import TelegramMessenger
from bot.telegram.rate_limiter import TelegramRateLimiter
from core.errors import NotConnected
from core.services.arrival import Arrival
from sandbox.faults import Fault
from storage.jobs import SqlJobs
from tests.e2e.kit import ADA, EVERYWHERE, FAST, GROUP, IN_GROUP, Message, Room, Studio, says, until, words_of
from tests.e2e.test_group_rules import rule

FOR_EVER = 30.0
LATE = pytest.mark.parametrize("timing", [replace(FAST, quick_ms=0)])
"""Every outcome counts as late."""
READY, SEE_BELOW = "🖼 Ready", "👇 See below."


def _texts(studio: Studio, words: str = "") -> list[Any]:
    """Return the calls that sent a text with these words."""
    return [call for call in studio.world.log.of("sendMessage") if words in str(call["params"]["text"])]


def _silent(call: Any) -> bool:
    return "disable_notification" in call["params"]


def _pictures(studio: Studio, chat_id: int = ADA) -> list[Message]:
    return [message for message in studio.from_bot(chat_id) if "photo" in message]


async def _came_anew(room: Room, asked: Message, placeholder: Message) -> Message:
    """Check that the picture came in a message below the placeholder, which is gone then; return it."""
    shown = await room.studio.picture(asked)
    assert shown["message_id"] > placeholder["message_id"]
    await room.studio.in_state("delivered")
    await until(lambda: room.now(placeholder) is None)
    assert len(_pictures(room.studio, room.chat_id)) == 1
    await until(lambda: not room.studio.rows("jobs WHERE outdated_id IS NOT NULL"))
    return shown


# --- where a picture comes ----------------------------------------------------------------------------------------


@EVERYWHERE
async def test_quick_and_nothing_newer(room: Room) -> None:
    """A quick picture takes the place of its placeholder, which made no sound."""
    asked = await room.say("/imagine a fox")
    placeholder = await room.studio.answer(asked)
    shown = await room.studio.picture(asked)
    assert shown["message_id"] == placeholder["message_id"]
    assert [_silent(call) for call in _texts(room.studio)] == [True]
    assert not room.studio.world.log.of("deleteMessage")


@EVERYWHERE
async def test_progress_on_its_way(room: Room) -> None:
    """Progress that is on its way when the picture comes doesn't follow it."""
    room.studio.faults.add(Fault("telegram", "editMessageText", "delay", 0.5))
    asked = await room.say("/imagine a fox")
    await room.studio.picture(asked)
    await room.studio.in_state("delivered")
    await until(lambda: all(call["answer"] for call in room.studio.world.log.of("editMessageText")))
    await room.paint("a hare")
    assert [words_of(shown) for shown in room.studio.from_bot(room.chat_id)] == ["a fox", "a hare"]


@EVERYWHERE
@LATE
async def test_late(room: Room) -> None:
    """A late picture comes as a new message with a sound: a short text that becomes the picture."""
    asked = await room.say("/imagine a fox")
    placeholder = await room.studio.answer(asked)
    shown = await _came_anew(room, asked, placeholder)
    assert shown["reply_to_message"]["message_id"] == asked["message_id"]
    versions = room.studio.world.history(room.chat_id, shown["message_id"])
    assert [words_of(version) for version in versions] == [READY, "a fox"]
    assert [_silent(call) for call in _texts(room.studio, READY)] == [False]
    assert len(room.buttons(shown)) > 3


@EVERYWHERE
async def test_something_newer(room: Room) -> None:
    """A picture comes as a new message if the bot received or sent one since the placeholder."""
    room.studio.images.duration_s = 1.0
    asked = await room.say("/imagine a fox")
    placeholder = await room.studio.answer(asked)
    await room.studio.answer(await room.say("/me"))
    assert await _came_anew(room, asked, placeholder)


@IN_GROUP
async def test_something_newer_in_another_topic(room: Room) -> None:
    """A message in another topic isn't below the placeholder."""
    room.studio.images.duration_s = 1.0
    asked = await room.say("/imagine a fox", thread_id=2)
    placeholder = await room.studio.answer(asked)
    await room.studio.answer(await room.say("/me"))
    assert (await room.studio.picture(asked))["message_id"] == placeholder["message_id"]


async def test_ten_seconds(room: Room) -> None:
    """The time counts from the placeholder."""
    room.studio.images.duration_s = 1.0
    asked = await room.say("/imagine a fox")
    placeholder = await room.studio.answer(asked)
    await until(lambda: room.studio.rows("jobs WHERE placed_at IS NOT NULL"))
    await room.studio.rewrite("UPDATE jobs SET placed_at = placed_at - 10000")
    await _came_anew(room, asked, placeholder)


async def test_a_placeholder_of_the_version_before(room: Room) -> None:
    """A placeholder without a recorded time counts as late."""
    room.studio.images.duration_s = 1.0
    asked = await room.say("/imagine a fox")
    placeholder = await room.studio.answer(asked)
    await room.studio.in_state("generating")
    await room.studio.rewrite("UPDATE jobs SET placed_at = NULL")
    await _came_anew(room, asked, placeholder)


@IN_GROUP
@LATE
async def test_in_quiet_mode(room: Room) -> None:
    """In quiet mode, a short text comes with a sound and becomes the picture."""
    await rule(room, "quiet", "on")
    asked = await room.say("/imagine a fox")
    shown = await room.studio.picture(asked)
    assert words_of(room.studio.world.history(GROUP, shown["message_id"])[0]) == READY
    assert not _silent(_texts(room.studio, READY)[0])
    await room.studio.in_state("delivered")
    assert not room.studio.world.log.of("deleteMessage")
    assert not room.studio.world.reactions(GROUP)


@IN_GROUP
@LATE
async def test_in_a_crowded_group(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a crowded group, the picture comes as one message, and the placeholder goes."""
    room.studio.images.duration_s = 1.0
    asked = await room.say("/imagine a fox")
    placeholder = await room.studio.answer(asked)
    monkeypatch.setattr(TelegramRateLimiter, "crowded", lambda *_: True)
    await _came_anew(room, asked, placeholder)
    assert not _texts(room.studio, READY)


@IN_GROUP
@LATE
async def test_in_a_crowded_group_without_an_answer(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """If Telegram doesn't say whether the one message arrived, the placeholder becomes the picture, however often."""
    room.studio.images.duration_s = 1.0
    room.studio.faults.add(Fault("telegram", "sendPhoto", "drop"))
    room.studio.faults.add(Fault("telegram", "editMessageMedia", "drop_after", times=2))
    asked = await room.say("/imagine a fox")
    placeholder = await room.studio.answer(asked)
    monkeypatch.setattr(TelegramRateLimiter, "crowded", lambda *_: True)
    assert (await room.studio.picture(asked))["message_id"] == placeholder["message_id"]
    await room.studio.in_state("delivered")
    assert len(room.studio.world.log.of("sendPhoto")) == 1


@IN_GROUP
@LATE
async def test_where_text_is_forbidden_meanwhile(room: Room) -> None:
    """Where no text is permitted, the picture comes as one message, and the placeholder goes."""
    room.studio.images.duration_s = 1.0
    asked = await room.say("/imagine a fox")
    placeholder = await room.studio.answer(asked)
    room.studio.world.chats[GROUP].forbidden = {"text"}
    await _came_anew(room, asked, placeholder)


@EVERYWHERE
async def test_an_album(room: Room) -> None:
    """The words and buttons of an album come below it without a second sound, and the placeholder goes."""
    asked = await room.say("/imagine a fox --n 2")
    placeholder = await room.studio.answer(asked)
    words = await room.come(says("a fox"), placeholder)
    pictures = _pictures(room.studio, room.chat_id)
    assert len(pictures) == 2
    assert words["message_id"] > max(picture["message_id"] for picture in pictures) > placeholder["message_id"]
    assert [_silent(call) for call in _texts(room.studio, "a fox")] == [True]
    assert not any(map(_silent, room.studio.world.log.of("sendMediaGroup")))
    assert room.buttons(words)
    await until(lambda: room.now(placeholder) is None)


@EVERYWHERE
@LATE
async def test_a_failure(room: Room) -> None:
    """A failure comes like a picture."""
    asked = await room.say("/imagine something forbidden")
    placeholder = await room.studio.answer(asked)
    told = await room.come(says("content policy"), placeholder)
    assert not _silent(_texts(room.studio, "content policy")[0])
    assert told["reply_to_message"]["message_id"] == asked["message_id"]
    assert room.buttons(told)
    await until(lambda: room.now(placeholder) is None)
    assert len(room.studio.from_bot(room.chat_id)) == 1


async def test_a_quick_failure(room: Room) -> None:
    """A quick failure takes the place of its placeholder."""
    asked = await room.say("/imagine something forbidden")
    placeholder = await room.studio.answer(asked)
    told = await room.studio.answer(asked, "content policy")
    assert told["message_id"] == placeholder["message_id"]


@LATE
async def test_uncertain_and_then_the_picture(room: Room) -> None:
    """The notice that a picture may not come comes like a picture; the picture then comes below and replaces it."""
    room.studio.images.duration_s = 1.0
    room.studio.faults.add(Fault("image", "generate", "drop_after"))
    asked = await room.say("/imagine a fox")
    placeholder = await room.studio.answer(asked)
    notice = await room.come(says("no confirmation"), placeholder)
    assert not _silent(_texts(room.studio, "no confirmation")[0])
    await until(lambda: room.now(placeholder) is None)
    await _came_anew(room, asked, notice)
    assert len(room.studio.from_bot(room.chat_id)) == 1


async def test_a_price_sounds_at_once(room: Room) -> None:
    """The question whether a price is fine makes a sound; what follows in its place is as old as the question."""
    await room.studio.crash()
    await room.studio.start(daily_credits_per_person=40)
    await room.studio.answer(await room.say("/imagine a fox --n 4"), "4 of the 6 pictures")
    assert not _silent(_texts(room.studio, "4 of the 6")[0])


async def test_refused_in_every_form(room: Room) -> None:
    """If Telegram refuses the picture, the words about that stand at the bottom, and nothing is left over."""
    room.studio.timing = replace(FAST, quick_ms=0)
    await room.studio.restart()
    room.studio.world.chats[ADA].forbidden = {"photos", "documents"}
    asked = await room.say("/imagine a fox")
    placeholder = await room.studio.answer(asked)
    await room.come(says("doesn't let me send pictures"), placeholder)
    await until(lambda: len(room.studio.from_bot(ADA)) == 1)


# --- the process ends, an answer is lost, or a person deletes -----------------------------------------------------


def _hang(monkeypatch: pytest.MonkeyPatch, method: str, *, after: bool) -> asyncio.Event:
    """Let a method of the jobs hang, before or after its commit; the event tells that it does."""
    commit: Callable[..., Awaitable[object]] = getattr(SqlJobs, method)
    reached = asyncio.Event()

    async def hang(*values: Any) -> object:
        if after:
            await commit(*values)
        reached.set()
        return await asyncio.Event().wait()

    monkeypatch.setattr(SqlJobs, method, hang)
    return reached


STRAYS = {("arrived", False): 1}
"""The one step after which a text is left over: it was sent, and its id wasn't recorded."""


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("method", ["try_arrival", "arrived", "delivered", "tidied"])
@LATE
async def test_the_process_ends_at_a_commit(
    room: Room, monkeypatch: pytest.MonkeyPatch, method: str, after: bool
) -> None:
    """Whichever commit is the last one of a process, the next one shows the picture once and leaves nothing over."""
    with monkeypatch.context() as patch:
        reached = _hang(patch, method, after=after)
        asked = await room.say("/imagine a fox")
        await reached.wait()
        await room.studio.crash()
    await room.studio.start()
    await room.studio.picture(asked)
    await room.studio.in_state("delivered")
    await until(lambda: not room.studio.rows("jobs WHERE outdated_id IS NOT NULL"))
    assert len(_pictures(room.studio)) == 1
    strays = [message for message in room.studio.from_bot(ADA) if "photo" not in message]
    assert [words_of(message) for message in strays] == [READY] * STRAYS.get((method, after), 0)


@pytest.mark.parametrize("kind", ["delay", "drop_after"])
@pytest.mark.parametrize("method", ["editMessageMedia", "deleteMessage"])
@LATE
async def test_the_process_ends_during_a_call(room: Room, method: str, kind: str) -> None:
    """Whichever call is the last one of a process, the next one shows the picture once and leaves nothing over."""
    fault = Fault("telegram", method, kind, FOR_EVER, times=None)  # type: ignore[arg-type]
    room.studio.faults.add(fault)
    asked = await room.say("/imagine a fox")
    await until(lambda: room.studio.world.log.of(method))
    await room.studio.crash()
    room.studio.faults.clear()
    await room.studio.start()
    await room.studio.picture(asked)
    await room.studio.in_state("delivered")
    await until(lambda: not room.studio.rows("jobs WHERE outdated_id IS NOT NULL"))
    assert len(room.studio.from_bot(ADA)) == 1
    assert len(_texts(room.studio, READY)) == 1


@pytest.mark.parametrize("kind", ["drop", "drop_after", "http", "cut"])
@pytest.mark.usefixtures("hurried")
@LATE
async def test_a_call_breaks_off(idle: Studio, kind: str) -> None:
    """If calls break off, they are repeated with the same message: one Ready, one picture, and nothing left over."""
    room = await Room.opened(idle, "private")
    for method in ("editMessageMedia", "deleteMessage"):
        room.studio.faults.add(Fault("telegram", method, kind, times=2))  # type: ignore[arg-type]
    asked = await room.say("/imagine a fox")
    placeholder = await room.studio.answer(asked)
    await _came_anew(room, asked, placeholder)
    assert len(room.studio.from_bot(ADA)) == 1
    assert len(_texts(room.studio, READY)) == 1


@LATE
async def test_answers_to_ready_are_lost(room: Room) -> None:
    """While Telegram doesn't say whether Ready arrived, a chat gets no more than three of them."""
    room.studio.images.duration_s = 1.0
    asked = await room.say("/imagine a fox")
    placeholder = await room.studio.answer(asked)
    room.studio.faults.add(Fault("telegram", "sendMessage", "drop_after", times=None))
    assert (await room.studio.picture(asked))["message_id"] == placeholder["message_id"]
    await room.studio.in_state("delivered")
    assert len(_texts(room.studio, READY)) == 3
    assert len(_pictures(room.studio)) == 1


@LATE
async def test_ready_without_a_number(room: Room) -> None:
    """If Telegram doesn't tell the number of the text, the picture comes as a message of its own, once."""
    room.studio.images.duration_s = 1.0
    asked = await room.say("/imagine a fox")
    placeholder = await room.studio.answer(asked)
    room.studio.faults.add(Fault("telegram", "sendMessage", "odd", '"no message"'))
    await _came_anew(room, asked, placeholder)
    assert len(_texts(room.studio, READY)) == 1


@LATE
async def test_ready_is_surely_not_sent(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries that surely sent nothing don't count, so the picture still comes as a new message."""
    room.studio.images.duration_s = 1.0
    asked = await room.say("/imagine a fox")
    placeholder = await room.studio.answer(asked)
    send, failures = TelegramMessenger.send_text, iter(range(5))

    async def fail(self: TelegramMessenger, *given: Any, **more: Any) -> int:
        if next(failures, None) is not None:
            raise NotConnected("no route")
        return await send(self, *given, **more)

    monkeypatch.setattr(TelegramMessenger, "send_text", fail)
    await _came_anew(room, asked, placeholder)


@LATE
async def test_a_person_deletes_ready(room: Room) -> None:
    """If a person deletes the text before it becomes the picture, another one is sent."""
    room.studio.faults.add(Fault("telegram", "editMessageMedia", "delay", 0.5))
    asked = await room.say("/imagine a fox")
    placeholder = await room.studio.answer(asked)
    ready = await room.come(says(READY), placeholder)
    room.studio.world.erase(ADA, ready["message_id"])
    shown = await _came_anew(room, asked, placeholder)
    assert shown["message_id"] > ready["message_id"]
    assert len(room.studio.from_bot(ADA)) == 1


@LATE
async def test_a_person_deletes_the_placeholder(room: Room) -> None:
    """A placeholder that is gone already needs no removal."""
    room.studio.images.duration_s = 1.0
    asked = await room.say("/imagine a fox")
    placeholder = await room.studio.answer(asked)
    room.studio.world.erase(ADA, placeholder["message_id"])
    await _came_anew(room, asked, placeholder)


@IN_GROUP
@LATE
async def test_after_two_days(room: Room) -> None:
    """A placeholder that Telegram doesn't let the bot delete becomes one line without a button."""
    room.studio.images.duration_s = 1.0
    asked = await room.say("/imagine a fox")
    placeholder = await room.studio.answer(asked)
    room.studio.world.age(GROUP, placeholder["message_id"], 50)
    await room.studio.picture(asked)
    await until(lambda: says(SEE_BELOW)(room.now(placeholder) or {}))
    assert not room.buttons(placeholder)
    await until(lambda: not room.studio.rows("jobs WHERE outdated_id IS NOT NULL"))


async def _nothing(_self: object) -> None:
    """Take the place of regular work that would be in time only sometimes."""


async def _sent_beside(studio: Studio, words: str) -> int:
    """Send a message as another process of the bot; return its id."""
    url = f"{studio.sandbox.url}/bot{studio.sandbox.token}/sendMessage"
    async with aiohttp.ClientSession() as session, session.post(url, json={"chat_id": ADA, "text": words}) as answer:
        return int((await answer.json())["result"]["message_id"])


async def test_a_placeholder_of_a_process_that_took_over(room: Room) -> None:
    """A message that was sent for an order which has a placeholder of another process by then is removed."""
    held = Fault("telegram", "sendMessage", "hold")
    room.studio.faults.add(held)
    tasks = room.studio.hold_tasks()
    asked = await room.say("/imagine a fox")
    await until(lambda: _texts(room.studio))
    await room.studio.rewrite("UPDATE jobs SET placeholder_id = ?", await _sent_beside(room.studio, "🕓 Got it."))
    held.release()
    await until(lambda: room.studio.world.log.of("deleteMessage"))
    tasks.release()
    shown = await room.studio.picture(asked)
    await until(lambda: [message["message_id"] for message in room.studio.from_bot(ADA)] == [shown["message_id"]])


@LATE
async def test_a_second_outdated_placeholder(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that couldn't be removed yet, as its process lost the chat, is removed before another is outdated."""
    monkeypatch.setattr(Arrival, "tidy_all", _nothing)
    tasks = room.studio.hold_tasks()
    asked = await room.say("/imagine a fox")
    await room.studio.answer(asked)
    await room.studio.rewrite("UPDATE jobs SET outdated_id = ?", await _sent_beside(room.studio, "🕓 Got it."))
    tasks.release()
    shown = await room.studio.picture(asked)
    await until(lambda: [message["message_id"] for message in room.studio.from_bot(ADA)] == [shown["message_id"]])
