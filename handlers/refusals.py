"""The words for errors of Telegram: an answer that it refuses to show, or a file that it doesn't deliver."""

from core.errors import FAILURE_TEXTS, Failure, FileNotReady, MessengerError, NotPermitted, NotShowable
from core.text import Text, text

NOT_SHOWN = text(
    "💥 Telegram doesn't let me show this here. Your pictures are kept; it may work another time or in another chat."
)
NOT_PERMITTED = text("🔒 This chat doesn't let me show that. Your pictures are kept: write /history to me in private.")
LATE = text(
    "😴 Telegram and I could not reach each other for hours, so I left this undone. Nothing was charged. "
    "Please ask again if you still want it."
)


def explained(error: MessengerError) -> Text | None:
    """Return the words for an error; None if the chat permits no text either, or if they would help no one."""
    if isinstance(error, FileNotReady):
        return FAILURE_TEXTS[Failure.UNFETCHED]
    if isinstance(error, NotPermitted):
        return None if "text" in error.what else NOT_PERMITTED
    return NOT_SHOWN if isinstance(error, NotShowable) else None
