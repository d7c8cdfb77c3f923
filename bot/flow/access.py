"""Who may use the bot at all; what groups decide for themselves comes on top."""

from collections.abc import Collection

from bot.domain.errors import NotAdmitted
from bot.domain.office import BANNED, AccessBook, AccessMode
from bot.domain.text import Text, Verbatim, text


class Access:
    """Asked before every order."""

    def __init__(
        self, mode: AccessMode, allowed_ids: Collection[int], admins: Collection[int], book: AccessBook
    ) -> None:
        self._mode = mode
        self._allowed = frozenset(allowed_ids)
        self._admins = frozenset(admins)
        self._book = book

    async def check(self, person: int, chat_id: int) -> None:
        """Let somebody order in a chat. Raises NotAdmitted with the reason."""
        if person in self._admins:
            return
        own, there = await self._book.standing(person), await self._book.standing(chat_id)
        if own.is_banned or there.is_banned:
            raise NotAdmitted(BANNED)
        if self._mode is AccessMode.OPEN or own.is_allowed or there.is_allowed:
            return
        if {person, chat_id} & self._allowed or (self._mode is AccessMode.INVITE and own.is_invited):
            return
        raise NotAdmitted(self._words(person))

    def _words(self, person: int) -> Text:
        number = Verbatim(str(person))
        if self._mode is AccessMode.INVITE:
            return text(
                "🎟 This bot is for invited people. Open the invitation link you were given. "
                "Whoever runs the bot can also let you in; they need this number: <code>{id}</code>",
                id=number,
            )
        return text(
            "🔒 This bot is not open to everybody. "
            "Whoever runs it can let you in; they need this number: <code>{id}</code>",
            id=number,
        )
