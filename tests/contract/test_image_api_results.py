"""A download continues until it gets a picture: if a result link fails, the client asks for a direct link."""

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.image_api import downloader
from bot.image_api.client import HttpImageApi
from bot.image_api.downloader import PictureFetcher
from core.errors import AnswerLost, ApiError, ApiRefused
from core.models.image_request import Picture
from core.models.job import Task
from tests.contract.conftest import KEY
from tests.e2e.kit import picture
from tests.unit.rooms import image_processor
from tests.unit.servers import serving

GOOD = picture((200, 100))
TASK = "0123456789abcdef" * 2
BAD: dict[str, dict[str, Any]] = {
    "a page": {"body": b"<!DOCTYPE html><html>Not found</html>", "headers": {"Content-Type": "text/html"}},
    "a page that says it is a picture": {"body": b"<html></html>", "headers": {"Content-Type": "image/png"}},
    "nothing": {"body": b""},
    "half a picture": {"body": GOOD[: len(GOOD) // 2]},
    "another kind of file": {"body": b"%PDF-1.7\n"},
    "an error in JSON": {"body": b'{"code":404,"msg":"expired"}', "headers": {"Content-Type": "application/json"}},
    "a way to log in": {"status": 302, "headers": {"Location": "/login"}},
    "a circle": {"status": 302, "headers": {"Location": "/result"}},
    "too much": {"body": bytes(70_000)},
    **{f"HTTP {status}": {"status": status} for status in (204, 206, 400, 401, 403, 404, 410, 429, 500, 503)},
}
REFUSED = {"code": 422, "msg": "record is null", "data": None}


class Vendor:
    """A server whose result link serves no picture and whose download-url may return a direct link."""

    def __init__(self) -> None:
        self.result: dict[str, Any] = {"status": 404}
        self.ways: dict[tuple[str, ...], Any] = {}
        """The answer of download-url for a body with these keys: the `data` of a success, or a whole envelope."""
        self.asked: list[str] = []
        self.port = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer as the test configured."""
        self.asked.append(request.path)
        if request.method == "POST":
            body = await request.json()
            known = self.ways.get((request.path.split("/")[3], *sorted(body)), REFUSED)
            whole = isinstance(known, dict) and "code" in known
            return web.json_response(known if whole else {"code": 200, "msg": "success", "data": known})
        if request.path == "/result":
            return web.Response(**self.result)
        return web.Response(body=GOOD if request.path == "/direct" else b"<html>Log in</html>")

    @property
    def direct(self) -> str:
        """Return the link that serves the picture."""
        return self.link("direct")

    def link(self, name: str) -> str:
        """Return a link to a path of this server."""
        return f"http://127.0.0.1:{self.port}/{name}"


@asynccontextmanager
async def _at(vendor: Vendor) -> AsyncIterator[HttpImageApi]:
    async with serving(vendor.answer) as port:
        vendor.port = port
        root = f"http://127.0.0.1:{port}"
        async with HttpImageApi(root, root, SecretStr(KEY), PictureFetcher([f"127.0.0.1:{port}"])) as api:
            yield api


@pytest.fixture
async def vendor() -> Vendor:
    """Return a vendor that refuses every download-url request."""
    return Vendor()


async def _download(vendor: Vendor, into: Path, task_id: str = TASK) -> Picture:
    room = image_processor()
    try:
        async with _at(vendor) as api:
            ways: dict[tuple[str, ...], Any] = {
                key: known(vendor) if callable(known) else known for key, known in vendor.ways.items()
            }
            vendor.ways = ways
            return await api.download(Task(task_id), vendor.link("result"), into, room.inspect)
    finally:
        room.close()


def _direct(vendor: Vendor) -> str:
    return vendor.direct


def _object(vendor: Vendor) -> dict[str, str]:
    return {"downloadUrl": vendor.direct}


@pytest.mark.parametrize("result", BAD.values(), ids=BAD)
async def test_whatever_is_no_picture_leads_to_a_direct_link(
    vendor: Vendor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, result: dict[str, Any]
) -> None:
    """If a result link serves no picture, the client asks for a direct link and downloads the picture from it."""
    monkeypatch.setattr(downloader, "MAX_BYTES", 60_000)
    vendor.result = result
    vendor.ways = {("gpt4o-image", "taskId", "url"): _direct}
    found = await _download(vendor, tmp_path / "result")
    assert (found.width, found.height) == (200, 100)
    assert found.sha256 == hashlib.sha256(GOOD).hexdigest()
    assert sum("download-url" in path for path in vendor.asked) == 1


@pytest.mark.parametrize(
    ("way", "answer"),
    [
        (("gpt4o-image", "taskId", "url"), _direct),
        (("gpt4o-image", "taskId", "url"), _object),
        (("gpt4o-image", "imageUrl"), _object),
        (("gpt4o-image", "imageUrl"), _direct),
        (("common", "url"), _direct),
    ],
    ids=["by its task", "by its task, in the older form", "by its link", "by its link, in the newer form", "any file"],
)
async def test_every_way_to_ask_is_tried(
    vendor: Vendor, tmp_path: Path, way: tuple[str, ...], answer: Callable[[Vendor], Any]
) -> None:
    """If asking by task ID is refused, the client tries the older forms and reads each form of answer."""
    vendor.ways = {way: answer}
    assert (await _download(vendor, tmp_path / "result")).width == 200


async def test_a_direct_link_without_a_picture_is_not_the_end(vendor: Vendor, tmp_path: Path) -> None:
    """If a direct link leads to a page or back to the result link, the client tries the next form."""
    vendor.ways = {
        ("gpt4o-image", "taskId", "url"): lambda known: known.link("page"),
        ("gpt4o-image", "imageUrl"): lambda known: known.link("result"),
        ("common", "url"): _direct,
    }
    assert (await _download(vendor, tmp_path / "result")).width == 200
    assert vendor.asked.count("/result") == 1


async def test_a_result_without_a_task_is_asked_for_by_its_link(vendor: Vendor, tmp_path: Path) -> None:
    """A result can be downloaded even if the task ID is unknown."""
    vendor.ways = {("common", "url"): _direct}
    assert (await _download(vendor, tmp_path / "result", task_id="")).width == 200


async def test_the_causes_are_named_together(vendor: Vendor, tmp_path: Path) -> None:
    """If every form fails, a single ApiRefused names the cause at each of them."""
    vendor.result = {"body": b"<html></html>"}
    with pytest.raises(ApiRefused) as refused:
        await _download(vendor, tmp_path / "result")
    assert "UnidentifiedImageError" in str(refused.value)
    assert str(refused.value).count("record is null") == 3


@pytest.mark.parametrize("result", [{"status": 503}, {"status": 429}], ids=str)
async def test_a_tired_host_is_worth_another_time(vendor: Vendor, tmp_path: Path, result: dict[str, Any]) -> None:
    """If any failure on the way was temporary, the client raises AnswerLost instead."""
    vendor.result = result
    with pytest.raises(AnswerLost):
        await _download(vendor, tmp_path / "result")


async def test_an_api_that_is_away_is_asked_once(vendor: Vendor, tmp_path: Path) -> None:
    """If the image API is unavailable, the client doesn't try the other forms."""
    vendor.ways = {("gpt4o-image", "taskId", "url"): {"code": 455, "msg": "maintenance", "data": None}}
    with pytest.raises(ApiError):
        await _download(vendor, tmp_path / "result")
    assert sum("download-url" in path for path in vendor.asked) == 1
