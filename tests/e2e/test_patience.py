"""A paid picture is waited for: incomplete success answers, and pictures long after the deadline."""

from dataclasses import replace
from typing import Any

import pytest

from sandbox.faults import Fault
from tests.e2e.kit import ADA, GROUP, UNLIMITED, Mode, Studio, until, words_of

HOUR_MS = 3_600_000
SLOW = "taking longer than usual"
NEVER_CONFIRMED = "its confirmation never came"
HALF_WRITTEN: list[Any] = [{"resultUrls": []}, {"result_urls": []}, None, {}, "", "{", {"resultUrls": ["soon"]}]
BOTH = pytest.mark.parametrize("mode", [Mode.WEBHOOK, Mode.POLLING], ids=["webhook", "polling"])


def _half_written(studio: Studio, monkeypatch: pytest.MonkeyPatch, response: Any, times: float) -> list[str]:
    """Replace the response of the first success records, and return the list of task IDs that were polled so."""
    record, asked = studio.images.record, list[str]()

    def otherwise(task_id: str, *key: str) -> Any:
        data = record(task_id, *key)
        if data and data["successFlag"] == 1 and len(asked) < times:
            asked.append(task_id)
            data["response"] = response
        return data

    monkeypatch.setattr(studio.images, "record", otherwise)
    return asked


async def _age(studio: Studio, hours: float, *columns: str) -> None:
    """Simulate that hours passed, for these columns."""
    passed = int(hours * HOUR_MS)
    await studio.rewrite(f"UPDATE jobs SET {', '.join(f'{column} = {column} - {passed}' for column in columns)}")  # noqa: S608


# --- incomplete answers


@pytest.mark.parametrize("response", HALF_WRITTEN, ids=str)
async def test_a_success_whose_links_come_later(studio: Studio, monkeypatch: pytest.MonkeyPatch, response: Any) -> None:
    """A success without a picture is polled again, and the picture arrives."""
    half = _half_written(studio, monkeypatch, response, 2)
    await studio.picture(await studio.say("a red fox"))
    assert len(half) == 2
    assert studio.asked_of_api("generate") == 1


