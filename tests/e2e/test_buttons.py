"""The buttons below results keep working, act once, and only for the right people."""

import asyncio
import os
import random
from typing import Any

import pytest

from sandbox.faults import Fault
from sandbox.telegram.chats import Press
from tests.e2e.kit import ADA, EVERYWHERE, GROUP, IN_GROUP, Message, Mode, Room, Studio, says, shows, until

NOT_YOURS = "Only the person who asked"
OUTDATED = "from an older message"
GONE = "deleted or is too old"
PROMPT = "a red fox --size 3:2"


@pytest.fixture
async def shown(room: Room) -> Message:
    """Return a message with a picture whose buttons an earlier process made."""
    message = await room.paint(PROMPT)
    await room.studio.in_state("delivered")
    await room.studio.heard_everything()
    await room.studio.restart()
    return message


def _ordered(studio: Studio, order: int = -1) -> dict[str, Any]:
    """Return the request of an order without its webhook address, which is always new."""
    return {key: value for key, value in studio.images.generated[order].items() if key != "callBackUrl"}


def _parents(studio: Studio) -> list[tuple[str | None, int | None]]:
    return [(job["parent_id"], job["parent_position"]) for job in studio.rows("jobs ORDER BY created_at, rowid")]


async def forged(room: Room, message_id: int, person: int, data: str, message: Message | None = None) -> dict[str, Any]:
    """Press a button that doesn't exist, as only a modified client can, and return the bot's answer."""
    world = room.studio.world
    query_id = f"forged{next(world.numbers)}"
    press = world.presses[query_id] = Press(room.chat_id, message_id, asyncio.get_running_loop().create_future())
    under = message or world.chats[room.chat_id].entries[message_id].now
    query = {"id": query_id, "from": world.people[person], "message": under, "data": data, "chat_instance": "1"}
    world.updates.add("callback_query", query, room.chat_id)
    async with asyncio.timeout(5):
        return await press.answer


# --- each button, in a process that didn't make it ----------------------------------------------------------------


async def test_again(room: Room, shown: Message) -> None:
    """🔁 orders the same request again, and shows the result in reply to the picture."""
    await room.press(shown, "again")
    again = await room.come(shows("photo"), shown)
    assert again["reply_to_message"]["message_id"] == shown["message_id"]
    assert again["caption"] == shown["caption"]
    assert _ordered(room.studio) == _ordered(room.studio, 0) == {"prompt": "a red fox", "size": "3:2"}


async def test_variations(room: Room, shown: Message) -> None:
    """🎲 orders four pictures based on this one, with its prompt."""
    base = room.studio.outputs()
    await room.press(shown, "vary")
    album = await room.come(shows("media_group_id"), shown)
    await room.come(shows("reply_markup"), shown)
    alike = [one for one in room.studio.from_bot(room.chat_id) if one.get("media_group_id") == album["media_group_id"]]
    assert len(alike) == _ordered(room.studio)["nVariants"] == 4
    assert room.studio.inputs() == base
    first = room.studio.rows("jobs ORDER BY created_at")[0]["id"]
    assert _parents(room.studio) == [(None, None), (first, 0)]


@EVERYWHERE
async def test_edit(room: Room, shown: Message) -> None:
    """✏️ asks for the change, waits across a restart, and edits the picture from the original bytes."""
    await room.press(shown, "edit")
    question = await room.come(says("What should change"), shown)
    await room.studio.heard_everything()
    await room.studio.restart()
    words = await room.say("make it night", reply_to=question["message_id"])
    await room.studio.picture(words)
    assert room.studio.inputs() == room.studio.outputs(0)
    assert _ordered(room.studio)["prompt"] == "make it night"
    assert _parents(room.studio)[1] == (room.studio.rows("jobs ORDER BY created_at")[0]["id"], 0)


@pytest.mark.parametrize("mode", [Mode.POLLING], ids=["no public address"])
async def test_mask_without_a_public_address(room: Room, shown: Message) -> None:
    """Without a public URL, 🖌 explains the ways without the painter, and costs nothing."""
    await room.press(shown, "mask")
    told = await room.come(says("only a part"), shown)
    assert "/mask" in told["text"]
    assert len(room.studio.images.generated) == 1


