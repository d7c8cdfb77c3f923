"""What operators' handlers have at hand, who an operator is, and how what they type is read."""

import re
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from telegram import Message
from telegram.ext.filters import MessageFilter

from core.errors import Refused
from core.models.statistics import Statistics
from core.ports.files import BlobStore, ImageProcessor
from core.ports.image_api import ImageApi
from core.ports.operators import AccessBook, Accounts
from core.ports.repositories import Ledger
from core.ports.telegram import Messenger
from core.services.broadcasts import BroadcastService
from core.services.circuit_breaker import CircuitBreaker
from core.text import Text
from handlers.parsing import ButtonPress, is_order, is_private, rest_of

_NUMBER = re.compile(r"[+-]?[0-9]{1,16}")
_IDS = 1 << 52  # Telegram's promise: no id has more bits


@dataclass(frozen=True, slots=True)
class OperatorContext:
    """Everything operators can reach. `draw` makes a picture of statistics, away from the event loop."""

    admins: Collection[int]
    messenger: Messenger
    api: ImageApi
    ledger: Ledger
    book: AccessBook
    accounts: Accounts
    broadcasting: BroadcastService
    breaker: CircuitBreaker
    blob_store: BlobStore
    image_processor: ImageProcessor
    draw: Callable[[Statistics, Path], Awaitable[None]]

    def is_operator(self, button_press: ButtonPress) -> bool:
        """Whether a button was pressed by an operator, alone with the bot."""
        return button_press.person in self.admins and button_press.chat_id == button_press.person

    async def scope_id(self, number: int, usage: Text) -> int:
        """Answer what can be a person's or a chat's id, as it is by now. Raises Refused with the usage."""
        if not 0 < abs(number) < _IDS:
            raise Refused(usage)
        return await self.book.id_by_now(number)


class Operator(MessageFilter):
    """Passes what an operator, alone with the bot, says in person: nothing forwarded, and nothing of other bots."""

    def __init__(self, operators: OperatorContext) -> None:
        super().__init__(name="Operator")
        self._office = operators

    def filter(self, message: Message) -> bool:
        """See MessageFilter.filter."""
        if not is_order(message) or message.sender_chat or message.via_bot:
            return False
        return is_private(message) and bool(message.from_user and message.from_user.id in self._office.admins)


def numbers_of(message: Message, usage: Text, least: int, most: int) -> list[int]:
    """Read the numbers behind a command. Raises Refused with its usage where they are fewer, more or no numbers."""
    words = rest_of(message).split()
    if not least <= len(words) <= most or not all(_NUMBER.fullmatch(word) for word in words):
        raise Refused(usage)
    return [int(word) for word in words]


def within(number: int, least: int, most: int, usage: Text) -> int:
    """Answer a number that is permitted. Raises Refused with the usage for another."""
    if not least <= number <= most:
        raise Refused(usage)
    return number
