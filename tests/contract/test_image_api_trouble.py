"""The image API client turns every fault into the right error, which says whether a task may have been created."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.image_api.client import HttpImageApi
from bot.image_api.downloader import PictureFetcher
from core.errors import AnswerLost, ApiError, ApiRefused, Busy, Failure, NotSent, Unreadable
from core.models.image_request import Request
from core.models.job import Task
from sandbox.faults import Fault, Kind
from sandbox.imageapi.server import ImageApiServer
from sandbox.ports import ReservedPort
from tests.contract.conftest import KEY
from tests.e2e.kit import picture

Operation = Callable[[HttpImageApi, Path], Awaitable[object]]


async def _generate(api: HttpImageApi, _: Path) -> object:
    return await api.generate(Request("a red fox"), [], None, None)


async def _report(api: HttpImageApi, _: Path) -> object:
    return await api.report(Task("0" * 32))


async def _upload(api: HttpImageApi, directory: Path) -> object:
    (directory / "a").write_bytes(picture())
    return await api.upload(directory / "a", "a.png")


async def _credits(api: HttpImageApi, _: Path) -> object:
    return await api.credits()


OPERATIONS: dict[str, Operation] = {
    "generate": _generate,
    "record-info": _report,
    "upload": _upload,
    "credit": _credits,
}
EVERY = pytest.mark.parametrize("name", OPERATIONS)
BROKEN: list[Kind] = ["html", "http", "cut", "drop", "drop_after"]

REFUSED = {
    400: Failure.INVALID,
    401: Failure.MISCONFIGURED,
    402: Failure.OUT_OF_CREDITS,
    404: Failure.MISCONFIGURED,
    408: Failure.TIMED_OUT,
    422: Failure.INVALID,
    451: Failure.UNREACHABLE_PICTURE,
}

UNKNOWN_TASK = ("record-info", 422)


@pytest.mark.parametrize(
    ("name", "code", "failure"),
    [(name, *refusal) for name in OPERATIONS for refusal in REFUSED.items() if (name, refusal[0]) != UNKNOWN_TASK],
)
async def test_a_refusal_says_why(
    service: ImageApiServer, client: HttpImageApi, tmp_path: Path, name: str, code: int, failure: Failure
) -> None:
    """Each error code means the same for every operation, except 422 of record-info, which means an unknown task."""
    service.api.faults.add(Fault("image", name, "code", code))
    with pytest.raises(ApiRefused) as refused:
        await OPERATIONS[name](client, tmp_path)
    assert refused.value.failure is failure


@EVERY
@pytest.mark.parametrize("code", ["429", "455", "550", "500:Your call frequency is too high. Please try again later."])
async def test_a_busy_service_is_busy(
    service: ImageApiServer, client: HttpImageApi, tmp_path: Path, name: str, code: str
) -> None:
    """A request that the image API refused as busy raises Busy, so it can safely be sent again."""
    service.api.faults.add(Fault("image", name, "code", code, times=None))
    with pytest.raises(Busy):
        await OPERATIONS[name](client, tmp_path)


@pytest.mark.parametrize("kind", [*BROKEN, "code"])
async def test_an_order_whose_answer_is_lost_may_have_been_taken(
    service: ImageApiServer, client: HttpImageApi, tmp_path: Path, kind: Kind
) -> None:
    """If the answer to generate is lost or a server error, the client raises AnswerLost and doesn't repeat the call."""
    service.api.faults.add(Fault("image", "generate", kind, 500 if kind == "code" else None))
    with pytest.raises(AnswerLost):
        await _generate(client, tmp_path)
    calls = [call for call in service.api.requests if call.method == "generate"]
    assert len(calls) == 1, "an order is never repeated by the client"


@pytest.mark.parametrize("name", ["record-info", "credit"])
@pytest.mark.parametrize("kind", BROKEN)
async def test_a_question_whose_answer_is_lost_is_an_error_of_ours(
    service: ImageApiServer, client: HttpImageApi, tmp_path: Path, name: str, kind: Kind
) -> None:
    """A broken answer raises an error of this project, never an exception of a library."""
    service.api.faults.add(Fault("image", name, kind, times=None))
    with pytest.raises((AnswerLost, Unreadable)):
        await OPERATIONS[name](client, tmp_path)


