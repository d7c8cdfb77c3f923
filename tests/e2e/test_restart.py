"""The process ends in any state of a job, and a new one continues from the database."""

import asyncio
from dataclasses import replace

import aiohttp
import pytest

from sandbox.faults import Fault
from storage.chats import SqlChats
from tests.e2e.kit import ADA, FAST, Mode, Studio, picture, until

BOTH = pytest.mark.parametrize("mode", [Mode.WEBHOOK, Mode.POLLING], ids=["webhook", "polling"])
FOR_EVER = 30.0
UNCERTAIN = "may or may not be painted"

REFUSED_FOR_A_WHILE = pytest.mark.parametrize("timing", [replace(FAST, first_wait_ms=1_000)])
"""A refused job waits for two seconds: time enough to end the process before the job is submitted again."""


@BOTH
@REFUSED_FOR_A_WHILE
async def test_an_order_that_was_queued(studio: Studio) -> None:
    """Queued: the next process submits the job, once."""
    studio.faults.add(Fault("image", "generate", "code", 455, times=None))
    asked = await studio.say("a red fox")
    await until(lambda: studio.asked_of_api("generate"))
    await studio.in_state("queued")  # the refusal is stored by then
    await studio.crash()
    studio.faults.clear()
    await studio.start()
    await studio.picture(asked)
    assert len(studio.images.tasks) == 1
    await until(lambda: len(studio.from_bot(ADA)) == 1)


@BOTH
async def test_an_order_whose_picture_was_being_uploaded(studio: Studio) -> None:
    """Queued during an upload: the next process downloads and uploads the picture."""
    studio.faults.add(Fault("image", "upload", "delay", FOR_EVER))
    asked = await studio.say("make it night", files=[("a.png", picture(), False)])
    await until(lambda: studio.asked_of_api("upload"))
    await studio.restart()
    await studio.picture(asked)
    assert len(studio.images.generated) == 1
    assert not studio.leftovers()


@BOTH
async def test_an_order_that_was_being_submitted_is_never_submitted_again(studio: Studio) -> None:
    """Submitting: the outcome is unknown, so the user is told, and the job isn't submitted again."""
    studio.faults.add(Fault("image", "generate", "delay", FOR_EVER))
    asked = await studio.say("a red fox")
    await until(lambda: studio.asked_of_api("generate"))
    await studio.restart()
    await studio.answer(asked, UNCERTAIN)
    await studio.restart()
    assert [job["state"] for job in studio.rows("jobs")] == ["uncertain"]
    assert studio.asked_of_api("generate") == 1


async def test_an_order_that_was_taken_while_being_submitted(studio: Studio) -> None:
    """Submitting, and accepted: the task notification brings the picture to the next process."""
    held = Fault("image", "task", "hold")
    studio.faults.add(Fault("callback", "*", "early"), held)
    asked = await studio.say("a red fox")
    await until(lambda: studio.images.tasks)
    await until(lambda: studio.rows("jobs WHERE placeholder_id IS NOT NULL"))  # or it would be left standing
    await studio.restart()
    await studio.answer(asked, UNCERTAIN)
    held.release()
    await studio.picture(asked)
    assert studio.asked_of_api("generate") == 1
    await until(lambda: len(studio.from_bot(ADA)) == 1)


@pytest.mark.parametrize("mode", [Mode.WEBHOOK, Mode.FETCHING], ids=["webhook", "fetching"])
async def test_an_order_that_was_uncertain(studio: Studio) -> None:
    """Uncertain: the next process accepts the task notification."""
    held = studio.hold_tasks()
    studio.faults.add(Fault("image", "generate", "drop_after"))
    asked = await studio.say("a red fox")
    await studio.in_state("uncertain")
    await studio.restart()
    held.release()
    await studio.picture(asked)
    assert studio.asked_of_api("generate") == 1


@BOTH
async def test_an_order_that_was_generating(studio: Studio) -> None:
    """Generating: the next process polls the task, and the picture comes in a new message instead of the old one."""
    studio.images.duration_s = 0.3
    asked = await studio.say("a red fox")
    placeholder = await studio.answer(asked)
    await studio.in_state("generating")
    await studio.crash()
    (task,) = studio.images.tasks.values()
    await task.finished.wait()
    await studio.start()
    shown = await studio.picture(asked)
    assert shown["message_id"] > placeholder["message_id"]
    assert shown["reply_to_message"]["message_id"] == asked["message_id"]  # the newest message is unknown, so it quotes
    await until(lambda: len(studio.from_bot(ADA)) == 1)
    assert studio.asked_of_api("generate") == 1


@BOTH
@pytest.mark.parametrize("words", ["a red fox", "a red fox --n 2"])
async def test_an_order_whose_result_was_being_fetched(studio: Studio, words: str) -> None:
    """Settled without the bytes: the next process downloads and shows them."""
    studio.faults.add(Fault("image", "result", "delay", FOR_EVER))
    asked = await studio.say(words)
    await studio.in_state("settled")
    await until(lambda: studio.asked_of_api("result"))
    await studio.restart()
    await studio.picture(asked)
    await studio.in_state("delivered")
    assert studio.asked_of_api("generate") == 1


