"""The parts of the bot, which bot.app connects: each function builds one of them."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import structlog
from aiohttp import web
from pydantic import SecretStr
from telegram.ext import ApplicationBuilder, ContextTypes, ExtBot
from typing_extensions import override
from yarl import URL

from bot.image_api.client import HttpImageApi
from bot.image_api.downloader import PictureFetcher
from bot.imaging.chart import chart
from bot.imaging.processor import PillowImageProcessor
from bot.settings import OFFICIAL_HOST, Preset, Settings
from bot.telegram.broadcast_sender import TelegramBroadcastSender
from bot.telegram.calls import TelegramCalls
from bot.telegram.http_request import AiohttpRequest
from bot.telegram.i18n import language, plain
from bot.telegram.messenger import TelegramMessenger
from bot.telegram.rate_limiter import Priority, TelegramRateLimiter
from bot.telegram.update_source import TelegramUpdates
from core.models.spending import Limits
from core.models.statistics import Statistics
from core.ports.clock import Clock
from core.runtime.wake_ups import WakeUps
from core.runtime.worker import WakeUp
from core.security.init_data import read_init_data
from core.services.access import Access
from core.services.broadcasts import BroadcastService
from core.services.circuit_breaker import DAMAGED, CircuitBreaker
from core.services.keyboards import Keyboards
from core.services.mask_drafts import Masking
from core.services.orders import OrderService
from core.services.permissions import PermissionService
from core.services.placeholder import Placeholder
from core.services.questions import QuestionService
from core.services.submission import JobSubmitter
from handlers.context import BotApplication, BotContext, BotData, Services
from handlers.http import health, mask_painter, telegram_updates
from handlers.operators.context import OperatorContext
from handlers.replies import Replies
from storage.access import SqliteAccess
from storage.albums import SqliteAlbums
from storage.belonging import at_work, claim, sole_user, verify
from storage.blob_store import FileBlobStore
from storage.broadcasts import SqliteBroadcasts
from storage.chats import SqliteChats
from storage.database import Database, path_of
from storage.drafts import SqliteDrafts
from storage.groups import SqliteGroups
from storage.inbox import SqliteInbox
from storage.inspection import damages_beside
from storage.jobs import SqliteJobs
from storage.key_value import SqliteNotes
from storage.ledger import SqliteLedger
from storage.lock import alone
from storage.openings import SqliteOpenings
from storage.preferences import SqlitePreferences
from storage.questions import SqliteQuestions
from storage.results import SqliteResults
from storage.retention import Housekeeping
from storage.statistics import SqliteAccounts
from storage.uploads import SqliteUploads

log = structlog.get_logger()

_SANDBOX_KEY = SecretStr("sandbox-key")


def _steady_ns() -> int:
    """Return the time of a clock that can't be set and, on Linux, goes on while the machine sleeps."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic_ns()


class SystemClock(Clock):
    """The time of day at which the process began, plus the time since.

    So deadlines hold even if the system's clock is set.
    """

    def __init__(self, wall_ns: Callable[[], int] = time.time_ns, steady_ns: Callable[[], int] = _steady_ns) -> None:
        self._wall_ns, self._steady_ns = wall_ns, steady_ns
        self._began_ns = wall_ns() - steady_ns()

    @override
    def now_ms(self) -> int:
        return (self._began_ns + self._steady_ns()) // 1_000_000

    def wall_s(self) -> float:
        """Return the system's time as it is set now, in epoch seconds, to compare with times that others wrote."""
        return self._wall_ns() / 1e9

    def jumped_ms(self) -> int:
        """Return by how many milliseconds the system's clock was set since the process began."""
        return self._wall_ns() // 1_000_000 - self.now_ms()


@asynccontextmanager
async def memory_of(settings: Settings) -> AsyncIterator[tuple[Database, bool]]:
    """Open the database for this process alone. Yield it, and whether the last process ended out of order.

    Raises StorageError.
    """
    url, data_dir = settings.database_url, settings.data_dir
    with alone(url) as check_lock, sole_user(data_dir):
        verify(url, data_dir)
        with at_work(data_dir) as was_unclean:
            database = await Database.open(url)
            try:
                check_lock()
                await claim(database, data_dir)
                yield database, was_unclean
            finally:
                await database.close()


