"""What starts by time: every line of work, the closing of albums, and the deadlines."""

import asyncio

import structlog

from bot.domain.errors import StorageError
from bot.domain.exchange import Update
from bot.domain.job import Job
from bot.domain.ports import Inbox, Jobs
from bot.flow.crew import Bell, Crew, Line
from bot.flow.deliver import Deliver
from bot.flow.settle import Settle
from bot.flow.submit import Submit
from handlers import albums
from handlers.desk import Desk
from handlers.updates import Handling

log = structlog.get_logger()

_CHATS_AT_ONCE = 64
_PREPARED_AT_ONCE = 8
_ASKED_AT_ONCE = 16
_SHOWN_AT_ONCE = 32
_ALBUM_TICK_S = 0.3


def start_lines(
    crew: Crew,
    *,
    inbox: Inbox,
    jobs: Jobs,
    handling: Handling,
    submit: Submit,
    settle: Settle,
    deliver: Deliver,
    bells: tuple[Bell, Bell, Bell, Bell],
    tick_s: float,
) -> None:
    """Start the four lines: updates (one at a time a chat), orders, questions to the service, and outcomes."""
    updates, orders, polls, outcomes = bells

    def chat(update: Update) -> int:
        return update.chat_id

    def job(job: Job) -> str:
        return job.id

    def own_chat(job: Job) -> int:  # a chat that Telegram makes us wait for takes up one place, however much it ordered
        return job.address.chat_id

    crew.loop(
        "updates",
        Line(crew, "update", updates, inbox.open, handling.handle, chat, width=_CHATS_AT_ONCE).run(),
    )
    crew.loop(
        "orders",
        Line(crew, "submit", orders, jobs.queued, submit.submit, job, width=_PREPARED_AT_ONCE, tick_s=tick_s).run(),
    )
    crew.loop(
        "polls", Line(crew, "poll", polls, jobs.to_poll, settle.poll, job, width=_ASKED_AT_ONCE, tick_s=tick_s).run()
    )
    crew.loop(
        "outcomes",
        Line(
            crew, "show", outcomes, jobs.settled, deliver.deliver, own_chat, width=_SHOWN_AT_ONCE, tick_s=tick_s
        ).run(),
    )


async def close_albums(desk: Desk, bot_name: str) -> None:
    """Look for complete albums, forever."""
    while True:
        try:
            await albums.close_due(desk, bot_name)
        except StorageError as error:
            log.error("albums wait for the database", error=str(error))
        await asyncio.sleep(_ALBUM_TICK_S)


async def keep_deadlines(settle: Settle, every_s: float) -> None:
    """Give up what is overdue, forever."""
    while True:
        try:
            await settle.expire()
        except StorageError as error:
            log.error("deadlines wait for the database", error=str(error))
        await asyncio.sleep(every_s)
