"""/ban, /unban and /allow, with a button that undoes a ban."""

import re

import structlog
from telegram import Message, Update
from telegram.ext import CallbackQueryHandler

from core.errors import Refused
from core.models.keyboard import Button, Keyboard
from core.text import Renderable, Text, Verbatim, text
from handlers.choice_menu import redraw
from handlers.context import BotContext, BotHandler
from handlers.operators.context import OPERATORS_ONLY
from handlers.operators.people import meant, named
from handlers.parsing import button_press_of, message_of, request_of

log = structlog.get_logger()

_UNDO = re.compile(r"^ban:undo:(?P<id>-?\d{1,16})$")
"""Callback data; the id is the banned person's or chat's."""

BAN_USAGE = text(
    "<code>/ban @ben</code> or <code>/ban 12345</code> – bans the person or group with this name or number. Or forward "
    "a message of theirs to me and reply to it with /ban. Numbers of groups are negative."
)
UNBAN_USAGE = text(
    "<code>/unban @ben</code> or <code>/unban 12345</code> – ends the ban of the person or group with this name or "
    "number. Or reply with /unban to a message of theirs. Numbers of groups are negative."
)
ALLOW_USAGE = text(
    "<code>/allow @ben</code> or <code>/allow 12345</code> – lets the person or group with this name or number use me. "
    "Or reply with /allow to a message of theirs. Numbers of groups are negative."
)
NO_OPERATOR = text("⛔ You can't ban an operator. Remove them from ADMINS first.")
UNDO = text("↩ Undo the ban")


async def ban(update: Update, context: BotContext) -> None:
    """Ban a person or a group, and offer to undo it. Raises Refused for an operator."""
    message, operators = message_of(update), context.operators
    number, _ = await meant(operators, message, BAN_USAGE)
    if number in operators.admins:
        raise Refused(NO_OPERATOR)
    await operators.access_book.ban(number)
    words = text("⛔ {who} is banned.", who=await named(operators, number))
    await _confirm(context, message, "access_banned", number, words, ((Button(UNDO, f"ban:undo:{number}"),),))


async def unban(update: Update, context: BotContext) -> None:
    """End a ban."""
    message, operators = message_of(update), context.operators
    number, _ = await meant(operators, message, UNBAN_USAGE)
    who = await named(operators, number)
    has_ended = await operators.access_book.unban(number)
    words = _unbanned(who) if has_ended else text("{who} wasn't banned.", who=who)
    await _confirm(context, message, "access_unbanned", number, words)


async def undo(update: Update, context: BotContext) -> None:
    """End the ban that the pressed button stands under; a second press changes nothing."""
    button_press, operators = button_press_of(update), context.operators
    match = _UNDO.match(button_press.data) if button_press else None
    if not button_press or not match:
        return
    if not operators.is_operator(button_press):
        await context.services.replies.alert(button_press, OPERATORS_ONLY)
        return
    number = int(match["id"])
    await operators.access_book.unban(number)
    log.info("access_unbanned", scope=number, operator=button_press.person)
    await operators.messenger.answer_callback(button_press.query_id)
    await redraw(context.services, button_press, _unbanned(await named(operators, number)), ())


async def allow(update: Update, context: BotContext) -> None:
    """Put a person or a group on the list of those who may use the bot."""
    message, operators = message_of(update), context.operators
    number, _ = await meant(operators, message, ALLOW_USAGE)
    await operators.access_book.allow(number)
    who = await named(operators, number)
    done = text("✅ {who} may use the bot.", who=who)
    banned = text(
        "✅ {who} is on the list, but banned. <code>/unban {id}</code> ends the ban.",
        who=who,
        id=Verbatim(str(number)),
    )
    is_banned = (await operators.access_book.standing(number)).is_banned
    await _confirm(context, message, "access_allowed", number, banned if is_banned else done)


def _unbanned(who: Text) -> Text:
    return text("✅ {who} is no longer banned.", who=who)


async def _confirm(
    context: BotContext, message: Message, event: str, number: int, words: Renderable, keyboard: Keyboard = ()
) -> None:
    request = request_of(message)
    log.info(event, scope=number, operator=request.requester_id)
    await context.operators.messenger.send_text(request.address, words, keyboard=keyboard)


HANDLERS: list[BotHandler] = [CallbackQueryHandler(undo, pattern=_UNDO)]
