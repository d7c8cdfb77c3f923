"""Inline keyboards, as the messenger is given them."""

from dataclasses import dataclass

from core.text import Renderable

Keyboard = tuple[tuple["Button", ...], ...]


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button, which does one thing.

    `data` comes back when it is pressed (at most 64 bytes), `link` opens an address, `app` one inside Telegram (in
    private chats only), `copy` goes to the clipboard (at most 256 characters).
    """

    label: Renderable
    data: str = ""
    link: str = ""
    app: str = ""
    copy: str = ""
