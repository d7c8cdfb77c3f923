"""/me: the pictures left today, and when new ones come."""

import re
from typing import Any

import pytest

from sandbox.faults import Fault
from tests.e2e.kit import ADA, BEN, GROUP, PATIENT, Room, Studio, words_of
from tests.e2e.test_group_rules import rule

DAY_MS = 86_400_000


@pytest.fixture
async def opened(idle: Studio, request: pytest.FixtureRequest) -> Room:
    """Return Ada's private chat with a bot that has the test's limits."""
    room = Room.of(idle, "private")
    await idle.start(**getattr(request, "param", {}))
    return room


def limits(**given: Any) -> pytest.MarkDecorator:
    """Parametrize the limits."""
    return pytest.mark.parametrize("opened", [given], indirect=True, ids=["limited"])


async def _me(room: Room, chat_id: int = ADA, person: int = ADA) -> str:
    return words_of(await room.studio.answer(await Room(room.studio, chat_id, person).say("/me")))


async def test_without_limits(opened: Room) -> None:
    """Without limits, /me says so in private and in a group."""
    for chat_id in (ADA, GROUP):
        assert "as much as you like" in await _me(opened, chat_id)


@limits(daily_credits_per_person=30)
async def test_in_private_it_is_ones_own(opened: Room) -> None:
    """In private, /me shows the person's pictures and when new ones come, and no credits."""
    await opened.paint("a fox")
    said = await _me(opened)
    assert re.fullmatch(r"🎟 4 pictures left\.\nNew ones at 00:00 UTC \(in (12 hours|11 hours \d+ minutes)\)\.", said)
    assert "5 pictures left" in await _me(opened, BEN, BEN)


@PATIENT
@limits(daily_credits_per_person=30)
async def test_what_is_under_way_is_set_aside(opened: Room) -> None:
    """The credits of a job in progress are shown as set aside, and return if it is canceled."""
    opened.studio.faults.add(Fault("image", "generate", "code", 455, times=None))
    await opened.studio.answer(await opened.say("/imagine a fox --n 2"))
    await opened.studio.refused_once()
    said = await _me(opened)
    assert "3 pictures left" in said
    assert "2 more are set aside" in said
    await opened.say("/cancel")
    await opened.studio.heard_everything()
    said = await _me(opened)
    assert "5 pictures left" in said
    assert "set aside" not in said


@limits(daily_credits_per_person=60, admins=[ADA])
async def test_what_was_given_on_top(opened: Room) -> None:
    """Granted credits are included and shown separately."""
    await opened.studio.answer(await opened.say(f"/grant {BEN} 15"), "15 extra credits")
    said = await _me(opened, BEN, BEN)
    assert said.startswith("🎟 12 pictures left: 10 today + 2 bonus.")


@limits(daily_credits_per_person=30, daily_credits_per_chat=60)
async def test_in_a_group_it_is_the_chats(opened: Room) -> None:
    """In a group, /me shows the chat's credits to any member, and no person's own."""
    group = Room(opened.studio, GROUP, BEN)
    await group.paint("a fox", ADA)
    said = await _me(opened, GROUP, BEN)
    assert said.startswith("🎟 This chat has 9 pictures left.")
    assert "4 pictures left" in await _me(opened)


@limits(daily_credits_per_person=30)
async def test_in_a_group_without_a_limit(opened: Room) -> None:
    """In a group without a limit, /me doesn't show anyone's own credits."""
    said = await _me(opened, GROUP, BEN)
    assert "5" not in said
    assert "in private: /me" in said


@limits(access="invite", daily_credits=100)
async def test_who_may_not_order(opened: Room) -> None:
    """A user who isn't admitted isn't told that they can order."""
    assert "for invited people" in await _me(opened, BEN, BEN)


@pytest.mark.parametrize(
    "opened", [{"daily_credits_per_person": 60, "daily_credits": 12}, {"daily_credits": 12}], indirect=True
)
async def test_what_all_have_left_together(opened: Room) -> None:
    """If the bot's total is lowest, or the only limit, /me shows that."""
    await opened.paint("a fox")
    for chat_id, person in ((ADA, ADA), (GROUP, BEN)):
        said = await _me(opened, chat_id, person)
        assert said.startswith("🎟 All of us together have 1 picture left.")


async def test_what_the_chats_admins_gave(opened: Room) -> None:
    """A limit set by the group's admins is shown."""
    await rule(Room(opened.studio, GROUP, BEN), "daily", "120")
    assert "This chat has 20 pictures left" in await _me(opened, GROUP, BEN)


@limits(daily_credits_per_person=6, credits_per_picture=6)
async def test_used_up_and_back_the_next_day(opened: Room) -> None:
    """If nothing is left, /me says so, and the next day everything is back."""
    await opened.paint("a fox")
    await opened.studio.in_state("delivered")
    said = await _me(opened)
    assert "0 pictures left" in said
    await opened.studio.rewrite("UPDATE jobs SET created_at = created_at - ?", DAY_MS)
    assert "1 picture left" in await _me(opened)


@limits(daily_credits_per_person=6, credits_per_picture=0)
async def test_pictures_that_cost_nothing(opened: Room) -> None:
    """If pictures cost nothing, no number limits them."""
    assert "as much as you like" in await _me(opened)
