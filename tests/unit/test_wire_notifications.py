"""Task notifications are read in every form, and their signature is checked."""

import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.image_api.sansio import read_notification, signature_is_good
from core.errors import Failure, Unreadable
from core.models.job import TaskNotification
from tests.unit.wire_kit import JSON, RECORDS

KEY, TASK, NOW = "webhook key", "task_4o_abc123", 1_700_000_000


def _body(**fields: object) -> bytes:
    return json.dumps(fields).encode()


@pytest.mark.parametrize(
    "body",
    [
        _body(code=200, msg="success", data={"taskId": TASK, "info": {"result_urls": ["https://a.example/1.png"]}}),
        _body(code=200, msg="anything", data={"task_id": TASK}),
        _body(code=200, data={"taskId": None, "task_id": TASK}),
        _body(code=200, taskId=TASK),
        _body(code=200, task_id=TASK, data={"taskId": None}),
        _body(code="200", msg=None, data=None, taskId=TASK, tomorrow=[1]),
    ],
)
def test_success_in_every_form(body: bytes) -> None:
    """The task ID is read from any of its three places, and result links in the body are ignored."""
    assert read_notification(body) == TaskNotification(TASK, None)


@pytest.mark.parametrize(
    ("body", "task", "failure"),
    [
        (_body(code=400, msg="flagged", data={"taskId": TASK, "info": None}), TASK, Failure.POLICY),
        (_body(code=451, msg="", data={"taskId": TASK}), TASK, Failure.UNREACHABLE_PICTURE),
        (_body(code=500, msg="Internal Error", data=None), None, Failure.UPSTREAM),
        (_body(code=501, msg="success"), None, Failure.UPSTREAM),
    ],
)
def test_failure_in_every_form(body: bytes, task: str | None, failure: Failure) -> None:
    """A failure is recognized by its code alone, even without a task ID."""
    callback = read_notification(body)
    assert callback.task_id == task
    assert callback.failed
    assert callback.failed.failure is failure


@given(st.one_of(st.binary(max_size=80), st.one_of(JSON, RECORDS).map(json.dumps).map(str.encode)))
@settings(max_examples=100, deadline=None)
def test_no_body_breaks_the_reader(body: bytes) -> None:
    """Any bytes are a task notification or raise Unreadable."""
    try:
        callback = read_notification(body)
    except Unreadable:
        return
    assert callback.task_id is None or callback.task_id.isascii()


def _headers(key: str = KEY, task: str = TASK, stamp: str = str(NOW)) -> dict[str, str]:
    digest = hmac.new(key.encode(), f"{task}.{stamp}".encode(), hashlib.sha256).digest()
    return {"X-Webhook-Timestamp": stamp, "X-Webhook-Signature": base64.b64encode(digest).decode()}


@pytest.mark.parametrize("late", [-300, -1, 0, 42, 300])
def test_a_signature_of_the_service_is_good(late: int) -> None:
    """A signature is accepted within five minutes."""
    assert signature_is_good(KEY, _headers(), TASK, NOW + late)


@pytest.mark.parametrize("late", [-301, 301, 86_400, -1e9])
def test_an_old_signature_is_worthless(late: float) -> None:
    """An old or future signature is refused, so a recorded notification can't be replayed."""
    assert not signature_is_good(KEY, _headers(), TASK, NOW + late)


@pytest.mark.parametrize(
    "headers",
    [
        _headers(key="another"),
        _headers(task="another"),
        _headers() | {"X-Webhook-Timestamp": str(NOW + 1)},
        _headers() | {"X-Webhook-Signature": ""},
        _headers() | {"X-Webhook-Signature": "ä\udcff"},
        {"X-Webhook-Timestamp": str(NOW)},
        {"X-Webhook-Signature": _headers()["X-Webhook-Signature"]},
        {},
    ],
)
def test_a_wrong_signature_is_refused(headers: dict[str, str]) -> None:
    """A signature for another key, task or time, or an unreadable one, is refused."""
    assert not signature_is_good(KEY, headers, TASK, NOW)


@pytest.mark.parametrize("stamp", ["", " ", "-1", "1e9", "²", "١٧٠٠٠٠٠٠٠٠", "9" * 400, "1700000000.0", "0x1"])
def test_a_time_that_is_none(stamp: str) -> None:
    """A timestamp that isn't plain digits is refused, even if signed."""
    assert not signature_is_good(KEY, _headers(stamp=stamp), TASK, NOW)


@given(st.text(max_size=40), st.text(max_size=60), st.text(max_size=20))
@settings(max_examples=100, deadline=None)
def test_no_header_breaks_the_check(stamp: str, signature: str, task: str) -> None:
    """Any headers are refused without an exception."""
    headers = {"X-Webhook-Timestamp": stamp, "X-Webhook-Signature": signature}
    assert not signature_is_good(KEY, headers, task, NOW)
