"""Albums are handled once they are complete: none is lost, and none delays others."""

import errno
from dataclasses import replace
from typing import Any

import pytest

from core.services.mask_drafts import MaskDrafts
from sandbox.faults import Fault
from tests.e2e.kit import ADA, BEN, FAST, GROUP, NAME, Message, Room, Studio, color_of, picture, stencil, until
from tests.e2e.test_group_rules import all_dealt_with

RULE = "INSERT INTO groups (chat_id, rules) VALUES (?, ?) ON CONFLICT (chat_id) DO UPDATE SET rules = excluded.rules"
PAIR = [("red.png", picture(color="red"), False), ("blue.png", picture(color="blue"), False)]
WENT_WRONG = "Something went wrong with your album"
DOWN = [Fault("telegram", "getFile", "http", 502), Fault("telegram", "getFile", "drop")]


def _with_mask() -> list[tuple[str, bytes, bool]]:
    """Return a picture, and a mask for it."""
    return [("a.png", picture((90, 60)), True), ("mask.png", stencil(), True)]


@pytest.fixture
def slowly(idle: Studio) -> None:
    """Let albums wait long for more pictures."""
    idle.timing = replace(idle.timing, album_quiet_ms=60_000)


@pytest.fixture
def patient(idle: Studio) -> None:
    """Retry failed albums soon."""
    idle.timing = replace(idle.timing, album_again_ms=50)


@pytest.fixture
async def alone(idle: Studio) -> Room:
    """Return Ada's private chat."""
    return await Room.opened(idle, "private")


@pytest.fixture
async def group(idle: Studio) -> Room:
    """Return the group, without privacy mode."""
    room = await Room.opened(idle, "group")
    idle.world.chats[GROUP].privacy = False
    return room


async def _goes_on(studio: Studio) -> None:
    """Check that the bot runs and handles another album."""
    assert studio.supervisor
    assert not studio.supervisor.broken
    await studio.picture(await studio.say("combine them", files=PAIR))
    assert [color_of(data) for data in studio.inputs()] == [(255, 0, 0), (0, 0, 255)]


async def test_switched_off_while_an_album_comes_in(slowly: None, group: Room) -> None:
    """If the group switches the bot off before an album is complete, the album is dropped silently."""
    studio = group.studio
    await group.say("/edit combine them", files=PAIR)
    await until(lambda: len(studio.rows("album_parts")) == 2)
    await studio.rewrite(RULE, GROUP, '{"is_on": false}')
    studio.timing = FAST
    await studio.restart()
    await all_dealt_with(studio)
    await _goes_on(studio)
    assert not studio.from_bot(GROUP)


async def test_a_picture_that_comes_while_its_album_is_handled(alone: Room) -> None:
    """It belongs to no order any more, and its sender hears that, as of one that comes afterward."""
    studio, held = alone.studio, Fault("telegram", "sendMessage", "hold")
    studio.faults.add(held)
    first = await alone.say("combine them", files=PAIR)
    await until(lambda: studio.world.log.of("sendMessage"))
    more = {name: first[name] for name in ("photo", "media_group_id")}
    for _ in range(2):
        late = studio.world.say_raw(ADA, ADA, more)
        await studio.heard_everything()
        held.release()
        await studio.answer(late, "came too late to be part of its album")
    await studio.picture(first)
    assert len(studio.inputs()) == 2


async def test_an_album_that_meets_a_mistake_of_ours(alone: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """If an unexpected error hits an album, the user is told, the album isn't retried, and the bot continues."""
    alone.studio.forgiving = True

    async def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(MaskDrafts, "begin", full)
        asked = await alone.say("/mask a red door", files=_with_mask())
        await alone.studio.answer(asked, WENT_WRONG)
        await all_dealt_with(alone.studio)
    await _goes_on(alone.studio)
    assert sum("text" in message for message in alone.studio.from_bot(ADA)) == 1


@pytest.mark.parametrize("trouble", DOWN, ids=["bad gateway", "cut off"])
async def test_telegram_is_down_for_a_moment(patient: None, alone: Room, trouble: Fault) -> None:
    """An album that fails because Telegram is down is handled a little later without a message."""
    alone.studio.faults.add(replace(trouble))
    asked = await alone.say("/mask a red door", files=_with_mask())
    preview = await alone.studio.picture(asked)
    await all_dealt_with(alone.studio)
    assert alone.studio.from_bot(ADA) == [alone.now(preview)]
    assert alone.studio.rows("albums")[0]["tries"] == 1


async def test_nobody_knows_who_is_an_admin_for_a_moment(patient: None, group: Room) -> None:
    """If only admins may order, an admin's album waits until Telegram can confirm their status."""
    studio = group.studio
    await studio.rewrite(RULE, GROUP, '{"who": "admins"}')
    studio.faults.add(Fault("telegram", "getChatMember", "http", 502))
    await studio.picture(await group.say("/edit combine them", ADA, files=PAIR))
    assert [color_of(data) for data in studio.inputs()] == [(255, 0, 0), (0, 0, 255)]
    assert len(studio.rows("jobs")) == 1


@pytest.mark.parametrize("timing", [replace(FAST, album_tries=2, album_fetches=1)])
async def test_telegram_stays_down(patient: None, alone: Room) -> None:
    """An album that can't be handled for hours is dropped, and the user is told as soon as possible."""
    faults = [Fault("telegram", method, "http", 502, times=None) for method in ("getFile", "sendMessage")]
    for fault in faults:
        alone.studio.faults.add(fault)
    asked = await alone.say("/mask a red door", files=_with_mask())
    await until(lambda: alone.studio.rows("albums WHERE tries > 4"))
    alone.studio.faults.clear()
    alone.studio.faults.add(faults[0])
    await alone.studio.answer(asked, "left this undone")
    await all_dealt_with(alone.studio)
    alone.studio.faults.clear()
    again = await alone.say("/mask a red door", files=_with_mask())
    await alone.studio.picture(again)


async def test_albums_of_other_bots(group: Room) -> None:
    """An album from another bot orders nothing and gets no answer."""
    world = group.studio.world
    robot = world.add_person(3001, "Robot", "robot_bot", bot=True)
    for words in ("/edit combine them", f"/edit@{NAME} combine them", f"@{NAME} combine them", "look"):
        ours = await group.say(words, BEN, files=PAIR)
        album = await _echo(group, ours, robot)
        assert len(album) == 2
    await all_dealt_with(group.studio)
    await until(lambda: len(group.studio.rows("jobs WHERE state = 'delivered'")) == 3)
    assert {job["asked_by"] for job in group.studio.rows("jobs")} == {BEN}


async def _echo(group: Room, first: Message, robot: dict[str, Any]) -> list[Message]:
    """Let the bot receive the same album again, from another bot."""
    world = group.studio.world
    pieces = [one for one in world.messages(GROUP) if one.get("media_group_id") == first["media_group_id"]]
    album_id = world.new_album_id()
    sent = []
    for piece in pieces:
        content = {key: piece[key] for key in ("photo", "caption", "caption_entities") if key in piece}
        message = world.post(world.chats[GROUP], robot, content | {"media_group_id": album_id})
        world.updates.add("message", message, GROUP)
        sent.append(message)
    return sent
