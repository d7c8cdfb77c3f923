"""The sandbox's generate, record-info, credit and download-url, over real HTTP."""

import json
import re
from typing import Any

import pytest

from sandbox.faults import Fault
from tests.sandbox.imageapi_kit import CREDIT, DOWNLOAD, GENERATE, RECORD, Clock, png, wire

PICTURE = "https://example.org/picture.png"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", GENERATE),
        ("GET", RECORD),
        ("POST", DOWNLOAD),
        ("GET", CREDIT),
        ("POST", "/api/file-stream-upload"),
        ("POST", "/api/file-base64-upload"),
        ("POST", "/api/file-url-upload"),
    ],
)
async def test_every_call_needs_the_key(method: str, path: str) -> None:
    """A wrong key gets code 401 with HTTP 200, on every endpoint."""
    async with wire() as client:
        headers = {"Authorization": "Bearer wrong"}
        async with client.session.request(method, client.server.url + path, headers=headers) as answer:
            assert answer.status == 200
            assert await answer.json() == {
                "code": 401,
                "msg": "You do not have access permissions",
                "data": None,
            }


@pytest.mark.parametrize("agent", ["", " ", "Python-urllib/3.11"])
async def test_a_nameless_client_meets_the_shield(agent: str) -> None:
    """A missing User-Agent and the standard library's get a bare 403, as from the vendor's firewall."""
    async with wire() as client:
        headers = {"User-Agent": agent}
        async with client.session.get(client.server.url + CREDIT, headers=headers) as answer:
            assert (answer.status, await answer.text()) == (403, "error code: 1010")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ([], 400),
        ({"prompt": "a fox"}, 422),
        ({"prompt": "a fox", "size": "16:9"}, 422),
        ({"size": "1:1"}, 422),
        ({"size": "1:1", "prompt": " \n"}, 422),
        ({"size": "1:1", "prompt": 7}, 422),
        ({"size": "1:1", "prompt": "a fox", "nVariants": 3}, 422),
        ({"size": "1:1", "prompt": "a fox", "nVariants": "2"}, 422),
        ({"size": "1:1", "prompt": "a fox", "nVariants": True}, 422),
        ({"size": "1:1", "filesUrl": PICTURE}, 422),
        ({"size": "1:1", "filesUrl": []}, 422),
        ({"size": "1:1", "filesUrl": [PICTURE] * 6}, 422),
        ({"size": "1:1", "filesUrl": ["https://example.org/picture.gif"]}, 422),
        ({"size": "1:1", "filesUrl": ["ftp://example.org/picture.png"]}, 422),
        ({"size": "1:1", "filesUrl": ["http://[broken/picture.png"]}, 422),
        ({"size": "1:1", "fileUrl": PICTURE}, 422),
        ({"size": "1:1", "prompt": "a fox", "maskUrl": PICTURE}, 422),
        ({"size": "1:1", "filesUrl": [PICTURE], "maskUrl": "mask"}, 422),
        ({"size": "1:1", "prompt": "a fox", "isEnhance": "yes"}, 422),
        ({"size": "1:1", "prompt": "a fox", "uploadCn": 1}, 422),
        ({"size": "1:1", "prompt": "a fox", "enableFallback": None, "fallbackModel": "OTHER"}, 422),
        ({"size": "1:1", "prompt": "a fox", "callBackUrl": "not a url"}, 422),
        ({"size": "1:1", "prompt": "a fox", "n": 2}, 422),
    ],
)
async def test_a_wrong_body_is_refused_and_costs_nothing(body: Any, code: int) -> None:
    """Every documented rule is checked; a refused body makes no task and no charge, but is recorded."""
    async with wire() as client:
        answer = await client.post(GENERATE, body)
        assert (answer["code"], answer["data"]) == (code, None)
        assert (client.api.tasks, client.api.total_charged, client.api.generated) == ({}, 0, [body])


async def test_a_body_that_is_no_json_is_code_400() -> None:
    """Invalid JSON gets the vendor's code 400."""
    async with wire() as client, client.session.post(client.server.url + GENERATE, data=b'{"size":') as answer:
        assert (await answer.json())["code"] == 400


async def test_every_key_of_the_page_is_accepted() -> None:
    """A body with every documented key is accepted and stored."""
    async with wire() as client:
        url = await client.upload(png())
        body = {
            "size": "3:2",
            "prompt": "a fox",
            "filesUrl": [url, url],
            "maskUrl": url,
            "nVariants": 4,
            "isEnhance": True,
            "uploadCn": False,
            "enableFallback": True,
            "fallbackModel": "GPT_IMAGE_1",
        }
        task = await client.finished(**body)
        assert (task.state.name, len(task.result_urls)) == ("SUCCESS", 4)
        assert json.loads(task.record(0)["paramJson"]) == body


