"""A stuck part never stops the others: each kind of trouble delays only the jobs that it concerns."""

from dataclasses import replace

import pytest

from sandbox.faults import Fault
from tests.e2e.kit import ADA, BEN, FAST, GROUP, Mode, Studio, picture, until, words_of


async def test_a_blocked_user_delays_nobody(studio: Studio) -> None:
    """A user who blocks the bot gets no further attempts, and other users are served meanwhile."""
    held = studio.hold_tasks(1)
    await studio.say("a red fox")
    await studio.in_state("generating")
    await until(lambda: studio.world.log.of("editMessageText"))
    studio.world.block(ADA)
    held.release()
    await studio.picture(await studio.say("a hare", BEN))
    await until(lambda: studio.rows(f"jobs WHERE chat_id = {ADA} AND state IN ('cancelled', 'delivered')"))
    tried = [call for call in studio.world.log.calls if call["answer"] == 403]
    assert len(tried) <= 1


async def test_a_chat_in_flood_wait_delays_nobody(studio: Studio) -> None:
    """While Telegram makes one chat wait, every other chat gets its pictures; the waiting chat gets its own later."""
    studio.faults.add(Fault("telegram", "sendMessage", "retry_after", 5))
    slow = await studio.say("a red fox")
    await until(lambda: studio.world.flood_errors or studio.world.log.of("sendMessage"))
    for number in range(3):
        await studio.picture(await studio.say(f"hare {number}", studio.person()))
    assert not studio.from_bot(ADA)
    await studio.picture(slow)


async def test_a_chat_closed_for_long_takes_one_place_only(studio: Studio) -> None:
    """Many results for a chat in a long flood wait don't hold up the results of other chats."""
    held = studio.hold_tasks(4)
    group = studio.world.add_chat("supergroup", "Loud", [ADA, BEN]).id
    for number in range(4):
        await studio.world.say(group, ADA, f"/imagine fox {number}")
    await studio.in_state("generating", 4)
    studio.world.limits.close(group, 30)
    held.release()
    await studio.in_state("settled", 4)
    await until(lambda: studio.world.flood_errors)
    await studio.picture(await studio.say("a hare", BEN))
    assert studio.world.flood_errors == 1  # the bot sends nothing more before the time that Telegram named
    studio.world.flood_errors = 0
    assert not [message for message in studio.from_bot(group) if "photo" in message]


async def test_a_slow_api_delays_only_its_own(studio: Studio) -> None:
    """A generate call that hangs delays no other job."""
    held = Fault("image", "generate", "hold")
    studio.faults.add(held)
    slow = await studio.say("a red fox")
    await until(lambda: studio.asked_of_api("generate") == 1)
    for number in range(3):
        await studio.picture(await studio.say(f"hare {number}", studio.person()))
    assert not [message for message in studio.from_bot(ADA) if "photo" in message]
    held.release()
    await studio.picture(slow)


@pytest.mark.parametrize("mode", [Mode.POLLING], ids=["polling"])
async def test_a_task_that_never_ends_delays_only_itself(studio: Studio) -> None:
    """A record-info call that hangs delays the polling of no other task."""
    studio.images.duration_s = 0.3
    held = Fault("image", "record-info", "hold")
    studio.faults.add(held)
    slow = await studio.say("a red fox")
    await until(lambda: studio.asked_of_api("record-info") == 1)
    await studio.picture(await studio.say("a hare", BEN))
    assert not [message for message in studio.from_bot(ADA) if "photo" in message]
    held.release()
    await studio.picture(slow)


@pytest.mark.parametrize("status", [403, 404])
async def test_a_dead_result_link_is_worked_around(studio: Studio, status: int) -> None:
    """If the result link is dead, the picture is delivered by a direct link."""
    studio.faults.add(Fault("file", "result", "http", status, times=None))
    await studio.picture(await studio.say("a red fox"))
    assert studio.asked_of_api("download-url") == 1


