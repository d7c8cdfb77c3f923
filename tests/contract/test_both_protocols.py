"""One suite for both protocols: the promises of the port hold for the endpoints of 4o and for the jobs API alike."""

from pathlib import Path

import pytest

from bot.image_api.client import HttpImageApi
from core.errors import AnswerLost, ApiRefused, Busy, Failure, NotSent
from core.models.image_request import Request
from core.models.job import Failed, Generating, Painted, Task, Unknown
from core.models.media import Incoming
from sandbox.faults import Fault
from sandbox.imageapi.server import ImageApiServer


@pytest.fixture(params=["4o", "gpt", "seedream", "qwen"])
def fox(request: pytest.FixtureRequest) -> Request:
    """Return a request for a model of either protocol."""
    return Request("a red fox", model=request.param)


async def _ended(service: ImageApiServer, client: HttpImageApi, request: Request) -> Task:
    task = await client.generate(request, [], None, None)
    await service.api.tasks[task.id].finished.wait()
    return task


async def test_a_task_is_painted_and_fetched(
    service: ImageApiServer, client: HttpImageApi, fox: Request, tmp_path: Path
) -> None:
    """The task names its model, and its result can be fetched, also by a direct link."""

    async def as_it_is(result: Incoming) -> bytes | None:
        return result.content

    task = await _ended(service, client, fox)
    assert task.model == fox.model
    report = await client.report(task)
    assert isinstance(report, Painted)
    first = await client.download(task, report.urls[0], tmp_path / "into", as_it_is)
    service.api.faults.add(Fault("file", "result", "http", 404))
    again = await client.download(task, report.urls[0], tmp_path / "into", as_it_is)
    assert first
    assert again == first


async def test_a_task_in_progress(service: ImageApiServer, client: HttpImageApi, fox: Request) -> None:
    """It is generating, with a progress that no protocol overstates."""
    service.api.duration_s = 60.0
    report = await client.report(await client.generate(fox, [], None, None))
    assert isinstance(report, Generating)
    assert 0 <= report.progress < 0.5


async def test_a_failed_task(service: ImageApiServer, client: HttpImageApi, fox: Request) -> None:
    """The failure is told apart by its words."""
    service.api.faults.add(Fault("image", "task", "code", "400:flagged as violating content policies"))
    report = await client.report(await _ended(service, client, fox))
    assert isinstance(report, Failed)
    assert report.failure is Failure.POLICY


async def test_an_unknown_task(client: HttpImageApi, fox: Request) -> None:
    """A task without a record is unknown, and not failed."""
    assert await client.report(Task("0" * 32, fox.model)) == Unknown()


@pytest.mark.parametrize(("code", "failure"), [(401, Failure.MISCONFIGURED), (402, Failure.OUT_OF_CREDITS)])
async def test_a_refused_order(
    service: ImageApiServer, client: HttpImageApi, fox: Request, code: int, failure: Failure
) -> None:
    """An order that is refused was surely not taken."""
    service.api.faults.add(Fault("image", "generate", "code", code))
    with pytest.raises(ApiRefused) as refused:
        await client.generate(fox, [], None, None)
    assert refused.value.failure is failure
    assert not service.api.tasks


@pytest.mark.parametrize("code", [429, 455, 550])
async def test_a_busy_service(service: ImageApiServer, client: HttpImageApi, fox: Request, code: int) -> None:
    """A service that is full or in maintenance took nothing."""
    service.api.faults.add(Fault("image", "generate", "code", code))
    with pytest.raises(Busy):
        await client.generate(fox, [], None, None)


@pytest.mark.parametrize("kind", ["drop_after", "cut", "html"])
async def test_a_lost_answer(service: ImageApiServer, client: HttpImageApi, fox: Request, kind: str) -> None:
    """An answer that doesn't arrive leaves it open whether the order was taken, and it is sent once."""
    service.api.faults.add(Fault.from_json({"wire": "image", "match": "generate", "kind": kind}))
    with pytest.raises(AnswerLost):
        await client.generate(fox, [], None, None)
    assert len(service.api.tasks) <= 1


async def test_nobody_listens(service: ImageApiServer, client: HttpImageApi, fox: Request) -> None:
    """Without a connection, the order was surely not sent."""
    await service.stop()
    with pytest.raises(NotSent):
        await client.generate(fox, [], None, None)