async def test_other_size(room: Room, shown: Message) -> None:
    """📐 offers sizes, orders the picture in the chosen size, and restores the usual buttons."""
    usual = room.buttons(shown)
    await room.press(shown, "sizes")
    await until(lambda: [button["text"] for button in room.buttons(shown)][:3] == ["1:1", "3:2", "2:3"])
    high = next(button["callback_data"] for button in room.buttons(shown) if button["text"] == "2:3")
    await room.studio.world.press(room.chat_id, shown["message_id"], room.person, high)
    await room.come(shows("photo"), shown)
    assert _ordered(room.studio)["size"] == "2:3"
    assert room.studio.inputs() == room.studio.outputs(0)
    await until(lambda: room.buttons(shown) == usual)


async def test_original_file(room: Room, shown: Message) -> None:
    """📄 sends the exact bytes of the result as a document, although Telegram scaled the photo."""
    await room.press(shown, "file")
    document = await room.come(shows("document"), shown)
    kept = room.studio.world.files.get(document["document"]["file_id"])
    assert kept
    assert [kept.data] == room.studio.outputs()


@EVERYWHERE
async def test_delete_takes_two_taps(room: Room, shown: Message) -> None:
    """🗑 asks for a confirmation and can be canceled; the second press deletes the message and the result."""
    usual = room.buttons(shown)
    await room.press(shown, "del")
    await until(lambda: len(room.buttons(shown)) == 2)
    await room.press(shown, "menu")
    await until(lambda: room.buttons(shown) == usual)
    await room.delete(shown)
    await room.studio.heard_everything()
    assert [row["deleted_at"] is not None for row in room.studio.rows("pictures")] == [True]


@pytest.mark.embedded
async def test_again_needs_what_it_was_made_from(room: Room, shown: Message) -> None:
    """🔁 on an edit works while the source's bytes exist, and then says why not without a charge."""
    words = await room.say("/edit make it night", reply_to=shown["message_id"])
    edited = await room.studio.picture(words)
    await room.studio.in_state("delivered", 2)
    await room.delete(shown)
    await room.studio.heard_everything()
    names = [row["sha256"] for row in room.studio.rows("pictures ORDER BY deleted_at IS NULL")]
    deleted, kept = (next((room.studio.directory / "pictures" / name[:2]).glob(f"{name}.*")) for name in names)
    for file in (deleted, kept):
        os.utime(file, (0, 0))
    await room.studio.restart()
    await until(lambda: not deleted.exists())
    assert "no longer have the picture" in (await room.press(edited, "again"))["text"]
    assert kept.exists()
    assert len(room.studio.rows("jobs")) == len(room.studio.images.generated) == 2


@IN_GROUP
async def test_delete_what_telegram_no_longer_deletes(room: Room, shown: Message) -> None:
    """If a message is too old for a bot to delete, it stays, the user is told, and the result is deleted."""
    room.studio.world.age(room.chat_id, shown["message_id"], 49)
    await room.press(shown, "del")
    await until(lambda: len(room.buttons(shown)) == 2)
    await room.press(shown, "drop")
    await room.come(says("you can still delete it yourself"), shown)
    assert room.now(shown)
    assert GONE in (await room.press(shown, "drop"))["text"]


async def test_prompt(room: Room, shown: Message) -> None:
    """📋 is one of Telegram's copy buttons with the prompt."""
    copied = [button["copy_text"]["text"] for button in room.buttons(shown) if "copy_text" in button]
    assert copied == ["a red fox"]


async def test_long_prompt(room: Room) -> None:
    """📋 sends a prompt that is too long for a copy button; the caption shows it in an expandable quote."""
    prompt = "a fox & <b>friends</b>, " + "very " * 150 + "red"
    shown = await room.paint(prompt)
    assert [entity["type"] for entity in shown["caption_entities"]] == ["expandable_blockquote"]
    await room.studio.restart()
    await room.press(shown, "words")
    assert (await room.come(shows("text"), shown))["text"] == prompt


async def test_parent(room: Room, shown: Message) -> None:
    """↩ sends the source picture again by its file ID, with its own buttons and ⭐."""
    edited = await room.edit("make it night", shown)
    await room.studio.in_state("delivered", 2)
    await room.studio.restart()
    assert not [button for button in room.buttons(shown) if button.get("callback_data", "").startswith("back:")]
    await room.press(edited, "back")
    parent = await room.come(shows("photo"), edited)
    assert parent["photo"] == shown["photo"]
    *usual, star = parent["reply_markup"]["inline_keyboard"]
    assert usual == shown["reply_markup"]["inline_keyboard"]
    assert [button["text"] for button in star] == ["⭐ Add to favorites"]
    assert len(room.studio.images.generated) == 2


