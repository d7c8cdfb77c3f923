"""What operators decide about people and about the bot as a whole; to everybody else these commands are unknown."""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog
from telegram import Message, Update
from telegram.ext import Application, MessageHandler, filters

from core.errors import Refused
from core.models.media import Showable
from core.models.statistics import Statistics
from core.text import Joined, Renderable, Text, Verbatim, plural, text
from handlers.operators import broadcast
from handlers.operators import credits as money
from handlers.operators.context import Operator, OperatorContext, numbers_of, within
from handlers.parsing import Command, Context, message_of, request_of

log = structlog.get_logger()

_DAYS, _MOST_DAYS = 14, 60

BAN_USAGE = text("<code>/ban 12345</code> – the number of a person, or of a group, which is below zero")
UNBAN_USAGE = text("<code>/unban 12345</code> – the number of a person, or of a group, which is below zero")
ALLOW_USAGE = text("<code>/allow 12345</code> – the number of a person, or of a group, which is below zero")
STATS_USAGE = text("<code>/stats</code>, or <code>/stats 30</code> for another number of days, at most 60")
PAUSED = text(
    "⏸ Paused. New orders are taken and wait for /resume; those that wait too long fail, and nothing is charged. "
    "What the image service has already is still delivered."
)
PAUSED_ALREADY = text("⏸ It is paused already. /resume goes on.")
RESUMED = text("▶ Orders go to the image service again.")
NOT_PAUSED = text("▶ It isn't paused.")
NO_OPERATOR = text("⛔ An operator can't be banned. Take them out of ADMINS first.")

Deed = Callable[[OperatorContext, Message], Awaitable[None]]


def register(application: Application, operators: OperatorContext, bot_name: str) -> None:  # type: ignore[type-arg]
    """All of them, the buttons of broadcasts, and the way in for those who were sent an invitation."""
    deeds: dict[str, Deed] = {
        "stats": _stats,
        "ban": _ban,
        "unban": _unban,
        "allow": _allow,
        "pause": _pause,
        "resume": _resume,
        **money.DEEDS,
        "invite": money.invite_for(bot_name),
        "broadcast": broadcast.ask,
    }
    for name, deed in deeds.items():
        application.add_handler(
            MessageHandler(Command(bot_name, name) & filters.TEXT & Operator(operators), _handler(operators, deed))
        )
    broadcast.register(application, operators)
    invited = Command(bot_name, "start") & filters.ChatType.PRIVATE & money.Invitation()
    application.add_handler(MessageHandler(invited, _handler(operators, money.redeem)))


def _handler(operators: OperatorContext, deed: Deed) -> Callable[[Update, Context], Coroutine[Any, Any, None]]:
    async def handle(update: Update, _: Context) -> None:
        await deed(operators, message_of(update))

    return handle


async def _stats(operators: OperatorContext, message: Message) -> None:
    """A picture, and the same in words."""
    days = within((numbers_of(message, STATS_USAGE, 0, 1) or [_DAYS])[0], 1, _MOST_DAYS, STATS_USAGE)
    statistics = await operators.accounts.statistics(days)
    path = operators.blob_store.scratch()
    try:
        await operators.draw(statistics, path)
        picture = Showable(await operators.image_processor.inspect(path), path)
        await operators.messenger.send_photo(request_of(message).address, picture, _caption(statistics))
    finally:
        path.unlink(missing_ok=True)


def _caption(statistics: Statistics) -> Renderable:
    days = plural("<b>{count} day</b>", "<b>Last {count} days</b>", len(statistics.days))
    return Joined(
        (
            text("📊 {days}", days=days),
            plural("{count} order", "{count} orders", statistics.jobs),
            plural("{count} failed", "{count} failed", statistics.failures),
            plural("{count} credit", "{count} credits", statistics.credits),
            plural("{count} person", "{count} people", statistics.people),
            plural("{count} chat", "{count} chats", statistics.chats),
        ),
        " · ",
    )


async def _ban(operators: OperatorContext, message: Message) -> None:
    number = await _one_id(operators, message, BAN_USAGE)
    if number in operators.admins:
        raise Refused(NO_OPERATOR)
    await operators.book.ban(number)
    await _decided(operators, message, "banned", text("⛔ <code>{id}</code> is banned.", id=Verbatim(str(number))))


async def _unban(operators: OperatorContext, message: Message) -> None:
    number = await _one_id(operators, message, UNBAN_USAGE)
    ended = await operators.book.unban(number)
    done = text("✅ <code>{id}</code> is no longer banned.", id=Verbatim(str(number)))
    idle = text("<code>{id}</code> wasn't banned.", id=Verbatim(str(number)))
    await _decided(operators, message, "unbanned", done if ended else idle)


async def _allow(operators: OperatorContext, message: Message) -> None:
    number = await _one_id(operators, message, ALLOW_USAGE)
    await operators.book.allow(number)
    done = text("✅ <code>{id}</code> may use the bot.", id=Verbatim(str(number)))
    banned = text(
        "✅ <code>{id}</code> is on the list, but banned; <code>/unban {id}</code> ends that.", id=Verbatim(str(number))
    )
    is_banned = (await operators.book.standing(number)).is_banned
    await _decided(operators, message, "allowed", banned if is_banned else done)


async def _pause(operators: OperatorContext, message: Message) -> None:
    await operators.messenger.send_text(
        request_of(message).address, PAUSED if await operators.breaker.pause() else PAUSED_ALREADY
    )


async def _resume(operators: OperatorContext, message: Message) -> None:
    await operators.messenger.send_text(
        request_of(message).address, RESUMED if await operators.breaker.resume() else NOT_PAUSED
    )


async def _one_id(operators: OperatorContext, message: Message, usage: Text) -> int:
    return await operators.scope_id(numbers_of(message, usage, 1, 1)[0], usage)


async def _decided(operators: OperatorContext, message: Message, what: str, words: Text) -> None:
    request = request_of(message)
    log.info(what, words=str(words.params["id"]), by=request.requester_id)
    await operators.messenger.send_text(request.address, words)
