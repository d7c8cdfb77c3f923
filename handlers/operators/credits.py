"""/credits, /grant and /invite: the account's credits, extra credits for people and chats, and invitations."""

from datetime import timedelta

import structlog
from telegram import Message, Update
from telegram.ext.filters import MessageFilter

from core.errors import ApiError, MessengerError, Refused
from core.models.credits import HUNDREDTHS, in_words, shown, typed
from core.models.job import Destination
from core.models.spending import MAX_GRANT
from core.text import Credits, Joined, Renderable, Text, Verbatim, plural, text
from handlers.context import BotContext
from handlers.examples import WELCOME, keyboard
from handlers.operators.context import NUMBER, OperatorContext, within
from handlers.operators.people import meant, named
from handlers.parsing import SETTINGS_LINK, message_of, request_of, rest_of

log = structlog.get_logger()

_DAYS, _MAX_DAYS = 7, 365
_MAX_USES = 1000

GRANT_USAGE = text(
    "<code>/grant @ben 60</code> or <code>/grant 12345 60</code> – gives the person or group with this name or number "
    "60 credits on top of the daily allowance, and tells them. They don't expire. A negative number takes credits "
    "away. At most a million at once. Or forward a message of theirs to me and reply to it with <code>/grant 60</code>."
)
LOOK = text("/me tells what is left.")
NOT_TOLD = text("I couldn't tell them: they haven't written to me, or they blocked me.")
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
    log.info("invitation_redeemed", requester=request.requester_id, credits=shown(worth))
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
    """Tell the account's credits."""
    words = await account(context.operators)
    await context.operators.messenger.send_text(request_of(message_of(update)).address, words)


async def account(operators: OperatorContext) -> Renderable:
    """Ask the image API for the account's credits, and add today's spending. Raises Refused."""
    try:
        left = await operators.api.credits()
    except ApiError as error:
        log.warning("credit_balance_unavailable", error=str(error))
        raise Refused(text("🔌 The image API didn't answer. The log says why; /pause stops new pictures.")) from error
    return text(
        "💳 {left} credits are left on the account. {spent} were spent today.",
        left=int(left),
        spent=Credits(await operators.ledger.spent_today()),
    )


async def grant(update: Update, context: BotContext) -> None:
    """Give extra credits to a person or chat and tell them, or take some away; a replay changes nothing."""
    message, operators = message_of(update), context.operators
    number, (credits_,) = await meant(operators, message, GRANT_USAGE, 1)
    within(abs(credits_), 1, MAX_GRANT, GRANT_USAGE)
    request = request_of(message)
    extra = await operators.ledger.grant(number, credits_, request.requester_id, request.idempotency_key)
    log.info("credits_granted", scope=number, credits=shown(credits_), operator=request.requester_id)
    words: Renderable = _now_has(await named(operators, number), extra)
    if credits_ > 0 and number != request.requester_id and not await _tell(context, number, credits_):
        words = Joined((words, NOT_TOLD))
    await operators.messenger.send_text(request.address, words)


def _now_has(who: Text, extra: int) -> Text:
    if extra % HUNDREDTHS:
        return text("🎟 {who} now has {credits} extra credits.", who=who, credits=Credits(extra))
    return plural(
        "🎟 {who} now has {count} extra credit.",
        "🎟 {who} now has {count} extra credits.",
        extra // HUNDREDTHS,
        who=who,
    )


async def _tell(context: BotContext, scope_id: int, credits_: int) -> bool:
    """Tell a person or chat about a gift; return False if that isn't possible."""
    services, name = context.services, await context.operators.names.get(scope_id)
    if scope_id < 0 and not (await services.groups.rules(scope_id)).is_on:
        return False
    price = services.permissions.limits.price
    pictures = credits_ // price if price else 0
    try:
        to = Destination(scope_id, language=name.language)
        await context.operators.messenger.send_text(to, _gift(scope_id, pictures, credits_))
    except MessengerError as error:  # the person blocked the bot, or never wrote to it
        log.info("grant_not_told", scope=scope_id, error=str(error))
        return False
    return True


def _gift(scope_id: int, pictures: int, credits_: int) -> Renderable:
    if not pictures:
        gift = text("🎁 You got {credits}.", credits=in_words(credits_))
    elif scope_id < 0:
        gift = plural("🎁 This chat got {count} picture.", "🎁 This chat got {count} pictures.", pictures)
    else:
        gift = plural("🎁 You got {count} picture.", "🎁 You got {count} pictures.", pictures)
    return Joined((gift, LOOK), " ")


async def invite(update: Update, context: BotContext) -> None:
    """Make an invitation link worth some credits, for some days and people."""
    message, operators = message_of(update), context.operators
    words_, *others = rest_of(message).split() or [""]
    worth = typed(words_)
    if worth is None or len(others) > 2 or not all(NUMBER.fullmatch(word) for word in others):
        raise Refused(INVITE_USAGE)
    days, uses = (*map(int, others), *(_DAYS, 1)[len(others) :])
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
        worth=in_words(worth),
    )
    await operators.messenger.send_text(request.address, words)
