"""/me: what is left to spend today, and when the rest comes back."""

from telegram import Update
from telegram.ext import Application, MessageHandler, filters

from core.models.spending import Balance
from core.text import Duration, Joined, Renderable, plural, text
from handlers.context import Services
from handlers.parsing import Command, Context, is_private, message_of, request_of

NO_LIMIT = text("🎟 You can order as much as you like here.")
NO_LIMIT_HERE = text("🎟 This chat has no limit of its own.")
IN_PRIVATE = text("What you have left yourself I tell you in private: /me")
YOURS = text("🎟 <b>Your credits</b>")
OF_CHAT = text("🎟 <b>The credits of this chat</b>")
OF_ALL = text("🎟 <b>The credits of all who use me</b>")


def register(application: Application, services: Services, bot_name: str) -> None:  # type: ignore[type-arg]
    """The command; in a group it tells the chat's budget, as a person's own is nobody else's business."""

    async def me(update: Update, _: Context) -> None:
        message = message_of(update)
        request = request_of(message)
        await services.access.check(request.requester_id, request.address.chat_id)
        limits = await services.permissions.limits_of(request, await services.groups.rules(request.address.chat_id))
        if is_private(message):
            title, own, none = YOURS, await services.ledger.balance(request.requester_id, limits.person_daily), NO_LIMIT
        else:
            title, own = OF_CHAT, await services.ledger.balance(request.address.chat_id, limits.chat_daily)
            none = NO_LIMIT if limits.person_daily is None else NO_LIMIT_HERE
        together = await services.ledger.balance(0, limits.daily)
        if own.left is not None and (together.left is None or own.left <= together.left):
            words = _words(title, own, services.clock.now_ms(), limits.price)
        elif together.left is not None:  # it is the first to be used up
            words = _words(OF_ALL, together, services.clock.now_ms(), limits.price)
        else:
            words = none
        if not is_private(message) and limits.person_daily is not None:
            words = Joined((words, IN_PRIVATE))
        await services.replies.tell(request, words)

    application.add_handler(MessageHandler(Command(bot_name, "me") & filters.TEXT, me))


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
        lines.append(text("{reserved} are set aside for orders under way.", reserved=balance.reserved))
    if daily:
        wait = Duration(balance.returns_at_ms - now_ms)
        lines.append(text("The day's credits come back in {wait}.", wait=wait))
    return Joined(tuple(lines))
