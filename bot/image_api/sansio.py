"""The wire format of the 4o image API, without network access: request bodies are built and answers parsed.

Where the vendor's docs and recorded traffic differ, the parsers accept both forms and the builders write the newest.
"""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, Field, ValidationError

from core.errors import ApiRefused, Busy, Failure, Unreadable
from core.models.image_request import Fallback, Request, Size
from core.models.job import Failed, Generating, Painted, Report, TaskNotification, Unknown
from core.security.signing import is_equal, sign

MAX_ANSWER = 1_048_576  # bytes; real answers are below 10 kB
MAX_LINKS = 16  # image API docs, generate: at most 4 pictures (nVariants)
_Model = TypeVar("_Model", bound=BaseModel)
_LINK = re.compile(r"https?://[^\r\n]{1,4088}")
_BUSY = frozenset({429, 455, 550})
_UNREACHABLE = 451
_TOO_LARGE = frozenset({413, 414, 431})
_MAYBE_TAKEN = frozenset({408, 409, 424, 444, 460, 499})  # a gateway gave up waiting; the service may have the request
_NO_RECORD = re.compile(r"record\b.*\b(null|not exist|not found)")
_POLICY_WORDS = (
    *("content polic", "flagged", "violat", "moderation", "safety system", "inappropriate", "unsafe", "nsfw"),
    *("minor upload", "prominent people"),
)
_PICTURE_WORDS = (
    *("image size", "image file", "image_format", "invalid_image", "process the provided image"),
    *("file type not supported", "file type is not supported"),
)
_UNREACHED_WORDS = ("image fetch failed", "failed to fetch the image", "fetch image failed")
_CREDITS_WORDS = ("credits insufficient", "insufficient credits", "exceeded the daily limit")
_BY_WORDS = {
    Failure.POLICY: _POLICY_WORDS,
    Failure.UNREACHABLE_PICTURE: _UNREACHED_WORDS,
    Failure.BAD_PICTURE: _PICTURE_WORDS,
    Failure.OUT_OF_CREDITS: _CREDITS_WORDS,
}


def generate_body(request: Request, files: Sequence[str], mask: str | None, webhook_url: str | None) -> dict[str, Any]:
    """Build the body of generate. Keys at their default are left out, as newer docs no longer list all of them.

    A mask is sent only with exactly one file: the API ignores it otherwise (image API docs, generate: maskUrl).
    """
    body: dict[str, Any] = {"size": str(request.size or Size.SQUARE)}
    optional: dict[str, Any] = {
        "prompt": request.prompt,
        "filesUrl": list(files),
        "maskUrl": mask if len(files) == 1 else None,
        "nVariants": request.variants if request.variants > 1 else None,
        "isEnhance": request.enhance,
        "uploadCn": request.china,
        "enableFallback": request.fallback is not None,
        "fallbackModel": request.fallback.value if request.fallback not in {None, Fallback.FLUX} else None,
        "callBackUrl": webhook_url,
    }
    return body | {key: value for key, value in optional.items() if value}


def read_answer(status: int, body: bytes) -> Any:
    """Unwrap an answer's envelope. Return its `data`.

    `code` in the body decides, not the HTTP status, as most failures come as HTTP 200. Raises Busy, ApiRefused, and
    Unreadable for an answer without an envelope.
    """
    try:
        envelope = _Envelope.model_validate_json(body)
    except ValidationError:
        return _no_envelope(status, body)
    if envelope.code == 200 and status < 400:
        return envelope.data
    code = envelope.code if envelope.code != 200 else status
    if code in _BUSY or "call frequency" in envelope.msg.lower():
        raise Busy(f"{code}: {envelope.msg[:200]}", code)
    raise ApiRefused(failure_of(code, envelope.msg), f"{code}: {envelope.msg[:300]}", code)


