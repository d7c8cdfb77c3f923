"""The composition root: it builds the parts, connects them, and starts and stops them in order."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import structlog
from aiohttp import web

from bot import commands, workers
from bot.container import (
    Stores,
    SystemClock,
    blob_store_of,
    breaker_of,
    examine,
    health_routes,
    image_api_of,
    memory_of,
    operator_context_of,
    painter_of,
    services_of,
    storage_probe,
    telegram_side,
)
from bot.image_api.notifications import WebhookReader
from bot.imaging.helper import Helper
from bot.imaging.processor import PillowImageProcessor
from bot.settings import Settings
from bot.telegram.startup import StartupError, check_proxies, greet, hear, webhook_of
from bot.web import Door, quiet_accepting, raise_file_limit
from core.runtime.rate_limiter import SlidingWindowLimiter
from core.runtime.wake_ups import WakeUps
from core.runtime.worker import TaskSupervisor
from core.security.webhook_token import WebhookTokens
from core.services.broadcasts import BroadcastService
from core.services.delivery import ResultDelivery
from core.services.keyboards import Keyboards, PainterDoor
from core.services.placeholder import Placeholder
from core.services.poll_turns import Turns
from core.services.polling import ResultPoller
from core.services.recovery import recover
from core.services.submission import JobSubmitter
from handlers import albums
from handlers.context import BotApplication
from handlers.filters import BotIdentity
from handlers.http import image_api_webhook, telegram_updates
from storage.secrets import kept_secret

log = structlog.get_logger()

_CALLS, _WINDOW_S = 20, 10.5  # image API docs: 20 generate calls per 10 s; the half second covers delays
_GRACE_S = 6.0


async def serve(
    settings: Settings,
    stop: asyncio.Event,
    ready: Callable[[int], None] = lambda _: None,
    listener: socket.socket | None = None,
) -> None:
    """Run until `stop` is set. Call `ready` with the port once everything runs. Raises StartupError, StorageError."""
    quiet_accepting(asyncio.get_running_loop())
    supervisor = TaskSupervisor(on_broken=stop.set)
    async with running(settings, supervisor, listener) as port:
        keep_out_of_collections()
        ready(port)
        await stop.wait()
        log.info("bot_stopping")
    if supervisor.broken:
        raise StartupError("a part of the bot ended unexpectedly; the log says which")


def keep_out_of_collections() -> None:
    """Take every object that exists out of later garbage collections.

    The imported libraries are about 93,000 objects that live as long as the process. A full collection that walks them
    holds the event loop for 60 to 110 ms (`python -m benchmarks.growth` shows it).
    """
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def running(
    settings: Settings,
    supervisor: TaskSupervisor,
    listener: socket.socket | None = None,
    helper: Helper | None = None,
    clock: SystemClock | None = None,
) -> AsyncIterator[int]:
    """Start everything, from the database to the workers, and yield the port. Stop it in the opposite order.

    The port is that of `listener`, a bound socket that is closed at the end, or that of the settings. A `helper` that
    is passed in goes on running after the bot's end.
    """
    check_proxies(settings)
    async with AsyncExitStack() as stack:
        database, was_unclean = await stack.enter_async_context(memory_of(settings))
        wake_ups = WakeUps()
        stores = Stores(database, clock or SystemClock(), wake_ups)
        blob_store, housekeeping = await blob_store_of(settings, stores, database)
        secret = settings.telegram_webhook_secret or await kept_secret(database, "telegram_webhook_secret")
        secret_key = (await kept_secret(database, "callback_key")).get_secret_value()
        key = WebhookTokens(secret_key)

        api = await stack.enter_async_context(await image_api_of(settings, stack))
        for sha256, deaths in (await stores.openings.abandon()).items():
            log.warning("picture_left_open", sha256=sha256, deaths=deaths)
        image_processor = PillowImageProcessor(stores.openings, helper)
        stack.callback(image_processor.close)
        application, messenger, broadcast_sender, source = telegram_side(settings, stack)

        interval_ms = int(settings.poll_interval_s * 1000)
        breaker = breaker_of(settings, stores, api, messenger, wake_ups.orders, storage_probe(database, blob_store))
        await breaker.recall()
        placeholder = Placeholder(stores.jobs, stores.chats, stores.groups, messenger, stores.clock, breaker)
        submit = JobSubmitter(
            jobs=stores.jobs,
            uploads=stores.uploads,
            api=api,
            messenger=messenger,
            image_processor=image_processor,
            blob_store=blob_store,
            placeholder=placeholder,
            key=key,
            callback_root=f"{settings.public_url}/callbacks" if settings.public_url else None,
            pace=SlidingWindowLimiter(_CALLS, _WINDOW_S),
            breaker=breaker,
            interval_ms=interval_ms,
        )
        settle = ResultPoller(
            jobs=stores.jobs,
            api=api,
            placeholder=placeholder,
            submit=submit,
            turns=Turns(stores.jobs, callbacks=submit.has_callbacks),
            breaker=breaker,
            interval_ms=interval_ms,
            deadline_ms=int(settings.job_deadline_s * 1000),
        )
        page = f"{settings.public_url}/painter" if settings.public_url else None
        keyboards = Keyboards(PainterDoor(page, settings.mini_app_name, lambda: application.bot.username))
        deliver = ResultDelivery(
            jobs=stores.jobs,
            api=api,
            messenger=messenger,
            image_processor=image_processor,
            blob_store=blob_store,
            placeholder=placeholder,
            keyboards=keyboards,
            breaker=breaker,
        )
        services = services_of(settings, stores, messenger, image_processor, blob_store, submit, placeholder, keyboards)
        broadcasting = BroadcastService(stores.broadcasts, stores.chats, messenger, broadcast_sender)
        await broadcasting.recall()
        operators = operator_context_of(
            settings, stores, messenger, image_processor, blob_store, api, breaker, broadcasting
        )
        intake = telegram_updates.Intake(stores.inbox, partial(_me, application))
        webhook = webhook_of(application, settings, secret, breaker)

        routes: list[web.AbstractRouteDef] = [
            *health_routes(application, api, database, webhook.probe),
            image_api_webhook.ImageApiWebhook(settle, key, WebhookReader(settings.image_api_webhook_key)).route(),
            *(painter_of(services, settings, secret_key, stores.clock).routes() if page else ()),
            *([telegram_updates.webhook_route(intake, secret)] if settings.webhook else ()),
        ]
        port = await _web_server(settings, routes, stack, listener)
        await greet(application, settings)
        stack.push_async_callback(application.shutdown)
        bot_name = application.bot.username
        application.bot_data.services, application.bot_data.operators = services, operators
        commands.register_handlers(application, settings.admins)
        stack.push_async_callback(supervisor.stop, _GRACE_S)
        await recover(stores.jobs, submit)
        tick_s = min(1.0, settings.poll_interval_s / 2)
        table = workers.worker_table(
            supervisor,
            wake_ups,
            jobs=stores.jobs,
            handling=telegram_updates.Handling(application, stores.inbox, services, supervisor),
            submit=submit,
            settle=settle,
            deliver=deliver,
            broadcasting=broadcasting,
            albums=(partial(albums.due, services, intake.is_catching_up), partial(albums.close, services, bot_name)),
            tick_s=tick_s,
        )
        regularly: workers.Regularly = {
            "job_expiry": (tick_s, settle.expire),
            "queue_notices": (10, submit.show_queue),
            "uncertain_notices": (5, submit.tell_uncertain),
            "submission_sweep": (30, submit.sweep),
            "overdue_notices": (tick_s, settle.tell_overdue),
            "circuit_breaker": (60, breaker.look),
            "telegram_webhook": (60, webhook.look),
            "balance_monitor": (600, breaker.watch),
            "broadcast_progress": (3, broadcasting.look),
            "housekeeping": (3600, housekeeping.prune),
            "database_checkpoint": (2, database.checkpoint),
        }
        workers.start(supervisor, table, regularly)
        if was_unclean:
            supervisor.spawn("database_check", examine(settings, breaker))
        supervisor.spawn("command_menu", commands.set_menus(application, settings.admins))
        await hear(application, settings, supervisor, webhook, telegram_updates.poll(source, intake))
        log.info("bot_ready", bot=bot_name, port=port, updates="webhook" if settings.webhook else "polling")
        yield port


def _me(application: BotApplication) -> BotIdentity | None:
    """Return the bot's id and username, or None until Telegram has told them."""
    try:
        return BotIdentity(application.bot.id, application.bot.username)
    except RuntimeError:
        return None


async def _web_server(
    settings: Settings, routes: list[web.AbstractRouteDef], stack: AsyncExitStack, listener: socket.socket | None
) -> int:
    """Start the web server. Return its port. Raises StartupError."""
    app = web.Application(client_max_size=telegram_updates.MAX_BODY)
    app.add_routes(routes)
    try:
        return await Door(raise_file_limit()).open(app, stack, settings.listens_on, settings.port, listener)
    except OSError as error:
        raise StartupError(f"cannot listen on {settings.listens_on}:{settings.port}: {error.strerror}") from error
