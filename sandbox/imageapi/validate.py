"""The validation of generate's body.

It is stricter than the vendor in two ways to reveal mistakes of the bot: it refuses unknown keys and the deprecated
`fileUrl`, which the vendor may ignore. All other rules are from the image API docs, generate.
"""

from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from sandbox.imageapi.envelope import ApiError

SIZES = {"1:1": (1024, 1024), "3:2": (1536, 1024), "2:3": (1024, 1536)}
EXTENSIONS = (".jfif", ".pjpeg", ".jpeg", ".pjp", ".jpg", ".png", ".webp")
MAX_FILES = 5


def check_body(body: Any) -> dict[str, Any]:
    """Return the body if it is valid. Raises ApiError with the code that the vendor would answer."""
    if not isinstance(body, dict):
        raise ApiError(400)
    if "fileUrl" in body:
        raise ApiError(422, "fileUrl is deprecated: use filesUrl")
    if unknown := sorted(set(body) - set(CHECKS)):
        raise ApiError(422, f"Unknown parameter: {', '.join(unknown)}")
    if body.get("size") is None:
        raise ApiError(422, "size is required")
    for key, check in CHECKS.items():
        if body.get(key) is not None:
            check(key, body[key])
    _check_together(body)
    return body


def _check_together(body: Mapping[str, Any]) -> None:
    if not (body.get("prompt") or "").strip() and not body.get("filesUrl"):
        raise ApiError(422, "prompt and filesUrl cannot both be empty")
    if body.get("maskUrl") and not body.get("filesUrl"):
        raise ApiError(422, "maskUrl needs a picture in filesUrl")


def _text(key: str, value: Any) -> None:
    if not isinstance(value, str):
        raise ApiError(422, f"{key} must be a string")


def _truth(key: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise ApiError(422, f"{key} must be a boolean")


def _one_of(*allowed: str | int) -> Callable[[str, Any], None]:
    def check(key: str, value: Any) -> None:
        if type(value) is not type(allowed[0]) or value not in allowed:
            raise ApiError(422, f"{key} must be one of {', '.join(map(str, allowed))}")

    return check


def check_url(key: str, value: Any) -> None:
    """Raise ApiError unless a value is a URL."""
    if not isinstance(value, str):
        raise ApiError(422, f"{key} must be a URL")
    try:
        parts = urlsplit(value)
        whole = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole:
        raise ApiError(422, f"{key} must be a URL")


def check_picture(key: str, value: Any) -> None:
    """Raise ApiError unless a value is the URL of a picture."""
    check_url(key, value)
    if PurePosixPath(urlsplit(value).path).suffix.lower() not in EXTENSIONS:
        raise ApiError(422, f"{key}: only {', '.join(EXTENSIONS)} are supported")


def _pictures(key: str, value: Any) -> None:
    if not isinstance(value, list):
        raise ApiError(422, f"{key} must be a list of URLs")
    if len(value) > MAX_FILES:
        raise ApiError(422, f"{key}: at most {MAX_FILES} pictures")
    for item in value:
        check_picture(key, item)


CHECKS: Mapping[str, Callable[[str, Any], None]] = {
    "size": _one_of(*SIZES),
    "prompt": _text,
    "filesUrl": _pictures,
    "maskUrl": check_picture,
    "nVariants": _one_of(1, 2, 4),
    "isEnhance": _truth,
    "uploadCn": _truth,
    "enableFallback": _truth,
    "fallbackModel": _one_of("FLUX_MAX", "GPT_IMAGE_1"),
    "callBackUrl": check_url,
}
