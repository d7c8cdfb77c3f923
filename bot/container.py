"""The infrastructure: the database, the files, the image API and Telegram, each opened once and closed in order."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass

from pydantic import SecretStr
from telegram.ext import ApplicationBuilder, ContextTypes, ExtBot
from yarl import URL

from bot.clock import SystemClock
from bot.image_api.accounts import ImageApiAccounts, fingerprint
from bot.image_api.client import HttpImageApi
from bot.image_api.downloader import PictureFetcher
from bot.imaging.helper import Helper
from bot.imaging.processor import PillowImageProcessor
from bot.picture_store import open_pictures
from bot.settings import OFFICIAL_HOST, Preset, Settings
from bot.sharing import Sharing
from bot.telegram.bot_api import BotApi
from bot.telegram.broadcast_sender import TelegramBroadcastSender
from bot.telegram.calls import TelegramCalls
from bot.telegram.http_request import AiohttpRequest
from bot.telegram.messenger import Sent, TelegramMessenger
from bot.telegram.rate_limiter import NO_LIMITS, Priority, SendLimits, TelegramRateLimiter
from bot.telegram.startup import check_proxies
from bot.telegram.update_source import TelegramUpdates
from core.ports.files import PictureStore
from core.ports.pace import CallCounter
from core.runtime.latest_messages import LatestMessages
from core.runtime.wake_ups import WakeUps
from core.services.awaited_answers import AwaitedAnswers
from handlers.context import BotApplication, BotContext, BotData
from handlers.http import telegram_updates
from storage.access import SqlAccess
from storage.albums import SqlAlbums
from storage.awaited_messages import SqlAwaitedMessages
from storage.belonging import at_work, claim, sole_user, verify
from storage.broadcasts import SqlBroadcasts
from storage.chats import SqlChats
from storage.database import Database
from storage.drafts import SqlDrafts
from storage.groups import SqlGroups
from storage.inbox import SqlInbox
from storage.jobs import SqlJobs
from storage.key_value import SqlNotes
from storage.ledger import SqlLedger
from storage.lock import alone
from storage.names import SqlNames
from storage.openings import SqlOpenings
from storage.parts import SqlParts
from storage.preferences import SqlPreferences
from storage.questions import SqlQuestions
from storage.results import SqlResults
from storage.secrets import kept_secret
from storage.statistics import SqlAccounts
from storage.uploads import SqlUploads

_SANDBOX_KEY = SecretStr("sandbox-key")


class Stores:
    """The stores, one adapter for each port, all on one database."""

    def __init__(self, database: Database, clock: SystemClock, wake_ups: WakeUps) -> None:
        self.jobs = SqlJobs(database, clock, wake_ups)
        self.parts = SqlParts(database, clock, wake_ups)
        self.inbox = SqlInbox(database, clock, wake_ups.updates)
        self.chats = SqlChats(database, clock)
        self.uploads = SqlUploads(database, clock)
        self.questions = SqlQuestions(database, clock)
        self.awaited = SqlAwaitedMessages(database, clock)
        self.albums = SqlAlbums(database, clock)
        self.results = SqlResults(database, clock)
        self.drafts = SqlDrafts(database, clock)
        self.preferences = SqlPreferences(database)
        self.groups = SqlGroups(database, clock)
        self.ledger = SqlLedger(database, clock)
        self.access = SqlAccess(database, clock)
        self.broadcasts = SqlBroadcasts(database, clock, wake_ups.broadcasts)
        self.accounts = SqlAccounts(database, clock)
        self.names = SqlNames(database, clock)
        self.notes = SqlNotes(database)
        self.openings = SqlOpenings(database, clock)


@dataclass(frozen=True, slots=True)
class Infrastructure:
    """Everything that is opened before the services are built, and closed after they have ended.

    `was_unclean` tells that the last process did not end in order. `webhook_secret` is what Telegram sends with an
    update; `signing_key` signs the addresses that the bot gives away.
    """

    clock: SystemClock
    sharing: Sharing
    wake_ups: WakeUps
    database: Database
    was_unclean: bool
    stores: Stores
    blob_store: PictureStore
    webhook_secret: SecretStr
    signing_key: SecretStr
    api: HttpImageApi | ImageApiAccounts
    image_processor: PillowImageProcessor
    application: BotApplication
    messenger: TelegramMessenger
    latest: LatestMessages
    awaited: AwaitedAnswers
    broadcast_sender: TelegramBroadcastSender
    updates: TelegramUpdates


async def open_infrastructure(
    settings: Settings,
    stack: AsyncExitStack,
    clock: SystemClock | None = None,
    helper: Helper | None = None,
    send_limits: SendLimits = SendLimits(),
) -> Infrastructure:
    """Open everything; `stack` closes it, but a `helper` that is passed in. Raises StartupError, StorageError."""
    check_proxies(settings)
    clock = clock or SystemClock()
    sharing = Sharing(settings, clock)
    wake_ups = sharing.wake_ups
    database, was_unclean, database_id = await stack.enter_async_context(open_database(settings, sharing.owner))
    await sharing.open(stack)
    stores = Stores(database, clock, wake_ups)
    blob_store = await stack.enter_async_context(open_pictures(settings, database_id))
    webhook_secret = settings.telegram_webhook_secret or await kept_secret(database, "telegram_webhook_secret")
    signing_key = await kept_secret(database, "callback_key")
    api = await open_image_api(settings, stack, sharing.counter)
    await stack.enter_async_context(api)
    image_processor = PillowImageProcessor(stores.openings, helper)
    stack.callback(image_processor.close)
    latest = LatestMessages()
    awaited = AwaitedAnswers(stores.awaited, latest, clock, sharing.shards, sharing.tell_awaited)
    application, messenger, broadcast_sender, updates = open_telegram(
        settings, stack, latest, awaited.sent, send_limits
    )
    return Infrastructure(
        clock=clock,
        sharing=sharing,
        wake_ups=wake_ups,
        database=database,
        was_unclean=was_unclean,
        stores=stores,
        blob_store=blob_store,
        webhook_secret=webhook_secret,
        signing_key=signing_key,
        api=api,
        image_processor=image_processor,
        application=application,
        messenger=messenger,
        latest=latest,
        awaited=awaited,
        broadcast_sender=broadcast_sender,
        updates=updates,
    )


@asynccontextmanager
async def open_database(settings: Settings, owner: str = "") -> AsyncIterator[tuple[Database, bool, str]]:
    """Open the database. Yield it, whether the last process ended out of order, and the id of the database.

    An SQLite database is opened for this process alone; `owner` is the id of this process among those that share a
    PostgreSQL database. Raises StorageError.
    """
    url, data_dir = settings.database, settings.data_dir
    with ExitStack() as stack:
        check_lock = None if owner else stack.enter_context(alone(url))
        stack.enter_context(sole_user(data_dir))
        if check_lock:
            verify(url, data_dir)
        was_unclean = stack.enter_context(at_work(data_dir))
        database = await Database.open(url, owner)
        try:
            if check_lock:
                check_lock()
            database_id = await claim(database, data_dir)
            yield database, was_unclean and not owner, database_id
        finally:
            await database.close()


async def open_image_api(
    settings: Settings, stack: AsyncExitStack, counter: CallCounter | None = None
) -> HttpImageApi | ImageApiAccounts:
    """Build the client of the image API, one for each key, or of a sandbox that is started here."""
    trusted, keys = list(settings.trusted_hosts), settings.keys
    root, uploads = settings.api_root, settings.upload_root
    if settings.image_api is Preset.SANDBOX and not root:
        from sandbox.imageapi.server import ImageApiServer  # noqa: PLC0415 - an operator's process never needs it

        server = ImageApiServer(host="127.0.0.1", port=0, api_key=_SANDBOX_KEY.get_secret_value())
        await server.start()
        stack.push_async_callback(server.stop)
        root = uploads = server.url
        keys = [_SANDBOX_KEY]
        trusted.append(URL(server.url).authority)

    def client(key: SecretStr) -> HttpImageApi:
        fetcher = PictureFetcher(trusted, settings.proxies)
        return HttpImageApi(root, uploads or root, key, fetcher, settings.proxies, models=settings.table)

    if len(keys) < 2:
        return client(keys[0] if keys else _SANDBOX_KEY)
    accounts = [(fingerprint(key), client(key)) for key in keys]
    return ImageApiAccounts(accounts, settings.image_api_calls_per_10s, counter=counter)


def open_telegram(
    settings: Settings,
    stack: AsyncExitStack,
    latest: LatestMessages,
    sent: Sent,
    send_limits: SendLimits = SendLimits(),
) -> tuple[BotApplication, TelegramMessenger, TelegramBroadcastSender, TelegramUpdates]:
    """PTB without its updater: updates come from our own inbox, and its requests go over aiohttp."""
    is_own = URL(settings.telegram_api_url).host != OFFICIAL_HOST  # only a server of one's own runs with --local
    request = AiohttpRequest(settings.proxies, local_files=is_own)
    budget = TelegramRateLimiter(send_limits if settings.telegram_limits == "on" else NO_LIMITS)
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
    api, calls = BotApi(bot, request, budget), TelegramCalls()
    source = TelegramUpdates(settings.telegram_api_url, settings.telegram_bot_token, request, calls)
    messenger = TelegramMessenger(bot, request, budget, api, calls, latest, sent)
    application = builder.bot(bot).updater(None).context_types(context_types).build()
    return application, messenger, TelegramBroadcastSender(api, budget, calls, sent), source
