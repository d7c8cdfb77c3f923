"""Edits by reply: each one edits the picture it replies to, and each job knows its parent."""

import pytest

from tests.e2e.kit import EVERYWHERE, Message, Room, Studio, color_of, picture, says, shows, until

GONE = "deleted or is too old"

HOUR_MS = 3_600_000


def _family(studio: Studio) -> list[int | None]:
    """Return the index of each job's parent, in the order of the jobs, or None."""
    jobs = studio.rows("jobs ORDER BY created_at, rowid")
    ids = [job["id"] for job in jobs]
    return [ids.index(job["parent_id"]) if job["parent_id"] else None for job in jobs]


async def _restart(room: Room) -> None:
    await room.studio.heard_everything()
    await until(lambda: not room.studio.rows("jobs WHERE state != 'delivered'"))
    await room.studio.restart()


async def _ask_for_edit(room: Room, original: Message) -> Message:
    words = "/edit make it night" if room.is_group else "make it night"
    return await room.say(words, reply_to=original["message_id"])


@EVERYWHERE
async def test_a_chain_of_five_with_a_branch(room: Room) -> None:
    """After five edits by reply, a restart and a branch, every job has the right parent and source bytes."""
    shown = [await room.paint("a red fox")]
    for number, words in enumerate(["night", "snow", "a hat", "a moon", "a frame"]):
        shown.append(await room.edit(words, shown[-1]))
        if number == 2:
            await _restart(room)
    await room.edit("a boat", shown[2])
    assert _family(room.studio) == [None, 0, 1, 2, 3, 4, 2]
    for child, parent in enumerate(_family(room.studio)[1:], start=1):
        assert parent is not None
        assert room.studio.inputs(child) == room.studio.outputs(parent)
    assert len({room.studio.outputs(order)[0] for order in range(7)}) == 7


async def test_an_upload_is_used_again(room: Room) -> None:
    """A picture that the image API already has isn't uploaded again, except after most of the day that it is kept."""
    shown = await room.paint("a red fox")
    await room.edit("night", shown)
    await room.edit("snow", shown)
    assert len(room.studio.images.files.uploads) == 1
    await room.studio.rewrite("UPDATE uploads SET uploaded_at = uploaded_at - ?", 19 * HOUR_MS)
    await room.edit("rain", shown)
    assert len(room.studio.images.files.uploads) == 1
    await room.studio.rewrite("UPDATE uploads SET uploaded_at = uploaded_at - ?", 2 * HOUR_MS)
    await room.edit("a hat", shown)
    assert len(room.studio.images.files.uploads) == 2
    assert room.studio.inputs(1) == room.studio.inputs(4) == room.studio.outputs(0)


async def test_a_picture_months_old(room: Room) -> None:
    """A picture that is months old is edited from the stored bytes, without a request to Telegram."""
    shown = await room.paint("a red fox")
    await room.studio.in_state("delivered")
    await room.studio.crash()
    months = 100 * 86_400_000
    await room.studio.rewrite(
        "UPDATE jobs SET created_at = created_at - ?, delivered_at = delivered_at - ?", months, months
    )
    room.studio.world.age(room.chat_id, shown["message_id"], 100 * 24)
    await room.studio.start()
    await room.edit("make it night", shown)
    assert room.studio.inputs() == room.studio.outputs(0)
    assert _family(room.studio) == [None, 0]
    assert not room.studio.world.log.of("getFile")


async def test_one_picture_of_an_album(room: Room) -> None:
    """A reply to the second picture of an album edits the second picture."""
    await room.say("/imagine two foxes --n 2")
    first = await room.come(shows("media_group_id"), 0)
    second = await room.come(shows("media_group_id"), first)
    await room.studio.in_state("delivered")
    await room.studio.restart()
    await room.edit("make it night", second)
    assert room.studio.inputs() == room.studio.outputs(0)[1:]
    assert [job["parent_position"] for job in room.studio.rows("jobs ORDER BY created_at")] == [None, 1]


@EVERYWHERE
async def test_the_words_of_an_album(room: Room) -> None:
    """A reply to the message below an album asks which picture is meant, and orders nothing."""
    await room.say("/imagine two foxes --n 2")
    words = await room.come(lambda message: message.get("text", "").startswith("two foxes"), 0)
    await room.studio.in_state("delivered")
    await room.studio.answer(await _ask_for_edit(room, words), "Which of the pictures")
    assert len(room.studio.images.generated) == 1


async def test_a_picture_whose_bytes_are_lost(room: Room) -> None:
    """If the stored bytes of a picture are lost, Telegram's copy is used."""
    shown = await room.paint("a red fox")
    await room.studio.in_state("delivered")
    await room.studio.lose_pictures()
    await room.edit("make it night", shown)
    assert len(room.studio.inputs()) == len(room.studio.world.log.of("getFile")) == 1
    assert _family(room.studio) == [None, 0]


async def test_a_deleted_picture(room: Room) -> None:
    """A reply to a deleted picture says so and orders nothing."""
    shown = await room.paint("a red fox")
    await room.studio.in_state("delivered")
    await room.studio.rewrite("UPDATE pictures SET deleted_at = 1")
    await room.studio.answer(await _ask_for_edit(room, shown), GONE)
    assert len(room.studio.images.generated) == 1


async def test_a_picture_deleted_before_its_edit_began(room: Room) -> None:
    """An edit that was ordered before its picture was deleted still uses the picture."""
    room.studio.images.duration_s = 0.2
    shown = await room.paint("a red fox")
    await room.studio.in_state("delivered")
    asked = await _ask_for_edit(room, shown)
    await until(lambda: len(room.studio.rows("jobs")) == 2)
    await room.press(shown, "del")
    await until(lambda: len(room.buttons(shown)) == 2)
    await room.press(shown, "drop")
    await room.studio.picture(asked)
    assert room.studio.inputs() == room.studio.outputs(0)


@EVERYWHERE
@pytest.mark.parametrize("as_document", [False, True])
async def test_a_picture_the_bot_has_never_seen(room: Room, studio: Studio, as_document: bool) -> None:
    """A picture from before the bot's start is downloaded from Telegram, and its job has no parent."""
    await studio.crash()
    files = [("a.png", picture(color="red"), as_document)]
    photo = await room.say("/edit@other_bot" if room.is_group else "", files=files)
    await studio.unheard()
    await studio.start()
    await room.edit("make it night", photo)
    assert [color_of(data) for data in studio.inputs()] == [(255, 0, 0)]
    assert _family(studio) == [None]


@EVERYWHERE
async def test_edit_without_words_asks_and_remembers_the_parent(room: Room) -> None:
    """`/edit` alone in reply to a result asks for the change, and the answer's job knows its parent."""
    shown = await room.paint("a red fox")
    await room.studio.in_state("delivered")
    command = await room.say("/edit", reply_to=shown["message_id"])
    question = await room.studio.answer(command, "What should change")
    await _restart(room)
    await room.studio.picture(await room.say("make it night", reply_to=question["message_id"]))
    assert room.studio.inputs() == room.studio.outputs(0)
    assert _family(room.studio) == [None, 0]


async def test_a_button_is_no_answer(room: Room) -> None:
    """An order by a button leaves the question open, and the answer still edits its picture."""
    shown = await room.paint("a fox")
    await room.studio.in_state("delivered")
    await room.press(shown, "edit")
    question = await room.come(says("What should change"), shown)
    await room.press(shown, "again")
    await room.studio.in_state("delivered", 2)
    await room.studio.picture(await room.say("make it night", reply_to=question["message_id"]))
    assert room.studio.inputs() == room.studio.outputs(0)
