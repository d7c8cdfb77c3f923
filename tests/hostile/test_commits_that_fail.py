"""A commit fails after an outside call succeeded: the bot pays and says nothing twice, and no job gets stuck."""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from core.errors import StorageError
from core.runtime import noting
from core.services.submission import JobSubmitter
from sandbox.faults import Fault
from storage.database import Row, Value
from storage.jobs import SqlJobs
from storage.sqlite import SqliteDatabase
from tests.e2e.kit import ADA, FAST, Mode, Studio, picture, until, words_of

Refuse = Callable[[str, int], None]


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Refuse:
    """Return a function that makes a named statement fail a number of times, as a locked or full database does."""
    monkeypatch.setattr(noting, "_FIRST_S", 0.02)
    left: dict[str, int] = {}
    run = SqliteDatabase._run

    def running(connection: sqlite3.Connection, name: str, values: Mapping[str, Value]) -> list[Row]:
        if left.get(name):
            left[name] -= 1
            raise StorageError(f"{name}: database is locked")
        return run(connection, name, values)

    monkeypatch.setattr(SqliteDatabase, "_run", staticmethod(running))
    return left.__setitem__


AFTER = {
    "start_generating": "a red fox",
    "place_job": "a red fox",
    "show_picture": "a red fox",
    "note_shown_of_job": "a red fox --n 2",
    "deliver_job": "a red fox",
    "finish_update": "a red fox",
}


@pytest.mark.parametrize("statement", AFTER)
async def test_an_order_is_taken_and_shown_once(studio: Studio, refuse: Refuse, statement: str) -> None:
    """A job is submitted and shown once, even if any one of its commits fails three times in a row."""
    refuse(statement, 3)
    await studio.say(AFTER[statement])
    await studio.in_state("delivered")
    await studio.heard_everything()
    assert studio.asked_of_api("generate") == 1
    count = 2 if "--n 2" in AFTER[statement] else 1
    assert sum(bool(message.keys() & {"photo", "document"}) for message in studio.from_bot(ADA)) == count
    await until(lambda: len(studio.from_bot(ADA)) == (1 if count == 1 else 3))


@pytest.mark.parametrize("timing", [replace(FAST, quick_ms=0, cool_down_s=0.1)])
@pytest.mark.parametrize("statement", ["try_arrival", "arrive", "show_picture", "deliver_job", "tidy_job"])
async def test_a_late_picture_arrives_once(studio: Studio, refuse: Refuse, statement: str) -> None:
    """A picture that comes as a new message comes once, and its placeholder goes, whichever commit fails."""
    refuse(statement, 3)
    await studio.say("a red fox")
    await studio.in_state("delivered")
    await until(lambda: not studio.rows("jobs WHERE outdated_id IS NOT NULL"))
    (shown,) = studio.from_bot(ADA)
    assert "photo" in shown
    sent = [call["params"]["text"] for call in studio.world.log.of("sendMessage")]
    assert sum("Ready" in words for words in sent) == 1


@pytest.mark.parametrize(
    ("statement", "kind", "value"),
    [("requeue_job", "code", 455), ("settle_job", "code", 422), ("make_uncertain", "drop_after", None)],
)
async def test_a_refusal_is_noted(studio: Studio, refuse: Refuse, statement: str, kind: str, value: int | None) -> None:
    """A refused, failed or unconfirmed submission is stored even if the commit fails at first."""
    refuse(statement, 3)
    studio.faults.add(Fault("callback", "*", "lose", times=None), Fault("image", "generate", kind, value))  # type: ignore[arg-type]
    await studio.say("a red fox")
    await until(lambda: not studio.rows("jobs WHERE state = 'submitting'") and studio.asked_of_api("generate"))
    wanted = {"requeue_job": "delivered", "settle_job": "delivered", "make_uncertain": "uncertain"}[statement]
    await studio.in_state(wanted)
    assert studio.asked_of_api("generate") == (2 if statement == "requeue_job" else 1)


