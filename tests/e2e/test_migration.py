"""A group becomes a supergroup with a new ID and new message IDs, and its open work moves along."""

from dataclasses import replace

import pytest

from sandbox.faults import Fault
from tests.e2e.kit import ADA, BEN, FAST, Message, Room, Studio, color_of, picture, says, shows, until

PRICE = "4 of the 16 pictures"


@pytest.fixture
async def small(idle: Studio) -> Room:
    """Return a small group of Ada's without privacy mode, where Ben talks and credits are limited."""
    Room.of(idle, "group")
    await idle.start(daily_credits_per_person=100, confirm_above_credits=20)
    group = idle.world.open_group("Small", [ADA, BEN])
    group.privacy = False
    await idle.heard_everything()
    return Room(idle, group.id, BEN)


def _migrated(room: Room) -> Room:
    """Migrate the group, and return the supergroup's room."""
    return Room(room.studio, room.studio.world.migrate(room.chat_id), room.person)


def _unheard(room: Room, monkeypatch: pytest.MonkeyPatch) -> Room:
    """Migrate the group without a notice to the bot, and return the supergroup's room."""
    with monkeypatch.context() as patch:
        patch.setattr(room.studio.world.updates, "add", lambda *_, **__: None)
        return _migrated(room)


async def _set(room: Room, name: str, value: str) -> Message:
    """Set a preference of the chat as Ada."""
    menu = await room.studio.answer(await room.say("/settings", ADA), "Settings of this chat")
    await room.set_option(menu, name, value, ADA)
    await room.studio.heard_everything()
    return menu


async def test_a_price_is_told_again(brisk: None, small: Room) -> None:
    """A job that waits for a confirmation asks again in the supergroup."""
    await small.studio.answer(await small.say("/imagine foxes --n 4"), PRICE)
    here = _migrated(small)
    offer = await here.come(says(PRICE), 0)
    await here.press(offer, "yes")
    await here.come(shows("photo"), offer)
    assert len(small.studio.images.generated) == 1


async def test_operators_name_it_by_the_id_it_had(small: Room) -> None:
    """Settings and operators' commands with the group's old ID apply to the supergroup."""
    studio = small.studio
    await studio.heard_everything()
    await studio.crash()
    await studio.start(access="allowlist", allowed_ids=[small.chat_id], admins=[ADA])
    here = _migrated(small)
    await studio.heard_everything()
    await here.paint("a fox")
    await studio.answer(await studio.say(f"/grant {small.chat_id} 60"), "60 extra credits")
    assert studio.rows("grants")[0]["scope_id"] == here.chat_id
    await studio.answer(await studio.say(f"/ban {small.chat_id}"), "banned")
    await studio.answer(await here.say("/imagine a fox"), "shut you out")


async def test_both_were_set(small: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """If both groups have preferences, jobs continue and the supergroup's preferences win."""
    studio = small.studio
    await _set(small, "variants", "2")
    held = Fault("image", "record-info", "hold", times=None)  # progress would tell the bot of the migration
    studio.faults.add(held)
    await studio.answer(await small.say("/imagine a fox --n 1"), "Painting")
    await studio.in_state("generating")
    here = _unheard(small, monkeypatch)
    menu = await _set(here, "size", "wide")
    held.release()
    shown = await here.come(shows("photo"), menu)
    assert shown["caption"] == "a fox"
    await studio.in_state("delivered")
    await here.paint("a hare")
    assert studio.images.generated[-1]["size"] == "3:2"
    assert "nVariants" not in studio.images.generated[-1]


@pytest.mark.parametrize("timing", [replace(FAST, album_quiet_ms=60_000)])
async def test_an_album_that_waits_goes_along(small: Room) -> None:
    """An album that wasn't complete is ordered and shown in the supergroup."""
    studio = small.studio
    files = [(f"{color}.png", picture(color=color), False) for color in ("red", "blue")]
    await small.say("/edit combine them", files=files)
    await until(lambda: len(studio.rows("album_parts")) == 2)
    here = _migrated(small)
    await studio.heard_everything()
    await studio.rewrite("UPDATE albums SET latest_at = 0")
    await here.come(shows("photo"), 0)
    assert [color_of(data) for data in studio.inputs()] == [(255, 0, 0), (0, 0, 255)]


@pytest.mark.parametrize("timing", [replace(FAST, album_quiet_ms=60_000)])
async def test_an_album_that_finds_its_group_moved(small: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """If an album's answer is refused by the old group, it is sent to the supergroup."""
    studio = small.studio
    await small.say("/edit", files=[("red.png", picture(color="red"), False), ("b.png", picture(), False)])
    await until(lambda: len(studio.rows("album_parts")) == 2)
    here = _unheard(small, monkeypatch)
    await studio.rewrite("UPDATE albums SET latest_at = 0")
    question = await here.come(says("What should I do with them"), 0)
    await studio.picture(await here.say("combine them", reply_to=question["message_id"]))
    assert len(studio.inputs()) == 2


async def test_an_anonymous_admins_order_goes_along(small: Room) -> None:
    """A job in the group's name belongs to the supergroup, whose admins can use its buttons."""
    studio = small.studio
    studio.world.promote(small.chat_id, BEN, anonymous=True)
    held = studio.hold_tasks()
    await small.say("/imagine a fox")
    await studio.in_state("generating")
    here = _migrated(small)
    held.release()
    shown = await here.come(shows("photo"), 0)
    await studio.in_state("delivered")
    assert [job["asked_by"] for job in studio.rows("jobs")] == [here.chat_id]
    await here.press(shown, "again", BEN)
    await here.come(shows("photo"), shown)
