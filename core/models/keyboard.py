"""Inline keyboards for messages."""

from dataclasses import dataclass

from core.text import Renderable

Keyboard = tuple[tuple["Button", ...], ...]


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button that does one thing.

    Exactly one of the other fields is set. `data` comes back when the button is pressed (at most 64 bytes), `link`
    opens a URL, `app` opens a URL as a Mini App (in private chats only), and `copy` goes to the clipboard (at most 256
    characters). Limits: Bot API, InlineKeyboardButton and CopyTextButton.
    """

    label: Renderable
    data: str = ""
    link: str = ""
    app: str = ""
    copy: str = ""
