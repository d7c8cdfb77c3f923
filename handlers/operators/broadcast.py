"""/broadcast: words for every chat, and the buttons that send, drop or stop them."""

import re

from telegram import Message, Update
from telegram.ext import Application, CallbackQueryHandler

from core.errors import Refused
from core.models.broadcasts import NewBroadcast
from core.text import plural, text
from handlers.operators.context import OperatorContext
from handlers.parsing import Context, asked, rest_of, tap_of

_DATA = re.compile(r"^broadcast:(?P<verb>send|drop|stop):(?P<id>[0-9a-f]{12})$")

USAGE = text(
    "<code>/broadcast Tonight the bot rests from 8 to 9.</code> – I show what I would send, and to how many chats, "
    "before I do. <code>/broadcast stop</code> stops every broadcast."
)
OPERATORS_ONLY = text("Only operators can do that.")
TOO_LATE = text("It is past that.")


async def ask(office: OperatorContext, message: Message) -> None:
    """Ask whether it shall be sent, or stop all that is."""
    who, words = asked(message), rest_of(message)
    if not words:
        raise Refused(USAGE)
    if words.lower() == "stop":
        stopped = await office.broadcasting.stop()
        done = plural("⏹ {count} broadcast was stopped.", "⏹ {count} broadcasts were stopped.", stopped)
        await office.messenger.send_text(who.address, done if stopped else text("No broadcast is under way."))
        await office.broadcasting.show()
    else:
        await office.broadcasting.ask(NewBroadcast(who.idempotency_key, who.address, words))


def register(application: Application, office: OperatorContext) -> None:  # type: ignore[type-arg]
    """The buttons; a second press finds that it is past."""

    async def pressed(update: Update, _: Context) -> None:
        tap = tap_of(update)
        match = _DATA.match(tap.data) if tap else None
        if not tap or not match:
            return
        if not office.is_operator(tap):
            await office.messenger.answer_callback(tap.query_id, OPERATORS_ONLY, tap.language, alert=True)
            return
        done = await _do(office, match["verb"], match["id"])
        await office.messenger.answer_callback(tap.query_id, None if done else TOO_LATE, tap.language)
        await office.broadcasting.show()

    application.add_handler(CallbackQueryHandler(pressed, pattern=_DATA))


async def _do(office: OperatorContext, verb: str, broadcast_id: str) -> bool:
    match verb:
        case "send":
            return await office.broadcasting.start(broadcast_id)
        case "drop":
            return await office.broadcasting.drop(broadcast_id)
    return await office.broadcasting.stop(broadcast_id) > 0
