"""What starts by time: every line of work, and what is done every so many seconds."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from core.errors import StorageError
from core.models.job import Job
from core.models.updates import AlbumPart, Update
from core.ports.jobs import Jobs
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


def start_lines(
    supervisor: TaskSupervisor,
    *,
    jobs: Jobs,
    handling: Handling,
    submit: JobSubmitter,
    settle: ResultPoller,
    deliver: ResultDelivery,
    broadcasting: BroadcastService,
    albums: AlbumWork,
    wake_ups: tuple[WakeUp, WakeUp, WakeUp, WakeUp, WakeUp],
    tick_s: float,
) -> None:
    """Start the lines: updates (one at a time a person and chat), albums, orders, polls, outcomes, broadcasts."""
    updates, orders, polls, outcomes, announcements = wake_ups

    def line(update: Update) -> tuple[int, int]:
        return update.line

    def job(job: Job) -> str:
        return job.id

    def own_chat(job: Job) -> int:  # a chat that Telegram makes us wait for takes up one place, however much it ordered
        return job.address.chat_id

    supervisor.start_daemon(
        "updates",
        Worker(supervisor, "update", updates, handling.due, handling.handle, line, width=_LINES_AT_ONCE).run(),
    )
    supervisor.start_daemon(
        "albums",
        Worker(
            supervisor,
            "album",
            WakeUp(),
            *albums,
            _line_of_album,
            width=_ALBUMS_AT_ONCE,
            tick_s=min(tick_s, _ALBUM_TICK_S),
        ).run(),
    )
    supervisor.start_daemon(
        "orders",
        Worker(
            supervisor, "submit", orders, submit.take, submit.submit, job, width=_PREPARED_AT_ONCE, tick_s=tick_s
        ).run(),
    )
    supervisor.start_daemon(
        "polls",
        Worker(supervisor, "poll", polls, settle.take, settle.poll, job, width=_ASKED_AT_ONCE, tick_s=tick_s).run(),
    )
    supervisor.start_daemon(
        "outcomes",
        Worker(
            supervisor, "show", outcomes, jobs.settled, deliver.deliver, own_chat, width=_SHOWN_AT_ONCE, tick_s=tick_s
        ).run(),
    )

    supervisor.start_daemon(
        "broadcasts",
        Worker(
            supervisor,
            "broadcast",
            announcements,
            broadcasting.take,
            broadcasting.send,
            lambda recipient: recipient.chat_id,
            width=WIDTH,
            tick_s=max(tick_s, 1.0),
        ).run(),
    )


def _line_of_album(parts: list[AlbumPart]) -> tuple[int, int]:
    return parts[0].address.chat_id, parts[0].asked_by


def start_regular(supervisor: TaskSupervisor, regularly: Regularly) -> None:
    """Start what is done every so many seconds, by name."""
    for name, (seconds, work) in regularly.items():
        supervisor.start_daemon(name, every(seconds, name, work))


async def every(seconds: float, name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do something again and again, forever; whatever goes wrong is logged, and tried again next time."""
    while True:
        try:
            await work()
        except StorageError as error:
            log.error("waits for storage", what=name, error=str(error))
        except Exception:  # one album, one operator's message must not end what others wait for
            log.exception("unexpected failure", what=name)
        await asyncio.sleep(seconds)
