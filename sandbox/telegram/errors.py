"""The Bot API's errors. The bot receives a raised one as it would from Telegram."""

from typing import Any


class BotApiError(Exception):
    """An answer with `ok: false`. The HTTP status equals the error code, as at Telegram."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def envelope(self) -> dict[str, Any]:
        """Return the JSON body of the answer."""
        body: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        return body | {"parameters": self.parameters} if self.parameters else body


DEFAULT_WORDS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    504: "Gateway Timeout",
}


def bad_request(words: str, **parameters: Any) -> BotApiError:
    """Return error 400: the request is invalid, and repeating it doesn't help."""
    return BotApiError(400, f"Bad Request: {words}", **parameters)


def forbidden(words: str) -> BotApiError:
    """Return error 403: the bot isn't permitted in the chat."""
    return BotApiError(403, f"Forbidden: {words}")


def conflict(words: str) -> BotApiError:
    """Return error 409: the bot receives updates in two ways at once."""
    return BotApiError(409, f"Conflict: {words}")


def flood(seconds: int) -> BotApiError:
    """Return error 429: the chat is closed for so many seconds."""
    return BotApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def by_code(code: int, words: str | None = None) -> BotApiError:
    """Return an error that a fault orders, with the usual description of its code unless the fault has its own."""
    return BotApiError(code, words or DEFAULT_WORDS.get(code, "Internal Server Error"))
