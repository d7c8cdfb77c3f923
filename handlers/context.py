"""The typed context that python-telegram-bot passes to every handler."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from telegram import Update
from telegram.ext import Application, BaseHandler, CallbackContext, ExtBot

from core.models.model_choice import Models
from core.models.timing import Timing
from core.ports.clock import Clock
from core.ports.files import BlobStore, ImageProcessor
from core.ports.jobs import RequestedJobs
from core.ports.operators import Names
from core.ports.repositories import Albums, Chats, Groups, Ledger, PreferencesStore, Results
from core.ports.telegram import Messenger
from core.services.access import Access
from core.services.awaited_answers import AwaitedAnswers
from core.services.keyboards import Keyboards
from core.services.mask_drafts import MaskDrafts
from core.services.orders import OrderService
from core.services.permissions import PermissionService
from core.services.placeholder import Placeholder
from core.services.questions import QuestionService
from core.text import Renderable
from handlers.operators.context import OperatorContext
from handlers.replies import Replies


@dataclass(frozen=True, slots=True)
class Services:
    """The services and ports that handlers use."""

    orders: OrderService
    models: Models
    questions: QuestionService
    awaited: AwaitedAnswers
    translate: Callable[[Renderable, str], str]
    """A function that returns words in a language, by its IETF tag, as plain text."""
    permissions: PermissionService
    replies: Replies
    mask_drafts: MaskDrafts
    placeholder: Placeholder
    keyboards: Keyboards
    access: Access
    messenger: Messenger
    image_processor: ImageProcessor
    blob_store: BlobStore
    jobs: RequestedJobs
    results: Results
    albums: Albums
    chats: Chats
    groups: Groups
    ledger: Ledger
    preferences: PreferencesStore
    names: Names
    clock: Clock
    timing: Timing


@dataclass(slots=True)
class BotData:
    """The application's `bot_data`.

    python-telegram-bot creates it without arguments, so the wiring fills it in before the first update.
    """

    services: Services = field(init=False)
    operators: OperatorContext = field(init=False)


class BotContext(CallbackContext[ExtBot[Any], dict[Any, Any], dict[Any, Any], BotData]):
    """The context of one update."""

    __slots__ = ()

    @property
    def services(self) -> Services:
        """Return the services and ports that handlers use."""
        return self.bot_data.services

    @property
    def operators(self) -> OperatorContext:
        """Return the services and ports that only operators' commands use."""
        return self.bot_data.operators


BotApplication: TypeAlias = Application[ExtBot[Any], BotContext, dict[Any, Any], dict[Any, Any], BotData, Any]
BotHandler: TypeAlias = BaseHandler[Update, BotContext, None]