async def test_a_success_that_never_names_a_picture(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """A success without a picture shows 100%, and fails without cost after a minute, even across a restart."""
    half = _half_written(studio, monkeypatch, {"resultUrls": []}, float("inf"))
    asked = await studio.say("a red fox")
    await until(lambda: len(half) >= 2)
    await studio.answer(asked, "100%")
    assert [job["state"] for job in studio.rows("jobs")] == ["generating"]
    await _age(studio, 50 / 3600, "linkless_at")
    await studio.restart()
    half.clear()
    await until(lambda: len(half) >= 2)
    assert [job["state"] for job in studio.rows("jobs")] == ["generating"]
    await _age(studio, 20 / 3600, "linkless_at")
    await studio.answer(asked, "Painting this one failed")
    assert [(job["reserved"], job["spent"]) for job in studio.rows("jobs")] == [(0, 0)]


# --- a picture after the deadline


@BOTH
@pytest.mark.parametrize("words", ["a red fox", "a red fox --n 2"])
async def test_a_picture_after_the_deadline_is_shown_and_paid(idle: Studio, words: str) -> None:
    """A task that takes longer than the deadline is announced once, and its picture arrives and costs as usual."""
    idle.timing, idle.send_limits = replace(idle.timing, overdue_poll_ms=300), UNLIMITED
    idle.world.limits.enabled = False
    await idle.start(job_deadline_s=1, daily_credits_per_person=100)
    held = idle.hold_tasks()
    asked = await idle.say(words)
    told = await idle.answer(asked, SLOW)
    assert [(job["state"], job["spent"]) for job in idle.rows("jobs")] == [("generating", 0)]
    assert idle.rows("jobs")[0]["reserved"] == idle.images.total_charged * 100
    held.release()
    await idle.picture(asked)
    await idle.in_state("delivered")
    (job,) = idle.rows("jobs")
    assert (job["failure"], job["reserved"], job["spent"]) == (None, 0, idle.images.total_charged * 100)
    assert (job["placeholder_id"] == told["message_id"]) == ("--n" not in words)  # an album's words come below it
    history = [words_of(version) for version in idle.world.history(ADA, told["message_id"])]
    assert sum(SLOW in version for version in history) == 1
    assert not any("Painting" in version for version in history[[SLOW in words for words in history].index(True) :])
    assert idle.asked_of_api("generate") == 1


async def test_what_takes_longer_is_asked_every_five_minutes(idle: Studio) -> None:
    """After the deadline, a task is polled every five minutes, whether the image API answers or not."""
    await idle.start(job_deadline_s=1)
    idle.images.duration_s = 60
    asked = await idle.say("a red fox")
    await idle.answer(asked, SLOW)
    await until(lambda: idle.rows("jobs WHERE due_at - answered_at >= 299000"))
    idle.faults.add(Fault("image", "record-info", "http", 502))
    await idle.rewrite("UPDATE jobs SET due_at = 0")
    await until(lambda: idle.rows("jobs WHERE due_at > answered_at + 299000") and not len(idle.faults))
    assert [job["state"] for job in idle.rows("jobs")] == ["generating"]


async def test_what_takes_longer_leaves_room_for_others(idle: Studio) -> None:
    """An overdue job doesn't count toward the limit, so the requester may order again, even the same thing."""
    await idle.start(job_deadline_s=1, max_jobs_per_person=1)
    idle.images.duration_s = 60
    first = await idle.say("a red fox")
    await idle.answer(await idle.say("a hare"), "1 request of yours")
    await idle.answer(first, SLOW)
    idle.images.duration_s = 0.05
    await idle.picture(await idle.say("a hare"))


@BOTH
async def test_a_task_that_never_ends_is_given_up_after_a_day(idle: Studio) -> None:
    """A task fails a day after it was accepted: the user is told, and the credits return."""
    await idle.start(job_deadline_s=600, daily_credits_per_person=100)
    idle.images.duration_s = 60
    asked = await idle.say("a red fox")
    await idle.in_state("generating")
    await until(lambda: idle.rows("jobs WHERE answered_at IS NOT NULL"))
    await _age(idle, 23.9, "created_at", "ordered_at", "submitted_at", "generating_at")
    await idle.answer(asked, SLOW)
    await _age(idle, 0.2, "created_at", "ordered_at", "submitted_at", "generating_at")
    await idle.answer(asked, "wasn't finished in time")
    assert [(job["reserved"], job["spent"]) for job in idle.rows("jobs")] == [(0, 0)]


async def test_a_picture_of_a_long_time_without_us_is_found(idle: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deadline counts from the acceptance, and after a long downtime, a task is polled before it is overdue."""
    idle.faults.add(Fault("callback", "*", "lose"))
    await idle.start(job_deadline_s=600)
    held = idle.hold_tasks()
    asked = await idle.say("a red fox")
    await idle.in_state("generating")
    await _age(idle, 30, "created_at", "ordered_at", "submitted_at")
    await until(lambda: idle.asked_of_api("record-info"))
    assert not idle.rows("jobs WHERE overdue_at IS NOT NULL")
    await idle.crash()
    (task,) = idle.images.tasks.values()
    held.release()
    await task.finished.wait()
    await _age(idle, 30, "generating_at", "due_at", "answered_at")
    await idle.start()
    shown = await idle.picture(asked)
    assert not any(SLOW in words_of(version) for version in idle.world.history(ADA, shown["message_id"]))


async def test_the_word_that_it_takes_longer_survives_a_crash(idle: Studio) -> None:
    """If the notice that a job is overdue can't be sent, it is sent later, and never twice."""
    await idle.start(job_deadline_s=1)
    idle.images.duration_s = 60
    asked = await idle.say("a red fox")
    await idle.in_state("generating")
    idle.faults.add(Fault("telegram", "editMessageText", "http", 502, times=None))
    await until(lambda: idle.rows("jobs WHERE overdue_at IS NOT NULL"))
    await idle.crash()
    idle.faults.clear()
    await idle.start()
    told = await idle.answer(asked, SLOW)
    await until(lambda: idle.rows("jobs WHERE overdue_told_at IS NOT NULL"))
    await idle.restart()
    await idle.heard_everything()
    assert len(idle.from_bot(ADA)) == 1
    history = [words_of(version) for version in idle.world.history(ADA, told["message_id"])]
    assert sum(SLOW in version for version in history) == 1


async def test_in_a_quiet_group_it_is_said_in_one_message(idle: Studio) -> None:
    """In quiet mode, one message says that the job is overdue, and becomes the picture."""
    await idle.start(job_deadline_s=1)
    await idle.world.say(GROUP, ADA, "/settings")
    await idle.heard_everything()
    await idle.rewrite(
        """INSERT INTO groups (chat_id, rules) VALUES (?, '{"quiet": true}')
        ON CONFLICT (chat_id) DO UPDATE SET rules = excluded.rules""",
        GROUP,
    )
    held = idle.hold_tasks()
    (asked,) = await idle.world.say(GROUP, ADA, "/imagine a red fox")
    told = await idle.answer(asked, SLOW)
    held.release()
    shown = await idle.picture(asked)
    assert shown["message_id"] == told["message_id"]


async def test_what_was_called_off_is_left_in_peace(idle: Studio) -> None:
    """Nothing more is said of a job that the version before suppressed, however long it takes."""
    await idle.start(job_deadline_s=1)
    idle.images.duration_s = 60
    told = await idle.answer(await idle.say("a red fox"))
    await idle.in_state("generating")
    await idle.rewrite("UPDATE jobs SET muted_at = 1")
    await until(lambda: idle.rows("jobs WHERE overdue_told_at IS NOT NULL"))
    assert not any(SLOW in words_of(version) for version in idle.world.history(ADA, told["message_id"]))


# --- lost answers


async def test_a_callback_after_the_deadline_still_brings_the_picture(idle: Studio) -> None:
    """An unconfirmed job is announced at the deadline, allows new orders, and may still get its picture."""
    late = Fault("callback", "*", "hold")
    idle.faults.add(Fault("image", "generate", "drop_after"), late)
    await idle.start(job_deadline_s=1, max_jobs_per_person=1, daily_credits_per_person=100)
    asked = await idle.say("a red fox")
    told = await idle.answer(asked, NEVER_CONFIRMED)
    await idle.picture(await idle.say("a hare"))
    late.release()
    shown = await idle.picture(asked)
    assert shown["message_id"] > told["message_id"]  # below the hare
    await idle.in_state("delivered", 2)
    await until(lambda: len(idle.from_bot(ADA)) == 2)
    assert [job["spent"] for job in idle.rows("jobs")] == [600, 600]
    assert idle.asked_of_api("generate") == 2


async def test_an_order_that_is_never_confirmed_ends_after_a_day(idle: Studio) -> None:
    """An unconfirmed job ends a day after the call, and its credits return."""
    idle.faults.add(Fault("image", "generate", "drop"))
    await idle.start(job_deadline_s=1, daily_credits_per_person=100)
    asked = await idle.say("a red fox")
    await idle.answer(asked, NEVER_CONFIRMED)
    await until(lambda: idle.rows("jobs WHERE overdue_told_at IS NOT NULL"))
    assert [job["state"] for job in idle.rows("jobs")] == ["uncertain"]
    await _age(idle, 24, "submitted_at")
    await idle.in_state("delivered")
    assert [(job["failure"], job["reserved"]) for job in idle.rows("jobs")] == [("lost_answer", 0)]
    assert len(idle.from_bot(ADA)) == 1


@pytest.mark.parametrize("mode", [Mode.POLLING])
async def test_without_callbacks_an_order_that_is_not_confirmed_ends_at_the_deadline(idle: Studio) -> None:
    """Without notifications, an unconfirmed job ends at the deadline."""
    idle.faults.add(Fault("image", "generate", "drop"))
    await idle.start(job_deadline_s=1)
    await idle.answer(await idle.say("a red fox"), NEVER_CONFIRMED)
    await idle.in_state("delivered")
