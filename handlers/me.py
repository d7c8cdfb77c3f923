"""/me: the pictures that are left today, and the time until new ones come."""

from telegram import Update
from telegram.ext import filters

from core.models.spending import Balance, Scope
from core.text import Duration, Joined, Renderable, Verbatim, plural, text
from handlers.context import BotContext, BotHandler
from handlers.parsing import Command, OnCommand, is_private, message_of, request_of

NO_LIMIT = text("🎟 You can paint as much as you like here.")
NO_LIMIT_HERE = text("🎟 This chat has no limit of its own.")
IN_PRIVATE = text("Your own pictures left I tell you in private: /me")


async def me(update: Update, context: BotContext) -> None:
    """Tell the balance: in a group the group's, as a member's own is private.

    If all users together have less left than that, tell the balance of all, as it is used up first.
    """
    message, services = message_of(update), context.services
    request = request_of(message)
    chat_id = request.address.chat_id
    await services.access.check(request.requester_id, chat_id)
    limits = await services.permissions.limits_of(request, await services.groups.rules(chat_id))
    if not limits.price:
        await services.replies.tell(request, NO_LIMIT)
        return
    if is_private(message):
        scope, no_limit = Scope.PERSON, NO_LIMIT
        own = await services.ledger.balance(request.requester_id, limits.person_daily)
    else:
        scope, no_limit = Scope.CHAT, NO_LIMIT if limits.person_daily is None else NO_LIMIT_HERE
        own = await services.ledger.balance(chat_id, limits.chat_daily)
    together = await services.ledger.balance(0, limits.daily)
    if own.left is not None and (together.left is None or own.left <= together.left):
        words = _words(scope, own, services.clock.now_ms(), limits.price)
    elif together.left is not None:
        words = _words(Scope.BOT, together, services.clock.now_ms(), limits.price)
    else:
        words = no_limit
    if not is_private(message) and limits.person_daily is not None:
        words = Joined((words, IN_PRIVATE))
    await services.replies.tell(request, words)


def _words(scope: Scope, balance: Balance, now_ms: int, price: int) -> Renderable:
    pictures = (balance.left or 0) // price
    lines: list[Renderable] = [_left(scope, pictures, _parts(balance, pictures, price))]
    if balance.reserved:
        lines.append(
            plural(
                "{count} more is set aside for what I'm working on.",
                "{count} more are set aside for what I'm working on.",
                balance.reserved // price,
            )
        )
    if balance.daily:
        lines.append(text("New ones at 00:00 UTC (in {wait}).", wait=Duration(balance.returns_at_ms - now_ms)))
    return Joined(tuple(lines))


def _parts(balance: Balance, pictures: int, price: int) -> Renderable:
    """Return the end of the sentence: where the pictures come from, if there are two sources."""
    if not balance.extra or not balance.daily:
        return Verbatim(".")
    today = ((balance.left or 0) - balance.extra) // price
    return text(": {today} today + {bonus} bonus.", today=today, bonus=pictures - today)


def _left(scope: Scope, pictures: int, parts: Renderable) -> Renderable:
    match scope:
        case Scope.PERSON:
            return plural("🎟 {count} picture left{parts}", "🎟 {count} pictures left{parts}", pictures, parts=parts)
        case Scope.BOT:
            return plural(
                "🎟 All of us together have {count} picture left{parts}",
                "🎟 All of us together have {count} pictures left{parts}",
                pictures,
                parts=parts,
            )
        case _:
            return plural(
                "🎟 This chat has {count} picture left{parts}",
                "🎟 This chat has {count} pictures left{parts}",
                pictures,
                parts=parts,
            )


HANDLERS: list[BotHandler] = [OnCommand(Command("me") & filters.TEXT, me)]