async def examine(settings: Settings, breaker: CircuitBreaker) -> None:
    """Read the whole database, which takes too long for a start, and tell operators of damage."""
    found = await damages_beside(path_of(settings.database_url))
    if found:
        log.error("database_damaged", damages=found)
        await breaker.tell(DAMAGED)
    else:
        log.info("database_intact_after_unclean_stop")


class Stores:
    """The stores, one adapter for each port, all on one database."""

    def __init__(self, database: Database, clock: SystemClock, wake_ups: WakeUps) -> None:
        self.clock = clock
        self.jobs = SqliteJobs(database, clock, wake_ups)
        self.inbox = SqliteInbox(database, clock, wake_ups.updates)
        self.chats = SqliteChats(database, clock)
        self.uploads = SqliteUploads(database, clock)
        self.questions = SqliteQuestions(database, clock)
        self.albums = SqliteAlbums(database, clock)
        self.results = SqliteResults(database, clock)
        self.drafts = SqliteDrafts(database, clock)
        self.preferences = SqlitePreferences(database)
        self.groups = SqliteGroups(database, clock)
        self.ledger = SqliteLedger(database, clock)
        self.access = SqliteAccess(database, clock)
        self.broadcasts = SqliteBroadcasts(database, clock, wake_ups.broadcasts)
        self.accounts = SqliteAccounts(database, clock)
        self.notes = SqliteNotes(database)
        self.openings = SqliteOpenings(database, clock)


def services_of(
    settings: Settings,
    stores: Stores,
    messenger: TelegramMessenger,
    image_processor: PillowImageProcessor,
    blob_store: FileBlobStore,
    submitter: JobSubmitter,
    placeholder: Placeholder,
    keyboards: Keyboards,
) -> Services:
    """Build the services that handlers use."""
    access = Access(settings.access, settings.allowed_ids, settings.admins, stores.access)
    limits = Limits(
        price=settings.credits_per_picture,
        person_daily=settings.daily_credits_per_person,
        chat_daily=settings.daily_credits_per_chat,
        daily=settings.daily_credits,
        max_jobs=settings.max_jobs_per_person,
    )
    permissions = PermissionService(access, stores.groups, stores.ledger, limits, messenger)
    mask_drafts = Masking(
        drafts=stores.drafts,
        messenger=messenger,
        image_processor=image_processor,
        blob_store=blob_store,
        keyboards=keyboards,
    )
    orders = OrderService(
        permissions=permissions,
        submitter=submitter,
        mask_drafts=mask_drafts,
        jobs=stores.jobs,
        questions=stores.questions,
        preferences=stores.preferences,
        clock=stores.clock,
    )
    return Services(
        orders=orders,
        questions=QuestionService(permissions, orders, stores.questions, messenger, stores.clock),
        permissions=permissions,
        replies=Replies(messenger, stores.clock),
        mask_drafts=mask_drafts,
        placeholder=placeholder,
        keyboards=keyboards,
        access=access,
        messenger=messenger,
        image_processor=image_processor,
        blob_store=blob_store,
        jobs=stores.jobs,
        results=stores.results,
        albums=stores.albums,
        chats=stores.chats,
        groups=stores.groups,
        ledger=stores.ledger,
        preferences=stores.preferences,
        clock=stores.clock,
    )


def operator_context_of(
    settings: Settings,
    stores: Stores,
    messenger: TelegramMessenger,
    image_processor: PillowImageProcessor,
    blob_store: FileBlobStore,
    api: HttpImageApi,
    breaker: CircuitBreaker,
    broadcasting: BroadcastService,
) -> OperatorContext:
    """Build the parts that operators' handlers use."""

    async def draw(statistics: Statistics, into: Path) -> None:
        await asyncio.to_thread(chart, statistics, into)

    return OperatorContext(
        admins=settings.admins,
        messenger=messenger,
        api=api,
        ledger=stores.ledger,
        access_book=stores.access,
        accounts=stores.accounts,
        broadcasts=broadcasting,
        breaker=breaker,
        blob_store=blob_store,
        image_processor=image_processor,
        draw=draw,
    )


def painter_of(services: Services, settings: Settings, key: str, clock: SystemClock) -> mask_painter.MaskPainter:
    """Build the mask painter; the bot's token, which signs initData, stays in here."""
    token = settings.telegram_bot_token.get_secret_value()
    return mask_painter.MaskPainter(
        services,
        read_init_data=lambda init_data: read_init_data(init_data, token, clock.wall_s()),
        render=lambda words, code: plain(language(code).render(words)),
        link_key=key,
        clock=clock,
    )