async def test_a_task_runs_from_generating_to_success() -> None:
    """record-info reports progress by the clock, with all documented fields."""
    clock = Clock()
    async with wire(clock=clock, duration_s=60) as client:
        task = await client.generate()
        assert re.fullmatch(r"[0-9a-f]{32}", task.id)
        clock.now += 30
        data = (await client.get(RECORD, taskId=task.id))["data"]
        assert data == {
            "taskId": task.id,
            "paramJson": json.dumps({"size": "1:1", "prompt": "a red fox in the snow"}),
            "completeTime": None,
            "response": None,
            "successFlag": 0,
            "status": "GENERATING",
            "errorCode": None,
            "errorMessage": None,
            "createTime": 1_760_000_000_000,
            "progress": "0.50",
        }
        clock.now += 300
        assert (await client.get(RECORD, taskId=task.id))["data"]["progress"] == "0.99"


@pytest.mark.parametrize(
    ("style", "code", "words"), [("new", 422, "The record does not exist"), ("old", 200, "success")]
)
async def test_an_unknown_task(style: str, code: int, words: str) -> None:
    """record-info of an unknown task has no data, with code 422 in the new style, and without a task ID code 422."""
    async with wire(wire=style) as client:
        answer = await client.get(RECORD, taskId="0" * 32)
        assert answer == {"code": code, "msg": words, "data": None}
        assert (await client.get(RECORD))["code"] == 422


async def test_credits_are_charged_and_come_back() -> None:
    """A picture costs six credits on acceptance, a failure refunds them, and too few credits get code 402."""
    async with wire(credits=20.0) as client:
        await client.finished(nVariants=2)
        async with client.session.get(client.server.url + CREDIT) as told:
            assert '"data": 8.0' in await told.text(), "the balance is written with decimals"
        failed = await client.finished(prompt="something FORBIDDEN")
        assert (failed.charged, client.api.credits, client.api.total_charged) == (0, 8.0, 12)
        refusal = await client.post(GENERATE, {"size": "1:1", "prompt": "a fox", "nVariants": 2})
        assert (refusal["code"], client.api.credits) == (402, 8.0)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/picture.png",
        "http://127.0.0.1:1/uploads/picture.png",
        "{own}/uploads/unknown.png",
        "{own}/file/bot1:SECRET/photo.png",
    ],
)
async def test_only_what_the_sandbox_serves_is_fetched(url: str) -> None:
    """An input that the sandbox doesn't serve, or a Telegram link, fails with 451 and is never requested."""
    async with wire() as client:
        task = await client.finished(filesUrl=[url.format(own=client.server.url)])
        record = task.record(0)
        assert (record["successFlag"], record["errorCode"]) == (2, 451)
        assert task.charged == 0


async def test_generate_may_be_called_20_times_in_10_seconds() -> None:
    """The 21st call within ten seconds gets code 429, and later calls are accepted."""
    clock = Clock()
    async with wire(clock=clock) as client:
        codes = [(await client.post(GENERATE, {"size": "1:1", "prompt": "a fox"}))["code"] for _ in range(21)]
        assert codes == [200] * 20 + [429]
        clock.now += 10
        assert (await client.post(GENERATE, {"size": "1:1", "prompt": "a fox"}))["code"] == 200


async def test_a_hundred_tasks_run_at_once() -> None:
    """A task beyond the limit of running tasks gets code 429 and isn't queued."""
    async with wire(duration_s=60) as client:
        client.api.max_running = 2
        body = {"size": "1:1", "prompt": "a fox"}
        codes = [(await client.post(GENERATE, body))["code"] for _ in range(3)]
        assert (codes, client.api.running) == ([200, 200, 429], 2)


async def test_a_task_may_be_asked_about_three_times_a_second() -> None:
    """The fourth query of a task within a second gets code 429; other tasks aren't affected."""
    async with wire(clock=Clock(), duration_s=60) as client:
        one, other = await client.generate(), await client.generate()
        codes = [(await client.get(RECORD, taskId=one.id))["code"] for _ in range(4)]
        assert codes == [200, 200, 200, 429]
        assert (await client.get(RECORD, taskId=other.id))["code"] == 200


async def test_limits_can_be_switched_off() -> None:
    """Without limits, calls aren't refused."""
    async with wire(clock=Clock(), limits=False) as client:
        body = {"size": "1:1", "prompt": "a fox"}
        assert {(await client.post(GENERATE, body))["code"] for _ in range(30)} == {200}


async def test_a_direct_link_lives_twenty_minutes() -> None:
    """download-url returns a link that works for 20 minutes."""
    clock = Clock()
    async with wire(clock=clock) as client:
        task = await client.finished()
        answer = await client.post(DOWNLOAD, {"taskId": task.id, "url": task.result_urls[0]})
        assert (await client.fetch(answer["data"]))[0] == 200
        clock.now += 20 * 60
        assert (await client.fetch(answer["data"]))[0] == 403
        assert (await client.fetch(task.result_urls[0]))[0] == 200


