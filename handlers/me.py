"""/me: the credits that are left today, and the time until the day's allowance comes back."""

from telegram import Update
from telegram.ext import MessageHandler, filters

from core.models.spending import Balance
from core.text import Duration, Joined, Renderable, plural, text
from handlers.context import BotContext, BotHandler
from handlers.parsing import Command, is_private, message_of, request_of

NO_LIMIT = text("🎟 You can paint as much as you like here.")
NO_LIMIT_HERE = text("🎟 This chat has no limit of its own.")
IN_PRIVATE = text("What you have left yourself I tell you in private: /me")
YOURS = text("🎟 <b>Your credits</b>")
OF_CHAT = text("🎟 <b>The credits of this chat</b>")
OF_ALL = text("🎟 <b>The credits of all who use me</b>")


async def me(update: Update, context: BotContext) -> None:
    """Tell the balance: in a group the group's, as a member's own is private.

    If all users together have less left than that, tell the balance of all, as it is used up first.
    """
    message, services = message_of(update), context.services
    request = request_of(message)
    chat_id = request.address.chat_id
    await services.access.check(request.requester_id, chat_id)
    limits = await services.permissions.limits_of(request, await services.groups.rules(chat_id))
    if is_private(message):
        title, no_limit = YOURS, NO_LIMIT
        own = await services.ledger.balance(request.requester_id, limits.person_daily)
    else:
        title, no_limit = OF_CHAT, NO_LIMIT if limits.person_daily is None else NO_LIMIT_HERE
        own = await services.ledger.balance(chat_id, limits.chat_daily)
    together = await services.ledger.balance(0, limits.daily)
    if own.left is not None and (together.left is None or own.left <= together.left):
        words = _words(title, own, services.clock.now_ms(), limits.price)
    elif together.left is not None:
        words = _words(OF_ALL, together, services.clock.now_ms(), limits.price)
    else:
        words = no_limit
    if not is_private(message) and limits.person_daily is not None:
        words = Joined((words, IN_PRIVATE))
    await services.replies.tell(request, words)


def _words(title: Renderable, balance: Balance, now_ms: int, price: int) -> Renderable:
    left = balance.left or 0
    daily = balance.daily or 0
    lines: list[Renderable] = [title]
    lines.append(
        text("{left} left today, of {daily} a day", left=left, daily=daily) if daily else text("{left} left", left=left)
    )
    if price:
        lines.append(plural("That is {count} picture.", "That is {count} pictures.", left // price))
    if balance.extra and daily:
        lines.append(text("{extra} of it were given to you on top and stay until they are used.", extra=balance.extra))
    if balance.reserved:
        lines.append(text("{reserved} are set aside for pictures in progress.", reserved=balance.reserved))
    if daily:
        wait = Duration(balance.returns_at_ms - now_ms)
        lines.append(text("The day's credits come back in {wait}.", wait=wait))
    return Joined(tuple(lines))


HANDLERS: list[BotHandler] = [MessageHandler(Command("me") & filters.TEXT, me)]
