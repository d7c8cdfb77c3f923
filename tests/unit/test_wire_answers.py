"""Answers of the image API are read in the current and the old form, and anything else raises a named error."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.image_api import sansio
from core.errors import ApiError, ApiRefused, Busy, Failure, Unreadable
from core.models.job import Generating, Painted
from tests.unit.wire_kit import JSON, RECORDS

DEEP = b'{"code":200,"data":' + b"[" * 100_000
LONG_NUMBER = b'{"code":' + b"9" * 5000 + b"}"


def _envelope(code: object, msg: object = "words", data: object = None) -> bytes:
    return json.dumps({"code": code, "msg": msg, "data": data}).encode()


@pytest.mark.parametrize(
    ("code", "msg", "failure"),
    [
        (400, "Bad format", Failure.INVALID),
        (400, "Your content was flagged by OpenAI as violating content policies", Failure.POLICY),
        (401, "You do not have access permissions", Failure.MISCONFIGURED),
        (402, "Insufficient credits", Failure.OUT_OF_CREDITS),
        (404, "Not found", Failure.MISCONFIGURED),
        (408, "Upstream timeout", Failure.TIMED_OUT),
        (422, "url is wrong", Failure.INVALID),
        (422, "Image size exceeds maximum of 26214400 bytes", Failure.BAD_PICTURE),
        (405, "Method not allowed", Failure.TURNED_AWAY),
        (413, "Payload too large", Failure.TOO_LARGE),
        (433, "The limit of this key is used up", Failure.OUT_OF_CREDITS),
        (505, "This feature is disabled", Failure.OUT_OF_CREDITS),
        (451, "Failed to fetch the image. Kindly verify any access limits", Failure.UNREACHABLE_PICTURE),
        (500, "Internal Error", Failure.UPSTREAM),
        (500, "GPT 4O failed to edit the picture", Failure.UPSTREAM),
        (400, "The image content in filesUrl violates content policy", Failure.POLICY),
        (400, "We couldn't process the provided image file (code=invalid_image_format)", Failure.BAD_PICTURE),
        (777, "a code of tomorrow", Failure.UPSTREAM),
        (-1, "", Failure.UPSTREAM),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 500])
def test_every_code_is_told_apart(code: int, msg: str, failure: Failure, status: int) -> None:
    """Each error code means one failure, whatever the HTTP status."""
    with pytest.raises(ApiRefused) as refused:
        sansio.read_answer(status, _envelope(code, msg))
    assert refused.value.failure is failure
    assert str(code) in str(refused.value)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        *((200, _envelope(code)) for code in (429, 455, 550)),
        (200, _envelope(500, "Your call frequency is too high")),
        (429, b"<html>slow down</html>"),
        (429, _envelope(200)),
        (455, _envelope(200)),
    ],
)
def test_busy_is_no_failure(status: int, body: bytes) -> None:
    """Rate limits, maintenance and a full queue raise Busy."""
    with pytest.raises(Busy):
        sansio.read_answer(status, body)


@pytest.mark.parametrize("code", [200, "200", 200.0])
def test_success_opens_the_envelope(code: object) -> None:
    """A success returns the envelope's data unchanged."""
    assert sansio.read_answer(200, _envelope(code, None, {"taskId": "x", "new": [1]})) == {"taskId": "x", "new": [1]}


@pytest.mark.parametrize(("status", "failure"), [(401, Failure.MISCONFIGURED), (403, Failure.MISCONFIGURED)])
def test_the_shield_in_front_of_the_service(status: int, failure: Failure) -> None:
    """A refusal by the vendor's firewall means a wrong configuration."""
    with pytest.raises(ApiRefused) as refused:
        sansio.read_answer(status, b"error code: 1010")
    assert refused.value.failure is failure


NO_ENVELOPE = pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"0", b'"code"', b"<html>502</html>", b'{"code":200,"data":{"ta', b'{"msg":"no code"}',
        b'{"code":null}', b'{"code":"many"}', b'{"code":[200]}', b"\xff\xfe", b"\x00" * 100, DEEP, LONG_NUMBER,
    ],
)  # fmt: skip


@NO_ENVELOPE
@pytest.mark.parametrize("status", [200, 206, 408, 409, 424, 444, 460, 499, 500, 502, 503, 504])
def test_what_is_no_envelope_is_unreadable(status: int, body: bytes) -> None:
    """A body that isn't an envelope raises Unreadable."""
    with pytest.raises(Unreadable):
        sansio.read_answer(status, body)


@NO_ENVELOPE
@pytest.mark.parametrize(
    ("status", "failure"),
    [
        *(
            (status, Failure.TURNED_AWAY)
            for status in (301, 302, 307, 400, 402, 404, 405, 407, 410, 415, 418, 451, 511)
        ),
        *((status, Failure.TOO_LARGE) for status in (413, 414, 431)),
    ],
)
def test_a_gateway_that_refuses(status: int, failure: Failure, body: bytes) -> None:
    """A status that no retry can change and that isn't the image API's own means a refusal."""
    with pytest.raises(ApiRefused) as refused:
        sansio.read_answer(status, body)
    assert refused.value.failure is failure
    assert f"HTTP {status}" in str(refused.value)


@given(st.integers(100, 599), st.binary(max_size=80) | (JSON | RECORDS).map(json.dumps).map(str.encode))
@example(200, b'{"code":1e999}')
@example(200, b'{"code":200,"msg":"\\ud800"}')
@example(200, b'{"code":2' + b"0" * 4299 + b"}")
@example(500, b'{"code":true}')
@settings(max_examples=100, deadline=None)
def test_no_answer_breaks_the_reader(status: int, body: bytes) -> None:
    """Any bytes are an answer or raise ApiError."""
    with suppress(ApiError):
        sansio.read_answer(status, body)


@given(st.one_of(JSON, RECORDS))
@settings(max_examples=100, deadline=None)
def test_no_data_breaks_the_readers(data: Any) -> None:
    """Each reader understands any data or raises Unreadable."""
    readers = (
        sansio.read_task_id,
        sansio.read_report,
        sansio.read_upload,
        sansio.read_direct_link,
        sansio.read_credits,
    )
    for reader in readers:
        try:
            found = reader(data)
        except Unreadable:
            continue
        if isinstance(found, Generating):
            assert 0 <= found.progress <= 1
        if isinstance(found, Painted):
            assert all(link.startswith(("http://", "https://")) for link in found.urls)
