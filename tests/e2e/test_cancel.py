"""✖ on a job: before the submission nothing is sent; after it, the result is paid, kept and not shown."""

from collections.abc import Callable

import pytest

from sandbox.faults import Fault
from tests.e2e.kit import ADA, BEN, EVERYWHERE, GROUP, IN_GROUP, Message, Room, picture, says, shows, until, words_of
from tests.e2e.test_group_rules import rule

HOUR_MS = 3_600_000
NOT_CHARGED = "nothing was charged"
PAID_FOR = "it is charged"
CANCELLED = "Canceled"
ENDED = {"cancelled", "delivered"}


def _now(room: Room, message: Message, words: str) -> Callable[[], bool]:
    return lambda: says(words)(room.now(message) or {})


async def _at_the_service(room: Room, duration_s: float = 0.4) -> tuple[Message, Message]:
    """Return an order that the image API is working on, and its placeholder."""
    room.studio.images.duration_s = duration_s
    asked = await room.say("/imagine a red fox")
    placeholder = await room.studio.answer(asked)
    await room.studio.in_state("generating")
    return asked, placeholder


async def _stopped(room: Room, asked: Message, state: str) -> Message:
    """Cancel an order by its button once its job is in a state, and return its placeholder."""
    placeholder = await room.studio.answer(asked)
    await room.studio.in_state(state)
    await room.press(placeholder, "stop")
    await until(_now(room, placeholder, CANCELLED))
    return placeholder


# --- not submitted yet --------------------------------------------------------------------------------------------


async def test_a_queued_order_is_never_submitted(room: Room) -> None:
    """A canceled queued job is never submitted, not even after a restart."""
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
async def test_at_the_service_it_is_paid_for_and_kept(room: Room) -> None:
    """A submitted job can't be stopped: the user is told, nothing is shown, and /history has the result."""
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


async def test_called_off_and_then_not_taken(room: Room) -> None:
    """A job that is canceled during the call and then refused isn't submitted again, and the user is told."""
    room.studio.faults.add(Fault("image", "generate", "delay", 0.3), Fault("image", "generate", "code", 455))
    placeholder = await _stopped(room, await room.say("/imagine a red fox"), "submitting")
    await until(lambda: room.studio.rows("jobs")[0]["state"] in ENDED)
    assert not room.studio.images.tasks
    await until(lambda: not _now(room, placeholder, PAID_FOR)())
    assert _now(room, placeholder, CANCELLED)()


async def test_called_off_and_then_failed_for_its_picture(room: Room) -> None:
    """A canceled job isn't resubmitted if its task fails because of its picture."""
    room.studio.images.duration_s = 1.5
    room.studio.faults.add(Fault("image", "task", "code", 451))
    placeholder = await _stopped(room, await room.say("/edit night", files=[("a.png", picture(), False)]), "generating")
    await until(lambda: room.studio.rows("jobs")[0]["state"] in ENDED)
    assert room.studio.asked_of_api("generate") == 1
    await until(_now(room, placeholder, "No picture came"))


async def test_cancelled_and_then_failed(room: Room) -> None:
    """If a canceled job fails, its placeholder says so, without a new message."""
    room.studio.images.duration_s = 1.5
    placeholder = await _stopped(room, await room.say("/imagine something forbidden"), "generating")
    await until(_now(room, placeholder, "No picture came"))
    assert len(room.studio.from_bot(room.chat_id)) == 1
    assert room.studio.images.total_charged == 0


async def test_an_answer_on_its_way_does_not_undo_it(room: Room) -> None:
    """A poll that was in progress during the cancellation doesn't restore the progress text."""
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
    """Return whether the placeholder said "canceled" in each version since the first one that did."""
    versions = [words_of(version) for version in room.studio.world.history(room.chat_id, placeholder["message_id"])]
    first = next(number for number, words in enumerate(versions) if CANCELLED in words)
    return {CANCELLED in words for words in versions[first:]}