def health_routes(
    application: BotApplication,
    api: HttpImageApi,
    database: Database,
    webhook: Callable[[], Awaitable[None]],
) -> list[web.RouteDef]:
    """Build the routes for monitoring."""
    return health.routes(
        {
            "telegram": application.bot.get_me,
            "image_api": api.credits,
            "database": lambda: database.fetch("alive"),
            "webhook": webhook,
        }
    )


async def blob_store_of(settings: Settings, stores: Stores, database: Database) -> tuple[FileBlobStore, Housekeeping]:
    """Open and tidy the directory of pictures. Return it with its housekeeping, which has checked the clock.

    Raises StorageError.
    """
    blob_store = FileBlobStore(settings.data_dir)
    blob_store.open()
    blob_store.tidy()
    housekeeping = Housekeeping(database, blob_store, stores.clock, settings.retention_days, stores.clock.jumped_ms)
    await housekeeping.begin()
    return blob_store, housekeeping


def breaker_of(
    settings: Settings,
    stores: Stores,
    api: HttpImageApi,
    messenger: TelegramMessenger,
    orders: WakeUp,
    try_storage: Callable[[], Awaitable[None]],
) -> CircuitBreaker:
    """Build the circuit breaker, which stops submission and tells the operators why."""
    told = [settings.admin_chat_id] if settings.admin_chat_id else settings.admins
    return CircuitBreaker(api, messenger, told, orders, stores.notes, settings.low_credits, try_storage)


def storage_probe(database: Database, blob_store: FileBlobStore) -> Callable[[], Awaitable[None]]:
    """Return a function that raises StorageError if the database or a file can't be written."""

    async def probe() -> None:
        await database.probe()
        await asyncio.to_thread(blob_store.probe)

    return probe


async def image_api_of(settings: Settings, stack: AsyncExitStack) -> HttpImageApi:
    """Build the client of the image API, or of a sandbox that is started here."""
    trusted = list(settings.trusted_hosts)
    root, uploads, key = settings.api_root, settings.upload_root, settings.image_api_key
    if settings.image_api is Preset.SANDBOX and not root:
        from sandbox.imageapi.server import ImageApiServer  # noqa: PLC0415 - an operator's process never needs it

        server = ImageApiServer(host="127.0.0.1", port=0, api_key=_SANDBOX_KEY.get_secret_value())
        await server.start()
        stack.push_async_callback(server.stop)
        root = uploads = server.url
        key = _SANDBOX_KEY
        trusted.append(URL(server.url).authority)
    fetcher = PictureFetcher(trusted, settings.proxies)
    return HttpImageApi(root, uploads or root, key or _SANDBOX_KEY, fetcher, settings.proxies)


def telegram_side(
    settings: Settings, stack: AsyncExitStack
) -> tuple[BotApplication, TelegramMessenger, TelegramBroadcastSender, TelegramUpdates]:
    """PTB without its updater: updates come from our own inbox, and its requests go over aiohttp."""
    is_own = URL(settings.telegram_api_url).host != OFFICIAL_HOST  # only a server of one's own runs with --local
    request, budget = AiohttpRequest(settings.proxies, local_files=is_own), TelegramRateLimiter()
    stack.push_async_callback(request.shutdown)
    bot: ExtBot[Priority] = ExtBot(
        settings.telegram_bot_token.get_secret_value(),
        base_url=f"{settings.telegram_api_url}/bot",
        base_file_url=f"{settings.telegram_api_url}/file/bot",
        request=request,
        get_updates_request=request,  # otherwise PTB makes a second client
        rate_limiter=budget,
    )
    context_types = ContextTypes(context=BotContext, bot_data=BotData)
    builder = ApplicationBuilder().application_class(telegram_updates.RaisingApplication)
    calls = TelegramCalls()
    source = TelegramUpdates(settings.telegram_api_url, settings.telegram_bot_token, request, calls)
    messenger = TelegramMessenger(bot, request, budget, calls)
    application = builder.bot(bot).updater(None).context_types(context_types).build()
    return application, messenger, TelegramBroadcastSender(bot, budget, calls), source