@pytest.mark.parametrize("timing", [replace(FAST, result_attempts=3)])
async def test_a_result_that_is_gone_is_told(studio: Studio) -> None:
    """If no link leads to the result, the requester is told after some attempts, and others are served meanwhile."""
    for link, status in (("result", 404), ("direct", 403)):
        studio.faults.add(Fault("file", link, "http", status, times=None))
    asked = await studio.say("a red fox")
    told = await studio.answer(asked, "couldn't fetch it")
    assert len(studio.from_bot(ADA)) == 1
    assert told["message_id"]
    studio.faults.clear()
    await studio.picture(await studio.say("a hare", BEN))
    assert studio.asked_of_api("generate") == 2


async def test_a_dead_link_delays_nobody(studio: Studio) -> None:
    """A result that can't be downloaded for now is postponed, and the next one is shown."""
    studio.images.duration_s = 0.3
    held = Fault("file", "result", "hold")
    studio.faults.add(held, Fault("file", "result", "http", 500))
    slow = await studio.say("a red fox")
    await studio.in_state("settled")
    await studio.picture(await studio.say("a hare", BEN))
    assert not [message for message in studio.from_bot(ADA) if "photo" in message]
    held.release()
    await studio.picture(slow)


async def test_results_follow_a_group_that_becomes_a_supergroup(studio: Studio) -> None:
    """Results of jobs from a group arrive once each in the supergroup that it became."""
    held = studio.hold_tasks()
    group = studio.world.add_chat("group", "Small", [ADA, BEN]).id
    for number in range(3):
        await studio.world.say(group, ADA, f"/imagine fox {number}")
    await studio.in_state("generating", 3)
    new = studio.world.migrate(group)
    held.release()
    await studio.in_state("delivered", 3)
    shown = [words_of(message) for message in studio.from_bot(new) if "photo" in message]
    assert sorted(shown) == ["fox 0", "fox 1", "fox 2"]
    assert not [message for message in studio.world.messages(group) if "photo" in message]
    assert {job["chat_id"] for job in studio.rows("jobs")} == {new}
    assert studio.asked_of_api("generate") == 3


async def test_a_move_is_also_learned_from_an_error(studio: Studio) -> None:
    """If the migration notice is lost, the bot learns the new chat ID from Telegram's refusal."""
    held = studio.hold_tasks()
    group = studio.world.add_chat("group", "Small", [ADA, BEN]).id
    await studio.world.say(group, ADA, "/imagine a fox")
    await studio.in_state("generating")
    studio.faults.add(Fault("telegram", "webhook", "lose", times=None))
    new = studio.world.migrate(group)
    held.release()
    await studio.in_state("delivered")
    assert [words_of(message) for message in studio.from_bot(new) if "photo" in message] == ["a fox"]
    assert not [message for message in studio.from_bot(GROUP) if "photo" in message]


async def test_an_upload_that_hangs_delays_only_its_own(studio: Studio) -> None:
    """An upload that hangs delays no other job."""
    held = Fault("image", "upload", "hold")
    studio.faults.add(held)
    slow = await studio.say("make it night", files=[("a.png", picture(), False)])
    await until(lambda: studio.asked_of_api("upload") == 1)
    await studio.picture(await studio.say("a hare", BEN))
    assert studio.asked_of_api("generate") == 1
    held.release()
    await studio.picture(slow)


async def test_an_album_that_waits_delays_only_its_own(studio: Studio) -> None:
    """An album with a slow download from Telegram delays no other chat's album."""
    files = [("a.png", picture(), False), ("b.png", picture(color="red"), False)]
    studio.faults.add(Fault("telegram", "getFile", "hold"))
    await studio.say("/mask a red door", files=files)
    await until(lambda: studio.world.log.of("getFile"))
    await studio.picture(await studio.say("put them together", BEN, files=files))
    assert not studio.from_bot(ADA)
