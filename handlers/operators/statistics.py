"""/stats: a chart of the last days, with the sums as its caption."""

import re
from dataclasses import replace

from telegram import Update

from core.errors import Refused
from core.models.credits import in_words
from core.models.job import Destination
from core.models.media import Showable
from core.models.statistics import Statistics
from core.text import Joined, Renderable, plural, text
from handlers.context import BotContext
from handlers.operators.context import OperatorContext, within
from handlers.parsing import message_of, request_of, rest_of

DAYS, _MAX_DAYS = 14, 60
_SPAN = re.compile(r"(?P<days>[0-9]{1,4})\s*(d|day|days)?", re.IGNORECASE)

USAGE = text("<code>/stats</code> – the last 14 days. <code>/stats 30d</code> – another number of days, at most 60.")


async def stats(update: Update, context: BotContext) -> None:
    """Send the chart of 14 days, or of `7`, `7d` or `7 days`."""
    message = message_of(update)
    words = rest_of(message).strip()
    match = _SPAN.fullmatch(words)
    if words and not match:
        raise Refused(USAGE)
    days = within(int(match["days"]) if match else DAYS, 1, _MAX_DAYS, USAGE)
    await send_chart(context.operators, request_of(message).address, days)


async def send_chart(operators: OperatorContext, to: Destination, days: int) -> None:
    """Send the chart of the last days."""
    statistics = await _with_names(operators, await operators.accounts.statistics(days))
    path = operators.blob_store.scratch()
    try:
        picture = Showable(await operators.draw(statistics, path), path)
        await operators.messenger.send_photo(to, picture, _caption(statistics))
    finally:
        path.unlink(missing_ok=True)


async def _with_names(operators: OperatorContext, statistics: Statistics) -> Statistics:
    busiest = [replace(use, name=(await operators.names.get(use.chat_id)).label) for use in statistics.busiest]
    return replace(statistics, busiest=tuple(busiest))


def _caption(statistics: Statistics) -> Renderable:
    days = plural("<b>{count} day</b>", "<b>Last {count} days</b>", len(statistics.days))
    return Joined(
        (
            text("📊 {days}", days=days),
            plural("{count} request", "{count} requests", statistics.jobs),
            plural("{count} failed", "{count} failed", statistics.failures),
            in_words(statistics.credits),
            plural("{count} person", "{count} people", statistics.people),
            plural("{count} chat", "{count} chats", statistics.chats),
        ),
        " · ",
    )
