"""✖ on a job: before the submission it is free; after it, it isn't offered, and the picture comes."""

from collections.abc import Callable
from typing import Any

import pytest

from core.models.callback_data import Action, CallbackData
from core.models.job import PictureId
from sandbox.faults import Fault
from tests.e2e.kit import (
    ADA,
    BEN,
    EVERYWHERE,
    GROUP,
    IN_GROUP,
    PATIENT,
    Message,
    Room,
    picture,
    says,
    shows,
    until,
    words_of,
)
from tests.e2e.test_group_rules import rule

HOUR_MS = 3_600_000
NOT_CHARGED = "nothing was charged"
PAID_FOR = "it is charged"
PAINTED = "already being painted, too late to cancel"
CANCELLED = "Canceled"
ENDED = {"cancelled", "delivered"}


def _now(room: Room, message: Message, words: str) -> Callable[[], bool]:
    return lambda: says(words)(room.now(message) or {})


async def _at_the_service(room: Room, duration_s: float = 0.4) -> tuple[Message, Message]:
    """Return an order that the image API is working on, and its placeholder as it was before."""
    room.studio.images.duration_s = duration_s
    asked = await room.say("/imagine a red fox")
    placeholder = await room.studio.answer(asked)
    await room.studio.in_state("generating")
    return asked, placeholder


async def _press_old(room: Room, placeholder: Message, person: int | None = None) -> dict[str, Any]:
    """Press the ✖ that the placeholder had, in an app that hasn't received the change yet; return the answer."""
    (job,) = room.studio.rows("jobs")
    button = {"text": "✖", "callback_data": CallbackData(Action.STOP, PictureId(job["id"], 0)).data}
    entry = room.studio.world.chats[room.chat_id].entries[placeholder["message_id"]]
    shown = entry.now
    entry.versions.append(placeholder | {"reply_markup": {"inline_keyboard": [[button]]}})
    try:
        return await room.press(placeholder, "stop", person)
    finally:
        entry.versions.append(shown)


async def _muted(room: Room, asked: Message, state: str) -> Message:
    """Suppress an order as the version before did, once its job is in a state, and return its placeholder."""
    placeholder = await room.studio.answer(asked)
    await room.studio.in_state(state)
    await room.studio.rewrite("UPDATE jobs SET muted_at = 1, stopped_by = 'press:1' WHERE state = ?", state)
    return placeholder


# --- not submitted yet --------------------------------------------------------------------------------------------


@PATIENT
async def test_a_queued_order_is_never_submitted(room: Room) -> None:
    """A canceled queued job is never submitted, not even after a restart."""
    room.studio.faults.add(Fault("image", "generate", "code", 455, times=None))
    placeholder = await room.studio.answer(await room.say("/imagine a red fox"))
    await until(lambda: room.studio.asked_of_api("generate") and room.studio.rows("jobs WHERE state = 'queued'"))
    await room.studio.restart()
    await room.studio.refused_again()
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
    """A job that is canceled while its picture is uploaded isn't submitted."""
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


# --- submitted already --------------------------------------------------------------------------------------------


@EVERYWHERE
async def test_at_the_service_it_is_too_late(room: Room) -> None:
    """Once the image API has a job, ✖ goes; an old ✖ and /cancel say that it is too late, and the picture comes."""
    asked, placeholder = await _at_the_service(room, 1.5)
    await until(lambda: not room.buttons(placeholder))
    answer = await _press_old(room, placeholder)
    assert PAINTED in answer["text"]
    assert answer["show_alert"]
    await room.studio.answer(await _cancel(room), PAINTED)
    assert "photo" in await room.studio.picture(asked)
    assert room.studio.images.total_charged == 6


async def test_during_the_call_it_is_too_late(room: Room) -> None:
    """A job counts as taken as soon as the generate call begins."""
    room.studio.faults.add(Fault("image", "generate", "delay", 0.4))
    asked = await room.say("/imagine a red fox")
    placeholder = await room.studio.answer(asked)
    await room.studio.in_state("submitting")
    assert PAINTED in (await _press_old(room, placeholder))["text"]
    await room.studio.picture(asked)


async def test_uncertain_it_is_too_late(room: Room) -> None:
    """A job that may be painted can't be canceled; no button offers it, and /cancel says so."""
    room.studio.faults.add(Fault("image", "generate", "drop_after"), Fault("callback", "*", "lose"))
    asked = await room.say("/imagine a red fox")
    notice = await room.studio.answer(asked, "got no confirmation")
    assert not room.buttons(notice)
    await room.studio.answer(await _cancel(room), "may be painted already")


