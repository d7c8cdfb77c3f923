"""Credit limits: an order that doesn't fit is refused before it is stored, and undelivered pictures are refunded."""

import asyncio
import re
from typing import Any

import pytest

from sandbox.faults import Fault
from tests.e2e.kit import ADA, BEN, GROUP, Message, Room, Studio, picture, says, stencil, until, words_of

DAY_MS = 86_400_000
PRICE = "4 pictures cost 24 credits"
LEFT = "you have 0 left today"
NOT_YOURS = "Only the person who asked"


@pytest.fixture
async def room(idle: Studio, request: pytest.FixtureRequest) -> Room:
    """Return a chat whose bot runs with the test's limits."""
    kind, limits = request.param
    room = Room.of(idle, kind)
    await idle.start(**limits)
    return room


def limited(kind: str, **limits: Any) -> pytest.MarkDecorator:
    """Parametrize the chat and the limits."""
    return pytest.mark.parametrize("room", [(kind, limits)], indirect=True, ids=[kind])


def everywhere(**limits: Any) -> pytest.MarkDecorator:
    """Parametrize the limits, for the private chat and the group."""
    return pytest.mark.parametrize(
        "room", [("private", limits), ("group", limits)], indirect=True, ids=lambda at: at[0]
    )


async def _refused(room: Room, words: str, says_: str, person: int | None = None) -> None:
    """Check that an order is refused, stores nothing and spends nothing."""
    stored, sent = len(room.studio.rows("jobs")), len(room.studio.images.generated)
    refusal = await room.studio.answer(await room.say(words, person), says_)
    assert "reply_markup" not in refusal
    assert len(room.studio.rows("jobs")) == stored
    assert len(room.studio.images.generated) == sent


async def _next_day(room: Room) -> None:
    """Move all jobs to the previous day."""
    await until(lambda: not room.studio.rows("jobs WHERE state NOT IN ('delivered', 'cancelled')"))
    room.studio.rewrite("UPDATE jobs SET created_at = created_at - ?", DAY_MS)


def _spent(room: Room) -> list[int]:
    return [job["spent"] for job in room.studio.rows("jobs ORDER BY created_at, rowid")]


# --- refused until the next day -----------------------------------------------------------------------------------


@everywhere(daily_credits_per_person=12)
async def test_a_persons_day(room: Room) -> None:
    """Above the day's credits, a person is refused in every chat with the price and the rest; others are served."""
    await room.paint("a fox")
    await _refused(room, "/imagine foxes --n 2", "costs 12 credits, and you have 6 left today")
    await room.paint("a hare")
    await _refused(room, "/imagine an owl", "costs 6 credits, and you have 0 left today")
    elsewhere = Room(room.studio, room.person if room.is_group else GROUP, room.person)
    await _refused(elsewhere, "/imagine an owl", LEFT)
    await room.studio.picture(await room.studio.say("an owl", BEN if room.person == ADA else ADA))
    await _next_day(room)
    await room.paint("an owl")


@limited("group", daily_credits_per_chat=12)
async def test_a_chats_day(room: Room) -> None:
    """A group's daily credits are shared by its members, who can still order in private."""
    await room.paint("a fox", ADA)
    await room.paint("a hare", BEN)
    for person in (ADA, BEN):
        await _refused(room, "/imagine an owl", "this chat has 0 left today", person)
    await room.studio.picture(await room.studio.say("an owl", BEN))
    await _next_day(room)
    await room.paint("an owl", BEN)


@everywhere(daily_credits=12)
async def test_the_bots_day(room: Room) -> None:
    """The bot's daily credits are shared by everyone in every chat."""
    await room.studio.picture(await room.studio.say("a fox", room.studio.person()))
    await room.paint("a hare")
    await _refused(room, "/imagine an owl", "all of us together have 0 left today")
    elsewhere = Room(room.studio, ADA, ADA)
    await _refused(elsewhere, "an owl", "all of us together have 0 left today")
    await _next_day(room)
    await room.paint("an owl")


@everywhere(daily_credits_per_person=12)
async def test_when_it_helps_to_wait(room: Room) -> None:
    """A refusal says when credits come back, or that no day's credits are enough."""
    await room.paint("a fox")
    refusal = await room.studio.answer(await room.say("/imagine foxes --n 2"), "More come back in")
    assert re.search(r"back in (12 hours|11 hours \d+ minutes)\.", words_of(refusal))
    await room.studio.answer(await room.say("/imagine foxes --n 4"), "A whole day's credits are not enough")


@limited("private", daily_credits_per_person=0, credits_per_picture=0)
async def test_what_costs_nothing_fits_everywhere(room: Room) -> None:
    """If a picture costs nothing, no limit refuses it."""
    await room.paint("a fox")
    await room.studio.answer(await room.say("/imagine foxes --n 4"), "Got it")


# --- every way of ordering counts ---------------------------------------------------------------------------------


@everywhere(daily_credits_per_person=6)
async def test_buttons_count(room: Room) -> None:
    """Buttons are refused above the limit in an alert that only the user sees."""
    shown = await room.paint("a fox")
    await room.studio.in_state("delivered")
    for verb in ("again", "vary"):
        answer = await room.press(shown, verb)
        assert (LEFT in answer["text"], answer["show_alert"]) == (True, True)
    assert room.last == shown["message_id"]
    assert len(room.studio.rows("jobs")) == 1


@everywhere(daily_credits_per_person=0)
async def test_examples_count(room: Room) -> None:
    """An example is refused above the limit with a text."""
    offered = await room.studio.answer(await room.say("/imagine"), "for example")
    answer = await room.studio.world.press(room.chat_id, offered["message_id"], room.person, "example:0")
    assert LEFT in answer["text"]
    assert not room.studio.rows("jobs")


