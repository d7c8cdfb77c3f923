"""Task notifications that are lost, late, doubled, early or forged neither cost nor change anything wrongly."""

import json
from typing import Any

import aiohttp
import pytest

from sandbox.faults import Fault
from sandbox.imageapi.record import Task
from tests.e2e.kit import Studio, until


def _orders(studio: Studio) -> list[dict[str, Any]]:
    """Return the jobs without the fields that polling changes."""
    polled = {"due_at", "answered_at", "progress"}
    return [{key: value for key, value in row.items() if key not in polled} for row in studio.rows("jobs")]


async def _task(studio: Studio) -> Task:
    """Wait until the bot has the task's ID and has sent the placeholder, and return the task."""
    await studio.in_state("generating")
    await until(lambda: studio.rows("jobs WHERE placeholder_id IS NOT NULL"))
    (task,) = studio.images.tasks.values()
    return task


async def _post(url: str, body: Any = None, **more: Any) -> int:
    sent = {"data": body} if isinstance(body, bytes) else {"json": body}
    async with aiohttp.ClientSession() as session, session.post(url, **sent, **more) as answer:
        return answer.status


async def test_a_doubled_callback_is_harmless(studio: Studio) -> None:
    """A doubled notification is answered twice and shows one picture."""
    studio.faults.add(Fault("callback", "*", "double"))
    asked = await studio.say("a red fox")
    await studio.picture(asked)
    (task,) = studio.images.tasks.values()
    await task.told.wait()
    await studio.in_state("delivered")
    assert [sent.status for sent in task.callbacks] == [200, 200]
    assert len(studio.from_bot(asked["chat"]["id"])) == 1


@pytest.mark.parametrize("words", ["a red fox", "something nsfw"])
async def test_an_early_callback_is_understood(studio: Studio, words: str) -> None:
    """A notification that arrives before the answer to generate settles the job."""
    studio.faults.add(Fault("callback", "*", "early"))
    asked = await studio.say(words)
    await (studio.picture(asked) if words == "a red fox" else studio.answer(asked, "content policy"))
    assert studio.asked_of_api("generate") == 1
    (task,) = studio.images.tasks.values()
    assert task.callbacks[0].status == 200


async def test_a_late_callback_is_harmless(studio: Studio) -> None:
    """A notification that arrives after a poll settled the job is answered and changes nothing."""
    late = Fault("callback", "*", "hold")
    studio.faults.add(late)
    asked = await studio.say("a red fox")
    await studio.picture(asked)
    await studio.in_state("delivered")
    before = _orders(studio)
    (task,) = studio.images.tasks.values()
    late.release()
    await task.told.wait()
    assert [sent.status for sent in task.callbacks] == [200]
    assert _orders(studio) == before
    assert len(studio.from_bot(asked["chat"]["id"])) == 1


async def test_a_bare_failure_behind_a_lost_answer(studio: Studio) -> None:
    """If the answer to generate was lost, the webhook address names the failed job, and the user is told of both."""
    studio.images.caller.bare_failures = True
    studio.images.duration_s = 0.2
    studio.faults.add(Fault("image", "generate", "drop_after"))
    asked = await studio.say("something nsfw")
    await studio.answer(asked, "may or may not be painted")
    await studio.answer(asked, "content policy")


async def test_an_unknown_or_forged_address_is_refused(studio: Studio) -> None:
    """An invented or forged webhook address is answered with 404 and changes nothing."""
    studio.images.duration_s = 30
    await studio.say("a red fox")
    task = await _task(studio)
    before = _orders(studio)
    genuine = task.body["callBackUrl"]
    job, attempt, seal = genuine.rsplit("/", 1)[1].split("-", 2)
    body = {"code": 500, "msg": "failed", "data": {"taskId": task.id}}
    flipped = ("A" if seal[0] != "A" else "B") + seal[1:]
    forged = ["x", f"{job}-{attempt}-{flipped}", f"{job}-2-{seal}", f"{'0' * 12}-{attempt}-{seal}", f"{job}-{attempt}"]
    for token in [*forged, "a" * 5000, "%00", "..%2f..%2fhealthz"]:
        assert 400 <= await _post(f"{studio.url}/callbacks/{token}", body) < 500
    assert _orders(studio) == before