@pytest.mark.parametrize("kind", ["cut", "drop", "drop_after"])
async def test_an_upload_is_tried_again(
    service: ImageApiServer, client: HttpImageApi, tmp_path: Path, kind: Kind
) -> None:
    """The client repeats a failed upload, because uploads cost nothing."""
    service.api.faults.add(Fault("image", "upload", kind, times=3))
    assert str(await _upload(client, tmp_path)).startswith(service.url)


@EVERY
async def test_nobody_there(tmp_path: Path, name: str) -> None:
    """If the connection can't be opened, the client raises NotSent."""
    with ReservedPort() as port:
        root = f"http://127.0.0.1:{port.number}"
        async with HttpImageApi(root, root, SecretStr(KEY), PictureFetcher()) as api:
            with pytest.raises(NotSent):
                await OPERATIONS[name](api, tmp_path)


@EVERY
async def test_a_wrong_key(service: ImageApiServer, tmp_path: Path, name: str) -> None:
    """A refused key raises ApiRefused with MISCONFIGURED, and the message doesn't contain the key."""
    async with HttpImageApi(service.url, service.url, SecretStr("wrong-key"), PictureFetcher()) as api:
        with pytest.raises(ApiRefused) as refused:
            await OPERATIONS[name](api, tmp_path)
    assert refused.value.failure is Failure.MISCONFIGURED
    assert "wrong-key" not in str(refused.value)


@EVERY
async def test_too_slow(service: ImageApiServer, tmp_path: Path, name: str) -> None:
    """A timeout raises AnswerLost, because the request may have been handled."""
    service.api.faults.add(Fault("image", name, "delay", 30, times=None))
    root, key = service.url, SecretStr(KEY)
    async with HttpImageApi(root, root, key, PictureFetcher(), answer_s=0.05, upload_s=0.05) as api:
        with pytest.raises(AnswerLost):
            await OPERATIONS[name](api, tmp_path)


@asynccontextmanager
async def _answering(answer: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[HttpImageApi]:
    """Yield a client of a server that answers every request with `answer`."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    root = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with HttpImageApi(root, root, SecretStr(KEY), PictureFetcher()) as api:
            yield api
    finally:
        await runner.cleanup()


@EVERY
async def test_an_endless_answer_is_not_read_to_its_end(tmp_path: Path, name: str) -> None:
    """An answer that is far too large is abandoned before it fills the memory."""

    async def answer(request: web.Request) -> web.StreamResponse:
        await request.read()
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            for _ in range(10_000):
                await response.write(b" " * 65_536)
        except ConnectionError:
            pass
        return response

    async with _answering(answer) as api:
        with pytest.raises((Unreadable, AnswerLost)):
            await OPERATIONS[name](api, tmp_path)


@EVERY
async def test_a_redirect_is_not_followed(tmp_path: Path, name: str) -> None:
    """The client doesn't follow redirects, so the key reaches only the image API."""
    paths = []

    async def answer(request: web.Request) -> web.StreamResponse:
        await request.read()
        paths.append(request.path)
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    async with _answering(answer) as api:
        with pytest.raises(ApiError):
            await OPERATIONS[name](api, tmp_path)
    assert "/elsewhere" not in paths


async def test_an_order_never_uses_an_old_connection(tmp_path: Path) -> None:
    """Two generate calls use two connections, because a reused connection may close just as the request is written."""
    peers = []

    async def answer(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        peers.append(request.transport.get_extra_info("peername"))
        return web.json_response({"code": 200, "msg": "success", "data": {"taskId": "1"}})

    async with _answering(answer) as api:
        await _generate(api, tmp_path)
        await _generate(api, tmp_path)
    assert len(set(peers)) == 2


async def test_who_we_are_is_said(tmp_path: Path) -> None:
    """Every call carries the key and the project's own User-Agent, which the vendor's firewall lets through."""
    heads = []

    async def answer(request: web.Request) -> web.StreamResponse:
        await request.read()
        heads.append(dict(request.headers))
        return web.json_response({"code": 500, "msg": "no", "data": None})

    async with _answering(answer) as api:
        for operation in OPERATIONS.values():
            with pytest.raises(ApiError):
                await operation(api, tmp_path)
    assert all(head["Authorization"] == f"Bearer {KEY}" for head in heads)
    assert all(head["User-Agent"].startswith("imagine-bot/") for head in heads)
