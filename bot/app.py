"""The composition root: what there is, how it hangs together, and in which order it starts and stops."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import stamina
import structlog
from aiohttp import web
from pydantic import SecretStr
from telegram import BotCommand
from telegram.error import InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.ext import Application, ApplicationBuilder, ExtBot
from yarl import URL

from bot.darkroom import PillowDarkroom
from bot.delivery.budget import Budget, Priority
from bot.delivery.http import AiohttpRequest
from bot.delivery.language import language, plain
from bot.delivery.messenger import TelegramMessenger
from bot.delivery.updates import TelegramUpdates
from bot.domain.callback import CallbackKey
from bot.domain.errors import BotError
from bot.domain.initdata import read_init_data
from bot.domain.ports import Clock
from bot.domain.text import text
from bot.flow.brake import Brake
from bot.flow.crew import Bell, Crew
from bot.flow.deliver import Deliver
from bot.flow.keyboards import Keyboards, PainterDoor
from bot.flow.masking import Masking
from bot.flow.pace import Pace
from bot.flow.placeholder import Placeholder
from bot.flow.recover import recover
from bot.flow.settle import Settle
from bot.flow.submit import Submit
from bot.imageapi.client import HttpImageApi
from bot.imageapi.pictures import PictureFetcher
from bot.settings import Preset, Settings
from handlers import (
    albums,
    buttons,
    callbacks,
    chat,
    clock,
    examples,
    health,
    history,
    imagine,
    masks,
    membership,
    painter,
    start,
    updates,
)
from handlers import settings as settings_menu
from handlers.desk import Desk
from storage.albums import StoredAlbums
from storage.chats import StoredChats
from storage.database import Database
from storage.drafts import StoredDrafts
from storage.gallery import StoredGallery
from storage.housekeeping import Housekeeping
from storage.inbox import StoredInbox
from storage.jobs import StoredJobs
from storage.kept import kept_secret
from storage.lock import alone
from storage.preferences import StoredWishes
from storage.questions import StoredQuestions
from storage.results import StoredResults
from storage.uploads import StoredUploads

log = structlog.get_logger()

HANDLERS = (membership, start, examples, imagine, masks, history, settings_menu, chat, buttons)
"""In the order in which they are offered an update; the first that wants it has it."""

COMMANDS = (
    ("imagine", text("Paint a picture from words")),
    ("edit", text("Change a picture you reply to")),
    ("mask", text("Change only a part of a picture")),
    ("history", text("Your pictures, to go on from any of them")),
    ("settings", text("Size, number and so on, for when you don't name them")),
    ("help", text("What I can do, and how to ask for it")),
)
_CALLS, _WINDOW_S = 20, 10.5  # the API permits 20 calls in 10 s; the half second is for the way there
_GRACE_S = 8.0
_SANDBOX_KEY = SecretStr("sandbox-key")


class StartupError(BotError):
    """The bot can't start; the message tells the operator why."""


class SystemClock:
    """See bot.domain.ports.Clock."""

    def now_ms(self) -> int:
        """Read the system's clock."""
        return time.time_ns() // 1_000_000


async def serve(settings: Settings, stop: asyncio.Event, ready: Callable[[int], None] = lambda _: None) -> None:
    """Run until `stop` is set; `ready` gets the port once everything is up. Raises StartupError or StorageError."""
    crew = Crew(on_broken=stop.set)
    async with running(settings, crew) as port:
        ready(port)
        await stop.wait()
        log.info("stopping")
    if crew.broken:
        raise StartupError("a part of the bot ended unexpectedly; the log says which")


