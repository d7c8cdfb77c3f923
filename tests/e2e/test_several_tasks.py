"""Several pictures of a model that paints one a task: one order, one album, whatever comes of the tasks."""

from dataclasses import replace

import pytest

from sandbox.faults import Fault
from tests.e2e.kit import EVERYWHERE, Message, Room, Studio, until, words_of

FOUR = "/imagine foxes --model gpt --n 4"


@pytest.fixture
def patient(idle: Studio) -> None:
    """Wait a minute after an attempt that failed."""
    idle.timing = replace(idle.timing, first_wait_ms=60_000)


def _is_photo(message: Message) -> bool:
    return "photo" in message


def _photos(room: Room) -> list[Message]:
    return [message for message in room.studio.from_bot(room.chat_id) if _is_photo(message)]


async def _album(room: Room, count: int) -> list[Message]:
    await until(lambda: len(_photos(room)) == count and room.studio.rows("jobs WHERE late = 0 AND state = 'delivered'"))
    await until(lambda: not room.studio.rows("jobs WHERE part_of IS NULL AND state != 'delivered'"))
    return _photos(room)


def _order(room: Room) -> dict[str, object]:
    (order,) = room.studio.rows("jobs WHERE part_of IS NULL")
    return order


async def _wait_in_vain(room: Room, count: int) -> None:
    """Let 90 seconds pass once so many parts have ended."""
    ended = "jobs WHERE part_of IS NOT NULL AND state = 'settled'"
    await until(lambda: len(room.studio.rows(ended)) == count)
    later = "UPDATE jobs SET settled_at = settled_at - 90000 WHERE part_of IS NOT NULL AND state = 'settled'"
    await room.studio.rewrite(later)


@EVERYWHERE
async def test_four_tasks_are_one_album(room: Room) -> None:
    """Four pictures are asked for one by one, and come as one album with one placeholder's words."""
    await room.say(FOUR)
    photos = await _album(room, 4)
    assert len({message["media_group_id"] for message in photos}) == 1
    asked = room.studio.images.generated
    assert [body["model"] for body in asked] == ["gpt-image-2-5-flare-text-to-image"] * 4
    assert len({body.get("callBackUrl") for body in asked}) == 4, "each has an address of its own"
    assert room.studio.images.total_charged == 24
    assert _order(room)["spent"] == 2400
    texts = [words_of(message) for message in room.studio.from_bot(room.chat_id) if "text" in message]
    assert sum("1–4" in said for said in texts) == 1


@EVERYWHERE
async def test_what_did_not_come_is_told_and_free(room: Room) -> None:
    """Three of four pictures come as an album; its words tell of the fourth, and only three are charged."""
    room.studio.faults.add(Fault("image", "task", "code", "501:Generation failed"))
    await room.say(FOUR)
    await _album(room, 3)
    assert _order(room)["spent"] == 1800
    told = [words_of(message) for message in room.studio.from_bot(room.chat_id)]
    assert any("3 pictures of the 4" in said and "only those were charged" in said for said in told)


@EVERYWHERE
async def test_all_tasks_fail(room: Room) -> None:
    """If nothing comes, the requester is told once, and nothing is charged."""
    room.studio.faults.add(Fault("image", "task", "code", "400:flagged as violating content policies", times=None))
    asked = await room.say(FOUR)
    await room.studio.answer(asked, "content policy")
    assert _order(room)["spent"] == 0
    told = [words_of(message) for message in room.studio.from_bot(room.chat_id)]
    assert sum("content policy" in said for said in told) == 1


async def test_a_late_picture_comes_alone(room: Room) -> None:
    """The album doesn't wait for a slow task for ever; its picture is sent alone, and charged then."""
    held = Fault("image", "task", "hold")
    room.studio.faults.add(held)
    await room.say(FOUR)
    await _wait_in_vain(room, 3)
    await _album(room, 3)
    order = _order(room)
    assert (order["spent"], order["late"]) == (1800, 1)
    assert any("1 more is still" in words_of(message) for message in room.studio.from_bot(room.chat_id))
    held.release()
    await until(lambda: len(_photos(room)) == 4)
    await until(lambda: room.studio.rows("jobs WHERE late = 1 AND part_of IS NOT NULL AND state = 'delivered'"))
    assert "took longer" in words_of(_photos(room)[-1])
    assert sum(job["spent"] for job in room.studio.rows("jobs")) == 2400


