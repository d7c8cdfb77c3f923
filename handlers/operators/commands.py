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
from handlers.parsing import Command, Context, asked, message_of

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


def register(application: Application, office: OperatorContext, bot_name: str) -> None:  # type: ignore[type-arg]
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
            MessageHandler(Command(bot_name, name) & filters.TEXT & Operator(office), _handler(office, deed))
        )
    broadcast.register(application, office)
    invited = Command(bot_name, "start") & filters.ChatType.PRIVATE & money.Invitation()
    application.add_handler(MessageHandler(invited, _handler(office, money.redeem)))


def _handler(office: OperatorContext, deed: Deed) -> Callable[[Update, Context], Coroutine[Any, Any, None]]:
    async def handle(update: Update, _: Context) -> None:
        await deed(office, message_of(update))

    return handle


async def _stats(office: OperatorContext, message: Message) -> None:
    """A picture, and the same in words."""
    days = within((numbers_of(message, STATS_USAGE, 0, 1) or [_DAYS])[0], 1, _MOST_DAYS, STATS_USAGE)
    statistics = await office.accounts.statistics(days)
    path = office.blob_store.scratch()
    try:
        await office.draw(statistics, path)
        picture = Showable(await office.image_processor.inspect(path), path)
        await office.messenger.send_photo(asked(message).address, picture, _caption(statistics))
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


async def _ban(office: OperatorContext, message: Message) -> None:
    number = await _one_id(office, message, BAN_USAGE)
    if number in office.admins:
        raise Refused(NO_OPERATOR)
    await office.book.ban(number)
    await _decided(office, message, "banned", text("⛔ <code>{id}</code> is banned.", id=Verbatim(str(number))))


async def _unban(office: OperatorContext, message: Message) -> None:
    number = await _one_id(office, message, UNBAN_USAGE)
    ended = await office.book.unban(number)
    done = text("✅ <code>{id}</code> is no longer banned.", id=Verbatim(str(number)))
    idle = text("<code>{id}</code> wasn't banned.", id=Verbatim(str(number)))
    await _decided(office, message, "unbanned", done if ended else idle)


async def _allow(office: OperatorContext, message: Message) -> None:
    number = await _one_id(office, message, ALLOW_USAGE)
    await office.book.allow(number)
    done = text("✅ <code>{id}</code> may use the bot.", id=Verbatim(str(number)))
    banned = text(
        "✅ <code>{id}</code> is on the list, but banned; <code>/unban {id}</code> ends that.", id=Verbatim(str(number))
    )
    is_banned = (await office.book.standing(number)).is_banned
    await _decided(office, message, "allowed", banned if is_banned else done)


async def _pause(office: OperatorContext, message: Message) -> None:
    await office.messenger.send_text(asked(message).address, PAUSED if await office.breaker.pause() else PAUSED_ALREADY)


async def _resume(office: OperatorContext, message: Message) -> None:
    await office.messenger.send_text(asked(message).address, RESUMED if await office.breaker.resume() else NOT_PAUSED)


async def _one_id(office: OperatorContext, message: Message, usage: Text) -> int:
    return await office.scope_id(numbers_of(message, usage, 1, 1)[0], usage)


async def _decided(office: OperatorContext, message: Message, what: str, words: Text) -> None:
    who = asked(message)
    log.info(what, words=str(words.params["id"]), by=who.requester_id)
    await office.messenger.send_text(who.address, words)
