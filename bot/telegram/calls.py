"""Calls of the Bot API: the raw answer to each, and Telegram's errors translated into the bot's.

An answer with `ok: true` counts as done, even if PTB can't parse its result: a sent message must not be sent again
because a field of the answer is unreadable. So results are read from the raw JSON instead of PTB's objects.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.telegram.http_request import ANSWER, Answer, NotOpened, NotRead
from core.errors import (
    BotError,
    ChatGone,
    ChatMoved,
    MessageGone,
    MessengerDown,
    MessengerError,
    NotConnected,
    NotPermitted,
    NotShowable,
    StorageError,
    TopicGone,
)
from core.models.media import UNNAMED, Shown

log = structlog.get_logger()

_TOPIC_GONE = ("topic deleted", "topic closed", "topic id invalid", "message thread not found")
_CHAT_GONE = (
    *("chat not found", "chat write forbidden", "have no rights", "peer id invalid", "channel private"),
    *("user is deactivated", "user is blocked", "input user deactivated", "chat is deactivated", "chat restricted"),
)
_MESSAGE_GONE = (
    *("message to edit", "message can't be edited", "message to delete not found", "message id invalid"),
    *("message not found", "query is too old", "query id is invalid", "query id invalid"),
)
_REPLY = re.compile(r"\brepl(?:y|ied)\b(?!.*\b(?:markup|keyboard)\b)")
"""Finds refusals about the message that is replied to. A keyboard is a "reply markup" in Telegram's words."""
_CONTENT = (
    *("photo", "image", "media", "document", "file", "webpage", "web page", "too large", "too big", "gateway"),
    *("entit", "parse", "caption", "text", "too long", "button", "markup", "keyboard", "web app", "url"),
)
"""Words in refusals about the new content. Any other refusal of an edit is about the message."""
_FORBIDDEN = {
    "photos": frozenset({"photos"}),
    "docs": frozenset({"documents"}),
    "documents": frozenset({"documents"}),
    "plain": frozenset({"text"}),
    "text": frozenset({"text"}),
    "media": frozenset({"photos", "documents"}),
}
"""The kinds of content that a chat doesn't permit, by Telegram's words for them."""
_FORM_FORBIDDEN = re.compile(r"chat send \w+ forbidden|not enough rights to send")
"""Finds refusals of a single kind, even an unknown one: the chat exists, and may permit other kinds."""


class Unchanged(MessengerError):
    """The message already has the new content, so the edit is done."""


class TelegramCalls:
    """A translator for everything that calls Telegram. It logs once that the token is refused."""

    def __init__(self) -> None:
        self._token_refused = False
        self.was_refused = False
        """Whether the token was refused and is accepted again, and the operator isn't told yet."""

    @contextmanager
    def call(self, *, edits: bool = False) -> Iterator[Answer]:
        """Yield the answer to one call; `edits` is for edits. Raises BotError only, and never shows the token."""
        answer = Answer()
        before = ANSWER.set(answer)
        try:
            yield answer
        except BotError:
            raise
        except NotRead as error:
            raise StorageError(error.message) from error
        except TelegramError as error:
            raise self._translated(error, edits=edits) from None
        except Exception as error:
            if not answer.is_ok:
                raise MessengerError(f"unreadable: {type(error).__name__}") from error
            log.warning("telegram_answer_unreadable", error=type(error).__name__)
        finally:
            ANSWER.reset(before)
        if answer.is_ok and self._token_refused:
            self._token_refused, self.was_refused = False, True
            log.warning("telegram_token_accepted")

    def _translated(self, error: TelegramError, *, edits: bool) -> MessengerError:
        if isinstance(error, InvalidToken):  # about the bot, not the message; a good token meets it, too
            if not self._token_refused:
                log.error("telegram_token_refused", error=error.message)
            self._token_refused = True
            return NotConnected(f"Telegram refuses the bot's token: {error.message}")
        if isinstance(error, ChatMigrated):
            return ChatMoved(error.new_chat_id)
        if isinstance(error, Forbidden | BadRequest):
            return refusal(error.message, edits=edits, forbidden=isinstance(error, Forbidden))
        kinds = {RetryAfter: MessengerDown, NotOpened: NotConnected, NetworkError: MessengerDown}
        kind = next((ours for theirs, ours in kinds.items() if isinstance(error, theirs)), MessengerError)
        return kind(error.message)


def refusal(message: str, *, edits: bool = False, forbidden: bool = False) -> MessengerError:
    """Return the error for a refusal, by Telegram's words: sentences or codes.

    The words differ between servers and change over time. So the situation decides the rest: `forbidden` (HTTP 403) is
    about the chat, and a refusal of an edit that isn't about the content is about the message.
    """
    words = message.lower().replace("_", " ")
    for phrases, kind in ((_TOPIC_GONE, TopicGone), (_CHAT_GONE, ChatGone), (_MESSAGE_GONE, MessageGone)):
        if any(phrase in words for phrase in phrases):
            return kind(message)
    if _REPLY.search(words):
        return MessageGone(message)
    if "message is not modified" in words or "message not modified" in words:
        return Unchanged(message)
    what = frozenset[str]().union(*(kinds for name, kinds in _FORBIDDEN.items() if name in words))
    about_sending = "not enough rights" in words or ("send" in words and "forbidden" in words)
    if _FORM_FORBIDDEN.search(words) or (about_sending and (what or not forbidden)):
        return NotPermitted(message, what)
    if forbidden:
        return ChatGone(message)
    is_about_message = edits and not any(part in words for part in _CONTENT)
    return MessageGone(message) if is_about_message else NotShowable(message)


def shown_by(value: object) -> Shown:
    """Read a sent message from the raw result. One without an id was sent as well: it gets UNNAMED."""
    message = value if isinstance(value, dict) else {}
    number = message.get("message_id")
    sizes, document = message.get("photo"), message.get("document")
    largest: Any = sizes[-1] if isinstance(sizes, list) and sizes else document
    ids = largest if isinstance(largest, dict) else {}
    file_id, unique_id = ids.get("file_id"), ids.get("file_unique_id")
    known = isinstance(file_id, str) and isinstance(unique_id, str)
    return Shown(
        number if type(number) is int and number > 0 else UNNAMED,
        file_id if known else None,
        unique_id if known else None,
    )
