"""/broadcast: a message to every chat, with buttons to send, drop and stop it."""

import re

from telegram import Update
from telegram.ext import CallbackQueryHandler

from core.errors import Refused
from core.models.broadcasts import NewBroadcast
from core.services.broadcasts import BroadcastService
from core.text import plural, text
from handlers.context import BotContext, BotHandler
from handlers.operators.context import OPERATORS_ONLY
from handlers.parsing import button_press_of, message_of, request_of, rest_of

_DATA = re.compile(r"^broadcast:(?P<verb>send|drop|stop):(?P<id>[0-9a-f]{12})$")
"""Callback data of the buttons; the id is the broadcast's."""

USAGE = text(
    "<code>/broadcast Tonight the bot rests from 8 to 9.</code> – sends this to all chats. I show you the message and "
    "the number of chats first. <code>/broadcast stop</code> stops every broadcast."
)
TOO_LATE = text("Too late for that.")


async def broadcast(update: Update, context: BotContext) -> None:
    """Show the message with the button that sends it, or stop every broadcast."""
    message, operators = message_of(update), context.operators
    request, words = request_of(message), rest_of(message)
    if not words:
        raise Refused(USAGE)
    if words.lower() == "stop":
        stopped = await operators.broadcasts.stop()
        done = plural("⏹ {count} broadcast was stopped.", "⏹ {count} broadcasts were stopped.", stopped)
        await operators.messenger.send_text(request.address, done if stopped else text("No broadcast is being sent."))
        await operators.broadcasts.show()
    else:
        await operators.broadcasts.ask(NewBroadcast(request.idempotency_key, request.address, words))


async def pressed(update: Update, context: BotContext) -> None:
    """Handle a button of a broadcast; a second press of the same button comes too late."""
    button_press, operators = button_press_of(update), context.operators
    match = _DATA.match(button_press.data) if button_press else None
    if not button_press or not match:
        return
    if not operators.is_operator(button_press):
        await context.services.replies.alert(button_press, OPERATORS_ONLY)
        return
    is_done = await _do(operators.broadcasts, match["verb"], match["id"])
    words = None if is_done else TOO_LATE
    await operators.messenger.answer_callback(button_press.query_id, words, button_press.language)
    await operators.broadcasts.show()


async def _do(broadcasts: BroadcastService, verb: str, broadcast_id: str) -> bool:
    match verb:
        case "send":
            return await broadcasts.start(broadcast_id)
        case "drop":
            return await broadcasts.drop(broadcast_id)
    return await broadcasts.stop(broadcast_id) > 0


HANDLERS: list[BotHandler] = [CallbackQueryHandler(pressed, pattern=_DATA)]
