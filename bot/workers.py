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


Regularly = Mapping[str, tuple[float, Callable[[], Awaitable[None]]]]


def worker_table(
    settings: Settings,
    given: Infrastructure,
    services: Services,
    supervisor: TaskSupervisor,
    timing: Timing = Timing(),
) -> list[Worker[Any]]:
    """List all workers: name, wake-up, fetch, process, key and concurrency.

    Items with the same key are processed one at a time. Updates are processed in order for each person in each chat. A
    chat that Telegram makes the bot wait for takes up one place among the outcomes, however much it ordered.
    """
    wake_ups, stores, bot_name = given.wake_ups, given.stores, given.application.bot.username
    submitter, poller, broadcasts = services.submitter, services.poller, services.broadcasts
    deliver, gatherer = services.delivery.deliver, services.gatherer
    handling = Handling(given.application, stores.inbox, services.handlers, supervisor, wake_ups.updates)
    due_albums = partial(albums.due, services.handlers, services.intake.is_catching_up)
    close_album = partial(albums.close, services.handlers, bot_name)
    tick_s = _tick_s(settings)
    worker = partial(Worker[Any], supervisor, cool_down_s=timing.cool_down_s)
    ticking = partial(worker, poll_interval_s=tick_s)
    announcing = partial(worker, poll_interval_s=max(tick_s, 1.0))
    collecting = partial(worker, poll_interval_s=min(tick_s, _ALBUM_TICK_S))
    return [
        worker("update_handler", wake_ups.updates, handling.due, handling.handle, _line, concurrency=64),
        collecting("album_collector", WakeUp(), due_albums, close_album, _line_of_album, concurrency=16),
        ticking(
            "job_submitter",
            wake_ups.orders,
            submitter.take,
            submitter.submit,
            _id,
            concurrency=PREPARED_AT_ONCE,
            admit=submitter.admit,
        ),
        ticking("result_poller", wake_ups.polls, poller.take, poller.poll, _id, concurrency=16, admit=poller.admit),
        ticking("result_gatherer", wake_ups.gathering, gatherer.take, gatherer.gather, _id, concurrency=4),
        ticking("result_delivery", wake_ups.outcomes, stores.jobs.settled, deliver, _chat, concurrency=32),
        announcing(
            "broadcast_sender", wake_ups.broadcasts, broadcasts.take, broadcasts.send, _chat_of, concurrency=WIDTH
        ),
    ]


def regular_tasks(
    settings: Settings, given: Infrastructure, services: Services, timing: Timing = Timing()
) -> Regularly:
    """List the work that is done at fixed intervals: name, seconds between the runs, and the work."""
    tick_s, intervals, stores = _tick_s(settings), timing.intervals, given.stores
    regularly: Regularly = {
        "job_expiry": (tick_s, services.poller.expire),
        "queue_notices": (intervals.queue_notices_s, services.submitter.show_queue),
        "outdated_placeholders": (intervals.outdated_placeholders_s, services.arrival.tidy_all),
        "uncertain_notices": (intervals.uncertain_notices_s, services.submitter.tell_uncertain),
        "submission_sweep": (intervals.submission_sweep_s, services.submitter.sweep),
        "overdue_notices": (tick_s, services.poller.tell_overdue),
        "circuit_breaker": (intervals.circuit_breaker_s, services.breaker.look),
        "telegram_webhook": (intervals.telegram_webhook_s, services.webhook.look),
        "balance_monitor": (intervals.balance_monitor_s, services.breaker.watch),
        "broadcast_progress": (intervals.broadcast_progress_s, services.broadcasts.look),
        "housekeeping": (intervals.housekeeping_s, services.housekeeping.prune),
        "database_checkpoint": (intervals.database_checkpoint_s, given.database.checkpoint),
    }
    catalog = CatalogWatch(given.api, settings.table, services.breaker, stores.notes, given.clock)
    regularly = {**regularly, "catalog_watch": (intervals.catalog_s, catalog.look_daily)}
    if isinstance(given.api, ImageApiAccounts):
        watch = AccountWatch(given.api, services.breaker)
        regularly = {**regularly, "account_watch": (intervals.circuit_breaker_s, watch.look)}
    if not settings.admins:
        return regularly
    return {**regularly, "statistics": (intervals.statistics_s, partial(given.stores.accounts.count_ahead, DAYS))}


def _tick_s(settings: Settings) -> float:
    return min(1.0, settings.poll_interval_s / 2)


def _line(update: Update) -> tuple[int, int]:
    return update.line


def _id(job: Job) -> str:
    return job.id


def _chat(job: Job) -> int:
    return job.address.chat_id


def _chat_of(recipient: Recipient) -> int:
    return recipient.chat_id


def _line_of_album(parts: list[AlbumPart]) -> tuple[int, int]:
    return parts[0].address.chat_id, parts[0].requester_id


def start(supervisor: TaskSupervisor, workers: Sequence[Worker[Any]], regularly: Regularly) -> None:
    """Start the workers and the regular tasks."""
    for worker in workers:
        supervisor.start_daemon(worker.name, worker.run())
    for name, (seconds, work) in regularly.items():
        supervisor.start_daemon(name, every(seconds, name, work))


def start_once(supervisor: TaskSupervisor, settings: Settings, given: Infrastructure, services: Services) -> None:
    """Start the tasks of a start: the menus of commands and, after an unclean stop, the check of the database."""
    supervisor.spawn("command_menu", set_menus(given.application, settings.table, settings.admins))
    if given.was_unclean:
        supervisor.spawn("database_check", _check_database(settings, services))


async def _check_database(settings: Settings, services: Services) -> None:
    """Read the whole database, which takes too long for a start, and tell operators of damage."""
    found = await damages_beside(path_of(settings.database_url))
    if found:
        log.error("database_damaged", damages=found)
        await services.breaker.tell(DAMAGED)
    else:
        log.info("database_intact_after_unclean_stop")


async def every(seconds: float, name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Repeat work forever, every `seconds` seconds. An error is logged, and the work is tried again next time."""
    while True:
        try:
            await work()
        except StorageError as error:
            log.error("database_unavailable", worker=name, error=str(error))
        except Exception:  # one failing album or message must not stop the work that others wait for
            log.exception("unexpected_error", worker=name)
        await asyncio.sleep(seconds)
