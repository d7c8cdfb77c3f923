"""The composition root: it builds the parts, connects them, and starts and stops them in order."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import structlog

from bot import commands, workers
from bot.clock import SystemClock
from bot.container import Infrastructure, open_infrastructure
from bot.imaging.helper import Helper
from bot.routes import start_web_server
from bot.services import Services, build_services
from bot.settings import Settings
from bot.telegram.rate_limiter import SendLimits
from bot.telegram.startup import StartupError, choose_updates, initialize_bot
from bot.web import quiet_accepting
from core.models.timing import Timing
from core.runtime.worker import TaskSupervisor, while_leading
from handlers.http.telegram_updates import poll

log = structlog.get_logger()


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


_COLLECTIONS = (20_000, 50, 100)
"""Thresholds of the garbage collections. With the usual ones, they took 4 % of an order's processor time."""


def keep_out_of_collections() -> None:
    """Take every object that exists out of later garbage collections, and let these come less often.

    The imported libraries are about 93,000 objects that live as long as the process. A full collection that walks them
    holds the event loop for 60 to 110 ms (`python -m benchmarks.growth` shows it).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECTIONS)


@asynccontextmanager
async def running(
    settings: Settings,
    supervisor: TaskSupervisor,
    listener: socket.socket | None = None,
    helper: Helper | None = None,
    clock: SystemClock | None = None,
    timing: Timing = Timing(),
    send_limits: SendLimits = SendLimits(),
) -> AsyncIterator[int]:
    """Start everything, from the database to the workers, and yield the port. Stop it in the opposite order.

    The port is that of `listener`, a bound socket that is closed at the end, or that of the settings. A `helper` that
    is passed in goes on running after the bot's end. Tests pass a `timing` and `send_limits` of their own.
    """
    async with AsyncExitStack() as stack:
        given = await open_infrastructure(settings, stack, clock, helper, send_limits)
        services = build_services(settings, given, timing)
        port = await begin(settings, given, services, supervisor, stack, listener)
        commands.register_handlers(given.application, settings.admins, services.handlers, services.operators)
        stack.push_async_callback(supervisor.stop, timing.grace_s)
        table = workers.worker_table(settings, given, services, supervisor, timing)
        regularly = workers.regular_tasks(settings, given, services, timing)
        workers.start(supervisor, table, regularly, given.sharing.shards)
        await lead(settings, given, services, supervisor)
        log.info(
            "bot_ready",
            bot=given.application.bot.username,
            port=port,
            updates="webhook" if settings.webhook else "polling",
        )
        yield port


async def begin(
    settings: Settings,
    given: Infrastructure,
    services: Services,
    supervisor: TaskSupervisor,
    stack: AsyncExitStack,
    listener: socket.socket | None,
) -> int:
    """Recover, start the web server and meet Telegram. Return the port. Raises StartupError, StorageError.

    A process that shares its database takes a part of the work only once it can do it. Until then, its web server says
    that it isn't ready.
    """
    sharing, recovery = given.sharing, services.recovery
    listen = partial(start_web_server, settings, given, services, stack, listener)
    meet = partial(initialize_bot, given.application, settings, stack)
    take_part = partial(sharing.take_part, recovery.take_over, given.awaited.recall)
    await recovery.begin()
    if sharing.is_shared:
        port = await listen()
        await meet()
        await take_part(supervisor, stack)
    else:
        await take_part(supervisor, stack)
        port = await listen()
        await meet()
    return port


async def lead(settings: Settings, given: Infrastructure, services: Services, supervisor: TaskSupervisor) -> None:
    """Set the menus, and tell Telegram where to post updates or fetch them; among several processes, one does so."""
    if not given.sharing.is_shared:
        workers.start_once(supervisor, settings, given, services)
        await choose_updates(settings, given.application, services.webhook)
        if not settings.webhook:
            supervisor.start_daemon("update_polling", poll(given.updates, services.intake))
        return

    async def work() -> None:
        await commands.set_menus(given.application, settings.table, settings.admins)
        await choose_updates(settings, given.application, services.webhook)
        if not settings.webhook:
            await poll(given.updates, services.intake)

    supervisor.start_daemon("leading", while_leading(given.sharing.shards, work))
