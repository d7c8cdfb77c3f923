"""/broadcast: words for every chat, and the buttons that send, drop or stop them."""

import re

from telegram import Message, Update
from telegram.ext import Application, CallbackQueryHandler

from core.errors import Refused
from core.models.broadcasts import NewBroadcast
from core.text import plural, text
from handlers.operators.context import OperatorContext
from handlers.parsing import Context, button_press_of, request_of, rest_of

_DATA = re.compile(r"^broadcast:(?P<verb>send|drop|stop):(?P<id>[0-9a-f]{12})$")

USAGE = text(
    "<code>/broadcast Tonight the bot rests from 8 to 9.</code> – I show what I would send, and to how many chats, "
    "before I do. <code>/broadcast stop</code> stops every broadcast."
)
OPERATORS_ONLY = text("Only operators can do that.")
TOO_LATE = text("It is past that.")


async def ask(operators: OperatorContext, message: Message) -> None:
    """Ask whether it shall be sent, or stop all that is."""
    request, words = request_of(message), rest_of(message)
    if not words:
        raise Refused(USAGE)
    if words.lower() == "stop":
        stopped = await operators.broadcasting.stop()
        done = plural("⏹ {count} broadcast was stopped.", "⏹ {count} broadcasts were stopped.", stopped)
        await operators.messenger.send_text(request.address, done if stopped else text("No broadcast is under way."))
        await operators.broadcasting.show()
    else:
        await operators.broadcasting.ask(NewBroadcast(request.idempotency_key, request.address, words))


def register(application: Application, operators: OperatorContext) -> None:  # type: ignore[type-arg]
    """The buttons; a second press finds that it is past."""

    async def pressed(update: Update, _: Context) -> None:
        button_press = button_press_of(update)
        match = _DATA.match(button_press.data) if button_press else None
        if not button_press or not match:
            return
        if not operators.is_operator(button_press):
            await operators.messenger.answer_callback(
                button_press.query_id, OPERATORS_ONLY, button_press.language, alert=True
            )
            return
        done = await _do(operators, match["verb"], match["id"])
        await operators.messenger.answer_callback(
            button_press.query_id, None if done else TOO_LATE, button_press.language
        )
        await operators.broadcasting.show()

    application.add_handler(CallbackQueryHandler(pressed, pattern=_DATA))


async def _do(operators: OperatorContext, verb: str, broadcast_id: str) -> bool:
    match verb:
        case "send":
            return await operators.broadcasting.start(broadcast_id)
        case "drop":
            return await operators.broadcasting.drop(broadcast_id)
    return await operators.broadcasting.stop(broadcast_id) > 0