@limited("private", daily_credits_per_person=6)
async def test_masks_count(room: Room) -> None:
    """A masked edit costs as much as any order; above the limit, ✅ is refused, and the draft stays."""
    files = [("a.png", picture((90, 60)), False), ("mask.png", stencil(), False)]
    album = await room.say("/mask a red door", files=files)
    preview = await room.studio.picture(album)
    await room.paint("a fox")
    assert LEFT in (await room.press(preview, "go"))["text"]
    assert room.data(preview, "go:")
    assert len(room.studio.images.generated) == len(room.studio.rows("jobs")) == 1


# --- given back ---------------------------------------------------------------------------------------------------


@everywhere(daily_credits_per_person=6)
async def test_a_failure_costs_nothing(room: Room) -> None:
    """A failed job is refunded at once."""
    failed = await room.studio.answer(await room.say("/imagine something forbidden"), "content policy")
    await room.paint("a fox")
    assert _spent(room) == [0, 6]
    assert LEFT in (await room.press(failed, "again"))["text"]


@everywhere(daily_credits_per_person=6)
async def test_cancelled_in_time_costs_nothing(room: Room) -> None:
    """A waiting job reserves its credits, and canceling it before the submission refunds them."""
    room.studio.faults.add(Fault("image", "generate", "code", 455, times=None))
    placeholder = await room.studio.answer(await room.say("/imagine a fox"))
    await _refused(room, "/imagine a hare", LEFT)
    await room.press(placeholder, "stop")
    await until(lambda: room.studio.rows("jobs")[0]["state"] == "cancelled")
    room.studio.faults.clear()
    await room.paint("a hare")
    assert _spent(room) == [0, 6]


# --- prices that need a confirmation ------------------------------------------------------------------------------


async def _offer(room: Room, person: int | None = None) -> tuple[Message, Message]:
    """Order four pictures, and return the order and the message with the price."""
    asked = await room.say("/imagine foxes --n 4", person)
    return asked, await room.studio.answer(asked, PRICE)


@pytest.mark.parametrize(
    "room",
    [("private", {}), ("group", {}), ("private", {"daily_credits_per_person": 100})],
    indirect=True,
    ids=["private", "group", "counted"],
)
async def test_four_are_ordered_by_a_yes(room: Room) -> None:
    """Four pictures are ordered only after ✅, whatever the limits, even after a restart."""
    _, offer = await _offer(room)
    await room.studio.heard_everything()
    await room.studio.restart()
    assert [button["text"] for button in room.buttons(offer)] == ["✅ Paint", "✖ Cancel"]
    await room.paint("a hare")
    assert [order["prompt"] for order in room.studio.images.generated] == ["a hare"]
    await room.press(offer, "yes")
    await room.studio.in_state("delivered", 2)
    assert says("foxes")(room.now(offer) or {})
    assert sorted(_spent(room)) == [6, 24]


@everywhere(daily_credits_per_person=100)
async def test_a_yes_said_twice_is_one_order(room: Room) -> None:
    """Two presses on ✅ submit one job, and both are answered."""
    room.studio.images.duration_s = 0.3
    _, offer = await _offer(room)
    answers = await asyncio.gather(room.press(offer, "yes"), room.press(offer, "yes"))
    assert sorted("from an older message" in answer["text"] for answer in answers) == [False, True]
    await room.studio.in_state("delivered")
    assert len(room.studio.images.generated) == 1


@everywhere(daily_credits_per_person=24)
async def test_a_no_costs_nothing(room: Room) -> None:
    """A price that waits reserves nothing; ✖ ends it without cost, and a later ✅ does nothing."""
    asked, offer = await _offer(room)
    yes = room.data(offer, "yes:")
    await room.press(offer, "stop")
    await room.studio.answer(asked, "nothing was charged")
    entry = room.studio.world.chats[room.chat_id].entries[offer["message_id"]]
    entry.versions.append(offer)  # an app that hasn't received the change yet
    late = await room.studio.world.press(room.chat_id, offer["message_id"], room.person, yes)
    assert "from an older message" in late["text"]
    await room.paint("a hare")
    assert [order["prompt"] for order in room.studio.images.generated] == ["a hare"]


@limited("group", daily_credits_per_person=100)
async def test_only_who_asked_says_yes(room: Room) -> None:
    """Only the requester may confirm a price; a member can't cancel it, and an admin can't spend their credits."""
    guest = room.studio.person()
    room.studio.world.join(GROUP, guest)
    _, offer = await _offer(room)
    for verb in ("yes", "stop"):
        assert NOT_YOURS in (await room.press(offer, verb, guest))["text"]
    assert "Only the person who asked" in (await room.press(offer, "yes", ADA))["text"]
    assert room.now(offer) == offer
    assert not room.studio.images.generated
    await room.press(offer, "yes", BEN)
    await room.studio.in_state("delivered")


@pytest.mark.parametrize(
    ("room", "words"),
    [
        (("private", {}), "/imagine foxes --n 2"),
        (("group", {"daily_credits": 100}), "/imagine foxes --n 2"),
        (("private", {"credits_per_picture": 0}), "/imagine foxes --n 4"),
    ],
    indirect=["room"],
    ids=["two", "two of a few", "free"],
)
async def test_it_is_not_asked_needlessly(room: Room, words: str) -> None:
    """Two pictures, or free ones, need no confirmation."""
    await room.studio.answer(await room.say(words), "Got it")
    await room.studio.in_state("delivered")
    assert len(room.studio.images.generated) == 1
