"""✖: what the service does not have yet is never sent there; what it has is paid for, kept, and not shown."""

import asyncio
from collections.abc import Callable

import pytest

from sandbox.faults import Fault
from tests.e2e.kit import ADA, BEN, Message, Room, Studio, picture, says, shows, until, words_of

HOUR_MS = 3_600_000
NOT_CHARGED = "nothing was charged"
PAID_FOR = "it is charged"
CANCELLED = "Canceled"
ENDED = {"cancelled", "delivered"}


@pytest.fixture(params=["private", "group"])
def room(request: pytest.FixtureRequest, studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Room:
    """Where it happens: everything here happens in a private chat, and in a group."""
    return Room.of(studio, request.param, monkeypatch)


def _now(room: Room, message: Message, words: str) -> Callable[[], bool]:
    return lambda: says(words)(room.now(message) or {})


async def _at_the_service(room: Room, duration_s: float = 0.4) -> tuple[Message, Message]:
    """An order the service is at work on: what asked for it, and its placeholder."""
    room.studio.images.duration_s = duration_s
    asked = await room.say("/imagine a red fox")
    placeholder = await room.studio.answer(asked)
    await room.studio.in_state("generating")
    return asked, placeholder


def _stranger(room: Room) -> int:
    person = room.studio.person()
    room.studio.world.chats[room.chat_id].members.append(person)
    return person


# --- not there yet ------------------------------------------------------------------------------------------------


async def test_a_queued_order_is_never_submitted(room: Room) -> None:
    """An order that waits is called off for good: nothing reaches the service, now or after a restart."""
    room.studio.faults.add(Fault("image", "generate", "code", 455, times=None))
    placeholder = await room.studio.answer(await room.say("/imagine a red fox"))
    await until(lambda: room.studio.asked_of_api("generate") and room.studio.rows("jobs WHERE state = 'queued'"))
    await room.studio.restart()
    await room.press(placeholder, "stop")
    await until(_now(room, placeholder, NOT_CHARGED))
    assert not room.buttons(placeholder)
    await room.studio.heard_everything()
    room.studio.faults.clear()
    await room.studio.restart()
    await room.paint("a hare")
    assert {task.prompt for task in room.studio.images.tasks.values()} == {"a hare"}
    assert room.studio.rows("jobs ORDER BY created_at")[0]["state"] == "cancelled"


async def test_cancelled_while_its_picture_is_uploaded(room: Room) -> None:
    """An order that is called off while its picture is on the way to the service is not sent after it."""
    room.studio.faults.add(Fault("image", "upload", "delay", 2))
    asked = await room.say("/edit make it night", files=[("a.png", picture(), False)])
    placeholder = await room.studio.answer(asked)
    await until(lambda: room.studio.asked_of_api("upload"))
    await room.press(placeholder, "stop")
    await until(_now(room, placeholder, NOT_CHARGED))
    await until(lambda: room.studio.images.files.uploads)
    await room.paint("a hare")
    assert [order["prompt"] for order in room.studio.images.generated] == ["a hare"]
    assert _now(room, placeholder, NOT_CHARGED)()


# --- there already --------------------------------------------------------------------------------------------------


async def test_at_the_service_it_is_paid_for_and_kept(room: Room) -> None:
    """What the service is at work on can't be stopped: that is said, nothing is shown, and /history has it."""
    _, placeholder = await _at_the_service(room)
    await room.press(placeholder, "stop")
    await until(_now(room, placeholder, PAID_FOR))
    assert not room.buttons(placeholder)
    await room.studio.heard_everything()
    await room.studio.restart()
    await room.studio.in_state("delivered")
    assert not [one for one in room.studio.from_bot(room.chat_id) if "photo" in one]
    assert _now(room, placeholder, PAID_FOR)()
    assert room.studio.images.total_charged == 6
    page = await room.studio.picture(await room.say("/history"))
    await room.press(page, "show")
    kept = await room.come(shows("photo"), page)
    assert kept["caption"] == "a red fox"
    await room.press(kept, "file")
    document = await room.come(shows("document"), kept)
    file = room.studio.world.files.get(document["document"]["file_id"])
    assert file
    assert [file.data] == room.studio.outputs()


async def test_an_album_that_was_cancelled(room: Room) -> None:
    """Of an album that was cancelled at the service every picture is kept, and none shown."""
    room.studio.images.duration_s = 1.5
    placeholder = await room.studio.agree(await room.say("/imagine foxes --n 4"))
    await room.studio.in_state("generating")
    await room.press(placeholder, "stop")
    await room.studio.in_state("delivered")
    assert not [one for one in room.studio.from_bot(room.chat_id) if "photo" in one]
    assert "of 4" in (await room.studio.picture(await room.say("/history")))["caption"]


async def test_cancelled_in_the_middle_of_the_call(room: Room) -> None:
    """While the order is being handed over nobody knows whether it is taken, so it counts as taken."""
    room.studio.faults.add(Fault("image", "generate", "delay", 0.4))
    placeholder = await room.studio.answer(await room.say("/imagine a red fox"))
    await room.studio.in_state("submitting")
    await room.press(placeholder, "stop")
    await until(_now(room, placeholder, PAID_FOR))
    await room.studio.in_state("delivered")
    assert not [one for one in room.studio.from_bot(room.chat_id) if "photo" in one]
    assert len(room.studio.rows("pictures")) == 1


async def test_called_off_and_then_not_taken(room: Room) -> None:
    """What is cancelled while it is handed over, and then not taken, is never handed over again, and that is said."""
    room.studio.faults.add(Fault("image", "generate", "delay", 0.3), Fault("image", "generate", "code", 455))
    placeholder = await room.studio.answer(await room.say("/imagine a red fox"))
    await room.studio.in_state("submitting")
    await room.press(placeholder, "stop")
    await until(_now(room, placeholder, PAID_FOR))
    await until(lambda: room.studio.rows("jobs")[0]["state"] in ENDED)
    assert not room.studio.images.tasks
    await until(lambda: not _now(room, placeholder, PAID_FOR)())
    assert _now(room, placeholder, CANCELLED)()


async def test_called_off_and_then_failed_for_its_picture(room: Room) -> None:
    """A task that fails over its picture is usually ordered once more, but not when it was cancelled meanwhile."""
    room.studio.images.duration_s = 1.5
    room.studio.faults.add(Fault("image", "task", "code", 451))
    placeholder = await room.studio.answer(await room.say("/edit night", files=[("a.png", picture(), False)]))
    await room.studio.in_state("generating")
    await room.press(placeholder, "stop")
    await until(_now(room, placeholder, PAID_FOR))
    await until(lambda: room.studio.rows("jobs")[0]["state"] in ENDED)
    assert room.studio.asked_of_api("generate") == 1
    await until(_now(room, placeholder, "No picture came"))


async def test_cancelled_and_then_failed(room: Room) -> None:
    """When nothing came of a cancelled order that is said in its place, and there is no new message."""
    room.studio.images.duration_s = 1.5
    placeholder = await room.studio.answer(await room.say("/imagine something forbidden"))
    await room.studio.in_state("generating")
    await room.press(placeholder, "stop")
    await until(_now(room, placeholder, "No picture came"))
    assert len(room.studio.from_bot(room.chat_id)) == 1
    assert room.studio.images.total_charged == 0


async def test_an_answer_on_its_way_does_not_undo_it(room: Room) -> None:
    """A question to the service that was under way when it was cancelled does not bring the progress back."""
    room.studio.faults.add(Fault("image", "record-info", "delay", 0.2))
    _, placeholder = await _at_the_service(room, 0.8)
    await until(lambda: room.studio.asked_of_api("record-info"))
    await room.press(placeholder, "stop")
    await until(_now(room, placeholder, PAID_FOR))
    await room.studio.in_state("delivered")
    versions = room.studio.world.history(room.chat_id, placeholder["message_id"])
    cancelled = next(number for number, version in enumerate(versions) if PAID_FOR in version["text"])
    assert [version["text"] for version in versions[cancelled:] if PAID_FOR not in version["text"]] == []


def _since_cancelled(room: Room, placeholder: Message) -> set[bool]:
    """Whether it says so in every version from the first one on that did."""
    versions = [words_of(version) for version in room.studio.world.history(room.chat_id, placeholder["message_id"])]
    first = next(number for number, words in enumerate(versions) if CANCELLED in words)
    return {CANCELLED in words for words in versions[first:]}


async def test_cancelled_and_then_hard_to_fetch(room: Room) -> None:
    """However often the picture of a cancelled order can't be fetched, its place says that it was cancelled."""
    faults = room.studio.faults
    _, placeholder = await _at_the_service(room)
    faults.add(Fault("image", "result", "drop", times=None), Fault("image", "download-url", "drop", times=None))
    await room.press(placeholder, "stop")
    await until(_now(room, placeholder, PAID_FOR))
    await until(lambda: room.studio.rows("jobs WHERE state = 'settled' AND attempts >= 2"))
    faults.clear()
    await room.studio.in_state("delivered")
    assert _since_cancelled(room, placeholder) == {True}
    assert len(room.studio.rows("pictures")) == 1


async def test_cancelled_and_then_uncertain(room: Room) -> None:
    """An order that was cancelled while it was handed over, and whose answer was lost, still says that it was."""
    faults = room.studio.faults
    faults.add(Fault("image", "generate", "delay", 0.4), Fault("image", "generate", "drop_after"))
    faults.add(Fault("callback", "*", "lose"))
    placeholder = await room.studio.answer(await room.say("/imagine a red fox"))
    await room.studio.in_state("submitting")
    await room.press(placeholder, "stop")
    await until(_now(room, placeholder, PAID_FOR))
    await until(lambda: room.studio.rows("jobs WHERE state = 'uncertain' AND told_at IS NOT NULL"))
    assert _since_cancelled(room, placeholder) == {True}


@pytest.mark.parametrize("state", ["queued", "generating"])
async def test_a_press_whose_answer_is_lost(room: Room, state: str) -> None:
    """✖ that is handled again, as Telegram lost the answer to it, is answered, and its order says what became of it."""
    if state == "queued":
        room.studio.faults.add(Fault("image", "generate", "code", 455, times=None))
    room.studio.images.duration_s = 1.5
    placeholder = await room.studio.answer(await room.say("/imagine a red fox"))
    await until(lambda: room.studio.asked_of_api("generate") and room.studio.rows(f"jobs WHERE state = '{state}'"))
    room.studio.faults.add(Fault("telegram", "answerCallbackQuery", "drop"))
    answer = await room.press(placeholder, "stop")
    assert not answer["text"]
    await until(_now(room, placeholder, NOT_CHARGED if state == "queued" else PAID_FOR))
    await room.studio.heard_everything()
    assert _since_cancelled(room, placeholder) == {True}


# --- too late, twice, and by whom -----------------------------------------------------------------------------------


async def test_too_late(room: Room) -> None:
    """A press that meets a finished picture says that there is nothing left to cancel, and the picture stays."""
    room.studio.images.duration_s = 0.1
    placeholder = await room.studio.answer(await room.say("/imagine a red fox"))
    stop = room.data(placeholder, "stop:")
    await room.studio.in_state("delivered")
    world = room.studio.world
    entry = world.chats[room.chat_id].entries[placeholder["message_id"]]
    shown = entry.now
    entry.versions.append(placeholder)  # an app that has not heard of the change yet
    answer = await world.press(room.chat_id, placeholder["message_id"], room.person, stop)
    entry.versions.append(shown)
    assert "nothing left to cancel" in answer["text"]
    assert answer["show_alert"]
    await room.studio.heard_everything()
    assert room.now(placeholder) == shown


async def test_a_double_tap(room: Room) -> None:
    """Two taps in a row are both answered, and the second changes nothing."""
    _, placeholder = await _at_the_service(room)
    await asyncio.gather(room.press(placeholder, "stop"), room.press(placeholder, "stop"))
    await room.studio.heard_everything()
    assert _now(room, placeholder, PAID_FOR)()
    await room.studio.in_state("delivered")
    assert len(room.studio.from_bot(room.chat_id)) == 1


@pytest.mark.parametrize("room", ["group"], indirect=True)
async def test_somebody_else_is_refused(room: Room) -> None:
    """Neither a member nor anybody but the asker and the admins cancels an order."""
    asked, placeholder = await _at_the_service(room)
    answer = await room.press(placeholder, "stop", _stranger(room))
    assert "Only the person who asked" in answer["text"]
    await room.studio.picture(asked)


@pytest.mark.parametrize("room", ["group"], indirect=True)
async def test_an_admin_may(room: Room) -> None:
    """An admin of the group cancels anybody's order."""
    _, placeholder = await _at_the_service(room)
    await room.press(placeholder, "stop", ADA)
    await until(_now(room, placeholder, PAID_FOR))


@pytest.mark.parametrize("room", ["group"], indirect=True)
async def test_an_admin_who_is_none_any_more_is_refused(room: Room) -> None:
    """Who was an admin before the bot ever asked is not one now."""
    room.studio.world.promote(room.chat_id, ADA)
    room.studio.world.demote(room.chat_id, ADA)
    asked, placeholder = await _at_the_service(room)
    assert "Only the person who asked" in (await room.press(placeholder, "stop", ADA))["text"]
    await room.studio.picture(asked)


# --- questions are cancelled as well --------------------------------------------------------------------------------


async def _question(room: Room) -> Message:
    """The bot asks what to do with a picture."""
    photo = await room.say("/edit", files=[("a.png", picture(color="red"), False)])
    return await room.studio.answer(photo, "What should I do with it")


async def test_a_question_is_taken_back(room: Room) -> None:
    """✖ under a question takes it away, and what is said next is no answer to it."""
    question = await _question(room)
    await room.studio.heard_everything()
    await room.studio.restart()
    await room.press(question, "question")
    await until(lambda: room.now(question) is None)
    assert not room.studio.rows("questions")
    await room.paint("a red fox")
    assert "filesUrl" not in room.studio.images.generated[0]


async def test_an_old_question_waits_no_longer(room: Room) -> None:
    """After a day a question is no longer waited for: an answer orders nothing, and is told so; ✖ takes it away."""
    question = await _question(room)
    await room.studio.heard_everything()
    room.studio.rewrite("UPDATE questions SET asked_at = asked_at - ?", 24 * HOUR_MS)
    late = await room.say("make it night", reply_to=question["message_id"])
    await room.studio.answer(late, "Send it again")
    assert not room.studio.rows("jobs")
    await room.press(question, "question")
    await until(lambda: room.now(question) is None)


async def test_a_question_that_was_passed_over(room: Room) -> None:
    """Whoever orders something else first can still reply to the question, once; what they say next is no answer."""
    question = await _question(room)
    await room.paint("a red fox")
    if not room.is_group:
        await room.studio.picture(await room.say("a hare"))
    await room.studio.picture(await room.say("make it night", reply_to=question["message_id"]))
    assert len(room.studio.inputs()) == 1
    count = len(room.studio.rows("jobs"))
    thanks = await room.say("thank you", reply_to=question["message_id"])
    await room.studio.heard_everything()
    if not room.is_group:
        await room.studio.answer(thanks, "Send it again")
    assert len(room.studio.rows("jobs")) == count


@pytest.mark.parametrize("room", ["private"], indirect=True)
async def test_words_to_an_answered_question_are_about_no_other(room: Room) -> None:
    """A reply to a question that was answered is told so, and not taken for an answer to the one that is open."""
    answered = await _question(room)
    await room.studio.picture(await room.say("make it night", reply_to=answered["message_id"]))
    await _question(room)
    for words in ("/edit make it day", "make it day"):
        await room.studio.answer(await room.say(words, reply_to=answered["message_id"]), "Send it again")
    assert len(room.studio.images.generated) == 1


@pytest.mark.usefixtures("unforgetting")
async def test_an_answer_handled_twice_is_one(room: Room) -> None:
    """After a crash the answer is handled again: there is one order, and nobody is told that there is none."""
    question = await _question(room)
    await room.studio.picture(await room.say("/edit make it night", reply_to=question["message_id"]))
    await room.studio.in_state("delivered")
    await room.studio.heard_everything()
    said = len(room.studio.from_bot(room.chat_id))
    await room.studio.crash()
    room.studio.rewrite("UPDATE inbox SET done_at = NULL WHERE update_id = (SELECT max(update_id) FROM inbox)")
    await room.studio.start()
    await room.studio.heard_everything()
    assert len(room.studio.from_bot(room.chat_id)) == said
    assert len(room.studio.rows("jobs")) == 1


async def test_a_question_too_old_to_delete(room: Room) -> None:
    """After two days Telegram lets no message be deleted: ✖ takes the button away instead."""
    question = await _question(room)
    await room.studio.heard_everything()
    room.studio.world.age(room.chat_id, question["message_id"], 50)
    await room.press(question, "question")
    await until(lambda: not room.buttons(question))
    assert not room.studio.rows("questions")


async def test_a_question_nearly_a_day_old(room: Room) -> None:
    """After 23 hours the answer still is one."""
    question = await _question(room)
    await room.studio.heard_everything()
    room.studio.rewrite("UPDATE questions SET asked_at = asked_at - ?", 23 * HOUR_MS)
    await room.studio.picture(await room.say("make it night", reply_to=question["message_id"]))
    assert len(room.studio.inputs()) == 1


@pytest.mark.parametrize("room", ["group"], indirect=True)
async def test_nobody_else_takes_a_question_back(room: Room) -> None:
    """Somebody else's press leaves the question open."""
    question = await _question(room)
    await room.studio.heard_everything()
    await room.press(question, "question", _stranger(room))
    assert room.now(question) == question
    await room.studio.picture(await room.say("make it night", BEN, reply_to=question["message_id"]))
    assert len(room.studio.inputs()) == 1


async def test_a_newer_question_leaves_the_first(room: Room) -> None:
    """Each question is answered by a reply to it, in whatever order, and taken back by its own ✖."""
    first, second, third = [await _question(room) for _ in range(3)]
    await room.studio.heard_everything()
    await room.press(second, "question")
    await until(lambda: room.now(second) is None)
    for question in (third, first):
        await room.studio.picture(await room.say("make it night", reply_to=question["message_id"]))
        assert len(room.studio.inputs()) == 1
    assert len(room.studio.images.generated) == 2
    assert not room.studio.rows("questions")
