"""The context of operators' commands, the filter that recognizes operators, and the parsing of their arguments."""

import re
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from telegram import Message
from telegram.ext.filters import MessageFilter

from core.errors import Refused
from core.models.image_request import Picture
from core.models.statistics import Statistics
from core.ports.files import BlobStore
from core.ports.image_api import ImageApi
from core.ports.operators import AccessBook, Accounts, Names
from core.ports.repositories import Ledger
from core.ports.telegram import Messenger
from core.runtime.recent_keys import RecentKeys
from core.services.broadcasts import BroadcastService
from core.services.circuit_breaker import CircuitBreaker
from core.text import Text, text
from handlers.parsing import ButtonPress, is_order, is_private

OPERATORS_ONLY = text("Only operators can do that.")
NUMBER = re.compile(r"[+-]?[0-9]{1,16}")
_IDS = 1 << 52
"""The ids of people and chats have at most 52 significant bits (Bot API, Chat)."""


_DOUBLE_PRESS_S = 5.0


@dataclass(frozen=True, slots=True)
class OperatorContext:
    """The services and ports that operators' commands use.

    `draw` writes a chart of statistics to a file, away from the event loop, and returns what it has written.
    `set_menu` shows an operator their commands in Telegram. `pressed` are the buttons that were pressed a moment ago.
    """

    admins: Collection[int]
    messenger: Messenger
    api: ImageApi
    ledger: Ledger
    access_book: AccessBook
    accounts: Accounts
    broadcasts: BroadcastService
    breaker: CircuitBreaker
    blob_store: BlobStore
    names: Names
    draw: Callable[[Statistics, Path], Awaitable[Picture]]
    set_menu: Callable[[int], Awaitable[None]]
    pressed: RecentKeys = field(default_factory=lambda: RecentKeys(_DOUBLE_PRESS_S))

    def is_operator(self, button_press: ButtonPress) -> bool:
        """Return whether an operator pressed the button in the private chat with the bot."""
        return button_press.person in self.admins and button_press.chat_id == button_press.person

    async def scope_id(self, number: int, usage: Text) -> int:
        """Return the current id of the person or chat that a number stands for. Raises Refused with the usage."""
        if not 0 < abs(number) < _IDS:
            raise Refused(usage)
        return await self.access_book.id_by_now(number)


class Operator(MessageFilter):
    """A filter that passes messages that an operator wrote in the private chat with the bot.

    Forwarded messages, and messages that another bot helped to write, don't pass.
    """

    def __init__(self, admins: Collection[int]) -> None:
        super().__init__(name="Operator")
        self._admins = admins

    def filter(self, message: Message) -> bool:
        """See MessageFilter.filter."""
        if not is_order(message) or message.sender_chat or message.via_bot:
            return False
        return is_private(message) and bool(message.from_user and message.from_user.id in self._admins)


def within(number: int, least: int, most: int, usage: Text) -> int:
    """Return the number. Raises Refused with the usage if it is out of range."""
    if not least <= number <= most:
        raise Refused(usage)
    return number
