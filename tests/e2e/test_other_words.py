"""A picture that the content policy refused: ✏️ asks for other words, and everything else of the order stays."""

import asyncio
from typing import Any

import pytest

from sandbox.faults import Fault
from tests.e2e.kit import EVERYWHERE, IN_GROUP, Message, Room, picture, says, stencil, words_of
from tests.e2e.test_buttons import forged

POLICY = "400:Your content was flagged by OpenAI as violating content policies"
ASKS = "in other words"


async def _refused(room: Room, words: str, **more: Any) -> Message:
    """Order something that the content policy refuses, and return the message that says so."""
    room.studio.faults.add(Fault("image", "task", "code", POLICY))
    return await room.studio.answer(await room.say(words, **more), "content policy")


async def _asked(room: Room, refused: Message, person: int | None = None) -> Message:
    await room.press(refused, "reword", person)
    return await room.come(says(ASKS), refused)


def _forced(room: Room, message: Message) -> dict[str, Any]:
    """Return the request for a reply that apps show under a message."""
    return room.studio.world.chats[room.chat_id].entries[message["message_id"]].keyboard


@EVERYWHERE
async def test_it_offers_other_words_and_not_the_same(room: Room) -> None:
    """The refusal says that nothing was charged; its only button opens the input field and shows the prompt."""
    refused = await _refused(room, "/imagine a <b>nude</b> fox")
    assert "Nothing was charged" in words_of(refused)
    assert [button["text"] for button in room.buttons(refused)] == ["✏️ Other words"]
    question = await _asked(room, refused)
    assert "a <b>nude</b> fox" in words_of(question)
    forced = _forced(room, question)
    assert (forced["force_reply"], forced["selective"]) == (True, True)
    assert question["reply_to_message"]["from"]["id"] == room.person


@EVERYWHERE
async def test_the_order_stays(room: Room) -> None:
    """The answer keeps the options of the order, unless it names others; it works after a restart, once."""
    question = await _asked(room, await _refused(room, "/imagine a nude fox --n 2 --size 3:2"))
    await room.studio.heard_everything()
    await room.studio.restart()
    await room.say("  Лиса в пальто — size 2:3", reply_to=question["message_id"])
    await room.studio.in_state("delivered", 2)
    painted = room.studio.images.generated[-1]
    assert (painted["prompt"], painted["nVariants"], painted["size"]) == ("Лиса в пальто — size 2:3", 2, "3:2")
    assert not room.studio.rows("questions")


async def test_any_words_answer_in_private(room: Room) -> None:
    """In a private chat, words without a reply answer, too, and the options in them count."""
    await _asked(room, await _refused(room, "/imagine a nude fox --n 2"))
    await room.say("a fox in a coat --n 1")
    await room.studio.in_state("delivered", 2)
    assert "nVariants" not in room.studio.images.generated[-1]


@EVERYWHERE
async def test_an_edit_keeps_its_picture(room: Room) -> None:
    """Other words for an edit change the same picture."""
    refused = await _refused(room, "/edit undress her", files=[("a.png", picture(), False)])
    question = await _asked(room, refused)
    await room.say("give her a hat", reply_to=question["message_id"])
    await room.studio.in_state("delivered", 2)
    assert room.studio.inputs() == room.studio.inputs(0)


async def test_a_masked_edit_keeps_its_mask(room: Room) -> None:
    """Other words for a masked edit change the same area."""
    files = [("a.png", picture((90, 60)), False), ("mask.png", stencil(), False)]
    preview = await room.studio.picture(await room.say("/mask a nude", files=files))
    room.studio.faults.add(Fault("image", "task", "code", POLICY))
    await room.press(preview, "go")
    refused = await room.come(says("content policy"), preview)
    await _asked(room, refused)
    await room.say("a red door")
    await room.studio.in_state("delivered", 2)
    first, second = room.studio.images.generated
    assert (second["prompt"], second["maskUrl"]) == ("a red door", first["maskUrl"])


@EVERYWHERE
async def test_a_double_press_asks_once(room: Room) -> None:
    """Two presses on ✏️ ask one question."""
    refused = await _refused(room, "/imagine a nude fox")
    await asyncio.gather(room.press(refused, "reword"), room.press(refused, "reword"))
    await room.come(says(ASKS), refused)
    await room.studio.heard_everything()
    assert len([message for message in room.studio.from_bot(room.chat_id) if ASKS in words_of(message)]) == 1


@IN_GROUP
async def test_only_who_was_asked_answers(room: Room) -> None:
    """A stranger can't press ✏️, and another member's reply does not count."""
    refused, stranger = await _refused(room, "/imagine a nude fox"), room.stranger()
    assert "Only the person who asked" in (await room.press(refused, "reword", stranger))["text"]
    question = await _asked(room, refused)
    await room.say("a fox", stranger, reply_to=question["message_id"])
    await room.say("a hare", reply_to=question["message_id"])
    await room.studio.in_state("delivered", 2)
    assert [order["prompt"] for order in room.studio.images.generated] == ["a nude fox", "a hare"]


@EVERYWHERE
async def test_old_and_made_up_buttons(room: Room) -> None:
    """The old 🔁 under a refusal orders the same again; ✏️ of another failure does nothing."""
    refused = await _refused(room, "/imagine a fox")
    job = room.studio.rows("jobs")[0]["id"]
    await forged(room, refused["message_id"], room.person, f"again:{job}:0")
    await room.studio.in_state("delivered", 2)
    other = room.studio.rows("jobs WHERE failure IS NULL")[0]["id"]
    answer = await forged(room, refused["message_id"], room.person, f"reword:{other}:0")
    assert "from an older message" in answer["text"]
    assert not room.studio.rows("questions")


@pytest.mark.parametrize("room", ["private"], indirect=True)
async def test_a_picture_that_is_gone(room: Room) -> None:
    """✏️ says so if the picture of the order was deleted."""
    shown = await room.paint("a fox")
    room.studio.faults.add(Fault("image", "task", "code", POLICY))
    asked = await room.say("undress it", reply_to=shown["message_id"])
    refused = await room.studio.answer(asked, "content policy")
    await room.studio.lose_pictures()
    assert "Nothing was charged" in (await room.press(refused, "reword"))["text"]
    assert not room.studio.rows("questions")
