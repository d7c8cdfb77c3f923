"""Inline keyboards for messages."""

from dataclasses import dataclass

from core.text import Renderable, text

Keyboard = tuple[tuple["Button", ...], ...]


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button that does one thing.

    Exactly one of the other fields is set. `data` comes back when the button is pressed (at most 64 bytes), `link`
    opens a URL, `app` opens a URL as a Mini App (in private chats only), and `copy` goes to the clipboard (at most 256
    characters). `answers` opens the input field for a reply when the message comes; such a button stands alone in a new
    text, and its label is a hint in that field (at most 64 characters). Limits: Bot API, InlineKeyboardButton,
    CopyTextButton and ForceReply.
    """

    label: Renderable
    data: str = ""
    link: str = ""
    app: str = ""
    copy: str = ""
    answers: bool = False


ANSWER: Keyboard = ((Button(text("In other words…"), answers=True),),)
"""Opens the input field for a reply, for the person whose message is answered."""