@PATIENT
async def test_not_taken_it_can_be_canceled_again(room: Room) -> None:
    """If the image API didn't take a job, ✖ is there again, and costs nothing."""
    room.studio.faults.add(Fault("image", "generate", "code", 455, times=None))
    placeholder = await room.studio.answer(await room.say("/imagine a red fox"))
    await until(_now(room, placeholder, "busy right now"))
    await room.press(placeholder, "stop")
    await until(_now(room, placeholder, NOT_CHARGED))
    assert not room.buttons(placeholder)
    assert not room.studio.images.tasks


# --- suppressed by the version before -----------------------------------------------------------------------------


@EVERYWHERE
async def test_muted_it_is_paid_for_and_kept(room: Room) -> None:
    """A job that the version before suppressed isn't shown, /cancel says so, and /history has the result."""
    room.studio.images.duration_s = 0.8
    asked = await room.say("/imagine a red fox")
    await _muted(room, asked, "generating")
    await room.studio.answer(await _cancel(room, reply_to=asked["message_id"]), PAID_FOR)
    await room.studio.in_state("delivered")
    assert not [one for one in room.studio.from_bot(room.chat_id) if "photo" in one]
    assert room.studio.images.total_charged == 6
    page = await room.studio.picture(await room.say("/history"))
    await room.press(page, "show")
    kept = await room.come(shows("photo"), page)
    assert kept["caption"] == "a red fox"


async def test_muted_and_then_not_taken(room: Room) -> None:
    """A suppressed job that the image API refuses isn't submitted again, and the user is told."""
    room.studio.faults.add(Fault("image", "generate", "delay", 0.3), Fault("image", "generate", "code", 455))
    placeholder = await _muted(room, await room.say("/imagine a red fox"), "submitting")
    await until(lambda: room.studio.rows("jobs")[0]["state"] in ENDED)
    assert not room.studio.images.tasks
    await until(_now(room, placeholder, NOT_CHARGED))


async def test_muted_and_then_failed_for_its_picture(room: Room) -> None:
    """A suppressed job isn't resubmitted if its task fails because of its picture."""
    room.studio.images.duration_s = 1.5
    room.studio.faults.add(Fault("image", "task", "code", 451))
    asked = await room.say("/edit night", files=[("a.png", picture(), False)])
    placeholder = await _muted(room, asked, "generating")
    await until(lambda: room.studio.rows("jobs")[0]["state"] in ENDED)
    assert room.studio.asked_of_api("generate") == 1
    await until(_now(room, placeholder, "No picture came"))
    assert len(room.studio.from_bot(room.chat_id)) == 1
    assert room.studio.images.total_charged == 0


async def test_muted_and_then_hard_to_fetch(room: Room) -> None:
    """Nothing is said of a suppressed job however often its result can't be downloaded."""
    faults = room.studio.faults
    room.studio.images.duration_s = 0.8
    placeholder = await _muted(room, await room.say("/imagine a red fox"), "generating")
    faults.add(Fault("image", "result", "drop", times=None), Fault("image", "download-url", "drop", times=None))
    await until(lambda: room.studio.rows("jobs WHERE state = 'settled' AND attempts >= 2"))
    faults.clear()
    await room.studio.in_state("delivered")
    assert "fetching" not in words_of(room.now(placeholder) or {})
    assert len(room.studio.rows("pictures")) == 1


@PATIENT
async def test_a_press_whose_answer_is_lost(room: Room) -> None:
    """✖ that is replayed because its answer was lost is answered, and the placeholder shows the outcome."""
    room.studio.faults.add(Fault("image", "generate", "code", 455, times=None))
    placeholder = await room.studio.answer(await room.say("/imagine a red fox"))
    await until(lambda: room.studio.asked_of_api("generate") and room.studio.rows("jobs WHERE state = 'queued'"))
    await until(lambda: room.buttons(placeholder))
    room.studio.faults.add(Fault("telegram", "answerCallbackQuery", "drop"))
    answer = await room.press(placeholder, "stop")
    assert not answer["text"]
    await until(_now(room, placeholder, NOT_CHARGED))
    await room.studio.heard_everything()
    versions = [words_of(version) for version in room.studio.world.history(room.chat_id, placeholder["message_id"])]
    first = next(number for number, words in enumerate(versions) if CANCELLED in words)
    assert all(CANCELLED in words for words in versions[first:])