def failure_of(code: int | None, message: str) -> Failure:
    """Return the Failure for a code. The message only decides where the code is ambiguous."""
    words = message.lower()
    by_code = {
        401: Failure.MISCONFIGURED,
        402: Failure.OUT_OF_CREDITS,
        403: Failure.MISCONFIGURED,
        404: Failure.MISCONFIGURED,
        405: Failure.TURNED_AWAY,
        408: Failure.TIMED_OUT,
        415: Failure.TURNED_AWAY,
        433: Failure.OUT_OF_CREDITS,
        505: Failure.OUT_OF_CREDITS,
        _UNREACHABLE: Failure.UNREACHABLE_PICTURE,
        **dict.fromkeys(_TOO_LARGE, Failure.TOO_LARGE),
    }
    if code in by_code:
        return by_code[code]
    for failure, said in _BY_WORDS.items():
        if any(word in words for word in said):
            return failure
    return Failure.INVALID if code in {400, 422} else Failure.UPSTREAM


def read_task_id(data: Any) -> str:
    """Read the answer of generate or createTask: an opaque task id of at most 200 characters. Raises Unreadable."""
    return read(_TaskId, data, "generate").taskId


def read_report(data: Any) -> Report:
    """Read the answer of record-info. `None` means that the service does not know the task (yet). Raises Unreadable.

    A success may name no links, as the vendor sometimes writes its record in two steps.
    """
    if data is None:
        return Unknown()
    record = read(_Record, data, "record-info")
    if record.flag == 1 or record.status == "SUCCESS":
        return Painted(record.response.urls if record.response else ())
    if record.flag in {2, 3} or record.status.endswith("FAILED"):
        return Failed(failure_of(record.errorCode, record.errorMessage), record.errorMessage[:300])
    return Generating(min(max(record.progress, 0.0), 1.0))


def says_no_record(refused: ApiRefused) -> bool:
    """Return whether record-info refused because it knows no such task (yet).

    It also says so by a null `data`. Seen in 2026: code 422, "The record does not exist".
    """
    return refused.code == 422 or (refused.code is not None and bool(_NO_RECORD.search(str(refused).lower())))


def read_upload(data: Any) -> str:
    """Read the answer of an upload: the public link. Raises Unreadable."""
    return read(_Uploaded, data, "upload").downloadUrl


def read_direct_link(data: Any) -> str:
    """Read the answer of download-url, in its current and its older form. Raises Unreadable."""
    if isinstance(data, str):
        data = {"downloadUrl": data}
    return read(_Uploaded, data, "download-url").downloadUrl


def download_url_requests(task_id: str, url: str) -> tuple[tuple[str, dict[str, str]], ...]:
    """List the requests for a direct link as (path, body), newest form first. The older ones need no task id."""
    ways: tuple[tuple[str, dict[str, str]], ...] = (
        ("/api/v1/gpt4o-image/download-url", {"imageUrl": url}),
        ("/api/v1/common/download-url", {"url": url}),
    )
    return (("/api/v1/gpt4o-image/download-url", {"taskId": task_id, "url": url}), *ways) if task_id else ways


def common_request(url: str) -> tuple[tuple[str, dict[str, str]], ...]:
    """List the request for a direct link to any file that the vendor made, as (path, body)."""
    return (("/api/v1/common/download-url", {"url": url}),)


def read_credits(data: Any) -> float:
    """Read the credits left on the account. Raises Unreadable."""
    return read(_Credits, {"left": data}, "credit").left


def read_notification(body: bytes) -> TaskNotification:
    """Read a task notification. Raises Unreadable."""
    try:
        posted = _Posted.model_validate_json(body)
    except ValidationError as error:
        raise Unreadable(f"callback: {error.error_count()} fields are not as documented") from error
    data = posted.data
    task_id = (data.id if data else None) or posted.id
    if posted.code == 200:
        return TaskNotification(task_id, None)
    return TaskNotification(task_id, Failed(failure_of(posted.code, posted.msg), f"{posted.code}: {posted.msg[:300]}"))


def signature_is_good(key: str, headers: Mapping[str, str], task_id: str, now_s: float, window_s: float = 300) -> bool:
    """Return whether a notification's signature is right and its timestamp at most `window_s` seconds off.

    The signature is base64(HMAC-SHA256(key, "TASK_ID.TIMESTAMP")), with the timestamp in unix seconds (image API docs,
    callbacks: X-Webhook-Signature, X-Webhook-Timestamp).
    """
    timestamp = headers.get("X-Webhook-Timestamp", "")
    if not timestamp.isdecimal() or not timestamp.isascii() or len(timestamp) > 12:
        return False
    if abs(now_s - int(timestamp)) > window_s:
        return False
    digest = sign(key.encode(), f"{task_id}.{timestamp}".encode())
    given = headers.get("X-Webhook-Signature", "").encode("utf-8", "replace")
    return is_equal(base64.b64encode(digest), given)


