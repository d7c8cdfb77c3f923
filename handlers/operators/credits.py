"""Credits: what the account has, what people are given on top, and invitations that bring some along."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from telegram import Message
from telegram.ext.filters import MessageFilter

from core.errors import ApiError, Refused
from core.models.spending import MAX_GRANT
from core.text import Verbatim, plural, text
from handlers.operators.context import OperatorContext, numbers_of, within
from handlers.parsing import request_of, rest_of

log = structlog.get_logger()

_DAYS, _MOST_DAYS = 7, 365
_MOST_USES = 1000

GRANT_USAGE = text(
    "<code>/grant 12345 60</code> – the number of a person or group, and credits on top of the day's allowance. "
    "They stay until they are used; a number below zero takes some away. At most a million at once."
)
INVITE_USAGE = text(
    "<code>/invite 60</code> – a link that lets one person in and gives them 60 credits, for 7 days. "
    "<code>/invite 60 30 10</code> – for 30 days (at most 365) and 10 people (at most 1,000)."
)


class Invitation(MessageFilter):
    """Passes a `/start` with something behind it, which is how a deep link arrives."""

    def filter(self, message: Message) -> bool:
        """See MessageFilter.filter."""
        return bool(rest_of(message))


async def redeem(operators: OperatorContext, message: Message) -> None:
    """What `/start code` does in a private chat: let the person in, and say what they got. Raises Refused."""
    request = request_of(message)
    worth = await operators.book.redeem(rest_of(message), request.requester_id, request.idempotency_key)
    log.info("an invitation was redeemed", by=request.requester_id, credits=worth)
    words = plural(
        "🎉 Welcome! Your invitation brings {count} credit.",
        "🎉 Welcome! Your invitation brings {count} credits.",
        worth,
    )
    await operators.messenger.send_text(
        request.address, words if worth else text("🎉 Welcome! You can use this bot now.")
    )


async def credits_left(operators: OperatorContext, message: Message) -> None:
    """Ask the image service itself, and add what the bot knows to have spent today."""
    try:
        left = await operators.api.credits()
    except ApiError as error:
        log.warning("the account can't be asked", error=str(error))
        raise Refused(text("🔌 The image API did not tell. The log knows more; /pause holds orders back.")) from error
    words = text(
        "💳 {left} credits are left on the account. {spent} were spent today.",
        left=int(left),
        spent=await operators.ledger.spent_today(),
    )
    await operators.messenger.send_text(request_of(message).address, words)


async def grant(operators: OperatorContext, message: Message) -> None:
    """Give credits to somebody, or take some away; a replay does so once."""
    number, credits_ = numbers_of(message, GRANT_USAGE, 2, 2)
    within(abs(credits_), 1, MAX_GRANT, GRANT_USAGE)
    request = request_of(message)
    number = await operators.scope_id(number, GRANT_USAGE)
    extra = await operators.ledger.grant(number, credits_, request.requester_id, request.idempotency_key)
    log.info("granted", to=number, credits=credits_, by=request.requester_id)
    words = plural(
        "🎟 <code>{id}</code> now has {count} extra credit.",
        "🎟 <code>{id}</code> now has {count} extra credits.",
        extra,
        id=Verbatim(str(number)),
    )
    await operators.messenger.send_text(request.address, words)


def invite_for(bot_name: str) -> Callable[[OperatorContext, Message], Awaitable[None]]:
    """`/invite`, which needs to know whom its links open."""

    async def invite(operators: OperatorContext, message: Message) -> None:
        given = numbers_of(message, INVITE_USAGE, 1, 3)
        worth, days, uses = (*given, *(_DAYS, 1)[len(given) - 1 :])
        within(worth, 0, MAX_GRANT, INVITE_USAGE)
        within(days, 1, _MOST_DAYS, INVITE_USAGE)
        within(uses, 1, _MOST_USES, INVITE_USAGE)
        request = request_of(message)
        lives_ms = int(timedelta(days=days).total_seconds()) * 1000
        code = await operators.book.invite(worth, lives_ms, uses, request.requester_id, request.idempotency_key)
        words = text(
            "🎟 https://t.me/{bot}?start={code}\n{days} · {uses} · {worth}",
            bot=Verbatim(bot_name),
            code=Verbatim(code),
            days=plural("{count} day", "{count} days", days),
            uses=plural("{count} person", "{count} people", uses),
            worth=plural("{count} credit", "{count} credits", worth),
        )
        await operators.messenger.send_text(request.address, words)

    return invite


DEEDS = {"credits": credits_left, "grant": grant}
