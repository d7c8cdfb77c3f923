"""Credit limits: an order that doesn't fit is refused before it is stored, and undelivered pictures are refunded."""

import asyncio
import re
from dataclasses import replace
from typing import Any

import pytest

from sandbox.faults import Fault
from tests.e2e.kit import ADA, BEN, GROUP, PATIENT, Message, Room, Studio, picture, says, stencil, until, words_of
from tests.e2e.test_buttons import forged

DAY_MS = 86_400_000
PRICE = "4 of the 6 pictures you have left (24 of 40 credits)"
LEFT = "You have no pictures left."
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
    await room.studio.rewrite("UPDATE jobs SET created_at = created_at - ?", DAY_MS)


def _spent(room: Room) -> list[float]:
    return [job["spent"] / 100 for job in room.studio.rows("jobs ORDER BY created_at, rowid")]


# --- refused until the next day -----------------------------------------------------------------------------------


@everywhere(daily_credits_per_person=12)
async def test_a_persons_day(room: Room) -> None:
    """Above the day's credits, a person is refused in every chat with the price and the rest; others are served."""
    await room.paint("a fox")
    await room.paint("a hare")
    await _refused(room, "/imagine an owl", LEFT)
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
        await _refused(room, "/imagine an owl", "This chat has no pictures left.", person)
    await room.studio.picture(await room.studio.say("an owl", BEN))
    await _next_day(room)
    await room.paint("an owl", BEN)


@everywhere(daily_credits=12)
async def test_the_bots_day(room: Room) -> None:
    """The bot's daily credits are shared by everyone in every chat."""
    await room.studio.picture(await room.studio.say("a fox", room.studio.person()))
    await room.paint("a hare")
    await _refused(room, "/imagine an owl", "All of us together have no pictures left.")
    elsewhere = Room(room.studio, ADA, ADA)
    await _refused(elsewhere, "an owl", "All of us together have no pictures left.")
    await _next_day(room)
    await room.paint("an owl")


@everywhere(daily_credits_per_person=6)
async def test_when_it_helps_to_wait(room: Room) -> None:
    """A refusal says when new pictures come, or that no day has enough, and that nothing was charged."""
    await room.studio.answer(await room.say("/imagine foxes --n 4"), "That is more than a whole day has.")
    await room.paint("a fox")
    refusal = words_of(await room.studio.answer(await room.say("/imagine a hare"), LEFT))
    assert re.search(
        r"New ones come at 00:00 UTC \(in (12 hours|11 hours \d+ minutes)\)\. Nothing was charged\.", refusal
    )


@limited("private", daily_credits_per_person=0, credits_per_picture=0)
async def test_what_costs_nothing_fits_everywhere(room: Room) -> None:
    """If a picture costs nothing, no limit refuses it."""
    await room.paint("a fox")
    await room.studio.answer(await room.say("/imagine foxes --n 4"), "Painting")


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
    answer = await forged(room, failed["message_id"], room.person, f"again:{room.studio.rows('jobs')[0]['id']}:0")
    assert LEFT in answer["text"]


@PATIENT
@everywhere(daily_credits_per_person=6)
async def test_cancelled_in_time_costs_nothing(room: Room) -> None:
    """A waiting job reserves its credits, and canceling it before the submission refunds them."""
    room.studio.faults.add(Fault("image", "generate", "code", 455, times=None))
    placeholder = await room.studio.answer(await room.say("/imagine a fox"))
    await room.studio.refused_once()
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


def _labels(room: Room, message: Message) -> list[str]:
    return [button["text"] for button in room.buttons(message)]


@everywhere(daily_credits_per_person=40)
async def test_more_than_half_waits_for_a_yes(room: Room) -> None:
    """An order of more than half of the rest is asked about, also after a restart, and is painted after ✅."""
    asked, offer = await _offer(room)
    await room.studio.heard_everything()
    await room.studio.restart()
    assert _labels(room, offer) == ["✅ Make 4", "Just 1", "✖"]
    await room.paint("a hare")
    assert [order["prompt"] for order in room.studio.images.generated] == ["a hare"]
    await room.press(offer, "yes")
    await room.studio.in_state("delivered", 2)
    assert room.buttons(await room.studio.answer(asked, "foxes"))
    assert sorted(_spent(room)) == [6, 24]


