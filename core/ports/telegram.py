"""The ports to Telegram."""

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from core.models.job import Destination
from core.models.keyboard import Keyboard
from core.models.media import Permits, Showable, Shown
from core.text import Renderable


class Messenger(Protocol):
    """The methods of the Bot API that send, change and look up.

    Methods that call Telegram raise MessengerError; `core.errors` says what each kind means. `to.language` is the
    language that words are translated to, `to.thread_id` the topic, and `to.reply_to` the message that is answered; if
    that is gone, the new message is sent without a reply. A changed message loses its keyboard unless `keyboard` is
    given.

    Messages and edits wait for room within Telegram's limits for the chat. With `progress` they don't wait: Dropped is
    raised if there isn't enough room at once.
    """

    @abstractmethod
    async def send_text(
        self,
        to: Destination,
        words: Renderable,
        *,
        keyboard: Keyboard = (),
        progress: bool = False,
        silent: bool = False,
    ) -> int:
        """Send a message and return its id, which may be UNNAMED; with `silent`, it makes no sound."""
        ...

    @abstractmethod
    async def send_ephemeral(self, to: Destination, person: int, words: Renderable) -> bool:
        """Show words in a group to one member only; return False if that isn't possible and nothing was shown.

        That is so in private chats, for channels and groups as `person`, where the bot isn't an admin, and where
        Telegram refuses. Raises MessengerDown.
        """
        ...

    @abstractmethod
    def recovered(self) -> bool:
        """Return whether Telegram accepts the bot's token again after refusing it; True once for each outage."""
        ...

    @abstractmethod
    async def permits(self, chat_id: int) -> Permits:
        """Return which kinds of messages the bot may send in a chat, as known for at most an hour.

        Refusals update this. If Telegram doesn't answer, everything counts as permitted.
        """
        ...

    @abstractmethod
    def crowded(self, chat_id: int) -> bool:
        """Return whether a group has used so much of its limit that the rest should go to results."""
        ...

    @abstractmethod
    async def react(self, to: Destination, emoji: str | None) -> None:
        """Put a reaction under the message `to.reply_to`, or remove it if `emoji` is None.

        Without `to.reply_to` nothing happens. A reaction doesn't count toward the chat's limit.
        """
        ...

    @abstractmethod
    async def send_photo(
        self, to: Destination, picture: Showable, caption: Renderable, *, keyboard: Keyboard = (), as_file: bool = False
    ) -> Shown:
        """Send a picture as a new message, as a photo or, with `as_file`, as a document.

        It is sent by its file id if it has one, else uploaded. If Telegram refuses one form, the others are tried.
        Raises NotShowable if it refuses all of them.
        """
        ...

    @abstractmethod
    async def edit(
        self, to: Destination, message_id: int, words: Renderable, *, keyboard: Keyboard = (), progress: bool = False
    ) -> None:
        """Change the text of a message; one that has this text already is fine. Raises MessageGone."""
        ...

    @abstractmethod
    async def edit_keyboard(self, to: Destination, message_id: int, keyboard: Keyboard) -> None:
        """Change only the buttons of a message; one that has them already is fine. Raises MessageGone."""
        ...

    @abstractmethod
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
        """Turn a message into a picture, in the same forms as `send_photo`. Repeating this is safe.

        Raises NotShowable, and MessageGone if the message can't be changed.
        """
        ...

    @abstractmethod
    async def album(self, to: Destination, pictures: Sequence[Showable], *, as_file: bool = False) -> list[Shown]:
        """Send 2–10 pictures as one album and return a message for each, in order; some may be UNNAMED.

        If Telegram refuses photos, documents are tried, and the other way round with `as_file`. A repetition sends
        another album. Raises NotShowable.
        """
        ...

    @abstractmethod
    async def delete_message(self, chat_id: int, message_id: int) -> None:
        """Delete a message; one that is gone already is fine."""
        ...

    @abstractmethod
    async def answer_callback(
        self, button_press: str, words: Renderable | None = None, in_language: str = "en", *, alert: bool = False
    ) -> None:
        """Answer a button press; one that is too old to be answered is fine.

        `button_press` is the id of the callback query. Words are cut to 200 characters (Bot API, answerCallbackQuery).
        `alert` shows them until the user closes them.
        """
        ...

    @abstractmethod
    async def is_admin(self, chat_id: int, person: int) -> bool:
        """Return whether a user is an admin of a group, as known for at most a minute.

        The group's own id counts as an admin: anonymous admins write in the group's name. A channel doesn't.
        """
        ...

    @abstractmethod
    async def linked(self, chat_id: int) -> int | None:
        """Return the id of the channel whose discussions a group holds, or None; known for at most an hour."""
        ...

    @abstractmethod
    async def is_outside(self, chat_id: int, person: int) -> bool:
        """Return whether a user may be outside a group: they left, were removed, or Telegram doesn't tell.

        The answer is known for at most a minute.
        """
        ...

    @abstractmethod
    def changed(self, chat_id: int, person: int) -> None:
        """Forget the cached status of a user, or of the bot, in a chat because it changed."""
        ...

    @abstractmethod
    async def fetch(self, file_id: str, into: Path, limit: int) -> None:
        """Download a user's file, of at most `limit` bytes, to `into`.

        Raises FileGone if Telegram won't provide the file, FileNotReady if it can't at the moment, and MessengerDown.
        """
        ...


class UpdateSource(Protocol):
    """The source of updates for a bot without a webhook."""

    @abstractmethod
    async def fetch(self, offset: int | None, wait_s: int, allowed: tuple[str, ...]) -> list[dict[str, Any]]:
        """Wait up to `wait_s` seconds for updates and return them as JSON objects. Raises MessengerError.

        `offset` is the lowest update id to return; asking for it confirms all updates before it. `allowed` are the
        types of updates to return.
        """
        ...
