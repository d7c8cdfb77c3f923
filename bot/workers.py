"""The table of workers, and the tasks that run at fixed intervals."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

import structlog

from bot.commands import set_menus
from bot.container import Infrastructure
from bot.image_api.accounts import ImageApiAccounts
from bot.services import Services
from bot.settings import Settings
from core.errors import StorageError
from core.models.broadcasts import Recipient
from core.models.job import Job
from core.models.timing import Timing
from core.models.updates import AlbumPart, Update
from core.runtime.shards import OwnedShards
from core.runtime.worker import TaskSupervisor, WakeUp, Worker
from core.services.account_watch import AccountWatch
from core.services.broadcasts import WIDTH
from core.services.catalog_watch import CatalogWatch
from core.services.circuit_breaker import DAMAGED
from handlers import albums
from handlers.http.telegram_updates import Handling
from handlers.operators.statistics import DAYS
from storage.database import path_of
from storage.inspection import damages_beside

log = structlog.get_logger()

PREPARED_AT_ONCE = 8
_ALBUM_TICK_S = 0.3
_BREAKER_RECALL_S = 2.0


Regularly = Mapping[str, tuple[float, Callable[[], Awaitable[None]]]]


def worker_table(
    settings: Settings,
    given: Infrastructure,
    services: Services,
    supervisor: TaskSupervisor,
    timing: Timing = Timing(),
) -> list[Worker[Any]]:
    """List all workers: name, wake-up, fetch, process, key and concurrency.

    Items with the same key are processed one at a time, by the process that owns the shard of their chat. Updates are
    processed in order for each person in each chat. A chat that Telegram makes the bot wait for takes up one place
    among the outcomes, however much it ordered.
    """
    wake_ups, stores, bot_name = given.wake_ups, given.stores, given.application.bot.username
    submitter, poller, broadcasts = services.submitter, services.poller, services.broadcasts
    deliver, gatherer = services.delivery.deliver, services.gatherer
    latest = given.latest if given.sharing.is_shared else None
    handling = Handling(given.application, stores.inbox, services.handlers, supervisor, wake_ups.updates, latest)
    due_albums = partial(albums.due, services.handlers, services.intake.is_catching_up)
    close_album = partial(albums.close, services.handlers, bot_name)
    tick_s = _tick_s(settings)
    worker = partial(Worker[Any], supervisor, shards=given.sharing.shards, cool_down_s=timing.cool_down_s)
    ticking = partial(worker, poll_interval_s=tick_s)
    announcing = partial(worker, poll_interval_s=max(tick_s, 1.0))
    collecting = partial(worker, poll_interval_s=min(tick_s, _ALBUM_TICK_S))
    return [
        worker("update_handler", wake_ups.updates, handling.due, handling.handle, _line, concurrency=64, chat=_chat_of),
        collecting(
            "album_collector", WakeUp(), due_albums, close_album, _line_of_album, concurrency=16, chat=_chat_of_album
        ),
        ticking(
            "job_submitter",
            wake_ups.orders,
            submitter.take,
            submitter.submit,
            _id,
            concurrency=PREPARED_AT_ONCE,
            chat=_chat,
            admit=submitter.admit,
        ),
        ticking(
            "result_poller",
            wake_ups.polls,
            poller.take,
            poller.poll,
            _id,
            concurrency=16,
            chat=_chat,
            admit=poller.admit,
        ),
        ticking("result_gatherer", wake_ups.gathering, gatherer.take, gatherer.gather, _id, concurrency=4, chat=_chat),
        ticking("result_delivery", wake_ups.outcomes, stores.jobs.settled, deliver, _chat, concurrency=32, chat=_chat),
        announcing(
            "broadcast_sender", wake_ups.broadcasts, broadcasts.take, broadcasts.send, _chat_of, concurrency=WIDTH
        ),
    ]


def regular_tasks(
    settings: Settings, given: Infrastructure, services: Services, timing: Timing = Timing()
) -> Regularly:
    """List the work that is done at fixed intervals: name, seconds between the runs, and the work."""
    tick_s, intervals, stores = _tick_s(settings), timing.intervals, given.stores
    leading = partial(_if_leading, given.sharing.shards)
    regularly: Regularly = {
        "job_expiry": (tick_s, services.poller.expire),
        "queue_notices": (intervals.queue_notices_s, services.submitter.show_queue),
        "outdated_placeholders": (intervals.outdated_placeholders_s, services.arrival.tidy_all),
        "uncertain_notices": (intervals.uncertain_notices_s, services.submitter.tell_uncertain),
        "submission_sweep": (intervals.submission_sweep_s, services.submitter.sweep),
        "overdue_notices": (tick_s, services.poller.tell_overdue),
        "circuit_breaker": (intervals.circuit_breaker_s, services.breaker.look),
        "telegram_webhook": (intervals.telegram_webhook_s, leading(services.webhook.look)),
        "balance_monitor": (intervals.balance_monitor_s, leading(services.breaker.watch)),
        "broadcast_progress": (intervals.broadcast_progress_s, leading(services.broadcasts.look)),
        "housekeeping": (intervals.housekeeping_s, leading(services.housekeeping.prune)),
        "database_checkpoint": (intervals.database_checkpoint_s, given.database.checkpoint),
    }
    catalog = CatalogWatch(given.api, settings.table, services.breaker, stores.notes, given.clock)
    regularly = {**regularly, "catalog_watch": (intervals.catalog_s, leading(catalog.look_daily))}
    if isinstance(given.api, ImageApiAccounts):
        watch = AccountWatch(given.api, services.breaker, stores.notes if given.sharing.is_shared else None)
        regularly = {**regularly, "account_watch": (intervals.circuit_breaker_s, watch.look)}
    if given.sharing.is_shared:
        regularly = {**regularly, "breaker_recall": (_BREAKER_RECALL_S, services.breaker.recall)}
    if not settings.admins:
        return regularly
    return {
        **regularly,
        "statistics": (intervals.statistics_s, leading(partial(given.stores.accounts.count_ahead, DAYS))),
    }


def _if_leading(shards: OwnedShards, work: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """Return the work, done only while this process leads: it concerns no single chat."""

    async def lead() -> None:
        if shards.leads:
            await work()

    return lead


def _tick_s(settings: Settings) -> float:
    return min(1.0, settings.poll_interval_s / 2)


def _line(update: Update) -> tuple[int, int]:
    return update.line


def _id(job: Job) -> str:
    return job.id


def _chat(job: Job) -> int:
    return job.address.chat_id


def _chat_of(item: Recipient | Update) -> int:
    return item.chat_id


def _chat_of_album(parts: list[AlbumPart]) -> int:
    return parts[0].address.chat_id


def _line_of_album(parts: list[AlbumPart]) -> tuple[int, int]:
    return parts[0].address.chat_id, parts[0].requester_id


def start(
    supervisor: TaskSupervisor, workers: Sequence[Worker[Any]], regularly: Regularly, shards: OwnedShards
) -> None:
    """Start the workers and the regular tasks."""
    for worker in workers:
        supervisor.start_daemon(worker.name, worker.run())
    for name, (seconds, work) in regularly.items():
        supervisor.start_daemon(name, every(seconds, name, work, shards))


def start_once(supervisor: TaskSupervisor, settings: Settings, given: Infrastructure, services: Services) -> None:
    """Start the tasks of a start: the menus of commands and, after an unclean stop, the check of the database."""
    supervisor.spawn("command_menu", set_menus(given.application, settings.table, settings.admins))
    if given.was_unclean:
        supervisor.spawn("database_check", _check_database(settings, services))


async def _check_database(settings: Settings, services: Services) -> None:
    """Read the whole database, which takes too long for a start, and tell operators of damage."""
    found = await damages_beside(path_of(settings.database))
    if found:
        log.error("database_damaged", damages=found)
        await services.breaker.tell(DAMAGED)
    else:
        log.info("database_intact_after_unclean_stop")


async def every(
    seconds: float, name: str, work: Callable[[], Awaitable[None]], shards: OwnedShards | None = None
) -> None:
    """Repeat work forever, every `seconds` seconds. An error is logged, and the work is tried again next time."""
    shards = shards or OwnedShards.all()
    while True:
        try:
            with shards.sweeping():
                await work()
        except StorageError as error:
            log.error("database_unavailable", worker=name, error=str(error))
        except Exception:  # one failing album or message must not stop the work that others wait for
            log.exception("unexpected_error", worker=name)
        await asyncio.sleep(seconds)