@everywhere(daily_credits_per_person=40)
async def test_just_one(room: Room) -> None:
    """Just 1 paints one picture at once, charges one, and a second press or a late ✅ does nothing more."""
    _, offer = await _offer(room)
    one, yes = room.data(offer, "just:"), room.data(offer, "yes:")
    await room.studio.heard_everything()
    await room.studio.restart()
    room.studio.images.duration_s = 0.3
    answers = await asyncio.gather(room.press(offer, "just"), room.press(offer, "just"))
    assert sorted("from an older message" in answer["text"] for answer in answers) == [False, True]
    await room.studio.in_state("delivered")
    for data in (one, yes):
        assert "from an older message" in (await forged(room, offer["message_id"], room.person, data))["text"]
    assert [one.get("caption") for one in room.studio.from_bot(room.chat_id) if "photo" in one] == ["foxes"]
    assert [order.get("nVariants") for order in room.studio.images.generated] == [None]
    assert _spent(room) == [6]


@everywhere(daily_credits_per_person=100)
async def test_only_four_that_nobody_named_are_asked_about(room: Room) -> None:
    """With a limit, a default of four and 🎲 are asked about, and a typed number is not."""
    await room.studio.answer(await room.say("/imagine foxes --n 4"), "Painting")
    await room.studio.in_state("delivered")
    shown = await room.paint("a fox")
    await room.press(shown, "vary")
    offer = await room.come(says("4 of the 11 pictures you have left (24 of 70 credits)"), shown)
    await room.press(offer, "stop")
    alone = Room(room.studio, room.person, room.person)
    menu = await alone.studio.answer(await alone.say("/settings"))
    await alone.set_option(menu, "variants", "4")
    await room.studio.answer(await room.say("/imagine a hare"), "4 of the 11 pictures you have left")
    await room.studio.answer(await room.say("/imagine an owl --n 1"), "Painting")


@everywhere(daily_credits_per_person=18)
async def test_two_of_few(room: Room) -> None:
    """Two pictures are asked about if they are more than half of the rest."""
    offer = await room.studio.answer(await room.say("/imagine foxes --n 2"), "2 of the 3 pictures you have left")
    assert _labels(room, offer) == ["✅ Make 2", "Just 1", "✖"]
    assert not room.studio.images.generated


@pytest.mark.parametrize(
    ("room", "says_"),
    [
        (("group", {"daily_credits_per_chat": 24}), "4 of the 4 pictures this chat has left"),
        (("group", {"daily_credits_per_chat": 48, "daily_credits": 30}), "4 of the 5 pictures all of us together have"),
        (("private", {"confirm_above_credits": 23}), "🎟 4 pictures (24 credits)"),
    ],
    indirect=["room"],
    ids=["chat", "bot", "setting"],
)
async def test_the_limit_that_is_nearest(room: Room, says_: str) -> None:
    """A price names the limit with the least left; CONFIRM_ABOVE_CREDITS asks without any."""
    await room.studio.answer(await room.say("/imagine foxes --n 4"), says_)
    assert not room.studio.images.generated


@limited("private", daily_credits_per_person=12, confirm_above_credits=12)
async def test_the_setting_replaces_the_rule(room: Room) -> None:
    """With CONFIRM_ABOVE_CREDITS, an order that costs no more isn't asked about."""
    await room.studio.answer(await room.say("/imagine foxes --n 2"), "Painting")
    await room.studio.in_state("delivered")


# --- a smaller order ----------------------------------------------------------------------------------------------