@EVERYWHERE
async def test_again_under_a_failure(room: Room) -> None:
    """A failure has 🔁, which orders the request again."""
    room.studio.faults.add(Fault("image", "task", "code", "500:Internal Error"))
    failed = await room.studio.answer(await room.say("/imagine a fox"), "Painting this one failed")
    await room.studio.restart()
    await room.press(failed, "again")
    await room.come(shows("photo"), failed)
    assert len(room.studio.images.tasks) == 2


# --- once, and only for the right people --------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["again", "vary"])
async def test_a_double_tap_is_one_order(room: Room, shown: Message, verb: str) -> None:
    """A second press of the same button, also while the picture is generated, makes no second job."""
    room.studio.images.duration_s = 0.3
    await asyncio.gather(room.press(shown, verb), room.press(shown, verb))
    await room.studio.in_state("generating")
    await room.press(shown, verb)
    await room.come(shows("photo"), shown)
    await room.studio.heard_everything()
    assert len(room.studio.rows("jobs")) == 2
    assert len(room.studio.images.generated) == 2


@IN_GROUP
async def test_somebody_else_is_refused_in_words(room: Room, shown: Message) -> None:
    """A member who is neither the requester nor an admin can't delete the picture, and nothing changes."""
    before, stranger = room.studio.world.messages(room.chat_id), room.stranger()
    job = room.studio.rows("jobs")[0]["id"]
    for data in (f"del:{job}:0", f"drop:{job}:0", f"stop:{job}:0", f"yes:{job}:0"):
        answer = await forged(room, shown["message_id"], stranger, data)
        assert NOT_YOURS in answer["text"], data
        assert answer["show_alert"]
    await room.studio.heard_everything()
    assert room.studio.world.messages(room.chat_id) == before
    assert len(room.studio.rows("jobs")) == 1


@IN_GROUP
@pytest.mark.parametrize("verb", ["again", "size", "edit"])
async def test_every_member_goes_on_at_their_own_expense(room: Room, shown: Message, verb: str) -> None:
    """🔁 📐 ✏️ under another member's picture make the presser's own order."""
    stranger = room.stranger()
    if verb == "size":
        await room.press(shown, "sizes", stranger)
        await until(lambda: len(room.buttons(shown)) == 4)
        await room.studio.world.press(GROUP, shown["message_id"], stranger, room.data(shown, "size:"))
    else:
        await room.press(shown, verb, stranger)
    if verb == "edit":
        question = await room.come(says("What should change"), shown)
        await room.say("make it night", stranger, reply_to=question["message_id"])
    await room.studio.in_state("delivered", 2)
    assert [job["asked_by"] for job in room.studio.rows("jobs ORDER BY created_at")] == [room.person, stranger]


@IN_GROUP
async def test_every_member_gets_the_original_file(room: Room, shown: Message) -> None:
    """📄 works for every member."""
    await room.press(shown, "file", room.stranger())
    await room.come(shows("document"), shown)


@IN_GROUP
@pytest.mark.parametrize("rules", ['{"who": "admins"}', '{"who": "listed"}', '{"is_on": false}'])
async def test_the_rules_hold_for_buttons_too(room: Room, shown: Message, rules: str) -> None:
    """A member who may not order in the group can't use the buttons under others' pictures."""
    await room.studio.rewrite(
        "INSERT INTO groups (chat_id, rules) VALUES (?, ?) ON CONFLICT (chat_id) DO UPDATE SET rules = excluded.rules",
        GROUP,
        rules,
    )
    stranger = room.stranger()
    for verb in ("again", "vary", "edit", "mask", "sizes", "file"):
        await room.press(shown, verb, stranger)
    await room.studio.heard_everything()
    assert len(room.studio.rows("jobs")) == 1
    assert not room.studio.rows("questions")
    assert not [one for one in room.studio.from_bot(GROUP) if "document" in one]


