"""The composition root: it builds the parts, connects them, and starts and stops them in order."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import structlog

from bot import commands, workers
from bot.clock import SystemClock
from bot.container import open_infrastructure
from bot.imaging.helper import Helper
from bot.routes import start_web_server
from bot.services import build_services
from bot.settings import Settings
from bot.telegram.rate_limiter import SendLimits
from bot.telegram.startup import StartupError, initialize_bot, receive_updates
from bot.web import quiet_accepting
from core.models.timing import Timing
from core.runtime.worker import TaskSupervisor
from core.services.recovery import recover_after_restart

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
        stores = given.stores
        await recover_after_restart(
            services.housekeeping.begin,
            stores.openings,
            services.breaker,
            services.broadcasts,
            given.awaited,
            stores.jobs,
            services.usual_times,
        )
        port = await start_web_server(settings, given, services, stack, listener)
        await initialize_bot(given.application, settings, stack)
        commands.register_handlers(given.application, settings.admins, services.handlers, services.operators)
        stack.push_async_callback(supervisor.stop, timing.grace_s)
        table = workers.worker_table(settings, given, services, supervisor, timing)
        workers.start(supervisor, table, workers.regular_tasks(settings, given, services, timing))
        workers.start_once(supervisor, settings, given, services)
        await receive_updates(settings, given.application, supervisor, services.webhook, given.updates, services.intake)
        log.info(
            "bot_ready",
            bot=given.application.bot.username,
            port=port,
            updates="webhook" if settings.webhook else "polling",
        )
        yield port