async def test_cancelled_and_then_hard_to_fetch(room: Room) -> None:
    """The placeholder says that the job was canceled however often the result can't be downloaded."""
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
    """The placeholder says that the job was canceled even if the job becomes uncertain."""
    faults = room.studio.faults
    faults.add(Fault("image", "generate", "delay", 0.4), Fault("image", "generate", "drop_after"))
    faults.add(Fault("callback", "*", "lose"))
    placeholder = await _stopped(room, await room.say("/imagine a red fox"), "submitting")
    await until(lambda: room.studio.rows("jobs WHERE state = 'uncertain' AND told_at IS NOT NULL"))
    assert _since_cancelled(room, placeholder) == {True}


@pytest.mark.parametrize("state", ["queued", "generating"])
async def test_a_press_whose_answer_is_lost(room: Room, state: str) -> None:
    """✖ that is replayed because its answer was lost is answered, and the placeholder shows the outcome."""
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


# --- too late, twice, and by others -------------------------------------------------------------------------------


async def test_too_late(room: Room) -> None:
    """✖ on a finished picture says that nothing is left to cancel, and the picture stays."""
    room.studio.images.duration_s = 0.1
    placeholder = await room.studio.answer(await room.say("/imagine a red fox"))
    stop = room.data(placeholder, "stop:")
    await room.studio.in_state("delivered")
    world = room.studio.world
    entry = world.chats[room.chat_id].entries[placeholder["message_id"]]
    shown = entry.now
    entry.versions.append(placeholder)  # an app that hasn't received the change yet
    answer = await world.press(room.chat_id, placeholder["message_id"], room.person, stop)
    entry.versions.append(shown)
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
        assert NOT_YOURS in (await room.press(placeholder, "stop", person))["text"]
    await room.studio.picture(asked)


@IN_GROUP
async def test_an_admin_may(room: Room) -> None:
    """An admin of the group can cancel any job."""
    _, placeholder = await _at_the_service(room)
    await room.press(placeholder, "stop", ADA)
    await until(_now(room, placeholder, PAID_FOR))


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
    room.studio.rewrite("UPDATE questions SET asked_at = asked_at - ?", 24 * HOUR_MS)
    late = await room.say("make it night", reply_to=question["message_id"])
    await room.studio.answer(late, "Send it again")
    assert not room.studio.rows("jobs")
    await room.press(question, "question")
    await until(lambda: room.now(question) is None)


@EVERYWHERE
async def test_a_question_that_was_passed_over(room: Room) -> None:
    """A question that was passed over can still be answered by a reply, once; other text doesn't answer it."""
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


async def test_words_to_an_answered_question_are_about_no_other(room: Room) -> None:
    """A reply to an answered question is told so, and isn't taken for an answer to an open one."""
    answered = await _question(room)
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
    room.studio.rewrite("UPDATE inbox SET done_at = NULL WHERE update_id = (SELECT max(update_id) FROM inbox)")
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
    room.studio.rewrite("UPDATE questions SET asked_at = asked_at - ?", 23 * HOUR_MS)
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
    """Return an order whose job stays queued."""
    if not len(room.studio.faults):
        room.studio.faults.add(Fault("image", "generate", "code", 455, times=None))
    asked = await room.say(f"/imagine {words}", person, thread_id=topic)
    await until(lambda: room.studio.rows(f"jobs WHERE reply_to = {asked['message_id']} AND placeholder_id IS NOT NULL"))
    return asked


async def _are(room: Room, *canceled: bool) -> None:
    """Check which jobs are canceled, the first one first; one that is being submitted is canceled a moment later."""
    await room.studio.heard_everything()
    found: list[bool] = []

    def calm() -> bool:
        jobs = room.studio.rows("jobs ORDER BY created_at, rowid")
        found[:] = [job["state"] == "cancelled" for job in jobs]
        return not any(job["muted_at"] and job["state"] != "cancelled" for job in jobs)

    await until(calm)
    assert found == list(canceled)


async def _told(room: Room, asked: Message) -> None:
    """Check that the placeholder says in the end that the job was canceled in time."""
    await room.studio.answer(asked, NOT_CHARGED)


