"""Operators' commands about people, chats and the bot as a whole; for all other people they don't exist."""

from collections.abc import Callable, Collection, Coroutine
from typing import Any

import structlog
from telegram import Message, Update
from telegram.ext import MessageHandler, filters

from core.errors import Refused
from core.models.media import Showable
from core.models.statistics import Statistics
from core.text import Joined, Renderable, Text, Verbatim, plural, text
from handlers.context import BotContext, BotHandler
from handlers.operators import broadcast
from handlers.operators import credits as credit_commands
from handlers.operators.context import Operator, OperatorContext, numbers_of, within
from handlers.parsing import Command, message_of, request_of

log = structlog.get_logger()

DAYS, _MAX_DAYS = 14, 60

BAN_USAGE = text("<code>/ban 12345</code> – bans the user or group with this id. Ids of groups are negative.")
UNBAN_USAGE = text(
    "<code>/unban 12345</code> – ends the ban of the user or group with this id. Ids of groups are negative."
)
ALLOW_USAGE = text(
    "<code>/allow 12345</code> – lets the user or group with this id use me. Ids of groups are negative."
)
STATS_USAGE = text(
    "<code>/stats</code> – the last 14 days. <code>/stats 30</code> – another number of days, at most 60."
)
PAUSED = text(
    "⏸ Paused. New requests wait for /resume. Those that wait too long fail and cost nothing. I still deliver the "
    "pictures in progress."
)
PAUSED_ALREADY = text("⏸ I'm already paused. /resume ends the pause.")
RESUMED = text("▶ I'm painting again.")
NOT_PAUSED = text("▶ I'm not paused.")
NO_OPERATOR = text("⛔ You can't ban an operator. Remove them from ADMINS first.")


async def stats(update: Update, context: BotContext) -> None:
    """Send a chart of the last days, with the sums as its caption."""
    message, operators = message_of(update), context.operators
    days = within((numbers_of(message, STATS_USAGE, 0, 1) or [DAYS])[0], 1, _MAX_DAYS, STATS_USAGE)
    statistics = await operators.accounts.statistics(days)
    path = operators.blob_store.scratch()
    try:
        picture = Showable(await operators.draw(statistics, path), path)
        await operators.messenger.send_photo(request_of(message).address, picture, _caption(statistics))
    finally:
        path.unlink(missing_ok=True)


def _caption(statistics: Statistics) -> Renderable:
    days = plural("<b>{count} day</b>", "<b>Last {count} days</b>", len(statistics.days))
    return Joined(
        (
            text("📊 {days}", days=days),
            plural("{count} request", "{count} requests", statistics.jobs),
            plural("{count} failed", "{count} failed", statistics.failures),
            plural("{count} credit", "{count} credits", statistics.credits),
            plural("{count} person", "{count} people", statistics.people),
            plural("{count} chat", "{count} chats", statistics.chats),
        ),
        " · ",
    )


async def ban(update: Update, context: BotContext) -> None:
    """Ban a person or a group. Raises Refused for an operator."""
    message, operators = message_of(update), context.operators
    number = await _one_id(operators, message, BAN_USAGE)
    if number in operators.admins:
        raise Refused(NO_OPERATOR)
    await operators.access_book.ban(number)
    await _confirm(
        operators, message, "access_banned", text("⛔ <code>{id}</code> is banned.", id=Verbatim(str(number)))
    )


async def unban(update: Update, context: BotContext) -> None:
    """End a ban."""
    message, operators = message_of(update), context.operators
    number = await _one_id(operators, message, UNBAN_USAGE)
    has_ended = await operators.access_book.unban(number)
    done = text("✅ <code>{id}</code> is no longer banned.", id=Verbatim(str(number)))
    idle = text("<code>{id}</code> wasn't banned.", id=Verbatim(str(number)))
    await _confirm(operators, message, "access_unbanned", done if has_ended else idle)


async def allow(update: Update, context: BotContext) -> None:
    """Put a person or a group on the list of those who may use the bot."""
    message, operators = message_of(update), context.operators
    number = await _one_id(operators, message, ALLOW_USAGE)
    await operators.access_book.allow(number)
    done = text("✅ <code>{id}</code> may use the bot.", id=Verbatim(str(number)))
    banned = text(
        "✅ <code>{id}</code> is on the list, but banned. <code>/unban {id}</code> ends the ban.",
        id=Verbatim(str(number)),
    )
    is_banned = (await operators.access_book.standing(number)).is_banned
    await _confirm(operators, message, "access_allowed", banned if is_banned else done)


async def pause(update: Update, context: BotContext) -> None:
    """Keep new jobs from the image API until /resume."""
    to, operators = request_of(message_of(update)).address, context.operators
    await operators.messenger.send_text(to, PAUSED if await operators.breaker.pause() else PAUSED_ALREADY)


async def resume(update: Update, context: BotContext) -> None:
    """End a pause."""
    to, operators = request_of(message_of(update)).address, context.operators
    await operators.messenger.send_text(to, RESUMED if await operators.breaker.resume() else NOT_PAUSED)


async def _one_id(operators: OperatorContext, message: Message, usage: Text) -> int:
    return await operators.scope_id(numbers_of(message, usage, 1, 1)[0], usage)


async def _confirm(operators: OperatorContext, message: Message, event: str, words: Text) -> None:
    request = request_of(message)
    log.info(event, scope=str(words.params["id"]), operator=request.requester_id)
    await operators.messenger.send_text(request.address, words)


COMMANDS: dict[str, Callable[[Update, BotContext], Coroutine[Any, Any, None]]] = {
    "stats": stats,
    "ban": ban,
    "unban": unban,
    "allow": allow,
    "pause": pause,
    "resume": resume,
    "credits": credit_commands.credits_left,
    "grant": credit_commands.grant,
    "invite": credit_commands.invite,
    "broadcast": broadcast.broadcast,
}


def handlers_of(admins: Collection[int]) -> list[BotHandler]:
    """Return the handlers of the commands, of broadcasts' buttons, and of invitations, which are for all people."""
    operator, invitation = Operator(admins), Command("start") & filters.ChatType.PRIVATE & credit_commands.Invitation()
    return [
        *(MessageHandler(Command(name) & filters.TEXT & operator, handle) for name, handle in COMMANDS.items()),
        *broadcast.HANDLERS,
        MessageHandler(invitation, credit_commands.redeem),
    ]
