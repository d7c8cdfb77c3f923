"""The words for errors of Telegram: an answer that it refuses to show, or a file that it doesn't deliver."""

from core.errors import FAILURE_TEXTS, Failure, FileNotReady, MessengerError, NotPermitted, NotShowable
from core.text import Text, text

NOT_SHOWN = text(
    "💥 Telegram refuses to show this here, in every form I can give it. Your pictures are kept; "
    "another time or in another chat it may be possible."
)
NOT_PERMITTED = text(
    "🔒 This chat doesn't let me show that. Your pictures are kept; in a private chat with me, /history has them."
)
LATE = text(
    "😴 Telegram and I could not reach each other for hours, so I left this undone. Nothing was charged for it. "
    "Please ask again if you still want it."
)


def explained(error: MessengerError) -> Text | None:
    """Return the words for an error; None if the chat permits no text either, or if they would help no one."""
    if isinstance(error, FileNotReady):
        return FAILURE_TEXTS[Failure.UNFETCHED]
    if isinstance(error, NotPermitted):
        return None if "text" in error.what else NOT_PERMITTED
    return NOT_SHOWN if isinstance(error, NotShowable) else None