MALFORMED: list[bytes] = [
    b"",
    b"no json",
    b"[]",
    b"null",
    b"{}",
    b'{"code": "many"}',
    b'{"code": 200, "data": "text"}',
    b'{"code": 200, "data": {"taskId": 7}}',
    b'{"code": 500, "data": [1]}',
    b'{"code": 200, "msg": "success"',
    b"\xff\xfe\x00",
    b"[" * 20_000,
    b'{"code": 200, "data": ' + b"[" * 60_000,
    b'{"code":' + b"9" * 5_000 + b"}",
    b'{"code": {}, "data": null}',
    b'{"code": 200, "taskId": "a\\nb"}',
    json.dumps({"code": 500, "data": {"taskId": "x" * 500}}).encode(),
]


async def test_a_malformed_callback_is_refused_and_changes_nothing(studio: Studio) -> None:
    """A malformed notification is answered with 4xx, even at the right address."""
    studio.images.duration_s = 30
    await studio.say("a red fox")
    task = await _task(studio)
    before = _orders(studio)
    for body in MALFORMED:
        assert 400 <= await _post(task.body["callBackUrl"], body) < 500, body[:40]
    assert _orders(studio) == before


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_huge_callback_is_refused(studio: Studio, chunked: bool) -> None:
    """A body that is too large isn't read to its end, with or without a length header."""
    studio.images.duration_s = 30
    await studio.say("a red fox")
    task = await _task(studio)
    before = _orders(studio)
    body = json.dumps({"code": 500, "msg": "x" * 200_000, "data": {"taskId": task.id}}).encode()
    assert await _post(task.body["callBackUrl"], body, chunked=chunked or None) == 413
    assert _orders(studio) == before


async def test_a_callbacks_word_is_not_taken_for_the_result(studio: Studio) -> None:
    """Links and failures in a notification count only after record-info confirms them."""
    held = studio.hold_tasks()
    asked = await studio.say("a red fox")
    task = await _task(studio)
    forged = {"taskId": task.id, "info": {"result_urls": [f"{studio.sandbox.url}/results/forged.png"]}}
    assert await _post(task.body["callBackUrl"], {"code": 200, "msg": "success", "data": forged}) == 200
    assert await _post(task.body["callBackUrl"], {"code": 500, "msg": "Internal Error", "data": None}) == 200
    held.release()
    await studio.picture(asked)
    assert studio.rows("jobs")[0]["result_urls"] == json.dumps(task.result_urls)
    assert not [call for call in studio.images.requests if "forged" in str(call.params)]


async def test_another_tasks_id_in_a_callback_changes_no_other_order(studio: Studio) -> None:
    """A notification concerns the job of its address, whatever task it names."""
    held = studio.hold_tasks()
    first = await studio.say("a red fox")
    await studio.in_state("generating")
    second = await studio.say("a hare", studio.person())
    await studio.in_state("generating", 2)
    one, other = studio.images.tasks.values()
    assert await _post(one.body["callBackUrl"], {"code": 500, "msg": "no", "data": {"taskId": other.id}}) == 200
    held.release()
    assert (await studio.picture(first))["caption"] == "a red fox"
    assert (await studio.picture(second))["caption"] == "a hare"


async def test_signed_callbacks(idle: Studio) -> None:
    """With a webhook key, a signed notification is accepted, an unsigned one gets 403, and polling finds the result."""
    idle.images.caller.webhook_key = "the-webhook-key"
    await idle.start(image_api_webhook_key="the-webhook-key")
    await idle.picture(await idle.say("a red fox"))
    idle.images.caller.webhook_key = "another-key"
    await idle.picture(await idle.say("a hare", idle.person()))
    signed, unsigned = idle.images.tasks.values()
    await until(lambda: unsigned.callbacks)
    assert signed.callbacks[0].status == 200
    assert unsigned.callbacks[0].status == 403


async def test_only_posts_are_callbacks(studio: Studio) -> None:
    """A GET request to a webhook address is refused."""
    async with aiohttp.ClientSession() as session, session.get(f"{studio.url}/callbacks/x") as answer:
        assert answer.status == 405


async def test_a_callback_of_an_earlier_attempt_changes_nothing(studio: Studio) -> None:
    """A notification to the address of an earlier attempt is answered, and doesn't concern the present task."""
    studio.images.duration_s = 30
    await studio.say("a red fox")
    task = await _task(studio)
    await studio.rewrite("UPDATE jobs SET attempts = attempts + 1")
    before = _orders(studio)
    assert await _post(task.body["callBackUrl"], {"code": 500, "msg": "Internal Error", "data": None}) == 200
    assert _orders(studio) == before