@everywhere(daily_credits_per_person=18)
async def test_a_smaller_order_is_offered(room: Room) -> None:
    """If fewer pictures fit, the refusal offers them, also after a restart, and a double press is one order."""
    asked = await room.say("/imagine foxes --n 4")
    offer = await room.studio.answer(asked, "You have 3 pictures left, and this takes 4.")
    assert "Nothing was charged" in words_of(offer)
    assert _labels(room, offer) == ["✅ Make 2", "Just 1", "✖"]
    await room.studio.heard_everything()
    await room.studio.restart()
    answers = await asyncio.gather(room.press(offer, "yes"), room.press(offer, "yes"))
    assert sorted("from an older message" in answer["text"] for answer in answers) == [False, True]
    await room.studio.in_state("delivered")
    assert [order["nVariants"] for order in room.studio.images.generated] == [2]
    assert _spent(room) == [12]


@limited("group", daily_credits_per_person=18)
async def test_only_who_asked_takes_the_smaller_order(room: Room) -> None:
    """Neither a member nor an admin takes the smaller order of another person."""
    guest = room.studio.person()
    room.studio.world.join(GROUP, guest)
    offer = await room.studio.answer(await room.say("/imagine foxes --n 4"), "this takes 4")
    for person in (guest, ADA):
        for verb in ("yes", "just"):
            assert NOT_YOURS in (await room.press(offer, verb, person))["text"]
    assert not room.studio.images.generated


@everywhere(daily_credits_per_person=12)
async def test_variants_that_do_not_fit(room: Room) -> None:
    """🎲 beyond the limit offers what fits, once for a double press."""
    shown = await room.paint("a fox")
    await room.studio.in_state("delivered")
    await asyncio.gather(room.press(shown, "vary"), room.press(shown, "vary"))
    offer = await room.come(says("You have 1 picture left, and this takes 4."), shown)
    assert _labels(room, offer) == ["✅ Make 1", "✖"]
    await room.studio.heard_everything()
    assert len(room.studio.rows("jobs")) == 2
    await room.press(offer, "yes")
    await room.studio.in_state("delivered", 2)
    assert sorted(_spent(room)) == [6, 6]


@limited("private", daily_credits_per_person=18)
async def test_a_smaller_order_whose_message_was_lost(room: Room) -> None:
    """An offer that could not be sent comes later, with the same words."""
    room.studio.faults.add(Fault("telegram", "sendMessage", "drop"))
    room.studio.timing = replace(room.studio.timing, queue_shown_after_ms=0)
    asked = await room.say("/imagine foxes --n 4")
    await until(lambda: room.studio.rows("jobs"))
    await room.studio.restart()
    await room.studio.answer(asked, "You have 3 pictures left, and this takes 4.")


# --- yes and no ---------------------------------------------------------------------------------------------------


@everywhere(daily_credits_per_person=40)
async def test_a_yes_said_twice_is_one_order(room: Room) -> None:
    """Two presses on ✅ submit one job, and both are answered."""
    room.studio.images.duration_s = 0.3
    _, offer = await _offer(room)
    answers = await asyncio.gather(room.press(offer, "yes"), room.press(offer, "yes"))
    assert sorted("from an older message" in answer["text"] for answer in answers) == [False, True]
    await room.studio.in_state("delivered")
    assert len(room.studio.images.generated) == 1


@everywhere(daily_credits_per_person=40)
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


@limited("group", daily_credits_per_person=40)
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
        (("private", {}), "/imagine foxes --n 4"),
        (("group", {"daily_credits": 100}), "/imagine foxes --n 2"),
        (("private", {"credits_per_picture": 0}), "/imagine foxes --n 4"),
    ],
    indirect=["room"],
    ids=["no limit", "two of a few", "free"],
)
async def test_it_is_not_asked_needlessly(room: Room, words: str) -> None:
    """Without a limit, a small part of it, or for free, nothing needs a confirmation."""
    await room.studio.answer(await room.say(words), "Painting")
    await room.studio.in_state("delivered")
    assert len(room.studio.images.generated) == 1