def _no_envelope(status: int, body: bytes) -> Any:
    """Raise the error for a gateway's answer, which has no envelope.

    After a redirect and most 4xx codes it is certain that the service never saw the request, and won't see the next
    one.
    """
    start = body[:120].decode("utf-8", "replace").replace("\n", " ")
    cause = f"HTTP {status} without an envelope: {start}"
    if status in {425, 429}:
        raise Busy(f"HTTP {status}")
    if status in {401, 403}:
        raise ApiRefused(Failure.MISCONFIGURED, cause)
    if status in _TOO_LARGE:
        raise ApiRefused(Failure.TOO_LARGE, cause)
    if (300 <= status < 500 and status not in _MAYBE_TAKEN) or status == 511:  # 511: the network asks for a login
        raise ApiRefused(Failure.TURNED_AWAY, cause)
    raise Unreadable(cause)


def unpacked(value: Any) -> Any:
    """Return `response` as an object. One client met it as JSON in a string; anything else counts as absent."""
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.strip() else None
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, dict) else None


def links_of(value: Any) -> list[str]:
    """Keep the web addresses. Anything else, or an address of more than 4,096 characters, counts as absent."""
    found = value if isinstance(value, list) else [value]
    return [link for link in found if isinstance(link, str) and _LINK.fullmatch(link)][:MAX_LINKS]


def _web_address(value: str) -> str:
    """Return a web address. As pydantic's `pattern`, the expression would take 9 MB: it counts up to 4,088."""
    if not _LINK.fullmatch(value):
        raise ValueError("must be a web address of at most 4,096 characters")
    return value


def number_of(value: Any) -> Any:
    """Return a number. An empty or unreadable one counts as 0, as the docs disagree about its form."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return 0
    return number if abs(number) < 1e9 else 0


def whole_of(value: Any) -> Any:
    """Return a number as `number_of` does, without its fraction."""
    return int(number_of(value))


Words = Annotated[str, BeforeValidator(lambda value: "" if value is None else str(value))]
_Id = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]
_Link = Annotated[str, AfterValidator(_web_address)]
Links = Annotated[tuple[str, ...], BeforeValidator(links_of)]


class _Envelope(BaseModel):
    code: int
    msg: Words = ""
    data: Any = None


class _TaskId(BaseModel):
    taskId: _Id  # noqa: N815 - the wire's own name


class _Uploaded(BaseModel):
    downloadUrl: Annotated[_Link, Field(validation_alias=AliasChoices("downloadUrl", "imageUrl"))]  # noqa: N815


class _Credits(BaseModel):
    left: float


class _Response(BaseModel):
    resultUrls: Links = ()  # noqa: N815
    result_urls: Links = ()

    @property
    def urls(self) -> tuple[str, ...]:
        """The links, in the spelling that has any."""
        return self.resultUrls or self.result_urls


class _Record(BaseModel):
    flag: Annotated[int, BeforeValidator(whole_of), Field(validation_alias="successFlag")] = 0
    status: Words = ""
    progress: Annotated[float, BeforeValidator(number_of)] = 0.0
    response: Annotated[_Response | None, BeforeValidator(unpacked)] = None
    errorCode: Annotated[int, BeforeValidator(whole_of)] = 0  # noqa: N815
    errorMessage: Words = ""  # noqa: N815


class _PostedTask(BaseModel):
    taskId: _Id | None = None  # noqa: N815
    task_id: _Id | None = None

    @property
    def id(self) -> str | None:
        return self.taskId or self.task_id


class _Posted(_PostedTask):
    code: int
    msg: Words = ""
    data: _PostedTask | None = None


def read(model: type[_Model], data: Any, where: str) -> _Model:
    """Validate an answer's data. Raises Unreadable, which names `where` and the field."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise Unreadable(f"{where}: {error.errors()[0]['loc']}: {error.errors()[0]['msg']}") from error