@IN_GROUP
async def test_a_picture_from_a_private_chat_stays_there(room: Room) -> None:
    """Another member, or an admin, can't bring the private picture that an edit was made of into the group."""
    await Room(room.studio, room.person, room.person).paint("a secret hare")
    shown = await room.paint("a red fox")
    await room.studio.in_state("delivered", 2)
    hidden, job = (row["id"] for row in room.studio.rows("jobs ORDER BY created_at"))
    await room.studio.rewrite("UPDATE jobs SET parent_id = ?, parent_position = 0 WHERE id = ?", hidden, job)
    for person in (room.stranger(), ADA):
        await forged(room, shown["message_id"], person, f"back:{job}:0")
        assert NOT_YOURS in (await forged(room, shown["message_id"], person, f"show:{hidden}:0"))["text"]
    await room.studio.heard_everything()
    assert [one.get("caption") for one in room.studio.from_bot(GROUP) if "photo" in one] == ["a red fox"]


@IN_GROUP
async def test_an_admin_may(room: Room, shown: Message) -> None:
    """An admin may press the buttons of others; their orders belong to the admin, and deleting works."""
    await room.press(shown, "again", ADA)
    await room.come(shows("photo"), shown)
    assert [job["asked_by"] for job in room.studio.rows("jobs ORDER BY created_at")] == [room.person, ADA]
    await room.press(shown, "del", ADA)
    await until(lambda: len(room.buttons(shown)) == 2)
    assert NOT_YOURS in (await room.press(shown, "drop", room.stranger()))["text"]
    await room.press(shown, "drop", ADA)
    await until(lambda: room.now(shown) is None)


# --- deleted, expired and forged ----------------------------------------------------------------------------------


@IN_GROUP
async def test_a_copy_of_a_deleted_picture_says_so(room: Room, shown: Message) -> None:
    """Every copy of a deleted picture says so, by its buttons and in replies."""
    studio, person = room.studio, room.person
    asked = await studio.say("/history", person)
    page = await studio.picture(asked)
    own = Room(studio, person, person)
    await own.press(page, "show")
    copy = await own.come(shows("photo"), page)
    await room.delete(shown)
    await room.studio.heard_everything()
    for verb in ("vary", "edit", "file", "sizes"):
        assert GONE in (await own.press(copy, verb))["text"]
    assert GONE in (await own.press(page, "show"))["text"]
    await studio.answer(await own.say("make it night", reply_to=copy["message_id"]), GONE)
    assert len(studio.images.generated) == 1


async def test_an_expired_picture_says_so(room: Room) -> None:
    """The buttons of an expired picture say that they are from an older message."""
    shown = await room.paint("a red fox")
    await room.studio.in_state("delivered")
    await room.studio.crash()
    await room.studio.rewrite("UPDATE jobs SET delivered_at = 1")
    await room.studio.start()
    await until(lambda: not room.studio.rows("jobs"))
    for verb in ("again", "vary", "edit", "sizes", "file", "del"):
        answer = await room.press(shown, verb)
        assert OUTDATED in answer["text"]
        assert answer["show_alert"]
    assert len(room.studio.images.generated) == 1


async def test_a_lost_file_is_said(room: Room, shown: Message) -> None:
    """📄 of a picture whose file is lost says so."""
    await room.studio.lose_pictures()
    await room.press(shown, "file")
    await room.come(says(GONE), shown)


NOISE = random.Random(4)  # noqa: S311 - not used for security
MADE_UP = [
    "again",
    "again:",
    "again:0123456789ab:0",
    "vary:0123456789ab:0",
    "stop:0123456789ab:0",
    "go:0123456789ab:0",
    "leave:0123456789ab:0",
    "show:0123456789ab:9",
    "pwn:0123456789ab:0",
    "again:0123456789AB:0",
    "again:0123456789ab:٣",
    "again:'; DROP TABLE jobs; --",
    "example:99",
    "history:1:999999",
    "set:size:huge",
    "set:__class__:x",
    "set:nothing:on",
    "set.open:nothing",
    "set.pick:size:huge",
    "set.pick:size",
    "set.frob",
    "question:leave",
    "\u0000",
    "🦊" * 16,
    *("".join(chr(NOISE.randrange(32, 0x2FFF)) for _ in range(20)) for _ in range(6)),
]

REAL_ID = ["size:{}:0:huge", "size:{}:0", "vary:{}:9", "del:{}:1", "back:{}:5"]


@EVERYWHERE
async def test_made_up_data_is_answered_and_changes_nothing(room: Room, shown: Message) -> None:
    """Forged callback data, even with the ID of a real job, is answered and changes nothing."""
    before, jobs = room.studio.world.messages(room.chat_id), room.studio.rows("jobs")
    real = jobs[0]["id"]
    for data in (*MADE_UP, *(form.format(real) for form in REAL_ID)):
        await forged(room, shown["message_id"], room.person, data)
    await room.studio.heard_everything()
    assert room.studio.world.messages(room.chat_id) == before
    assert room.studio.rows("jobs") == jobs
    assert not room.studio.rows("preferences")


