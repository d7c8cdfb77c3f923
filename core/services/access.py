"""Access to the bot as a whole; the rules of groups come on top."""

from collections.abc import Collection

from core.errors import NotAdmitted
from core.models.access import BANNED, AccessMode, Standing
from core.ports.operators import AccessBook
from core.text import Text, Verbatim, text


class Access:
    """The check before every order."""

    def __init__(
        self, mode: AccessMode, allowed_ids: Collection[int], admins: Collection[int], book: AccessBook
    ) -> None:
        self._mode = mode
        self._allowed = frozenset(allowed_ids)
        self._admins = frozenset(admins)
        self._book = book

    async def check(self, person: int, chat_id: int) -> None:
        """Check that a user may order in a chat. Raises NotAdmitted with the reason."""
        if person in self._admins:
            return
        own, there = await self._standings(person, chat_id)
        if own.is_banned or there.is_banned:
            raise NotAdmitted(BANNED)
        if self._mode is AccessMode.OPEN or own.is_allowed or there.is_allowed:
            return
        if await self._is_listed(person, chat_id) or (self._mode is AccessMode.INVITE and own.is_invited):
            return
        raise NotAdmitted(self._words(person, chat_id))

    async def lives_on_grants(self, person: int, chat_id: int) -> bool:
        """Return whether a user may use the bot only by invitations with credits, which then are all they can spend."""
        if self._mode is not AccessMode.INVITE or person in self._admins:
            return False
        own, there = await self._standings(person, chat_id)
        if own.is_allowed or there.is_allowed or not own.has_budget:
            return False
        return not await self._is_listed(person, chat_id)

    async def _standings(self, person: int, chat_id: int) -> tuple[Standing, Standing]:
        own = await self._book.standing(person)
        return own, own if chat_id == person else await self._book.standing(chat_id)

    async def _is_listed(self, person: int, chat_id: int) -> bool:
        """Return whether the operator's list names the user or the chat, also by a supergroup's earlier id."""
        if {person, chat_id} & self._allowed:
            return True
        if chat_id > 0 or not self._allowed:
            return False
        return bool(await self._book.ids_before(chat_id) & self._allowed)

    def _words(self, person: int, chat_id: int) -> Text:
        number = Verbatim(str(person))
        if self._mode is AccessMode.INVITE:
            return text(
                "🎟 I paint for invited people. Open your invitation link, or send the bot's operator this number: "
                "<code>{id}</code>",
                id=number,
            )
        if person != chat_id:
            return text(
                "🔒 I'm not open to everybody. The bot's operator can let in you, or this chat. Send them these "
                "numbers: <code>{id}</code>",
                id=Verbatim(f"{person} / {chat_id}"),
            )
        return text(
            "🔒 I'm not open to everybody. The bot's operator can let you in. Send them this number: <code>{id}</code>",
            id=number,
        )
