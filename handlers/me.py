"""/me: what is left to spend today, and when the rest comes back."""

from datetime import timedelta

from telegram import Update
from telegram.ext import Application, MessageHandler, filters

from bot.domain.budget import Balance
from bot.domain.text import Joined, Words, plural, text
from handlers.desk import Desk
from handlers.reading import Command, Context, asked, is_private, message_of

NO_LIMIT = text("🎟 You can order as much as you like here.")
YOURS = text("🎟 <b>Your credits</b>")
OF_CHAT = text("🎟 <b>The credits of this chat</b>")


def register(application: Application, desk: Desk, bot_name: str) -> None:  # type: ignore[type-arg]
    """The command; in a group it tells the chat's budget, as a person's own is nobody else's business."""

    async def me(update: Update, _: Context) -> None:
        message = message_of(update)
        who = asked(message)
        rules = await desk.groups.rules(who.address.chat_id)
        limits = desk.limits_of(rules)
        if is_private(message):
            title, balance = YOURS, await desk.ledger.balance(who.asked_by, limits.person_daily)
        else:
            title, balance = OF_CHAT, await desk.ledger.balance(who.address.chat_id, limits.chat_daily)
        await desk.tell(who, _words(title, balance, desk.clock.now_ms(), limits.price))

    application.add_handler(MessageHandler(Command(bot_name, "me") & filters.TEXT, me))


def _words(title: Words, balance: Balance, now_ms: int, price: int) -> Words:
    if balance.left is None:
        return NO_LIMIT
    lines: list[Words] = [
        title,
        text("{left} left today, of {daily} a day", left=balance.left, daily=balance.daily or 0),
    ]
    if price:
        pictures = max(balance.left, 0) // price
        lines.append(plural("That is {count} picture.", "That is {count} pictures.", pictures))
    if balance.extra:
        lines.append(text("{extra} of it were given to you on top and stay until they are used.", extra=balance.extra))
    if balance.reserved:
        lines.append(text("{reserved} are set aside for orders under way.", reserved=balance.reserved))
    wait = timedelta(milliseconds=max(balance.returns_at_ms - now_ms, 0))
    lines.append(text("The day's credits come back in {wait} (hours:minutes:seconds).", wait=wait))
    return Joined(tuple(lines))