@EVERYWHERE
async def test_the_picture_of_another_chat_is_out_of_reach(room: Room, shown: Message) -> None:
    """Knowing a picture's ID doesn't help an untrusted user or an admin of another group."""
    studio, thief = room.studio, room.studio.person()
    den = studio.world.add_chat("supergroup", "Den", [thief, ADA])
    job = studio.rows("jobs")[0]["id"]
    for chat_id in (thief, den.id):
        other = Room(studio, chat_id, thief)
        command = await other.say("/help" if chat_id > 0 else "/help@imagine_sandbox_bot")
        helping = await studio.answer(command)
        for verb in ("again", "vary", "edit", "show", "file", "drop", "stop", "words"):
            answer = await forged(other, helping["message_id"], thief, f"{verb}:{job}:0")
            assert NOT_YOURS in answer["text"]
    assert len(studio.rows("jobs")) == 1
    assert room.now(shown) == shown


async def test_a_message_too_old_to_be_told(room: Room, shown: Message) -> None:
    """The buttons of a very old message work although Telegram sends only its ID."""
    job = room.studio.rows("jobs")[0]["id"]
    told = {"chat": shown["chat"], "message_id": shown["message_id"], "date": 0}
    await forged(room, shown["message_id"], room.person, f"again:{job}:0", told)
    assert (await room.come(shows("photo"), shown))["caption"] == shown["caption"]


@IN_GROUP
async def test_an_old_message_of_another_chat_is_answered_there(room: Room, shown: Message) -> None:
    """An old button about a group's picture in the private chat is answered there, not in the group."""
    private = Room(room.studio, room.person, room.person)
    page = await room.studio.answer(await private.say("/history"))
    before = room.studio.world.messages(room.chat_id)
    job = room.studio.rows("jobs")[0]["id"]
    told = {"chat": page["chat"], "message_id": page["message_id"], "date": 0}
    await forged(private, page["message_id"], private.person, f"show:{job}:0", told)
    copy = await private.come(shows("photo"), page)
    assert copy["caption"] == shown["caption"]
    assert room.studio.world.messages(room.chat_id) == before


async def test_an_old_message_of_a_topic_orders_for_the_topic(idle: Studio) -> None:
    """An order by a very old button belongs to its picture's topic, although Telegram doesn't name the topic."""
    await idle.start()
    forum = idle.world.add_chat("supergroup", "Forum", [ADA], topics={7: "Pictures"})
    (asked,) = await idle.world.say(forum.id, ADA, "/imagine a red fox", thread_id=7)
    shown = await idle.picture(asked)
    job = idle.rows("jobs")[0]["id"]
    told = {"chat": shown["chat"], "message_id": shown["message_id"], "date": 0}
    await forged(Room(idle, forum.id, ADA), shown["message_id"], ADA, f"again:{job}:0", told)
    await until(lambda: len(idle.rows("jobs")) == 2)
    assert [row["thread_id"] for row in idle.rows("jobs")] == [7, 7]
    await idle.in_state("delivered", 2)


# --- nothing dead is left -----------------------------------------------------------------------------------------


@EVERYWHERE
async def test_deleting_takes_every_copy_along(room: Room, shown: Message) -> None:
    """🗑 removes the picture, its original file and its copies from /history in this chat, and says so."""
    await room.press(shown, "file")
    document = await room.come(shows("document"), shown)
    page = await room.studio.picture(await room.say("/history"))
    await room.press(page, "show")
    copy = await room.come(shows("photo"), page)
    await room.press(copy, "del")
    await until(lambda: len(room.buttons(copy)) == 2)
    assert "every copy" in (await room.press(copy, "drop"))["text"]
    assert [room.now(one) for one in (shown, document, copy)] == [None] * 3


@EVERYWHERE
async def test_an_answered_question_goes(room: Room, shown: Message) -> None:
    """A question that was answered has no button left to press."""
    await room.press(shown, "edit")
    question = await room.come(says("What should change"), shown)
    await room.say("make it night", reply_to=question["message_id"])
    await until(lambda: room.now(question) is None)
    await room.studio.in_state("delivered", 2)
