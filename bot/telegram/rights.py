"""Rights in chats: the bot's permissions and the status of members. Answers and refusals are cached."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import structlog
from telegram.constants import ChatMemberStatus
from telegram.ext import ExtBot

from bot.telegram.calls import TelegramCalls
from bot.telegram.rate_limiter import Priority
from core.errors import MessengerError, NotShowable
from core.models.media import Permits

_STANDING_S = 60.0
_STANDINGS_KNOWN = 10_000
_PERMITS_S = 3600.0
_ALL = Permits()
_ADMINS = {ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.OWNER}
_PRESENT = _ADMINS | {ChatMemberStatus.MEMBER, ChatMemberStatus.RESTRICTED}

log = structlog.get_logger()


class Rights:
    """A cache of Telegram's answers about chats and their members."""

    def __init__(self, bot: ExtBot[Priority], calls: TelegramCalls) -> None:
        self._bot = bot
        self._calls = calls
        self._standings: dict[tuple[int, int], tuple[str, float]] = {}
        self._permits: dict[int, tuple[Permits, float]] = {}
        self._linked: dict[int, tuple[int | None, float]] = {}

    async def permits(self, chat_id: int) -> Permits:
        """Return the bot's permissions, asked at most once an hour.

        Restrictions bind neither an admin nor a private chat.
        """
        if chat_id > 0:
            return _ALL
        now = asyncio.get_running_loop().time()
        known = self._permits.get(chat_id)
        if known and known[1] > now:
            return known[0]
        try:
            found, holds_s = await self._asked_permits(chat_id), _PERMITS_S
        except MessengerError as error:  # sending will show it
            log.info("chat_permissions_unknown", chat=chat_id, error=str(error))
            found, holds_s = _ALL, _STANDING_S
        self._keep_permits(chat_id, found, holds_s)
        return found

    async def linked(self, chat_id: int) -> int | None:
        """Return the channel whose discussions a group holds, asked at most once an hour."""
        now = asyncio.get_running_loop().time()
        known = self._linked.get(chat_id)
        if known is None or known[1] <= now:
            await self._get_chat(chat_id)
            known = self._linked[chat_id]
        return known[0]

    async def _get_chat(self, chat_id: int) -> Mapping[str, Any]:
        with self._calls.call() as answer:
            await self._bot.get_chat(chat_id)
        chat = as_object(answer.value)
        if len(self._linked) > _STANDINGS_KNOWN:
            self._linked.clear()
        linked = chat.get("linked_chat_id")
        self._linked[chat_id] = (
            linked if type(linked) is int else None,
            asyncio.get_running_loop().time() + _PERMITS_S,
        )
        return chat

    async def _asked_permits(self, chat_id: int) -> Permits:
        rights = as_object((await self._get_chat(chat_id)).get("permissions"))
        names = ("can_send_messages", "can_send_photos", "can_send_documents")
        found = Permits(*(rights.get(name, True) is not False for name in names))
        return _ALL if found == _ALL or await self.is_admin(chat_id, self._bot.id) else found

    def _keep_permits(self, chat_id: int, found: Permits, holds_s: float = _PERMITS_S) -> None:
        if len(self._permits) > _STANDINGS_KNOWN:
            self._permits.clear()
        self._permits[chat_id] = (found, asyncio.get_running_loop().time() + holds_s)

    def learn(self, chat_id: int, forbidden: Collection[str]) -> None:
        """Note the kinds of content that Telegram refused, even where it answers no questions about the chat."""
        if forbidden:
            self._keep_permits(chat_id, replace(self.known(chat_id), **dict.fromkeys(forbidden, False)))

    def known(self, chat_id: int) -> Permits:
        """Return the known permissions, without asking Telegram."""
        known = self._permits.get(chat_id)
        return known[0] if known and known[1] > asyncio.get_running_loop().time() else _ALL

    async def is_admin(self, chat_id: int, person: int) -> bool:
        """Return whether a person is an admin. A channel never is; the group itself, for an anonymous admin, is."""
        if person < 0:
            return person == chat_id
        return await self._standing(chat_id, person) in _ADMINS

    async def is_outside(self, chat_id: int, person: int) -> bool:
        """Return whether a person is not surely present. If Telegram won't tell, the person counts as outside."""
        return await self._standing(chat_id, person) not in _PRESENT

    def changed(self, chat_id: int, person: int) -> None:
        """Ask again the next time."""
        self._standings.pop((chat_id, person), None)
        if person == self._bot.id:
            self._permits.pop(chat_id, None)

    async def _standing(self, chat_id: int, person: int) -> str:
        """Return a person's status, asked at most once a minute; empty if the bot may not know."""
        now = asyncio.get_running_loop().time()
        known = self._standings.get((chat_id, person))
        if known and known[1] > now:
            return known[0]
        try:
            with self._calls.call() as answer:
                await self._bot.get_chat_member(chat_id, person)
            member = as_object(answer.value)
            status = str(member.get("status", ""))
            if member.get("is_member") is False:  # restricted, and has left since
                status = ChatMemberStatus.LEFT
        except NotShowable:
            status = ""
        if len(self._standings) > _STANDINGS_KNOWN:
            self._standings.clear()
        self._standings[chat_id, person] = (status, now + _STANDING_S)
        return status


def as_object(value: object) -> Mapping[str, Any]:
    """Return a JSON object as it is, and an empty one for anything else."""
    return value if isinstance(value, dict) else {}