async def _cancel(room: Room, person: int | None = None, **more: int) -> Message:
    return await room.say("/cancel", person, **more)


async def test_ones_own_latest(room: Room) -> None:
    """Without a reply, /cancel cancels the latest job, and the earlier one continues."""
    first = await _waiting(room, "a fox")
    second = await _waiting(room, "a hare")
    await _cancel(room)
    await _are(room, False, True)
    await _told(room, second)
    room.studio.faults.clear()
    await room.studio.picture(first)
    assert {task.prompt for task in room.studio.images.tasks.values()} == {"a fox"}


@EVERYWHERE
@pytest.mark.parametrize("replied", ["order", "placeholder"])
async def test_the_one_that_is_replied_to(room: Room, replied: str) -> None:
    """In reply to an order or its placeholder, /cancel cancels that job."""
    first = await _waiting(room, "a fox")
    await _waiting(room, "a hare")
    about = first if replied == "order" else await room.studio.answer(first)
    await _cancel(room, reply_to=about["message_id"])
    await _are(room, True, False)
    await _told(room, first)


async def test_what_the_service_has(room: Room) -> None:
    """/cancel on a submitted job hides its result and says so, and a second /cancel finds nothing."""
    room.studio.images.duration_s = 1.5
    asked = await room.say("/imagine a fox")
    await room.studio.in_state("generating")
    await _cancel(room)
    await room.studio.answer(asked, PAID_FOR)
    await room.studio.answer(await _cancel(room), NOTHING)
    await room.studio.in_state("delivered")
    assert not [one for one in room.studio.from_bot(room.chat_id) if "photo" in one]
    assert room.studio.images.total_charged == 6


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
async def test_only_in_the_same_chat(room: Room) -> None:
    """/cancel doesn't cancel the requester's jobs in other chats."""
    await _waiting(room)
    elsewhere = Room(room.studio, room.person if room.is_group else GROUP, room.person)
    await room.studio.answer(await _cancel(elsewhere), NOTHING)
    await _are(room, False)


@pytest.mark.usefixtures("unforgetting")
async def test_a_replay_cancels_nothing_else(room: Room) -> None:
    """A /cancel that is replayed after a crash doesn't cancel another job."""
    await _waiting(room, "a fox")
    second = await _waiting(room, "a hare")
    await _cancel(room)
    await _told(room, second)
    await room.studio.heard_everything()
    await room.studio.crash()
    room.studio.rewrite("UPDATE inbox SET done_at = NULL WHERE update_id = (SELECT max(update_id) FROM inbox)")
    await room.studio.start()
    await _are(room, False, True)


# --- in groups ----------------------------------------------------------------------------------------------------


@IN_GROUP
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
async def test_an_admin_cancels_anybodys(room: Room) -> None:
    """An admin cancels any job by a reply, and without one only their own."""
    asked = await _waiting(room, person=BEN)
    await room.studio.answer(await _cancel(room, ADA), NOTHING)
    await _cancel(room, ADA, reply_to=asked["message_id"])
    await _are(room, True)
    await _told(room, asked)


@IN_GROUP
@pytest.mark.parametrize("topic", [2, None], ids=["topic", "general"])
async def test_in_a_topic(room: Room, topic: int | None) -> None:
    """/cancel without a reply works in a topic, where Telegram adds a reply to the topic's first message."""
    asked = await _waiting(room, topic=topic)
    await _cancel(room, **({"thread_id": topic} if topic else {}))
    await _told(room, asked)
    await _are(room, True)
    assert {one.get("message_thread_id") for one in room.studio.from_bot(GROUP)} == {topic}


@IN_GROUP
async def test_in_quiet_mode(room: Room) -> None:
    """In quiet mode without a placeholder, /cancel replies to the order, and the outcome is said there."""
    await rule(room, "quiet", "on")
    room.studio.faults.add(Fault("image", "generate", "code", 455, times=None))
    asked = await room.say("/imagine a fox")
    await until(lambda: room.studio.world.reactions(GROUP))
    await _cancel(room, ADA, reply_to=asked["message_id"])
    await _told(room, asked)
    await _are(room, True)
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
