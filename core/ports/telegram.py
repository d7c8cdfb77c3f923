"""Ports of Telegram."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from core.models.job import Destination
from core.models.keyboard import Keyboard
from core.models.media import Permits, Showable, Shown
from core.text import Renderable


class Messenger(Protocol):
    """Telegram's sending side. Raises MessengerError. A message that is changed loses the keyboard it is not given."""

    async def send_text(
        self, to: Destination, words: Renderable, *, keyboard: Keyboard = (), progress: bool = False
    ) -> int:
        """Send a message and answer its id, which may be UNNAMED; `progress` may be dropped."""
        ...

    async def send_ephemeral(self, to: Destination, person: int, words: Renderable) -> bool:
        """Show words in a group to one person alone; False where Telegram can't, and nothing was shown."""
        ...

    def recovered(self) -> bool:
        """Whether Telegram refused the bot's token for a while and takes it again; True once an outage."""
        ...

    async def permits(self, chat_id: int) -> Permits:
        """Look up what the bot may send in a chat; known for at most an hour."""
        ...

    def crowded(self, chat_id: int) -> bool:
        """Whether so much is sent to this group that only results should be."""
        ...

    async def react(self, to: Destination, emoji: str | None) -> None:
        """Put a reaction under the message that asked, or take it away; costs no budget."""
        ...

    async def send_photo(
        self, to: Destination, picture: Showable, caption: Renderable, *, keyboard: Keyboard = (), as_file: bool = False
    ) -> Shown:
        """Send a picture as a message of its own; where Telegram has it, it is not uploaded again.

        A picture that is refused in one form is tried in the others, and goes as a file in the end.
        """
        ...

    async def edit(
        self, to: Destination, message_id: int, words: Renderable, *, keyboard: Keyboard = (), progress: bool = False
    ) -> None:
        """Change a message's words; `progress` is dropped when the chat's budget is short."""
        ...

    async def edit_keyboard(self, to: Destination, message_id: int, keyboard: Keyboard) -> None:
        """Change a message's buttons only."""
        ...

    async def replace_with_photo(
        self,
        to: Destination,
        message_id: int,
        picture: Showable,
        caption: Renderable,
        *,
        keyboard: Keyboard = (),
        as_file: bool = False,
    ) -> Shown:
        """Turn a message into a picture, in the same forms; doing it twice shows the same thing."""
        ...

    async def album(self, to: Destination, pictures: Sequence[Showable], *, as_file: bool = False) -> list[Shown]:
        """Send 2–10 pictures as one album, of files where it is refused as photos."""
        ...

    async def delete_message(self, chat_id: int, message_id: int) -> None:
        """Delete a message; one that is gone already is fine."""
        ...

    async def answer_callback(
        self, button_press: str, words: Renderable | None = None, in_language: str = "en", *, alert: bool = False
    ) -> None:
        """Answer a pressed button; `alert` shows the words until they are closed."""
        ...

    async def is_admin(self, chat_id: int, person: int) -> bool:
        """Whether somebody is an admin of a group; known for a minute."""
        ...

    async def linked(self, chat_id: int) -> int | None:
        """The channel whose discussions a group holds. Raises MessengerError."""
        ...

    async def is_outside(self, chat_id: int, person: int) -> bool:
        """Whether somebody is not surely in a group: they left, were thrown out, or Telegram won't tell.

        Known for a minute.
        """
        ...

    def changed(self, chat_id: int, person: int) -> None:
        """Somebody, or the bot, became something else in a chat: what is known of them no longer holds."""
        ...

    async def fetch(self, file_id: str, into: Path, limit: int) -> None:
        """Download a file people sent, of at most `limit` bytes. Raises FileGone, and FileNotReady for a while."""
        ...


class UpdateSource(Protocol):
    """Where updates are fetched from when nobody posts them to us."""

    async def fetch(self, offset: int | None, wait_s: int, allowed: tuple[str, ...]) -> list[dict[str, Any]]:
        """Wait up to `wait_s` seconds for updates from `offset` on; this confirms all before. Raises MessengerError."""
        ...
