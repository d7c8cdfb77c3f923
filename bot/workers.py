"""The table of workers, and the tasks that run at fixed intervals."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

import structlog

from core.errors import StorageError
from core.models.broadcasts import Recipient
from core.models.job import Job
from core.models.updates import AlbumPart, Update
from core.ports.jobs import SettledJobs
from core.runtime.wake_ups import WakeUps
from core.runtime.worker import TaskSupervisor, WakeUp, Worker
from core.services.broadcasts import WIDTH, BroadcastService
from core.services.delivery import ResultDelivery
from core.services.polling import ResultPoller
from core.services.submission import JobSubmitter
from handlers.http.telegram_updates import Handling

log = structlog.get_logger()

_LINES_AT_ONCE = 64
_PREPARED_AT_ONCE = 8
_ASKED_AT_ONCE = 16
_SHOWN_AT_ONCE = 32
_ALBUMS_AT_ONCE = 16
_ALBUM_TICK_S = 0.3


AlbumWork = tuple[Callable[[int], Awaitable[list[list[AlbumPart]]]], Callable[[list[AlbumPart]], Awaitable[None]]]
Regularly = Mapping[str, tuple[float, Callable[[], Awaitable[None]]]]


def worker_table(
    supervisor: TaskSupervisor,
    wake_ups: WakeUps,
    *,
    jobs: SettledJobs,
    handling: Handling,
    submit: JobSubmitter,
    settle: ResultPoller,
    deliver: ResultDelivery,
    broadcasting: BroadcastService,
    albums: AlbumWork,
    tick_s: float,
) -> list[Worker[Any]]:
    """List all workers: name, wake-up, fetch, process, key and concurrency.

    Items with the same key are processed one at a time. Updates are processed in order for each person in each chat. A
    chat that Telegram makes the bot wait for takes up one place among the outcomes, however much it ordered.
    """
    worker = partial(Worker[Any], supervisor)
    ticking = partial(worker, poll_interval_s=tick_s)
    announcing = partial(worker, poll_interval_s=max(tick_s, 1.0))
    collecting = partial(worker, poll_interval_s=min(tick_s, _ALBUM_TICK_S))
    return [
        worker("update_handler", wake_ups.updates, handling.due, handling.handle, _line, concurrency=_LINES_AT_ONCE),
        collecting("album_collector", WakeUp(), *albums, _line_of_album, concurrency=_ALBUMS_AT_ONCE),
        ticking("job_submitter", wake_ups.orders, submit.take, submit.submit, _id, concurrency=_PREPARED_AT_ONCE),
        ticking("result_poller", wake_ups.polls, settle.take, settle.poll, _id, concurrency=_ASKED_AT_ONCE),
        ticking("result_delivery", wake_ups.outcomes, jobs.settled, deliver.deliver, _chat, concurrency=_SHOWN_AT_ONCE),
        announcing(
            "broadcast_sender", wake_ups.broadcasts, broadcasting.take, broadcasting.send, _recipient, concurrency=WIDTH
        ),
    ]


def _line(update: Update) -> tuple[int, int]:
    return update.line


def _id(job: Job) -> str:
    return job.id


def _chat(job: Job) -> int:
    return job.address.chat_id


def _recipient(recipient: Recipient) -> int:
    return recipient.chat_id


def _line_of_album(parts: list[AlbumPart]) -> tuple[int, int]:
    return parts[0].address.chat_id, parts[0].requester_id


def start(supervisor: TaskSupervisor, workers: Sequence[Worker[Any]], regularly: Regularly) -> None:
    """Start the workers and the regular tasks. `regularly` maps a name to seconds between runs and the work."""
    for worker in workers:
        supervisor.start_daemon(worker.name, worker.run())
    for name, (seconds, work) in regularly.items():
        supervisor.start_daemon(name, every(seconds, name, work))


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
