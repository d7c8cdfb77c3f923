"""Confirming a preview orders exactly the area and text that it shows."""

from typing import Any

import pytest
from aiohttp import ClientSession

from sandbox.faults import Fault
from tests.e2e.kit import BEN, EVERYWHERE, GROUP, IN_GROUP, Message, Room, opened, says, shows, until
from tests.e2e.painter_kit import SHALL_I, Page, mask_of, opened_by, room, session
from tests.e2e.test_buttons import forged

__all__ = ["room", "session"]

TOO_OLD = "too old or was canceled"
ELSEWHERE = (5, 5, 250, 60)


@pytest.fixture
async def page(room: Room, shown: Message, session: ClientSession) -> Page:
    """Return the painter, opened by `/mask`, so that every mask belongs to the same draft."""
    door = await room.studio.answer(await room.say("/mask", reply_to=shown["message_id"]), "Paint over")
    return opened_by(room, door, session)


async def _painted(room: Room, page: Page, words: str, mask: bytes | None = None) -> Message:
    """Send a mask, and return its preview."""
    assert await page.send(mask or mask_of(), words) == (200, {})
    return await room.come(lambda message: says(SHALL_I)(message) and says(words)(message), 0)


def _ordered(room: Room) -> list[tuple[str, bytes]]:
    """Return the prompts and masks of the masked orders."""
    images = room.studio.images
    masked = [order for order in images.generated if "maskUrl" in order]
    return [(order["prompt"], opened(images.files.fetch(order["maskUrl"])).convert("L").tobytes()) for order in masked]


def _area(mask: bytes) -> bytes:
    return opened(mask).tobytes()


async def _refused(room: Room, preview: Message, data: str) -> None:
    """Check that a confirmation is refused with an alert, and orders nothing."""
    answer: dict[str, Any] = await forged(room, preview["message_id"], room.person, data)
    assert TOO_OLD in answer["text"]
    assert answer["show_alert"]
    await room.studio.heard_everything()
    assert len(room.studio.rows("jobs")) == 1


@EVERYWHERE
@pytest.mark.parametrize("what", ["words", "area"])
async def test_a_replaced_preview(room: Room, page: Page, what: str) -> None:
    """Confirming a preview that was replaced orders nothing; confirming the new one works."""
    first = await _painted(room, page, "a red door")
    yes = room.data(first, "go:")
    mask = mask_of() if what == "words" else mask_of(box=ELSEWHERE)
    words = "a green door" if what == "words" else "a red door there"
    second = await _painted(room, page, words, mask)
    await until(lambda: not room.buttons(first))
    await _refused(room, first, yes)
    await room.press(second, "go")
    await until(lambda: _ordered(room) == [(words, _area(mask))])


async def test_a_preview_that_never_came(room: Room, page: Page) -> None:
    """If a new mask couldn't be shown, confirming the earlier preview doesn't order it."""
    first = await _painted(room, page, "a red door")
    room.studio.faults.add(Fault("telegram", "sendPhoto", "http", 500))
    status, told = await page.send(mask_of(box=ELSEWHERE), "a nuclear war")
    assert (status, bool(told["error"])) == (503, True)
    await _refused(room, first, room.data(first, "go:"))
    again = await _painted(room, page, "a blue door")
    await room.press(again, "go")
    await until(lambda: _ordered(room) == [("a blue door", _area(mask_of()))])


@EVERYWHERE
async def test_the_same_area_with_other_words(room: Room, page: Page) -> None:
    """After a failure, the same area with another text is a new order, and a repeated confirmation isn't one."""
    room.studio.faults.add(Fault("image", "generate", "code", "400:policy"))
    first = await _painted(room, page, "a forbidden door")
    await room.press(first, "go")
    await room.studio.in_state("delivered", 2)
    second = await _painted(room, page, "a red door")
    yes = room.data(second, "go:")
    await room.press(second, "go")
    await room.studio.in_state("delivered", 3)
    await forged(room, second["message_id"], room.person, yes)
    await room.studio.heard_everything()
    assert len(room.studio.rows("jobs")) == 3
    assert _ordered(room) == [("a red door", _area(mask_of()))]


