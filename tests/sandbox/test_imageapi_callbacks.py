"""The sandbox's task notifications: their two forms, retries, signatures and faults."""

import base64
import hashlib
import hmac

import pytest

from sandbox.faults import Fault
from tests.sandbox.imageapi_kit import RECORD, Clock, listening, wire


async def test_success_is_called_back_with_the_urls() -> None:
    """A success notification arrives once in the documented form, after record-info reports the success."""
    async with listening() as listener, wire() as client:
        task = await client.generate(callBackUrl=listener.url, nVariants=2)
        await task.told.wait()
        (headers, body), *more = listener.heard
        info = {"result_urls": task.result_urls}
        assert body == {"code": 200, "msg": "success", "data": {"taskId": task.id, "info": info}}
        assert (more, headers["Content-Type"]) == ([], "application/json")
        assert "X-Webhook-Signature" not in headers
        assert (await client.get(RECORD, taskId=task.id))["data"]["successFlag"] == 1


@pytest.mark.parametrize("bare", [False, True])
async def test_failure_is_called_back_in_both_known_forms(bare: bool) -> None:
    """A failure notification names its task or no task, as the vendor's pages show both."""
    async with listening() as listener, wire() as client:
        client.api.caller.bare_failures = bare
        task = await client.generate(callBackUrl=listener.url, prompt="nsfw")
        await task.told.wait()
        data = None if bare else {"taskId": task.id, "info": None}
        message = "Your content was flagged by OpenAI as violating content policies"
        assert listener.heard[0][1] == {"code": 400, "msg": message, "data": data}


@pytest.mark.parametrize(("statuses", "seen"), [([500, 404, 503, 500], [500, 404, 503, 500]), ([500], [500, 200])])
async def test_a_failed_callback_is_tried_three_times_more(statuses: list[int], seen: list[int]) -> None:
    """A notification is repeated up to three times until it is answered with 2xx."""
    async with listening() as listener, wire() as client:
        client.api.caller.backoff = (0.0, 0.0, 0.0)
        listener.statuses = statuses
        task = await client.generate(callBackUrl=listener.url)
        await task.told.wait()
        assert [sent.status for sent in task.callbacks] == seen


async def test_nobody_there_is_noted() -> None:
    """A refused connection is recorded with its error."""
    async with wire() as client:
        client.api.caller.backoff = (0.0,)
        task = await client.generate(callBackUrl="http://127.0.0.1:9/callbacks/secret")
        await task.told.wait()
        assert [sent.status for sent in task.callbacks] == [None, None]
        assert "ClientConnectorError" in (task.callbacks[0].error or "")
        assert task.to_json()["callbacks"][0]["status"] is None


async def test_a_webhook_key_signs_the_task_id() -> None:
    """With a key, the headers contain base64(HMAC-SHA256(key, task ID + "." + timestamp))."""
    async with listening() as listener, wire(webhook_key="whisper", clock=Clock()) as client:
        task = await client.generate(callBackUrl=listener.url)
        await task.told.wait()
        headers = listener.heard[0][0]
        assert headers["X-Webhook-Timestamp"] == "1760000000"
        digest = hmac.new(b"whisper", f"{task.id}.1760000000".encode(), hashlib.sha256).digest()
        assert headers["X-Webhook-Signature"] == base64.b64encode(digest).decode()


async def test_callback_faults_wait_for_a_task_that_calls_back() -> None:
    """A task without a callBackUrl doesn't use up a callback fault."""
    async with wire() as client:
        client.api.faults.add(Fault("callback", "*", "lose"))
        task = await client.finished()
        await task.told.wait()
        assert (len(client.api.faults), task.callbacks) == (1, [])


async def test_stopping_leaves_nothing_behind() -> None:
    """A server that stops ends its tasks and notifications at once."""
    async with listening() as listener, wire(duration_s=60) as client:
        task = await client.generate(callBackUrl=listener.url)
    assert (task.state.name, listener.heard) == ("GENERATING", [])
