"""/credits, /grant and /invite: the account's credits, extra credits for people and chats, and invitations."""

from datetime import timedelta

import structlog
from telegram import Message, Update
from telegram.ext.filters import MessageFilter

from core.errors import ApiError, Refused
from core.models.spending import MAX_GRANT
from core.text import Joined, Text, Verbatim, plural, text
from handlers.context import BotContext
from handlers.examples import keyboard
from handlers.operators.context import numbers_of, within
from handlers.parsing import SETTINGS_LINK, message_of, request_of, rest_of
from handlers.start import WELCOME

log = structlog.get_logger()

_DAYS, _MAX_DAYS = 7, 365
_MAX_USES = 1000

GRANT_USAGE = text(
    "<code>/grant 12345 60</code> – gives the user or group with this id 60 credits on top of the daily allowance. "
    "They don't expire. A negative number takes credits away. At most a million at once."
)
INVITE_USAGE = text(
    "<code>/invite 60</code> – makes a link that gives one person access and 60 credits, for 7 days. "
    "<code>/invite 60 30 10</code> – for 30 days (at most 365) and 10 people (at most 1,000)."
)


class Invitation(MessageFilter):
    """A filter that passes `/start CODE`, which Telegram sends for a link `t.me/BOT?start=CODE`."""

    def filter(self, message: Message) -> bool:
        """See MessageFilter.filter."""
        return rest_of(message) not in {"", SETTINGS_LINK}


async def redeem(update: Update, context: BotContext) -> None:
    """Redeem the invitation of `/start CODE` for the requester. Raises Refused."""
    message, operators = message_of(update), context.operators
    request = request_of(message)
    worth = await operators.access_book.redeem(rest_of(message), request.requester_id, request.idempotency_key)
    log.info("invitation_redeemed", requester=request.requester_id, credits=worth)
    price = context.services.permissions.limits.price
    gift = _invited(worth // price if price else 0)
    words = Joined((gift, WELCOME), "\n\n")
    await operators.messenger.send_text(request.address, words, keyboard=keyboard())


def _invited(pictures: int) -> Text:
    if not pictures:
        return text("🎉 You're in!")
    return plural(
        "🎉 You're in! Your invitation brings {count} picture.",
        "🎉 You're in! Your invitation brings {count} pictures.",
        pictures,
    )


async def credits_left(update: Update, context: BotContext) -> None:
    """Ask the image API for the account's credits, and add today's spending."""
    message, operators = message_of(update), context.operators
    try:
        left = await operators.api.credits()
    except ApiError as error:
        log.warning("credit_balance_unavailable", error=str(error))
        raise Refused(text("🔌 The image API didn't answer. The log says why; /pause stops new pictures.")) from error
    words = text(
        "💳 {left} credits are left on the account. {spent} were spent today.",
        left=int(left),
        spent=await operators.ledger.spent_today(),
    )
    await operators.messenger.send_text(request_of(message).address, words)


async def grant(update: Update, context: BotContext) -> None:
    """Give extra credits to a person or chat, or take some away; a replay changes nothing."""
    message, operators = message_of(update), context.operators
    number, credits_ = numbers_of(message, GRANT_USAGE, 2, 2)
    within(abs(credits_), 1, MAX_GRANT, GRANT_USAGE)
    request = request_of(message)
    number = await operators.scope_id(number, GRANT_USAGE)
    extra = await operators.ledger.grant(number, credits_, request.requester_id, request.idempotency_key)
    log.info("credits_granted", scope=number, credits=credits_, operator=request.requester_id)
    words = plural(
        "🎟 <code>{id}</code> now has {count} extra credit.",
        "🎟 <code>{id}</code> now has {count} extra credits.",
        extra,
        id=Verbatim(str(number)),
    )
    await operators.messenger.send_text(request.address, words)


async def invite(update: Update, context: BotContext) -> None:
    """Make an invitation link worth some credits, for some days and people."""
    message, operators = message_of(update), context.operators
    given = numbers_of(message, INVITE_USAGE, 1, 3)
    worth, days, uses = (*given, *(_DAYS, 1)[len(given) - 1 :])
    within(worth, 0, MAX_GRANT, INVITE_USAGE)
    within(days, 1, _MAX_DAYS, INVITE_USAGE)
    within(uses, 1, _MAX_USES, INVITE_USAGE)
    request = request_of(message)
    lives_ms = int(timedelta(days=days).total_seconds()) * 1000
    code = await operators.access_book.invite(worth, lives_ms, uses, request.requester_id, request.idempotency_key)
    words = text(
        "🎟 https://t.me/{bot}?start={code}\n{days} · {uses} · {worth}",
        bot=Verbatim(context.bot.username),
        code=Verbatim(code),
        days=plural("{count} day", "{count} days", days),
        uses=plural("{count} person", "{count} people", uses),
        worth=plural("{count} credit", "{count} credits", worth),
    )
    await operators.messenger.send_text(request.address, words)