async def test_a_late_failure_is_told_and_free(room: Room) -> None:
    """If the late picture fails, that is told, and its credits come back."""
    held = Fault("image", "task", "hold")
    room.studio.faults.add(held)
    room.studio.faults.add(Fault("image", "task", "code", "501:Generation failed"))
    await room.say(FOUR)
    await _wait_in_vain(room, 3)
    await _album(room, 3)
    held.release()
    await until(lambda: not room.studio.rows("jobs WHERE state != 'delivered'"))
    assert sum(job["spent"] + job["reserved"] for job in room.studio.rows("jobs")) == 1800
    assert "failed" in words_of(room.studio.from_bot(room.chat_id)[-1])


async def test_a_lost_answer_is_never_asked_again(room: Room) -> None:
    """A create whose answer is lost stays uncertain; its notification brings the picture."""
    room.studio.images.callback_delay_s = 1.0
    room.studio.faults.add(Fault("image", "generate", "drop_after"))
    await room.say(FOUR)
    await until(lambda: len(_photos(room)) == 4, 30)
    assert len(room.studio.images.generated) == 4
    await until(lambda: sum(job["spent"] for job in room.studio.rows("jobs")) == 2400)


@EVERYWHERE
async def test_a_crash_between_two_creates(room: Room) -> None:
    """After a crash the parts that were not asked for are, and none is asked for twice."""
    room.studio.images.limits = False
    held = Fault("image", "generate", "hold", times=None)
    room.studio.faults.add(Fault("image", "generate", "delay", 0.0, times=2))
    await room.say(FOUR)
    await until(lambda: len(room.studio.images.generated) >= 2)
    room.studio.faults.add(held)
    await room.studio.restart()
    room.studio.faults.clear()
    await until(lambda: not room.studio.rows("jobs WHERE state IN ('queued', 'submitting')"), 30)
    made = {task.body["callBackUrl"] for task in room.studio.images.tasks.values()}
    assert len(made) == len(room.studio.images.tasks) <= 4


@EVERYWHERE
async def test_maintenance_leaves_the_order_whole(patient: None, room: Room) -> None:
    """While the image API takes nothing, the order waits as one and can be canceled for free."""
    room.studio.faults.add(Fault("image", "generate", "code", 455, times=None))
    asked = await room.say(FOUR)
    await until(lambda: len(room.studio.rows("jobs")) == 1 and room.studio.asked_of_api("generate") >= 1, 20)
    await until(lambda: [job["state"] for job in room.studio.rows("jobs")] == ["queued"])
    await room.say("/cancel", reply_to=asked["message_id"])
    await until(lambda: [job["state"] for job in room.studio.rows("jobs")] == ["cancelled"], 20)
    assert room.studio.images.total_charged == 0


async def test_other_models_step_in(idle: Studio, studio: Studio) -> None:
    """During maintenance of one model, the next of MODEL_FALLBACK paints if it isn't dearer."""
    await studio.crash()
    await studio.start(model_fallback="banana,seedream")
    studio.faults.add(Fault("image", "generate", "code", 455))
    shown = await studio.picture(await studio.say("/imagine a fox --model gpt"))
    (body,) = [task.body for task in studio.images.tasks.values()]
    assert body["model"] == "seedream/5-flash-text-to-image", "banana costs more than was set aside"
    assert [job["spent"] for job in studio.rows("jobs")] == [324]
    assert "photo" in shown


async def test_a_vanished_model_is_offered_no_more(studio: Studio) -> None:
    """The order ends free and says so, operators are told, and the next order with the model is refused."""
    studio.images.gone = {"z-image"}
    await studio.answer(await studio.say("/imagine a fox --model draft"), "no longer there")
    assert studio.images.total_charged == 0
    answer = await studio.answer(await studio.say("/imagine a fox --model draft"))
    assert "draft" in words_of(answer)
    studio.images.gone = set()


@pytest.mark.parametrize("words", ["/imagine a fox --model Banana2", "/imagine a fox -m bananna", "/imagine x -m 🍌"])
async def test_an_unknown_model_answers_with_names(studio: Studio, words: str) -> None:
    """A name that no model has is answered with the nearest one, and with all names."""
    said = words_of(await studio.answer(await studio.say(words)))
    assert "banana-pro" in said
    assert not studio.rows("jobs")
