"""The envelope of every answer: `{"code", "msg", "data"}`. Nearly all answers, refusals included, are HTTP 200."""

from typing import Any

from aiohttp import web

NO_ACCESS = "You do not have access permissions"
TOO_OFTEN = "Your call frequency is too high. Please try again later."
NO_CREDITS = "Credits insufficient: the balance is not enough to run this request"
POLICY = "Your content was flagged by OpenAI as violating content policies"
BAD_PICTURE = "We couldn't process the provided image file (code=invalid_image_format)"
WRONG_MASK = "The mask must have the same dimensions as the picture"
NOT_FETCHED = "Failed to fetch the image. Kindly verify any access limits you may have set."
TOO_LARGE = "Image size exceeds maximum of 26214400 bytes"
FAILED = "Generation failed, please try again or contact support"

WORDS = {
    400: "The parameter is not in a valid JSON format",
    401: NO_ACCESS,
    402: NO_CREDITS,
    404: "The requested resource or endpoint does not exist",
    408: "Upstream is currently experiencing service issues. No result has been returned for over 10 minutes.",
    422: "Parameter validation failed",
    429: TOO_OFTEN,
    451: NOT_FETCHED,
    455: "The service is currently undergoing maintenance",
    500: "Internal Error",
    550: "Connection denied: the upstream queue is full",
}
"""The vendor's message for each code, for refusals without a more precise one."""


class ApiError(Exception):
    """A refusal with one of the vendor's codes."""

    def __init__(self, code: int, message: str | None = None) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message or WORDS.get(code, "Error")


def success(data: Any) -> web.Response:
    """Return a response with code 200."""
    return web.json_response({"code": 200, "msg": "success", "data": data})


def refusal(error: ApiError) -> web.Response:
    """Return a response for a refusal. Its HTTP status is 200, as at the vendor."""
    return web.json_response({"code": error.code, "msg": error.message, "data": None})
