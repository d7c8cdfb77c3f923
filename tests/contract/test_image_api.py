"""The image API client returns the right value for every operation that succeeds."""

from pathlib import Path
from typing import Any

import pytest

from bot.image_api.client import HttpImageApi
from core.errors import ApiRefused, Failure
from core.models.image_request import Fallback, Request, Size
from core.models.job import Failed, Generating, Painted, Task, Unknown
from core.models.media import Incoming
from sandbox.faults import Fault
from sandbox.imageapi.server import ImageApiServer
from tests.e2e.kit import opened, picture

FOX = Request("a red fox")


async def _painted(service: ImageApiServer, client: HttpImageApi) -> tuple[str, Painted]:
    task_id = (await client.generate(FOX, [], None, None)).id
    await service.api.tasks[task_id].finished.wait()
    report = await client.report(Task(task_id))
    assert isinstance(report, Painted)
    return task_id, report


async def _uploaded(client: HttpImageApi, directory: Path, name: str = "a.png") -> str:
    path = directory / "picture"
    path.write_bytes(picture())
    return await client.upload(path, name)


async def _as_it_is(result: Incoming) -> bytes:
    """Accept any file as a picture; those of the sandbox are short."""
    return result.content or b""


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        (FOX, {}),
        (Request("a red fox", size=Size.SQUARE), {}),
        (Request("a red fox", size=Size.LANDSCAPE), {"size": "3:2"}),
        (Request("a red fox", size=Size.PORTRAIT), {"size": "2:3"}),
        (Request("a red fox", variants=2), {"nVariants": 2}),
        (Request("a red fox", variants=4), {"nVariants": 4}),
        (Request("a red fox", enhance=True), {"isEnhance": True}),
        (Request("a red fox", china=True), {"uploadCn": True}),
        (Request("a red fox", fallback=Fallback.FLUX), {"enableFallback": True}),
        (Request("a red fox", fallback=Fallback.GPT), {"enableFallback": True, "fallbackModel": "GPT_IMAGE_1"}),
    ],
)
async def test_an_order_is_understood(
    service: ImageApiServer, client: HttpImageApi, request_: Request, body: dict[str, Any]
) -> None:
    """Every option of a request is accepted, and options at their default are left out."""
    task_id = (await client.generate(request_, [], None, None)).id
    assert service.api.tasks[task_id].body == {"prompt": "a red fox", "size": "1:1"} | body


async def test_pictures_mask_and_callback_are_understood(
    service: ImageApiServer, client: HttpImageApi, tmp_path: Path
) -> None:
    """Upload links, a mask and a webhook address reach the task."""
    link, mask = await _uploaded(client, tmp_path), await _uploaded(client, tmp_path, "mask.png")
    task_id = (await client.generate(FOX, [link], mask, "http://127.0.0.1:9/callbacks/x")).id
    body = service.api.tasks[task_id].body
    assert (body["filesUrl"], body["maskUrl"]) == ([link], mask)
    assert body["callBackUrl"] == "http://127.0.0.1:9/callbacks/x"


async def test_a_mask_is_left_out_where_the_service_ignores_it(
    service: ImageApiServer, client: HttpImageApi, tmp_path: Path
) -> None:
    """The mask isn't sent with several pictures, because the image API ignores it."""
    links = [await _uploaded(client, tmp_path, f"{number}.png") for number in range(5)]
    task_id = (await client.generate(FOX, links, links[0], None)).id
    assert service.api.tasks[task_id].body["filesUrl"] == links
    assert "maskUrl" not in service.api.tasks[task_id].body


async def test_pictures_without_words_are_an_order(
    service: ImageApiServer, client: HttpImageApi, tmp_path: Path
) -> None:
    """A request with a picture needs no prompt."""
    task_id = (await client.generate(Request(""), [await _uploaded(client, tmp_path)], None, None)).id
    assert "prompt" not in service.api.tasks[task_id].body


async def test_a_task_nobody_knows(client: HttpImageApi) -> None:
    """An unknown task is reported as Unknown, not as a failure: every task is unknown right after submission."""
    assert await client.report(Task("0" * 32)) == Unknown()