async def test_a_direct_link_by_the_result_alone() -> None:
    """The quickstart's body gets an object and the common endpoint a string; unknown links get the vendor's message."""
    async with wire() as client:
        task = await client.finished()
        url = task.result_urls[0]
        link = (await client.post(DOWNLOAD, {"imageUrl": url}))["data"]["downloadUrl"]
        assert (await client.fetch(link))[0] == 200
        assert (await client.finished(filesUrl=[link])).error is None
        common = "/api/v1/common/download-url"
        assert (await client.fetch((await client.post(common, {"url": url}))["data"]))[0] == 200
        for path, body in ((DOWNLOAD, {"imageUrl": "https://example.org/1.png"}), (common, {"url": 7}), (common, [])):
            answer = await client.post(path, body)
            assert (answer["code"], answer["msg"]) == (422, "record is null")


async def test_the_old_style_of_the_wire() -> None:
    """In the old style, times are text, failures have flag 2, the status is missing, and links have both names."""
    async with wire(clock=Clock()) as client:
        client.api.change({"wire": "old"})
        done = (await client.get(RECORD, taskId=(await client.finished()).id))["data"]
        assert (done["createTime"], done["completeTime"]) == ("2025-10-09 08:53:20", "2025-10-09 08:53:20")
        assert "status" not in done
        assert done["response"]["result_urls"] == done["response"]["resultUrls"]
        failed = (await client.get(RECORD, taskId=(await client.finished(prompt="forbidden")).id))["data"]
        assert (failed["successFlag"], failed["errorCode"]) == (2, 400)
        for wrong in ("older", None, ["old"]):
            with pytest.raises(ValueError, match="wire is one of new, old"):
                client.api.change({"wire": wrong})


async def test_download_url_says_why_not() -> None:
    """Unknown, running and old tasks and foreign URLs each get the vendor's message."""
    clock = Clock()
    async with wire(clock=clock) as client:

        async def reason(task_id: Any, url: str) -> str:
            answer = await client.post(DOWNLOAD, {"taskId": task_id, "url": url})
            assert (answer["code"], answer["data"]) == (422, None)
            return str(answer["msg"])

        done = await client.finished()
        client.api.duration_s = 60
        running = await client.generate()
        assert await reason("unknown", done.result_urls[0]) == "record is null"
        assert await reason(None, done.result_urls[0]) == "record is null"
        assert await reason(running.id, done.result_urls[0]) == "record status is not success"
        assert await reason(done.id, "https://example.org/1.png") == "record result data not exist"
        clock.now += 14 * 24 * 3600 + 1
        assert await reason(done.id, done.result_urls[0]) == "Temporarily supports records within 14 days"
        assert (await client.fetch(done.result_urls[0]))[0] == 404


async def test_an_unknown_endpoint_is_code_404() -> None:
    """An unknown endpoint under /api/ gets code 404 in the envelope."""
    async with wire() as client:
        assert (await client.get("/api/v1/gpt5/generate"))["code"] == 404


async def test_a_bug_of_the_sandbox_does_not_leave_a_task_running(caplog: pytest.LogCaptureFixture) -> None:
    """If drawing fails, the task fails with 500 instead of generating forever."""

    def broken(order: object) -> bytes:
        raise RuntimeError("no ink")

    async with wire(fast=False) as client:
        client.api.draw = broken
        task = await client.finished()
        assert task.record(0)["errorCode"] == 500
        assert "no ink" in caplog.text


@pytest.mark.parametrize(
    ("value", "flag", "code"), [("400:flagged", 3, 400), ("451", 2, 451), (500, 3, 500), ("408:too late", 3, 408)]
)
async def test_a_task_can_be_made_to_fail(value: Any, flag: int, code: int) -> None:
    """A task with a fault is accepted, fails later with the fault's code, and is refunded."""
    async with wire() as client:
        client.api.faults.add(Fault("image", "task", "code", value))
        record = (await client.finished()).record(0)
        assert (record["successFlag"], record["errorCode"]) == (flag, code)
        assert client.api.total_charged == 0


async def test_a_task_can_take_long() -> None:
    """A delay fault sets the duration of one task."""
    async with wire() as client:
        client.api.faults.add(Fault("image", "task", "delay", 60))
        slow, quick = await client.generate(), await client.finished()
        assert (slow.duration, slow.state.name, quick.state.name) == (60, "GENERATING", "SUCCESS")


async def test_every_call_is_in_the_log() -> None:
    """The log contains each call with its parameters, in order."""
    async with wire() as client:
        task = await client.finished()
        await client.get(RECORD, taskId=task.id)
        calls = [call.to_json() for call in client.api.requests]
        assert [call["method"] for call in calls] == ["generate", "record-info"]
        assert (calls[0]["params"]["size"], calls[1]["params"]) == ("1:1", {"taskId": task.id})
        assert task.to_json()["state"] == "SUCCESS"
