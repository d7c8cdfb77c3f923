"""Bodies of generate are documented, and answers of the image API are read in the current and the old form."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.image_api import sansio
from core.errors import Failure, Unreadable
from core.models.image_request import THREE_SIZES, Fallback, Request
from core.models.job import Failed, Generating, Painted
from tests.unit.wire_kit import URL

LONGEST = "https://" + 4088 * "a"


@pytest.mark.parametrize("task", ["task_4o_abc123", "0123456789abcdef" * 2])
def test_task_ids_are_opaque(task: str) -> None:
    """Both known forms of task IDs are kept unchanged."""
    assert sansio.read_task_id({"taskId": task}) == task


@pytest.mark.parametrize(
    "data", [None, {}, {"taskId": None}, {"taskId": ""}, {"taskId": 7}, {"taskId": "a b"}, {"taskId": "x" * 201}]
)
def test_generate_without_a_task_is_unreadable(data: Any) -> None:
    """An answer without a usable task ID raises Unreadable."""
    with pytest.raises(Unreadable):
        sansio.read_task_id(data)


@pytest.mark.parametrize(
    "response",
    [
        {"resultUrls": [URL]},
        {"result_urls": [URL]},
        json.dumps({"resultUrls": [URL]}),
        {"resultUrls": [None, URL, "", "x"]},
        {"resultUrls": URL},
        {"resultUrls": [], "result_urls": [URL]},
        {"resultUrls": [URL], "result_urls": None},
        {"resultUrls": [f"{URL}?{'x' * 5000}", URL]},
        {"resultUrls": [f"{URL}\n", URL]},
    ],
)
@pytest.mark.parametrize("flags", [{"successFlag": 1}, {"status": "SUCCESS"}, {"successFlag": "1", "status": None}])
def test_results_in_every_form(response: object, flags: dict[str, object]) -> None:
    """Result links are read from the current, old and stringified forms, by flag or by status."""
    assert sansio.read_report({"taskId": "x", "response": response, **flags}) == Painted((URL,))


@pytest.mark.parametrize(
    "response",
    [
        None,
        "",
        "{",
        "7",
        [URL],
        7,
        {},
        *({"resultUrls": urls} for urls in (None, [], 7, [""], ["file:///etc/passwd"], ["/a.png"], ["ftp://x/y"])),
    ],
)
def test_success_without_a_picture_names_none(response: object) -> None:
    """A success without a web link names no picture, because it may be incomplete."""
    assert sansio.read_report({"successFlag": 1, "response": response}) == Painted(())


def test_more_results_than_anybody_ordered() -> None:
    """The number of result links is limited."""
    report = sansio.read_report({"successFlag": 1, "response": {"resultUrls": [f"{URL}?{n}" for n in range(1000)]}})
    assert isinstance(report, Painted)
    assert len(report.urls) == sansio.MAX_LINKS


@pytest.mark.parametrize(
    ("data", "failure"),
    [
        ({"successFlag": 2, "errorCode": 400, "errorMessage": "violating content policies"}, Failure.POLICY),
        (
            {"successFlag": 3, "errorCode": 451, "errorMessage": "Failed to fetch"},
            Failure.UNREACHABLE_PICTURE,
        ),
        ({"successFlag": 2, "errorCode": 500, "errorMessage": "Internal Error"}, Failure.UPSTREAM),
        ({"successFlag": 2, "errorCode": None, "errorMessage": None}, Failure.UPSTREAM),
        ({"status": "CREATE_TASK_FAILED", "errorCode": "400"}, Failure.INVALID),
        ({"status": "GENERATE_FAILED", "successFlag": 0, "errorCode": ""}, Failure.UPSTREAM),
    ],
)
def test_failures_of_a_task(data: dict[str, object], failure: Failure) -> None:
    """A failed task's reason is read, by flag or by status."""
    report = sansio.read_report(data)
    assert isinstance(report, Failed)
    assert report.failure is failure


@pytest.mark.parametrize(
    ("progress", "wanted"),
    [
        ("0.00", 0),
        ("0.55", 0.55),
        (0.5, 0.5),
        ("1.00", 1),
        ("7", 1),
        (-1, 0),
        (None, 0),
        ("", 0),
        ("soon", 0),
        ("nan", 0),
        ({}, 0),
    ],
)
def test_progress_in_every_form(progress: object, wanted: float) -> None:
    """Progress is a number between 0 and 1, and 0 if it is unreadable."""
    record = {"successFlag": 0, "status": "GENERATING", "progress": progress, "createTime": "2025-01-01 00:00:00"}
    assert sansio.read_report(record) == Generating(wanted)


def test_an_upload_answers_its_link() -> None:
    """An upload's answer contains the link."""
    seen = {"success": True, "fileName": "a.png", "filePath": "kieai/a.png", "downloadUrl": URL, "fileSize": 70}
    assert sansio.read_upload(seen) == URL
    assert sansio.read_upload({"downloadUrl": LONGEST}) == LONGEST
    bad_links = ("", "kieai/a.png", f"{LONGEST}a", f"{URL}\n", f"{URL}\r\nHost: x", f" {URL}", 7)
    for data in (None, {}, *({"downloadUrl": link} for link in bad_links)):
        with pytest.raises(Unreadable):
            sansio.read_upload(data)


@pytest.mark.parametrize("data", [URL, {"downloadUrl": URL}, {"imageUrl": URL}])
def test_a_direct_link_in_every_form(data: object) -> None:
    """A direct link is read as a string (the current form) or from an object (the old form)."""
    assert sansio.read_direct_link(data) == URL


@pytest.mark.parametrize(("data", "left"), [(5916.25, 5916.25), (12, 12.0), ("3.5", 3.5), (0, 0.0), (-1.5, -1.5)])
def test_credits_are_a_number(data: object, left: float) -> None:
    """Credits are read as a float."""
    assert sansio.read_credits(data) == left


# --- the body of generate -------------------------------------------------------------------------------------------


DOCUMENTED = {
    "size", "prompt", "filesUrl", "maskUrl", "nVariants", "isEnhance", "uploadCn", "enableFallback", "fallbackModel",
    "callBackUrl",
}  # fmt: skip
LINKS = [f"https://files.example/{number}.png" for number in range(5)]
MASK = "https://files.example/mask.png"
BACK = "https://bot.example/callbacks/token"


@pytest.mark.parametrize("count", [0, 2, 5])
def test_a_mask_goes_with_one_picture_only(count: int) -> None:
    """A mask is sent only with exactly one picture, because the image API ignores it otherwise."""
    assert "maskUrl" not in sansio.generate_body(Request("x"), LINKS[:count], MASK, None)


@given(
    st.builds(
        Request,
        prompt=st.text(max_size=50),
        size=st.sampled_from([None, *THREE_SIZES]),
        variants=st.sampled_from([1, 2, 4]),
        enhance=st.booleans(),
        fallback=st.sampled_from([None, *Fallback]),
        china=st.booleans(),
    ),
    st.integers(0, 5),
    st.sampled_from([None, BACK]),
)
def test_no_order_makes_an_undocumented_body(request_: Request, files: int, callback: str | None) -> None:
    """The body always has a size, and no unknown or empty keys."""
    body = sansio.generate_body(request_, LINKS[:files], None, callback)
    assert body["size"] in {"1:1", "3:2", "2:3"}
    assert set(body) <= DOCUMENTED
    assert all(body.values())
    assert body.get("nVariants") in {None, 2, 4}