@asynccontextmanager
async def running(settings: Settings, crew: Crew) -> AsyncIterator[int]:
    """Everything, from the database to the last line of work; it is taken down in the opposite order.

    Answers the port it listens on.
    """
    async with AsyncExitStack() as stack:
        stack.enter_context(alone(settings.database_url))
        database = await Database.open(settings.database_url)
        stack.push_async_callback(database.close)
        stores = Stores(database, SystemClock())
        gallery = StoredGallery(settings.data_dir)
        gallery.open()
        gallery.tidy()
        secret = settings.telegram_webhook_secret or await kept_secret(database, "telegram_webhook_secret")
        secret_key = (await kept_secret(database, "callback_key")).get_secret_value()
        key = CallbackKey(secret_key)

        api = await stack.enter_async_context(await _image_api(settings, stack))
        darkroom = PillowDarkroom()
        stack.callback(darkroom.close)
        application, messenger, source = _telegram(settings, stack)

        interval_ms = int(settings.poll_interval_s * 1000)
        bells = (Bell(), Bell(), Bell(), Bell())
        arrivals, orders, polls, outcomes = bells
        brake = Brake(api, messenger, settings.admin_chat_id, orders)
        placeholder = Placeholder(stores.jobs, stores.chats, messenger, stores.clock)
        submit = Submit(
            jobs=stores.jobs,
            uploads=stores.uploads,
            api=api,
            messenger=messenger,
            darkroom=darkroom,
            gallery=gallery,
            placeholder=placeholder,
            key=key,
            callback_root=f"{settings.public_url}/callbacks" if settings.public_url else None,
            pace=Pace(_CALLS, _WINDOW_S),
            brake=brake,
            interval_ms=interval_ms,
            orders=orders,
            outcomes=outcomes,
        )
        settle = Settle(
            jobs=stores.jobs,
            api=api,
            placeholder=placeholder,
            submit=submit,
            brake=brake,
            interval_ms=interval_ms,
            deadline_ms=int(settings.job_deadline_s * 1000),
            orders=orders,
            polls=polls,
            outcomes=outcomes,
        )
        page = f"{settings.public_url}/painter" if settings.public_url else None
        keyboards = Keyboards(PainterDoor(page, settings.mini_app_name, lambda: application.bot.username))
        deliver = Deliver(
            jobs=stores.jobs,
            api=api,
            messenger=messenger,
            darkroom=darkroom,
            gallery=gallery,
            placeholder=placeholder,
            keyboards=keyboards,
        )
        desk = _desk(stores, messenger, darkroom, gallery, submit, placeholder, keyboards)
        intake = updates.Intake(stores.inbox, arrivals)

        callback_route = callbacks.CallbackRoute(settle, key, settings.image_api_webhook_key).route()
        routes: list[web.AbstractRouteDef] = [*_health(application, api, database), callback_route]
        if page:
            routes += _painter(desk, settings, secret_key, stores.clock).routes()
        if settings.webhook:
            routes.append(updates.webhook_route(intake, secret))
        port = await _web_server(settings, routes, stack)
        await _greet(application)
        stack.push_async_callback(application.shutdown)
        bot_name = application.bot.username
        for handler in HANDLERS:
            handler.register(application, desk, bot_name)
        stack.push_async_callback(crew.stop, _GRACE_S)
        await recover(stores.jobs, submit)
        tick_s = min(1.0, settings.poll_interval_s / 2)
        clock.start_lines(
            crew,
            inbox=stores.inbox,
            jobs=stores.jobs,
            handling=updates.Handling(application, stores.inbox, desk),
            submit=submit,
            settle=settle,
            deliver=deliver,
            bells=bells,
            tick_s=tick_s,
        )
        regularly: dict[str, tuple[float, Callable[[], Awaitable[None]]]] = {
            "albums": (0.3, lambda: albums.close_due(desk, bot_name)),
            "deadlines": (tick_s, settle.expire),
            "queue": (10, submit.show_queue),
            "uncertain": (5, submit.tell_uncertain),
            "brake": (60, brake.look),
            "housekeeping": (3600, Housekeeping(database, gallery, stores.clock, settings.retention_days).prune),
        }
        for name, (seconds, work) in regularly.items():
            crew.loop(name, clock.every(seconds, name, work))
        crew.errand("introduce", _introduce(application))
        if settings.webhook:
            await _set_webhook(application, settings, secret)
        else:
            await _persist(lambda: application.bot.delete_webhook(drop_pending_updates=False))
            crew.loop("polling", updates.poll(source, intake))
        log.info("ready", bot=bot_name, port=port, updates="webhook" if settings.webhook else "polling")
        yield port


def _desk(
    stores: "Stores",
    messenger: TelegramMessenger,
    darkroom: PillowDarkroom,
    gallery: StoredGallery,
    submit: Submit,
    placeholder: Placeholder,
    keyboards: Keyboards,
) -> Desk:
    masking = Masking(
        drafts=stores.drafts,
        messenger=messenger,
        darkroom=darkroom,
        gallery=gallery,
        submit=submit,
        keyboards=keyboards,
    )
    return Desk(
        messenger=messenger,
        submit=submit,
        placeholder=placeholder,
        masking=masking,
        keyboards=keyboards,
        jobs=stores.jobs,
        results=stores.results,
        gallery=gallery,
        darkroom=darkroom,
        questions=stores.questions,
        albums=stores.albums,
        chats=stores.chats,
        wishes=stores.wishes,
    )


