"""The sandbox's three uploads, and the limits on stored files."""

import base64
import re
from io import BytesIO
from typing import Any

import aiohttp
import pytest

from sandbox.imageapi.files import MAX_UPLOAD, Files
from sandbox.imageapi.shelf import Blob, Shelf
from tests.sandbox.imageapi_kit import Clock, Wire, png, wire

STREAM, BASE64, URL = (f"/api/file-{way}-upload" for way in ("stream", "base64", "url"))


async def stream(client: Wire, body: bytes, **fields: str) -> dict[str, Any]:
    """Send a multipart form with the file last."""
    form = aiohttp.FormData(quote_fields=False)
    for name, value in fields.items():
        form.add_field(name, value)
    form.add_field("file", BytesIO(body), filename="picture.png")
    async with client.session.post(client.server.url + STREAM, data=form) as answer:
        assert answer.status == 200
        data: dict[str, Any] = await answer.json()
        return data


async def test_a_stream_upload_answers_as_seen() -> None:
    """The answer to an upload has every observed field, and the bytes are served unchanged."""
    async with wire(clock=Clock()) as client:
        answer = await stream(client, png(), uploadPath="images/bot", fileName="fox.png")
        data = answer.pop("data")
        assert answer == {"success": True, "code": 200, "msg": "File uploaded successfully"}
        assert (data["success"], data["fileName"], data["mimeType"]) == (True, "fox.png", "image/png")
        assert (data["fileSize"], data["uploadedAt"]) == (len(png()), "2025-10-09T08:53:20.000Z")
        assert re.fullmatch(r"kieai/images/bot/[0-9a-f]{12}-fox\.png", data["filePath"])
        assert await client.fetch(data["downloadUrl"]) == (200, png())


async def test_the_same_name_twice_makes_two_files() -> None:
    """File names are made unique, so an upload never replaces another one."""
    async with wire() as client:
        one, other = await client.upload(b"one"), await client.upload(b"other")
        assert (await client.fetch(one))[1] == b"one"
        assert (await client.fetch(other))[1] == b"other"


async def test_a_base64_upload_takes_both_forms() -> None:
    """base64Data may have a data: prefix."""
    async with wire() as client:
        text = base64.b64encode(png()).decode()
        for data in (text, f"data:image/png;base64,{text}"):
            answer = await client.post(BASE64, {"base64Data": data, "uploadPath": "images"})
            assert answer["data"]["downloadUrl"].endswith("-upload.png")
            assert await client.fetch(answer["data"]["downloadUrl"]) == (200, png())


async def test_a_url_upload_copies_what_the_sandbox_has() -> None:
    """fileUrl may name a file of this sandbox; any other URL gets 451 and is never requested."""
    async with wire() as client:
        url = await client.upload(png(), "fox.png")
        answer = await client.post(URL, {"fileUrl": url, "uploadPath": "images", "fileName": "copy.png"})
        assert answer["data"]["fileName"] == "copy.png"
        foreign = {"fileUrl": "https://example.org/fox.png", "uploadPath": "images"}
        assert (await client.post(URL, foreign))["code"] == 451


@pytest.mark.parametrize("folder", ["", "/", "/images", "images/"])
async def test_upload_path_has_no_outer_slashes(folder: str) -> None:
    """uploadPath is required, and must not start or end with a slash."""
    async with wire() as client:
        assert (await stream(client, png(), uploadPath=folder))["code"] == 400
        assert len(client.api.files.uploads) == 0


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (BASE64, {"uploadPath": "images"}),
        (BASE64, {"uploadPath": "images", "base64Data": "!!!"}),
        (BASE64, {"uploadPath": 7, "base64Data": "AAAA"}),
        (BASE64, []),
        (URL, {"uploadPath": "images"}),
        (STREAM, {"uploadPath": "images"}),
    ],
)
async def test_an_incomplete_upload_is_refused(path: str, body: Any) -> None:
    """A missing or unreadable field gets code 400."""
    async with wire() as client:
        assert (await client.post(path, body))["code"] == 400


async def test_a_form_needs_a_file() -> None:
    """A multipart form without a file gets code 400."""
    async with wire() as client:
        with aiohttp.MultipartWriter("form-data") as form:
            form.append("images").set_content_disposition("form-data", name="uploadPath")
        async with client.session.post(client.server.url + STREAM, data=form) as answer:
            assert (await answer.json())["code"] == 400


async def test_uploads_end_at_26214400_bytes() -> None:
    """The largest file is accepted, and one byte more is refused in the envelope."""
    async with wire() as client:
        assert (await stream(client, bytes(MAX_UPLOAD), uploadPath="images"))["code"] == 200
        answer = await stream(client, bytes(MAX_UPLOAD + 1), uploadPath="images")
        assert (answer["code"], "26214400" in answer["msg"]) == (400, True)


async def test_a_path_in_a_file_name_is_dropped() -> None:
    """A path in a file name is removed."""
    async with wire() as client:
        answer = await stream(client, png(), uploadPath="images", fileName="../../étc/pass wd.png")
        assert answer["data"]["fileName"] == "pass_wd.png"
        assert (await client.fetch(answer["data"]["downloadUrl"]))[0] == 200


async def test_uploads_live_a_day() -> None:
    """An upload is deleted after 24 hours."""
    clock = Clock()
    async with wire(clock=clock) as client:
        url = await client.upload(png())
        clock.now += 24 * 3600
        assert (await client.fetch(url))[0] == 404


def test_a_shelf_is_bounded_by_number_and_by_size() -> None:
    """The oldest files are dropped first, and the newest always fits."""
    shelf = Shelf(max_items=2, max_bytes=10)
    for name, size in (("a", 1), ("b", 2), ("c", 3)):
        shelf.put(name, Blob(bytes(size), "image/png", 0))
    assert list(shelf) == ["b", "c"]
    shelf.put("large", Blob(bytes(99), "image/png", 0))
    assert list(shelf) == ["large"]


def test_results_are_bounded() -> None:
    """The last 300 results are kept."""
    files = Files(Clock())
    urls = [files.keep_results(f"task{n}", [b"picture"])[0] for n in range(301)]
    assert (files.find("/results/task0/1.png"), len(files.results)) == (None, 300)
    assert files.fetch(urls[-1]) == b"picture"


def test_a_path_of_nothing_is_nothing() -> None:
    """A path outside the shelves isn't found."""
    assert Files(Clock()).find("/etc/passwd") is None