async def test_words_in_reply_to_a_preview(room: Room, page: Page) -> None:
    """Text in reply to a preview makes a new preview of the same area with this text."""
    first = await _painted(room, page, "a red door")
    await room.say("a green door --n 2", reply_to=first["message_id"])
    second = await room.come(says("a green door"), first)
    assert SHALL_I in second["caption"]
    await until(lambda: not room.buttons(first))
    await room.studio.heard_everything()
    assert len(room.studio.rows("jobs")) == 1
    await room.studio.restart()
    await room.press(second, "go")
    await room.studio.in_state("delivered", 2)
    assert _ordered(room) == [("a green door", _area(mask_of()))]
    assert room.studio.images.generated[-1]["nVariants"] == 2
    assert room.studio.inputs() == room.studio.outputs(0)


@IN_GROUP
async def test_somebody_who_was_thrown_out(room: Room, shown: Message, session: ClientSession) -> None:
    """A user who left the group can neither see nor paint its pictures, even with an open painter."""
    page = opened_by(room, shown, session)
    room.studio.world.kick(GROUP, BEN)
    await room.studio.heard_everything()
    last = room.last
    for status, told in (await page.open(), await page.send(mask_of(), "insults")):
        assert (status, "no longer in the chat" in told["error"]) == (422, True)
    assert room.last == last


UNKNOWN = ["member list is inaccessible", "PARTICIPANT_ID_INVALID", "user not found"]


@IN_GROUP
@pytest.mark.parametrize("words", UNKNOWN)
async def test_somebody_of_whom_telegram_does_not_tell(
    room: Room, shown: Message, session: ClientSession, words: str
) -> None:
    """A user whose membership Telegram doesn't confirm is refused, and told about the other ways."""
    page = opened_by(room, shown, session)
    room.studio.faults.add(Fault("telegram", "getChatMember", "code", f"400:Bad Request: {words}", times=None))
    last = room.last
    for status, told in (await page.open(), await page.send(mask_of(), "insults")):
        assert (status, "as a reply" in told["error"]) == (422, True)
    assert room.last == last


@IN_GROUP
@pytest.mark.parametrize("member", ['{"status": "restricted", "is_member": false}', '{"status": "guest"}', "true"])
async def test_somebody_of_a_strange_standing(room: Room, shown: Message, session: ClientSession, member: str) -> None:
    """A user with a restricted or unknown status who may not be a member is refused."""
    page = opened_by(room, shown, session)
    room.studio.faults.add(Fault("telegram", "getChatMember", "odd", member, times=None))
    assert (await page.open())[0] == 422


@IN_GROUP
async def test_a_picture_of_the_group_painted_on_in_private(room: Room, shown: Message, session: ClientSession) -> None:
    """🖌 below a group's picture in a private /history leads to a preview in private."""
    studio = room.studio
    alone = Room(studio, BEN, BEN)
    sheet = await alone.come(shows("photo"), await alone.say("/history"))
    await alone.press(sheet, "show")
    copy = await alone.come(shows("photo"), sheet)
    last = room.last
    page = opened_by(alone, copy, session)
    assert await page.send(mask_of(), "a secret wish") == (200, {})
    preview = await alone.come(says(SHALL_I), copy)
    await alone.press(preview, "go")
    await alone.come(says("a secret wish"), preview)
    await studio.in_state("delivered", 2)
    assert room.studio.world.messages(GROUP)[-1]["message_id"] == last
    assert studio.inputs() == studio.outputs(0)


async def test_marking_again_starts_from_the_painting(room: Room, page: Page) -> None:
    """The painter of a draft that has a mask gets that mask, to start from."""
    mask = mask_of()
    status, told = await page.open()
    assert (status, told["mask"]) == (200, None)
    await _painted(room, page, "a red door", mask)
    status, told = await page.open()
    assert status == 200
    status, got = await page.picture(told["mask"])
    assert (status, opened(got).convert("L").tobytes()) == (200, _area(mask))
