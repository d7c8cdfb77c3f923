"""Faults on the way to the image API: jobs are kept, nothing is paid twice, and users are told the known facts."""

from typing import Any

import pytest

from sandbox.faults import Fault, Kind
from sandbox.ports import ReservedPort
from tests.e2e.kit import ADA, Mode, Studio, picture, until, words_of

BROKEN: list[Kind] = ["html", "http", "cut", "drop", "drop_after"]
UNCERTAIN = "may or may not be painted"
BOTH = pytest.mark.parametrize("mode", [Mode.WEBHOOK, Mode.POLLING], ids=["webhook", "polling"])


@pytest.mark.parametrize("kind", ["drop_after", "cut"])
@pytest.mark.parametrize("mode", [Mode.WEBHOOK, Mode.FETCHING], ids=["webhook", "fetching"])
async def test_a_lost_answer_is_told_and_resolved_by_the_callback(studio: Studio, kind: Kind) -> None:
    """If the answer to generate is lost, the user is told, it isn't repeated, and the notification settles the job."""
    studio.images.duration_s = 0.3
    studio.faults.add(Fault("image", "generate", kind))
    asked = await studio.say("a red fox")
    told = await studio.answer(asked, UNCERTAIN)
    shown = await studio.picture(asked)
    assert shown["message_id"] == told["message_id"]
    assert studio.asked_of_api("generate") == 1
    assert studio.images.total_charged == 6


@BOTH
async def test_a_lost_answer_is_never_submitted_again(idle: Studio) -> None:
    """However the answer to generate is lost, the call is made once, and the job ends at the deadline, truthfully."""
    await idle.start(job_deadline_s=1)
    idle.faults.add(*(Fault("image", "generate", kind) for kind in BROKEN))
    idle.faults.add(Fault("callback", "*", "lose", times=None))
    orders = [await idle.say("a red fox", idle.person()) for _ in BROKEN]
    for asked in orders:
        await idle.answer(asked, UNCERTAIN)
    for asked in orders:
        await idle.answer(asked, "its confirmation never came")
    assert idle.asked_of_api("generate") == len(orders)


async def test_an_order_that_never_left_is_sent_again(idle: Studio) -> None:
    """If no connection could be opened, the job is submitted later."""
    with ReservedPort() as nobody:
        await idle.start(image_api_url=f"http://127.0.0.1:{nobody.number}")
        asked = await idle.say("a red fox")
        await idle.answer(asked, "busy")
        await idle.crash()
    await idle.start(image_api_url=idle.sandbox.url)
    await idle.picture(asked)
    assert idle.asked_of_api("generate") == 1


@BOTH
async def test_asking_how_it_stands_may_fail(studio: Studio) -> None:
    """If record-info fails or returns something else, it is polled again, and every picture arrives."""
    studio.faults.add(*(Fault("image", "record-info", kind) for kind in (*BROKEN, "code")))
    orders = [await studio.say("a red fox", studio.person()) for _ in range(6)]
    for asked in orders:
        await studio.picture(asked)
    assert not len(studio.faults)
    assert studio.asked_of_api("generate") == len(orders)


STRANGE: list[Any] = [
    [],
    "soon",
    42,
    {},
    {"successFlag": None, "status": None, "progress": None},
    {"successFlag": "0", "progress": "half", "response": 7, "errorCode": "none", "errorMessage": ["?"]},
    {"successFlag": {}, "progress": {}, "response": None, "createTime": "yesterday"},
    {"successFlag": 0, "progress": "-3.50", "response": "{not json"},
    {"successFlag": 0, "progress": "1e999", "response": "[" * 5000},
]


async def test_strange_answers_of_record_info_harm_nothing(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong types in record-info don't count as an outcome: the job waits for a valid answer."""
    record, strange = studio.images.record, dict[str, Any]()

    def strange_at_first(task_id: str, *key: str) -> Any:
        if task_id in strange:
            return record(task_id, *key)
        strange[task_id] = STRANGE[len(strange)]
        return strange[task_id]

    monkeypatch.setattr(studio.images, "record", strange_at_first)
    orders = [await studio.say("a red fox", studio.person()) for _ in STRANGE]
    for asked in orders:
        await studio.picture(asked)
    assert len(strange) == len(STRANGE)


@BOTH
async def test_the_older_wire_is_understood(studio: Studio) -> None:
    """Pictures and failures also arrive from an image API with the old response style."""
    studio.images.change({"wire": "old"})
    await studio.picture(await studio.say("a red fox"))
    await studio.answer(await studio.say("something nsfw"), "content policy")


async def test_an_upload_that_keeps_failing_is_put_off(studio: Studio) -> None:
    """While uploads fail, the job waits, and continues afterwards."""
    studio.faults.add(Fault("image", "upload", "html", times=3))
    await studio.picture(await studio.say("make it night", files=[("a.png", picture(), False)]))
    assert studio.asked_of_api("upload") == 4


@pytest.mark.parametrize("kind", ["drop", "cut", "http"])
async def test_a_picture_of_telegrams_is_fetched_again(studio: Studio, kind: Kind) -> None:
    """A failed download from Telegram is repeated."""
    studio.faults.add(Fault("file", "telegram", kind), Fault("telegram", "getFile", "drop"))
    await studio.picture(await studio.say("make it night", files=[("a.png", picture(), False)]))


async def test_nobody_sees_an_operators_words(studio: Studio) -> None:
    """The image API's messages go to the log only: users never see HTML or error codes."""
    studio.faults.add(Fault("image", "generate", "code", "422:<b>internal</b> callBackUrl stack trace"))
    asked = await studio.say("a red fox")
    await studio.answer(asked, "paint this as it is")
    await until(lambda: studio.rows("jobs WHERE state = 'delivered'"))
    assert "internal" not in "".join(words_of(message) for message in studio.from_bot(ADA))