@BOTH
@pytest.mark.parametrize("kind", ["delay", "drop_after"])
async def test_an_order_whose_picture_was_being_shown(studio: Studio, kind: str) -> None:
    """Settled, and perhaps shown: the next process shows the picture, and it appears once."""
    fault = Fault("telegram", "editMessageMedia", kind, FOR_EVER, times=None)  # type: ignore[arg-type]
    studio.faults.add(fault)
    asked = await studio.say("a red fox")
    await until(lambda: studio.world.log.of("editMessageMedia"))
    await studio.crash()
    studio.faults.clear()
    await studio.start()
    await studio.picture(asked)
    await studio.in_state("delivered")
    assert len(studio.from_bot(ADA)) == 1


@BOTH
async def test_a_failure_that_was_being_told(studio: Studio) -> None:
    """Settled with a failure: the next process tells the user."""
    studio.faults.add(Fault("telegram", "editMessageText", "delay", FOR_EVER))
    asked = await studio.say("something nsfw")
    await until(lambda: studio.world.log.of("editMessageText"))
    await studio.restart()
    await studio.answer(asked, "content policy")


@BOTH
async def test_an_update_that_was_being_handled(studio: Studio) -> None:
    """An update that was being handled is handled again, and makes one job."""
    studio.faults.add(Fault("telegram", "sendMessage", "delay", FOR_EVER))
    asked = await studio.say("a red fox")
    await until(lambda: studio.world.log.of("sendMessage"))
    await studio.in_state("generating")  # or the order would be uncertain after the crash
    await studio.restart()
    await studio.picture(asked)
    await studio.heard_everything()
    assert len(studio.images.generated) == 1


@pytest.mark.parametrize("timing", [replace(FAST, album_quiet_ms=60_000)])
@BOTH
async def test_an_album_that_was_still_coming_together(studio: Studio) -> None:
    """The pieces of an album from before the end are combined by the next process."""
    asked = await studio.say("combine", files=[("a.png", picture((9, 9)), False), ("b.png", picture((8, 8)), False)])
    await until(lambda: len(studio.rows("album_parts")) == 2)
    await studio.crash()
    studio.timing = replace(FAST, album_quiet_ms=100)
    await studio.start()
    await studio.picture(asked)
    assert len(studio.inputs()) == 2


@pytest.mark.parametrize("timing", [replace(FAST, album_quiet_ms=60_000)])
@pytest.mark.usefixtures("unforgetting")
async def test_an_album_whose_second_piece_nobody_handled(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """An album isn't complete while one of its pieces waits in the inbox, however long ago it arrived."""
    asked = await studio.say("combine", files=[("a.png", picture((9, 9)), False), ("b.png", picture((8, 8)), False)])
    await until(lambda: len(studio.rows("album_parts")) == 2)
    await studio.heard_everything()
    await studio.crash()
    await studio.rewrite("DELETE FROM album_parts WHERE message_id = (SELECT max(message_id) FROM album_parts)")
    await studio.rewrite("UPDATE inbox SET done_at = NULL WHERE update_id = (SELECT max(update_id) FROM inbox)")
    seen = SqlChats.seen

    async def slowly(self: SqlChats, chat_id: int, kind: str) -> None:
        await asyncio.sleep(0.3)  # as with a locked database at the start
        await seen(self, chat_id, kind)

    monkeypatch.setattr(SqlChats, "seen", slowly)
    studio.timing = replace(FAST, album_quiet_ms=0)
    await studio.start()
    await studio.picture(asked)
    assert len(studio.inputs()) == 2


async def test_a_stop_in_order_finishes_what_it_is_at(studio: Studio) -> None:
    """An orderly stop finishes messages that are being sent, and closes the port."""
    await studio.crash()
    studio.timing = replace(FAST, grace_s=5)
    await studio.start()
    studio.faults.add(Fault("telegram", "editMessageMedia", "delay", 0.3))
    await studio.say("a red fox")
    await until(lambda: studio.world.log.of("editMessageMedia"))
    await studio.crash()
    assert [job["state"] for job in studio.rows("jobs")] == ["delivered"]
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"{studio.url}/healthz")


@REFUSED_FOR_A_WHILE
async def test_an_order_whose_time_lies_far_ahead(studio: Studio) -> None:
    """Queued until a time far ahead, as after the clock was set back: the next process submits the job at once."""
    studio.faults.add(Fault("image", "generate", "code", 455, times=None))
    asked = await studio.say("a red fox")
    await until(lambda: studio.asked_of_api("generate"))
    await studio.in_state("queued")
    await studio.crash()
    studio.faults.clear()
    await studio.rewrite("UPDATE jobs SET due_at = due_at + 7200000")
    await studio.start()
    await studio.picture(asked)


async def test_a_picture_that_was_open_when_the_process_died(studio: Studio) -> None:
    """A picture that was open at a crash counts one death, so that a harmful one isn't opened again and again."""
    await studio.crash()
    await studio.rewrite("INSERT INTO openings (sha256, opened_at, noted_at) VALUES (?, 1, 1)", "ab" * 32)
    await studio.start()
    assert [(row["opened_at"], row["deaths"]) for row in studio.rows("openings")] == [(None, 1)]