@pytest.mark.parametrize("code", ["422:The record does not exist", "422:record is null", "422", "404:Record not found"])
async def test_a_task_nobody_knows_in_other_words(service: ImageApiServer, client: HttpImageApi, code: str) -> None:
    """Every refusal that means "no such record" is reported as Unknown."""
    service.api.faults.add(Fault("image", "record-info", "code", code))
    assert await client.report(Task("0" * 32)) == Unknown()


async def test_a_task_at_work(service: ImageApiServer, client: HttpImageApi) -> None:
    """A running task reports its progress as a number between 0 and 1."""
    service.api.duration_s = 60
    service.api.clock = lambda: 1_000.0
    task_id = (await client.generate(FOX, [], None, None)).id
    service.api.clock = lambda: 1_015.0
    assert await client.report(Task(task_id)) == Generating(0.25)


async def test_a_task_that_is_done(service: ImageApiServer, client: HttpImageApi) -> None:
    """A finished task reports its result links."""
    task_id, report = await _painted(service, client)
    assert list(report.urls) == service.api.tasks[task_id].result_urls


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        ("400:Your content was flagged by OpenAI as violating content policies", Failure.POLICY),
        ("400:The image content in filesUrl violates content policy", Failure.POLICY),
        ("400:We couldn't process the provided image file (code=invalid_image_format)", Failure.BAD_PICTURE),
        ("400:Image size exceeds maximum of 26214400 bytes", Failure.BAD_PICTURE),
        ("451", Failure.UNREACHABLE_PICTURE),
        ("500:GPT 4O failed to edit the picture", Failure.UPSTREAM),
        ("500:Internal Error", Failure.UPSTREAM),
    ],
)
async def test_a_task_that_failed(service: ImageApiServer, client: HttpImageApi, code: str, failure: Failure) -> None:
    """A failed task reports which Failure it is."""
    service.api.faults.add(Fault("image", "task", "code", code))
    task_id = (await client.generate(FOX, [], None, None)).id
    await service.api.tasks[task_id].finished.wait()
    report = await client.report(Task(task_id))
    assert isinstance(report, Failed)
    assert report.failure is failure


@pytest.mark.parametrize("name", ["a.png", "ein schönes Bild.png", "лиса.png", 'qu"ote.png', "a/b/../c.png"])
async def test_an_upload_can_be_fetched_under_its_link(
    service: ImageApiServer, client: HttpImageApi, tmp_path: Path, name: str
) -> None:
    """An uploaded file is served byte for byte under the returned link, whatever its name."""
    link = await _uploaded(client, tmp_path, name)
    assert service.api.files.fetch(link) == picture()


async def test_a_result_is_downloaded(service: ImageApiServer, client: HttpImageApi, tmp_path: Path) -> None:
    """A result is downloaded by its link."""
    task_id, report = await _painted(service, client)
    result = await client.download(Task(task_id), report.urls[0], tmp_path / "result", _as_it_is)
    assert opened(result).size == (1024, 1024)


async def test_a_dead_result_link_is_replaced(service: ImageApiServer, client: HttpImageApi, tmp_path: Path) -> None:
    """If a result link is dead, the client asks for a direct link and follows it."""
    task_id, report = await _painted(service, client)
    service.api.faults.add(Fault("image", "result", "http", 404))
    assert await client.download(Task(task_id), report.urls[0], tmp_path / "result", _as_it_is)
    assert [call.method for call in service.api.requests][-3:] == ["result", "download-url", "direct"]


async def test_a_link_that_no_record_knows_is_refused(client: HttpImageApi, tmp_path: Path) -> None:
    """A dead link of an unknown task raises ApiRefused."""
    with pytest.raises(ApiRefused):
        await client.download(Task("0" * 32), "http://127.0.0.1:1/results/x.png", tmp_path / "result", _as_it_is)


async def test_the_account_is_read(service: ImageApiServer, client: HttpImageApi) -> None:
    """Credits are a decimal number."""
    service.api.credits = 5916.25
    assert await client.credits() == 5916.25
