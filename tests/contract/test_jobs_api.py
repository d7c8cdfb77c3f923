"""The client asks for every model of the table by the endpoints and fields that the model has."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.image_api.client import HttpImageApi
from bot.image_api.downloader import PictureFetcher
from bot.model_table import read_models
from core.errors import AnswerLost, ApiRefused, Busy, Failure
from core.models.image_model import FOUR_O, Protocol
from core.models.image_request import Picture, Request, Size, Source
from core.models.job import Failed, Generating, Painted, Task, Unknown
from core.models.media import Incoming
from sandbox.faults import Fault
from sandbox.imageapi.models import BY_ID
from sandbox.imageapi.server import ImageApiServer
from tests.e2e.kit import picture

MODELS = read_models()
JOBS = [model for model in MODELS.known.values() if model.protocol is Protocol.JOBS]
PAINTERS = [model.name for model in JOBS if model.text_id]
EDITORS = [model.name for model in JOBS if model.edit_id]
SOURCE = Source("", "a", 1, Picture("0" * 64, "png", 300, 300, 1))
FOX = Request("a red fox", model="gpt")


async def _uploaded(client: HttpImageApi, directory: Path, name: str = "a.png") -> str:
    path = directory / "picture"
    path.write_bytes(picture((300, 300)))
    return await client.upload(path, name)


async def _ended(service: ImageApiServer, client: HttpImageApi, request: Request, files: list[str]) -> Any:
    task_id = (await client.generate(request, files, None, None)).id
    await service.api.tasks[task_id].finished.wait()
    return await client.report(Task(task_id, request.model))


@pytest.mark.parametrize("name", PAINTERS)
@pytest.mark.parametrize("size", [None, Size("16:9"), Size("3:2")])
async def test_every_model_paints(service: ImageApiServer, client: HttpImageApi, name: str, size: Size | None) -> None:
    """The strict sandbox takes each model's fields, and the record tells the credits that the table has."""
    request = MODELS.choose(Request("a red fox", model=name, size=size))
    report = await _ended(service, client, request, [])
    assert isinstance(report, Painted)
    assert len(report.urls) == 1
    assert report.consumed == MODELS.price(request)


@pytest.mark.parametrize("name", EDITORS)
async def test_every_model_edits(service: ImageApiServer, client: HttpImageApi, name: str, tmp_path: Path) -> None:
    """Pictures go in the field of the model, as a list or alone, and tools take no prompt."""
    model = MODELS.known[name]
    words = "" if model.tool else "at night"
    request = Request(words, pictures=(SOURCE,), model=name, factor=max(model.factors, default=1))
    report = await _ended(service, client, request, [await _uploaded(client, tmp_path)])
    assert isinstance(report, Painted), report
    (task,) = service.api.tasks.values()
    assert len(task.inputs) == 1


@pytest.mark.parametrize("name", [model.name for model in JOBS if model.resolutions])
async def test_every_resolution_has_its_price(service: ImageApiServer, client: HttpImageApi, name: str) -> None:
    """The table's credits for each resolution are those of the record."""
    for resolution in MODELS.known[name].resolutions:
        request = MODELS.choose(Request("a red fox", model=name, resolution=resolution))
        report = await _ended(service, client, request, [])
        assert isinstance(report, Painted)
        assert report.consumed == MODELS.price(request)


def test_the_table_has_the_vendor_s_ids() -> None:
    """Every id of the table is one that the sandbox's own table has, and the other way around."""
    ids = {id_ for model in JOBS for id_ in (model.text_id, model.edit_id) if id_}
    assert ids == set(BY_ID) - {"4o-image-api"}


async def test_transparency_and_enhancement(service: ImageApiServer, client: HttpImageApi) -> None:
    """Options that only some models have are sent in those models' words."""
    for name, wanted in (("gpt", {"background": "transparent"}), ("qwen", {"enhance_prompt": True})):
        request = MODELS.choose(Request("a fox", model=name, transparent=True, enhance=True))
        task_id = (await client.generate(request, [], None, None)).id
        assert wanted.items() <= service.api.tasks[task_id].given.items()


@pytest.mark.parametrize(
    ("told", "failure"),
    [
        ("500:aspect_ratio is not within the range of allowed options", Failure.INVALID),
        ("500:This field is required", Failure.INVALID),
        ("500:The text length cannot exceed the maximum limit", Failure.INVALID),
        ("422:The page does not exist or is not published", Failure.MODEL_GONE),
        ("505:Feature disabled", Failure.MODEL_GONE),
        ("433:The number of points used by apiKey has exceeded the daily limit", Failure.OUT_OF_CREDITS),
        ("402:Credits insufficient", Failure.OUT_OF_CREDITS),
        ("401:You do not have access permissions", Failure.MISCONFIGURED),
        ("422:Inappropriate content", Failure.POLICY),
    ],
)
async def test_refusals_of_create_task(
    service: ImageApiServer, client: HttpImageApi, told: str, failure: Failure
) -> None:
    """A refusal is told apart from an answer that was lost, also where it comes as code 500."""
    service.api.faults.add(Fault("image", "generate", "code", told))
    with pytest.raises(ApiRefused) as refused:
        await client.generate(FOX, [], None, None)
    assert refused.value.failure is failure
    assert not service.api.tasks


