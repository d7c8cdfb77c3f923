"""The list of faults, and the faults that are the same on every wire."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from sandbox.faults import Fault, Faults
from sandbox.misbehave import misbehave
from tests.e2e.kit import until
from tests.unit.servers import serving


def kinds(faults: list[Fault]) -> list[str]:
    """Return the kinds of faults."""
    return [fault.kind for fault in faults]


def test_a_fault_happens_as_often_as_it_says() -> None:
    """A fault with `times` 2 affects exactly two calls."""
    faults = Faults()
    faults.add(Fault("image", "generate", "http", 503, times=2))
    assert [kinds(faults.take("image", "generate")) for _ in range(3)] == [["http"], ["http"], []]


def test_always_means_always() -> None:
    """A fault with `times` null applies until it is cleared."""
    faults = Faults()
    faults.add(Fault("telegram", "sendMessage", "drop", times=None))
    assert all(faults.take("telegram", "sendMessage") for _ in range(10))
    faults.clear()
    assert faults.take("telegram", "sendMessage") == []


def test_faults_of_one_method_befall_calls_in_turn() -> None:
    """Two faults of a method affect two calls, in the order in which they were added."""
    faults = Faults()
    faults.add(Fault("image", "generate", "code", 500), Fault("image", "generate", "code", 429))
    codes = [faults.take("image", "generate")[0].code() for _ in range(2)]
    assert codes == [(500, None), (429, None)]


def test_a_delay_goes_together_with_another_fault() -> None:
    """A delay doesn't use up the call for the next fault."""
    faults = Faults()
    faults.add(Fault("image", "generate", "delay", 0.5), Fault("image", "generate", "drop_after"))
    assert kinds(faults.take("image", "generate")) == ["delay", "drop_after"]


def test_a_star_means_every_endpoint_but_not_task_outcomes() -> None:
    """A star matches every endpoint of its wire, but never the outcome of a task."""
    faults = Faults()
    faults.add(Fault("image", "*", "http", 500))
    assert faults.take("image", "task") == []
    assert faults.take("telegram", "getMe") == []
    assert kinds(faults.take("image", "credit")) == ["http"]


def test_callbacks_have_no_endpoints() -> None:
    """A fault of the callback wire matches whatever its match says."""
    faults = Faults()
    faults.add(Fault("callback", "generate", "lose"))
    assert kinds(faults.take("callback", "*")) == ["lose"]


def test_values_are_read_by_kind() -> None:
    """A code may contain a message, and every kind has a default value."""
    assert Fault("image", "task", "code", "400:flagged: by policy").code() == (400, "flagged: by policy")
    assert Fault("image", "generate", "code").code() == (500, None)
    assert Fault("image", "generate", "http").status() == 500
    assert Fault("telegram", "sendPhoto", "retry_after", 3).seconds() == 3.0


@pytest.mark.parametrize(
    "wrong",
    [
        {"wire": "image", "match": "generate"},
        {"wire": "image", "match": "generate", "kind": "explode"},
        {"wire": "pigeon", "match": "*", "kind": "drop"},
        {"wire": "image", "match": "*", "kind": "drop", "times": 0},
        {"wire": "image", "match": "*", "kind": "drop", "often": 2},
    ],
)
def test_a_wrong_fault_is_refused_with_its_whole_list(wrong: dict[str, Any]) -> None:
    """A list with one wrong fault is refused as a whole."""
    faults = Faults()
    with pytest.raises(ValueError, match=r".+"):
        faults.from_json([{"wire": "image", "match": "*", "kind": "drop"}, wrong])
    assert len(faults) == 0


class Bench:
    """A server that answers correctly except for faults."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.handled = 0
        self.url = ""

    async def right(self, request: web.Request) -> web.Response:
        self.handled += 1
        return web.json_response({"ok": True, "result": "x" * 1000})

    async def handle(self, request: web.Request) -> web.StreamResponse:
        return await misbehave(request, self.faults.take("telegram", "sendMessage"), self.right)

    async def call(self) -> tuple[int, str]:
        async with aiohttp.ClientSession() as session, session.post(self.url) as answer:
            return answer.status, await answer.text()


@pytest_asyncio.fixture
async def bench() -> AsyncIterator[Bench]:
    """Run a bench."""
    bench = Bench()
    async with serving(bench.handle) as port:
        bench.url = f"http://127.0.0.1:{port}/"
        yield bench


async def test_http_and_html_faults_answer_without_doing_anything(bench: Bench) -> None:
    """A bare status or a gateway page replaces the answer, and the call isn't handled."""
    bench.faults.add(Fault("telegram", "*", "http", 503), Fault("telegram", "*", "html"))
    assert await bench.call() == (503, "")
    status, page = await bench.call()
    assert (status, page.startswith("<!DOCTYPE html>")) == (502, True)
    assert bench.handled == 0


@pytest.mark.parametrize(("kind", "handled"), [("drop", 0), ("drop_after", 1)])
async def test_a_dropped_connection_says_nothing(bench: Bench, kind: Any, handled: int) -> None:
    """drop doesn't handle the call and drop_after does, and the caller can't tell the difference."""
    bench.faults.add(Fault("telegram", "*", kind))
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await bench.call()
    assert bench.handled == handled


async def test_a_cut_answer_is_the_first_half_of_the_right_one(bench: Bench) -> None:
    """A cut answer announces the whole body and ends halfway."""
    bench.faults.add(Fault("telegram", "*", "cut"))
    with pytest.raises(aiohttp.ClientPayloadError):
        await bench.call()
    assert bench.handled == 1


async def test_a_held_call_is_handled_once_it_is_released(bench: Bench) -> None:
    """A call is held until its fault is released, or all faults are cleared, or its time is over."""
    calls, faults = [], [Fault("telegram", "*", "hold") for _ in range(2)]
    for fault in faults:
        bench.faults.add(fault)
        calls.append(asyncio.create_task(bench.call()))
        await until(lambda: not len(bench.faults))
    bench.faults.add(Fault("telegram", "*", "hold", 0.001))
    assert (await bench.call())[0] == 200
    assert bench.handled == 1
    faults[0].release()
    assert (await calls[0])[0] == 200
    assert not calls[1].done()
    bench.faults.clear()
    assert (await calls[1])[0] == 200
    assert bench.handled == 3


async def test_a_delayed_call_is_handled_all_the_same(bench: Bench) -> None:
    """A delay changes only the time."""
    bench.faults.add(Fault("telegram", "*", "delay", 0.001))
    status, body = await bench.call()
    assert (status, bench.handled, '"ok": true' in body) == (200, 1, True)
