"""/cancel cancels the requester's latest job or the one that it replies to; admins may cancel any job."""

import pytest

from sandbox.faults import Fault
from tests.e2e.kit import ADA, BEN, GROUP, Message, Room, Studio, says, until, words_of
from tests.e2e.test_group_rules import rule

NOTHING = "nothing in progress here"
NOT_YOURS = "Only the person who asked"
NOT_CHARGED = "nothing was charged"
PAID_FOR = "it is charged"


@pytest.fixture(params=["private", "group"])
def room(request: pytest.FixtureRequest, studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Room:
    """Return a room of each kind in turn: a private chat and a group."""
    return Room.of(studio, request.param, monkeypatch)


in_group = pytest.mark.parametrize("room", ["group"], indirect=True)


async def _waiting(room: Room, words: str = "a fox", person: int | None = None, topic: int | None = None) -> Message:
    """Return an order whose job stays queued."""
    if not len(room.studio.faults):
        room.studio.faults.add(Fault("image", "generate", "code", 455, times=None))
    asked = await room.say(f"/imagine {words}", person, thread_id=topic)
    await until(lambda: room.studio.rows(f"jobs WHERE reply_to = {asked['message_id']} AND placeholder_id IS NOT NULL"))
    return asked


async def _are(room: Room, *called_off: bool) -> None:
    """Check which jobs are canceled, the first one first; one that is being submitted is canceled a moment later."""
    await room.studio.heard_everything()
    found: list[bool] = []

    def calm() -> bool:
        jobs = room.studio.rows("jobs ORDER BY created_at, rowid")
        found[:] = [job["state"] == "cancelled" for job in jobs]
        return not any(job["muted_at"] and job["state"] != "cancelled" for job in jobs)

    await until(calm)
    assert found == list(called_off)


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


async def test_nothing_to_cancel(room: Room) -> None:
    """If nothing can be canceled, /cancel says so and changes nothing."""
    shown = await room.paint("a fox")
    await room.studio.in_state("delivered")
    talk = await room.say("/me")
    await room.studio.answer(await _cancel(room), NOTHING)
    for message in (shown, talk):
        await room.studio.answer(await _cancel(room, reply_to=message["message_id"]), NOTHING)
    assert room.now(shown) == shown


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


@in_group
async def test_others_are_refused(room: Room) -> None:
    """A member can't cancel another member's job by a reply, and without one only their own jobs count."""
    guest = room.studio.person()
    room.studio.world.join(GROUP, guest)
    asked = await _waiting(room, person=ADA)
    for person in (BEN, guest):
        await room.studio.answer(await _cancel(room, person, reply_to=asked["message_id"]), NOT_YOURS)
        await room.studio.answer(await _cancel(room, person), NOTHING)
    await _are(room, False)


@in_group
async def test_an_admin_cancels_anybodys(room: Room) -> None:
    """An admin cancels any job by a reply, and without one only their own."""
    asked = await _waiting(room, person=BEN)
    await room.studio.answer(await _cancel(room, ADA), NOTHING)
    await _cancel(room, ADA, reply_to=asked["message_id"])
    await _are(room, True)
    await _told(room, asked)


@in_group
@pytest.mark.parametrize("topic", [2, None], ids=["topic", "general"])
async def test_in_a_topic(room: Room, topic: int | None) -> None:
    """/cancel without a reply works in a topic, where Telegram adds a reply to the topic's first message."""
    asked = await _waiting(room, topic=topic)
    await _cancel(room, **({"thread_id": topic} if topic else {}))
    await _told(room, asked)
    await _are(room, True)
    assert {one.get("message_thread_id") for one in room.studio.from_bot(GROUP)} == {topic}


@in_group
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


@in_group
async def test_a_settled_order_is_done(room: Room) -> None:
    """A settled job can't be canceled, and its result is shown."""
    room.studio.faults.add(Fault("file", "result", "http", 500))
    asked = await room.say("/imagine a fox")
    await room.studio.in_state("settled")
    refusal = await room.studio.answer(await _cancel(room, reply_to=asked["message_id"]))
    assert says(NOTHING)(refusal) or says("nothing left")(refusal)
    assert "fox" in words_of(await room.studio.picture(asked))