# --- too late, twice, and by others -------------------------------------------------------------------------------


async def test_too_late(room: Room) -> None:
    """✖ on a finished picture says that nothing is left to cancel, and the picture stays."""
    placeholder = await room.studio.answer(await room.say("/imagine a red fox"))
    await room.studio.in_state("delivered")
    shown = room.now(placeholder)
    answer = await _press_old(room, placeholder)
    assert "nothing left to cancel" in answer["text"]
    assert answer["show_alert"]
    await room.studio.heard_everything()
    assert room.now(placeholder) == shown


@IN_GROUP
async def test_somebody_else_is_refused(room: Room) -> None:
    """A member who is neither the requester nor an admin can't cancel a job, and neither can a former admin."""
    room.studio.world.promote(room.chat_id, ADA)
    room.studio.world.demote(room.chat_id, ADA)
    asked, placeholder = await _at_the_service(room)
    for person in (room.stranger(), ADA):
        assert NOT_YOURS in (await _press_old(room, placeholder, person))["text"]
    await room.studio.picture(asked)


@IN_GROUP
@PATIENT
async def test_an_admin_may(room: Room) -> None:
    """An admin of the group can cancel any job."""
    placeholder = await room.studio.answer(await _waiting(room))
    await room.press(placeholder, "stop", ADA)
    await until(_now(room, placeholder, NOT_CHARGED))


# --- questions ----------------------------------------------------------------------------------------------------


async def _question(room: Room) -> Message:
    """Send a picture, and return the bot's question about it."""
    photo = await room.say("/edit", files=[("a.png", picture(color="red"), False)])
    return await room.studio.answer(photo, "What should I do with it")


@EVERYWHERE
async def test_a_question_is_taken_back(room: Room) -> None:
    """✖ below a question deletes it, and the next text doesn't answer it."""
    question = await _question(room)
    await room.studio.heard_everything()
    await room.studio.restart()
    await room.press(question, "question")
    await until(lambda: room.now(question) is None)
    assert not room.studio.rows("questions")
    await room.paint("a red fox")
    assert "filesUrl" not in room.studio.images.generated[0]


@EVERYWHERE
async def test_an_old_question_waits_no_longer(room: Room) -> None:
    """After a day, an answer to a question orders nothing and is told so, and ✖ deletes the question."""
    question = await _question(room)
    await room.studio.heard_everything()
    await room.studio.rewrite("UPDATE questions SET asked_at = asked_at - ?", 24 * HOUR_MS)
    late = await room.say("make it night", reply_to=question["message_id"])
    await room.studio.answer(late, "Send it again")
    assert not room.studio.rows("jobs")
    await room.press(question, "question")
    await until(lambda: room.now(question) is None)


@EVERYWHERE
async def test_a_question_that_was_passed_over(room: Room) -> None:
    """A question that was passed over can still be answered by a reply, once; other text doesn't answer it."""
    question = await _question(room)
    room.studio.keep_messages()
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


async def test_words_to_an_answered_question_are_about_no_other(room: Room) -> None:
    """A reply to an answered question is told so, and isn't taken for an answer to an open one."""
    answered = await _question(room)
    room.studio.keep_messages()
    await room.studio.picture(await room.say("make it night", reply_to=answered["message_id"]))
    await _question(room)
    for words in ("/edit make it day", "make it day"):
        await room.studio.answer(await room.say(words, reply_to=answered["message_id"]), "Send it again")
    assert len(room.studio.images.generated) == 1


@pytest.mark.usefixtures("unforgetting")
async def test_an_answer_handled_twice_is_one(room: Room) -> None:
    """An answer that is replayed after a crash makes one job, and no message denies it."""
    question = await _question(room)
    await room.studio.picture(await room.say("/edit make it night", reply_to=question["message_id"]))
    await room.studio.in_state("delivered")
    await room.studio.heard_everything()
    said = len(room.studio.from_bot(room.chat_id))
    await room.studio.crash()
    await room.studio.rewrite("UPDATE inbox SET done_at = NULL WHERE update_id = (SELECT max(update_id) FROM inbox)")
    await room.studio.start()
    await room.studio.heard_everything()
    assert len(room.studio.from_bot(room.chat_id)) == said
    assert len(room.studio.rows("jobs")) == 1


