"""Further API keys are accounts of their own: credits, limits and tasks."""

from typing import Any

import pytest

from sandbox.faults import Fault
from tests.sandbox.imageapi_kit import CREDIT, DOWNLOAD, GENERATE, KEY, RECORD, Clock, Wire, listening, wire

CREATE, INFO = "/api/v1/jobs/createTask", "/api/v1/jobs/recordInfo"
FOUR_O = (GENERATE, {"size": "1:1", "prompt": "a fox"}, RECORD, 6.0)
JOB = (CREATE, {"model": "z-image", "input": {"prompt": "a fox", "aspect_ratio": "1:1"}}, INFO, 0.8)


def by(key: str) -> dict[str, Any]:
    """Return the options of a call with another key."""
    return {"headers": {"Authorization": f"Bearer {key}"}}


async def got(client: Wire, path: str, key: str, **params: str) -> dict[str, Any]:
    """GET with another key."""
    async with client.session.get(client.server.url + path, params=params, **by(key)) as answer:
        data: dict[str, Any] = await answer.json()
        return data


@pytest.mark.parametrize(("create", "body", "info", "price"), [FOUR_O, JOB])
async def test_an_account_pays_for_its_own_tasks(create: str, body: Any, info: str, price: float) -> None:
    """A task is charged to its key's account, and the sum over all accounts counts it."""
    async with wire(credits=100.0) as client:
        client.api.accounts["second"] = 20.0
        task = client.api.tasks[(await client.post(create, body, **by("second")))["data"]["taskId"]]
        await task.finished.wait()
        assert (task.key, task.charged) == ("second", price)
        assert (client.api.credits, client.api.accounts, client.api.total_charged) == (
            100,
            {"second": 20 - price},
            price,
        )
        assert ((await got(client, CREDIT, "second"))["data"], (await got(client, CREDIT, KEY))["data"]) == (
            20 - price,
            100,
        )
        assert [call.key for call in client.api.requests] == ["second", "second", KEY]


@pytest.mark.parametrize(("create", "body", "info", "price"), [FOUR_O, JOB])
async def test_an_account_does_not_know_the_tasks_of_others(create: str, body: Any, info: str, price: float) -> None:
    """Another account's task is unknown: its record, and its result by its id. A link to any file is given to all."""
    async with wire() as client:
        client.api.accounts |= {"second": 20.0, "third": 20.0}
        for key, others in ((KEY, ("second", "third")), ("second", (KEY, "third"))):
            task = client.api.tasks[(await client.post(create, body, **by(key)))["data"]["taskId"]]
            await task.finished.wait()
            assert (await got(client, info, key, taskId=task.id))["code"] == 200
            url = task.result_urls[0]
            for other in others:
                unknown = await got(client, info, other, taskId="0" * 32)
                assert unknown["code"] == 422
                assert await got(client, info, other, taskId=task.id) == unknown
                answer = await client.post(DOWNLOAD, {"taskId": task.id, "url": url}, **by(other))
                assert (answer["code"], answer["msg"]) == (422, "record is null")
                assert (await client.post("/api/v1/common/download-url", {"url": url}, **by(other)))["code"] == 200


async def test_an_empty_account_says_so_while_others_go_on() -> None:
    """Code 402 concerns one account, and a failure is refunded to the account that paid."""
    async with wire(credits=6.0) as client:
        client.api.accounts |= {"second": 5.0, "third": 6.0}
        for key, code in (("second", 402), ("third", 200), ("third", 402), (KEY, 200), (KEY, 402)):
            prompt = "a forbidden fox" if key == "third" else "a fox"
            client.api.duration_s = 60
            assert (await client.post(GENERATE, {"size": "1:1", "prompt": prompt}, **by(key)))["code"] == code
        assert (client.api.accounts, client.api.credits) == ({"second": 5, "third": 0}, 0)
        client.api.duration_s = 0
        client.api.accounts["third"] = 6
        refused = await client.post(GENERATE, {"size": "1:1", "prompt": "nsfw"}, **by("third"))
        await client.api.tasks[refused["data"]["taskId"]].finished.wait()
        assert client.api.accounts["third"] == 6


async def test_each_account_has_its_own_limit_of_calls() -> None:
    """20 calls in 10 seconds, over both protocols, are one account's limit."""
    clock = Clock()
    async with wire(clock=clock, duration_s=0.0) as client:
        client.api.accounts["second"] = 1000.0
        for key in (KEY, "second"):
            bodies = [FOUR_O, JOB] * 10
            codes = [(await client.post(create, body, **by(key)))["code"] for create, body, *_ in bodies]
            assert codes == [200] * 20
            for create, body, *_ in (FOUR_O, JOB):
                assert (await client.post(create, body, **by(key)))["code"] == 429
        clock.now += 10
        assert (await client.post(CREATE, JOB[1], **by("second")))["code"] == 200


async def test_each_account_has_its_own_limit_of_tasks() -> None:
    """`max_running` tasks in progress are one account's limit."""
    async with wire(duration_s=60.0) as client:
        client.api.accounts["second"] = 1000.0
        client.api.max_running = 1
        for key in (KEY, "second"):
            assert [(await client.post(CREATE, JOB[1], **by(key)))["code"] for _ in range(2)] == [200, 429]
        assert client.api.running == 2


async def test_a_new_key_of_the_first_account_finds_its_tasks() -> None:
    """The first account's key can change: its tasks and credits stay, and the old key is refused."""
    async with wire() as client:
        task = await client.finished()
        client.api.api_key = "newer"
        assert (await got(client, RECORD, "newer", taskId=task.id))["code"] == 200
        for wrong in (KEY, "", "NEWER", "new"):
            assert (await got(client, RECORD, wrong, taskId=task.id))["code"] == 401


async def test_a_closed_account_is_refused() -> None:
    """An account that is gone is refused with 401, its tasks belong to nobody, and nobody gets its refund."""
    async with wire(duration_s=60.0, credits=100.0) as client:
        client.api.accounts["second"] = 20.0
        body = {"size": "1:1", "prompt": "a forbidden fox"}
        client.api.faults.add(hold := Fault("image", "task", "hold"))
        client.api.duration_s = 0
        task = client.api.tasks[(await client.post(GENERATE, body, **by("second")))["data"]["taskId"]]
        client.api.change({"accounts": {}})
        hold.release()
        await task.finished.wait()
        assert (client.api.credits, client.api.accounts, task.charged) == (100, {}, 0)
        assert (await got(client, RECORD, "second", taskId=task.id))["code"] == 401
        assert (await got(client, RECORD, KEY, taskId=task.id))["code"] == 422


async def test_accounts_are_opened_by_the_control_interface() -> None:
    """`accounts` is a setting, and a task of such an account is notified as any other."""
    async with wire() as client, listening() as listener:
        client.api.change({"accounts": {"second": 7}})
        body = {**JOB[1], "callBackUrl": listener.url}
        task = client.api.tasks[(await client.post(CREATE, body, **by("second")))["data"]["taskId"]]
        await task.told.wait()
        assert [heard["data"]["taskId"] for _, heard in listener.heard] == [task.id]
        with pytest.raises(ValueError, match="unknown settings"):
            client.api.change({"account": {}})
