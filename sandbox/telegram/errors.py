"""The ways Telegram says no. Whoever raises one of these sees it arrive in the bot's client as on the real wire."""

from typing import Any


class BotApiError(Exception):
    """An answer with `ok: false`. The HTTP status is the error code, as at Telegram."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def envelope(self) -> dict[str, Any]:
        """The JSON body the bot gets."""
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
    """400: the bot asked for something that makes no sense, and asking again will not help."""
    return BotApiError(400, f"Bad Request: {words}", **parameters)


def forbidden(words: str) -> BotApiError:
    """403: the people there do not want the bot."""
    return BotApiError(403, f"Forbidden: {words}")


def conflict(words: str) -> BotApiError:
    """409: two ways of receiving updates at once."""
    return BotApiError(409, f"Conflict: {words}")


def flood(seconds: int) -> BotApiError:
    """429: the chat is closed for so many seconds."""
    return BotApiError(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


def by_code(code: int, words: str | None = None) -> BotApiError:
    """An error a test has ordered, in the usual words for its code unless it brought its own."""
    return BotApiError(code, words or DEFAULT_WORDS.get(code, "Internal Server Error"))