async def test_a_question_too_old_to_delete(room: Room) -> None:
    """If a question is too old to delete, ✖ removes its button."""
    question = await _question(room)
    await room.studio.heard_everything()
    room.studio.world.age(room.chat_id, question["message_id"], 50)
    await room.press(question, "question")
    await until(lambda: not room.buttons(question))
    assert not room.studio.rows("questions")


async def test_a_question_nearly_a_day_old(room: Room) -> None:
    """After 23 hours, an answer still counts."""
    question = await _question(room)
    await room.studio.heard_everything()
    await room.studio.rewrite("UPDATE questions SET asked_at = asked_at - ?", 23 * HOUR_MS)
    await room.studio.picture(await room.say("make it night", reply_to=question["message_id"]))
    assert len(room.studio.inputs()) == 1


@IN_GROUP
async def test_nobody_else_takes_a_question_back(room: Room) -> None:
    """Another member's ✖ leaves the question open."""
    question = await _question(room)
    await room.studio.heard_everything()
    await room.press(question, "question", room.stranger())
    assert room.now(question) == question
    await room.studio.picture(await room.say("make it night", BEN, reply_to=question["message_id"]))
    assert len(room.studio.inputs()) == 1


@EVERYWHERE
async def test_a_newer_question_leaves_the_first(room: Room) -> None:
    """Several questions are answered by replies in any order, and each ✖ deletes its own."""
    first, second, third = [await _question(room) for _ in range(3)]
    await room.studio.heard_everything()
    await room.press(second, "question")
    await until(lambda: room.now(second) is None)
    for question in (third, first):
        await room.studio.picture(await room.say("make it night", reply_to=question["message_id"]))
        assert len(room.studio.inputs()) == 1
    assert len(room.studio.images.generated) == 2
    assert not room.studio.rows("questions")


NOTHING = "nothing in progress here"
NOT_YOURS = "Only the person who asked"


async def _waiting(room: Room, words: str = "a fox", person: int | None = None, topic: int | None = None) -> Message:
    """Return an order whose job was refused once, and that waits for long if the test is PATIENT."""
    if not len(room.studio.faults):
        room.studio.faults.add(Fault("image", "generate", "code", 455, times=None))
    asked = await room.say(f"/imagine {words}", person, thread_id=topic)
    job = f"jobs WHERE reply_to = {asked['message_id']} AND placeholder_id IS NOT NULL"
    await until(lambda: room.studio.rows(f"{job} AND state = 'queued' AND attempts = 1"))
    return asked


async def _are(room: Room, *canceled: bool) -> None:
    """Check which jobs are canceled, the first one first."""
    await room.studio.heard_everything()
    jobs = room.studio.rows("jobs ORDER BY created_at, rowid")
    assert [job["state"] == "cancelled" for job in jobs] == list(canceled)


async def _told(room: Room, asked: Message) -> None:
    """Check that the placeholder says in the end that the job was canceled in time."""
    await room.studio.answer(asked, NOT_CHARGED)


async def _cancel(room: Room, person: int | None = None, **more: int) -> Message:
    return await room.say("/cancel", person, **more)


@PATIENT
async def test_ones_own_latest(room: Room) -> None:
    """Without a reply, /cancel cancels the latest job, and the earlier one continues."""
    first = await _waiting(room, "a fox")
    second = await _waiting(room, "a hare")
    await room.studio.answer(await _cancel(room), NOT_CHARGED)
    await _are(room, False, True)
    await _told(room, second)
    room.studio.faults.clear()
    await room.studio.rewrite("UPDATE jobs SET due_at = 0")
    await room.studio.picture(first)
    assert {task.prompt for task in room.studio.images.tasks.values()} == {"a fox"}


@EVERYWHERE
@pytest.mark.parametrize("replied", ["order", "placeholder"])
@PATIENT
async def test_the_one_that_is_replied_to(room: Room, replied: str) -> None:
    """In reply to an order or its placeholder, /cancel cancels that job."""
    first = await _waiting(room, "a fox")
    await _waiting(room, "a hare")
    about = first if replied == "order" else await room.studio.answer(first)
    await _cancel(room, reply_to=about["message_id"])
    await _are(room, True, False)
    await _told(room, first)