async def test_other_server_errors_are_uncertain(service: ImageApiServer, client: HttpImageApi) -> None:
    """Code 500 without a word about a parameter doesn't rule out a task."""
    service.api.faults.add(Fault("image", "generate", "code", "500:Internal Error, please try again later."))
    with pytest.raises(AnswerLost):
        await client.generate(FOX, [], None, None)


@pytest.mark.parametrize("code", [429, 455, 550])
async def test_a_full_service_is_busy(service: ImageApiServer, client: HttpImageApi, code: int) -> None:
    """The codes of a service that took nothing are told with the error."""
    service.api.faults.add(Fault("image", "generate", "code", code))
    with pytest.raises(Busy) as busy:
        await client.generate(FOX, [], None, None)
    assert busy.value.code == code


@pytest.mark.parametrize(("told", "failure"), [("501:Generation failed", Failure.UPSTREAM), (408, Failure.TIMED_OUT)])
async def test_an_envelope_can_end_a_task(
    service: ImageApiServer, client: HttpImageApi, told: str | int, failure: Failure
) -> None:
    """Codes 501 and 408 of recordInfo end the task without a record."""
    task_id = (await client.generate(FOX, [], None, None)).id
    service.api.faults.add(Fault("image", "record-info", "code", told))
    report = await client.report(Task(task_id, "gpt"))
    assert isinstance(report, Failed)
    assert report.failure is failure


@pytest.mark.parametrize("told", ["422:recordInfo is null", 404])
async def test_a_record_that_is_not_there_yet(service: ImageApiServer, client: HttpImageApi, told: str | int) -> None:
    """A missing record says nothing about the task."""
    task_id = (await client.generate(FOX, [], None, None)).id
    service.api.faults.add(Fault("image", "record-info", "code", told))
    assert await client.report(Task(task_id, "gpt")) == Unknown()
    assert await client.report(Task("0" * 32, "gpt")) == Unknown()


async def test_a_record_of_another_model_is_not_believed(service: ImageApiServer, client: HttpImageApi) -> None:
    """A record whose model isn't the one that was asked is none."""
    service.api.faults.add(Fault("image", "task", "model", "z-image"))
    assert await _ended(service, client, FOX, []) == Unknown()


async def test_a_success_without_links(service: ImageApiServer, client: HttpImageApi) -> None:
    """An empty resultJson is a success that names no links yet."""
    service.api.faults.add(Fault("image", "task", "linkless"))
    assert await _ended(service, client, FOX, []) == Painted((), 600)


async def test_a_task_in_progress_and_a_failed_one(service: ImageApiServer, client: HttpImageApi) -> None:
    """The record of a task in progress names no progress, and a failure costs nothing."""
    service.api.duration_s = 9.0
    task_id = (await client.generate(FOX, [], None, None)).id
    assert await client.report(Task(task_id, "gpt")) == Generating(0.0)
    service.api.duration_s = 0.0
    report = await _ended(service, client, Request("a forbidden fox", model="gpt"), [])
    assert isinstance(report, Failed)
    assert (report.failure, report.consumed) == (Failure.POLICY, 0)


async def test_4o_by_the_jobs_api(service: ImageApiServer, tmp_path: Path) -> None:
    """4o moves to its jobs form by an override, and its older tasks are still found."""
    file = tmp_path / "models.toml"
    file.write_text(
        '["4o"]\nprotocol = "jobs"\ntext_id = "4o-image-api"\nedit_id = "4o-image-api"\npictures_field = "files_url"\n'
        'mask_field = ""\nenhance_field = ""\nvendor_fallback = false\nvariants = [1]\n',
        encoding="utf-8",
    )
    async with HttpImageApi(
        service.url, service.url, SecretStr("sandbox-key"), PictureFetcher(), models=read_models(file=file)
    ) as moved:
        assert isinstance(await _ended(service, moved, Request("a fox", model=FOUR_O), []), Painted)
        async with HttpImageApi(service.url, service.url, SecretStr("sandbox-key"), PictureFetcher()) as before:
            task_id = (await before.generate(Request("a fox", model=FOUR_O), [], None, None)).id
            await service.api.tasks[task_id].finished.wait()
        assert isinstance(await moved.report(Task(task_id, FOUR_O)), Painted)


async def test_a_dead_link_is_renewed(service: ImageApiServer, client: HttpImageApi, tmp_path: Path) -> None:
    """The direct link of a job's result comes from the endpoint for all models."""

    async def as_it_is(_: Incoming) -> None:
        pass

    report = await _ended(service, client, FOX, [])
    assert isinstance(report, Painted)
    service.api.faults.add(Fault("file", "result", "http", 404))
    await client.download(Task(next(iter(service.api.tasks)), "gpt"), report.urls[0], tmp_path / "into", as_it_is)
    asked = [call.params for call in service.api.requests if call.method == "download-url"]
    assert asked == [{"url": report.urls[0]}]