class Stores:
    """What is remembered, one adapter a port, all on one database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.clock = clock
        self.jobs = StoredJobs(database, clock)
        self.inbox = StoredInbox(database, clock)
        self.chats = StoredChats(database, clock)
        self.uploads = StoredUploads(database, clock)
        self.questions = StoredQuestions(database, clock)
        self.albums = StoredAlbums(database, clock)
        self.results = StoredResults(database, clock)
        self.drafts = StoredDrafts(database, clock)
        self.wishes = StoredWishes(database)


def _painter(desk: Desk, settings: Settings, key: str, clock: Clock) -> painter.Painter:
    """The mask painter's routes; the bot's token, which seals initData, goes no further than this."""
    token = settings.telegram_bot_token.get_secret_value()
    return painter.Painter(
        desk,
        who=lambda init_data: read_init_data(init_data, token, clock.now_ms() / 1000),
        render=lambda words, code: plain(language(code).render(words)),
        key=key,
        clock=clock,
    )


def _health(
    application: Application[Any, Any, Any, Any, Any, Any], api: HttpImageApi, database: Database
) -> list[web.RouteDef]:
    return health.routes(
        {
            "telegram": application.bot.get_me,
            "image_api": api.credits,
            "database": lambda: database.fetch("alive"),
        }
    )


async def _image_api(settings: Settings, stack: AsyncExitStack) -> HttpImageApi:
    """The client, for the service or for a sandbox that is started here."""
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
    return HttpImageApi(root, uploads or root, key or _SANDBOX_KEY, PictureFetcher(trusted))


def _telegram(
    settings: Settings, stack: AsyncExitStack
) -> tuple[Application[Any, Any, Any, Any, Any, Any], TelegramMessenger, TelegramUpdates]:
    """PTB without its updater: updates come from our own inbox, and its requests go over aiohttp."""
    request, budget = AiohttpRequest(), Budget()
    stack.push_async_callback(request.shutdown)
    bot: ExtBot[Priority] = ExtBot(
        settings.telegram_bot_token.get_secret_value(),
        base_url=f"{settings.telegram_api_url}/bot",
        base_file_url=f"{settings.telegram_api_url}/file/bot",
        request=request,
        get_updates_request=request,  # else PTB makes a client of its own that nobody uses
        rate_limiter=budget,
    )
    builder = ApplicationBuilder().application_class(updates.RaisingApplication).bot(bot).updater(None)
    source = TelegramUpdates(settings.telegram_api_url, settings.telegram_bot_token, request)
    return builder.build(), TelegramMessenger(bot, request, budget), source


async def _greet(application: Application[Any, Any, Any, Any, Any, Any]) -> None:
    """Learn the bot's own name, however long Telegram can't be reached."""
    try:
        await _persist(application.initialize)
    except InvalidToken:
        raise StartupError("Telegram does not know this TELEGRAM_BOT_TOKEN") from None


async def _persist(call: Callable[[], Any]) -> None:
    async for attempt in stamina.retry_context(on=_passes, attempts=None, timeout=None, wait_max=30):
        with attempt:
            await call()


def _passes(error: Exception) -> bool | float | timedelta:
    """Whether an error of Telegram's passes; flood control says itself after which time."""
    return error.retry_after if isinstance(error, RetryAfter) else isinstance(error, NetworkError)


async def _set_webhook(
    application: Application[Any, Any, Any, Any, Any, Any], settings: Settings, secret: SecretStr
) -> None:
    await _persist(
        lambda: application.bot.set_webhook(
            f"{settings.public_url}/telegram",
            secret_token=secret.get_secret_value(),
            allowed_updates=list(updates.ALLOWED),
            max_connections=50,
        )
    )


async def _introduce(application: Application[Any, Any, Any, Any, Any, Any]) -> None:
    """Tell Telegram our commands; a bot whose menu can't be set still works."""
    english = language("en")
    with suppress(TelegramError):
        await application.bot.set_my_commands([BotCommand(name, english.render(words)) for name, words in COMMANDS])


async def _web_server(settings: Settings, routes: list[web.AbstractRouteDef], stack: AsyncExitStack) -> int:
    """Listen; the access log stays off, as it would show the secrets of callback addresses."""
    app = web.Application(client_max_size=updates.MAX_BODY)
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
    except OSError as error:
        raise StartupError(f"cannot listen on {settings.host}:{settings.port}: {error.strerror}") from error
    return int(runner.addresses[0][1])