@EVERYWHERE
async def test_nothing_to_cancel(room: Room) -> None:
    """If nothing can be canceled, /cancel says so and changes nothing."""
    shown = await room.paint("a fox")
    await room.studio.in_state("delivered")
    talk = await room.say("/me")
    await room.studio.answer(await _cancel(room), NOTHING)
    for message in (shown, talk):
        await room.studio.answer(await _cancel(room, reply_to=message["message_id"]), NOTHING)
    assert room.now(shown) == shown


@EVERYWHERE
@PATIENT
async def test_only_in_the_same_chat(room: Room) -> None:
    """/cancel doesn't cancel the requester's jobs in other chats."""
    await _waiting(room)
    elsewhere = Room(room.studio, room.person if room.is_group else GROUP, room.person)
    await room.studio.answer(await _cancel(elsewhere), NOTHING)
    await _are(room, False)


@pytest.mark.usefixtures("unforgetting")
@PATIENT
async def test_a_replay_cancels_nothing_else(room: Room) -> None:
    """A /cancel that is replayed after a crash doesn't cancel another job."""
    await _waiting(room, "a fox")
    second = await _waiting(room, "a hare")
    await _cancel(room)
    await _told(room, second)
    await room.studio.heard_everything()
    await room.studio.crash()
    await room.studio.rewrite("UPDATE inbox SET done_at = NULL WHERE update_id = (SELECT max(update_id) FROM inbox)")
    await room.studio.start()
    await _are(room, False, True)


# --- in groups ----------------------------------------------------------------------------------------------------


@IN_GROUP
@PATIENT
async def test_others_are_refused(room: Room) -> None:
    """A member can't cancel another member's job by a reply, and without one only their own jobs count."""
    guest = room.studio.person()
    room.studio.world.join(GROUP, guest)
    asked = await _waiting(room, person=ADA)
    for person in (BEN, guest):
        await room.studio.answer(await _cancel(room, person, reply_to=asked["message_id"]), NOT_YOURS)
        await room.studio.answer(await _cancel(room, person), NOTHING)
    await _are(room, False)


@IN_GROUP
@PATIENT
async def test_an_admin_cancels_anybodys(room: Room) -> None:
    """An admin cancels any job by a reply, and without one only their own."""
    asked = await _waiting(room, person=BEN)
    await room.studio.answer(await _cancel(room, ADA), NOTHING)
    await _cancel(room, ADA, reply_to=asked["message_id"])
    await _are(room, True)
    await _told(room, asked)


@IN_GROUP
@pytest.mark.parametrize("topic", [2, None], ids=["topic", "general"])
@PATIENT
async def test_in_a_topic(room: Room, topic: int | None) -> None:
    """/cancel without a reply works in a topic, where Telegram adds a reply to the topic's first message."""
    asked = await _waiting(room, topic=topic)
    await _cancel(room, **({"thread_id": topic} if topic else {}))
    await _told(room, asked)
    await _are(room, True)
    assert {one.get("message_thread_id") for one in room.studio.from_bot(GROUP)} == {topic}


@IN_GROUP
@PATIENT
async def test_in_quiet_mode(room: Room) -> None:
    """In quiet mode without a placeholder, /cancel is answered, and the reaction goes."""
    await rule(room, "quiet", "on")
    room.studio.faults.add(Fault("image", "generate", "code", 455, times=None))
    asked = await room.say("/imagine a fox")
    await until(lambda: room.studio.world.reactions(GROUP))
    await until(lambda: room.studio.rows("jobs WHERE state = 'queued' AND attempts = 1"))
    command = await _cancel(room, ADA, reply_to=asked["message_id"])
    await room.studio.answer(command, NOT_CHARGED)
    await _are(room, True)
    assert not [one for one in room.studio.from_bot(GROUP) if room.studio.answers(one, asked)]
    await until(lambda: not room.studio.world.reactions(GROUP))


@IN_GROUP
async def test_a_settled_order_is_done(room: Room) -> None:
    """A settled job can't be canceled, and its result is shown."""
    room.studio.faults.add(Fault("file", "result", "http", 500))
    asked = await room.say("/imagine a fox")
    await room.studio.in_state("settled")
    refusal = await room.studio.answer(await _cancel(room, reply_to=asked["message_id"]))
    assert says(NOTHING)(refusal) or says("nothing left")(refusal)
    assert "fox" in words_of(await room.studio.picture(asked))