async def test_an_answer_is_not_said_twice(studio: Studio, refuse: Refuse) -> None:
    """An update isn't handled twice if the commit that marks it as handled fails at first."""
    refuse("finish_update", 3)
    await studio.say("/help")
    await studio.heard_everything()
    assert len(studio.from_bot(ADA)) == 1


async def test_a_question_keeps_its_message(studio: Studio, refuse: Refuse) -> None:
    """A question still gets its message ID if the commit fails at first, so that a reply to it is understood."""
    refuse("pose_question", 3)
    await studio.say(files=[("a.png", picture(), False)])
    await studio.heard_everything()
    (asked,) = studio.from_bot(ADA)
    await studio.picture(await studio.say("make it night", reply_to=asked["message_id"]))
    await until(lambda: not any("What should" in words_of(message) for message in studio.from_bot(ADA)))


async def test_what_nobody_waits_for_is_swept(hurried: None, studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that stays in submitting longer than a call can take becomes uncertain, and the requester is told."""
    studio.faults.add(Fault("image", "generate", "code", 455, times=None))
    asked = await studio.say("a red fox")
    await until(lambda: studio.asked_of_api("generate"))
    await studio.in_state("queued")
    monkeypatch.setattr(JobSubmitter, "take", _nobody)  # no second submission
    await studio.rewrite("UPDATE jobs SET state = 'submitting', submitted_at = created_at - 130000")
    await studio.answer(asked, "may or may not be painted")
    await studio.in_state("uncertain")


@pytest.mark.parametrize("mode", [Mode.POLLING])
async def test_an_open_call_is_not_swept(hurried: None, studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job whose call is still open isn't uncertain, however long the call takes."""
    sweeps, submitting_since = list[int](), SqlJobs.submitting_since

    async def counted(self: SqlJobs, age_ms: int) -> list[str]:
        sweeps.append(age_ms)
        return await submitting_since(self, age_ms)

    monkeypatch.setattr(SqlJobs, "submitting_since", counted)
    held = Fault("image", "generate", "hold")
    studio.faults.add(held)
    asked = await studio.say("a red fox")
    await until(lambda: studio.asked_of_api("generate"))
    await studio.in_state("submitting")
    await studio.rewrite("UPDATE jobs SET submitted_at = created_at - 130000")
    before = len(sweeps)
    await until(lambda: len(sweeps) > before + 2)
    assert studio.rows("jobs WHERE state = 'submitting'")
    held.release()
    await studio.picture(asked)


async def _nobody(*_: object) -> list[object]:
    return []


async def test_an_album_waits_for_a_piece_that_was_refused(studio: Studio, refuse: Refuse) -> None:
    """An album isn't ordered without a piece whose update failed to commit, even if Telegram resends the piece late."""
    studio.faults.add(Fault("telegram", "webhook", "delay", 0.0), Fault("telegram", "webhook", "delay", 0.3))
    pair = [("a.png", picture(color="red"), False), ("b.png", picture(), False)]
    asked = await studio.say("combine them", files=pair)
    await until(lambda: studio.rows("album_parts"))
    refuse("store_update", 4)
    await studio.picture(asked)
    assert len(studio.inputs()) == 2


@pytest.mark.parametrize("mode", [Mode.FETCHING])
async def test_a_fetched_update_that_was_not_stored_is_fetched_again(studio: Studio, refuse: Refuse) -> None:
    """With polling, an update whose commit fails isn't acknowledged, so it becomes a job once the store accepts it."""
    refuse("store_update", 1)
    await studio.picture(await studio.say("a red fox"))
    assert len(studio.rows("jobs")) == 1


@pytest.mark.parametrize("mode", [Mode.POLLING])
async def test_a_task_that_began_is_noted(studio: Studio, refuse: Refuse) -> None:
    """Without task notifications, the ID of a paid task is stored even if the commit fails at first."""
    refuse("start_generating", 3)
    await studio.picture(await studio.say("a red fox"))
    assert studio.asked_of_api("generate") == 1
