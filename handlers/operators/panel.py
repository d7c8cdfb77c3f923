"""/admin: the state of the bot, with buttons for what operators need most; and their part of /help."""

import re

from telegram import Update
from telegram.ext import CallbackQueryHandler

from core.errors import Refused
from core.models.keyboard import Button, Keyboard
from core.text import Joined, Renderable, text
from handlers.choice_menu import redraw
from handlers.context import BotContext, BotHandler
from handlers.operators import statistics
from handlers.operators.context import OPERATORS_ONLY, OperatorContext
from handlers.operators.credits import account
from handlers.operators.pausing import NOT_PAUSED, PAUSED_ALREADY
from handlers.parsing import ButtonPress, button_press_of, message_of, request_of

_DATA = re.compile(r"^admin:(?P<verb>pause|resume|stats7|stats30|credits|sent)$")
_BROADCASTS = 3

PAINTING = text("🛠 <b>Operators</b>\n▶ I'm painting.")
PAUSED = text("🛠 <b>Operators</b>\n⏸ I'm paused. New requests wait.")
HELD_BACK = text("🛠 <b>Operators</b>\n⚠️ I'm waiting for the image API or the disk; I told you why.")
NOTHING_SENT = text("📣 No broadcast yet. <code>/broadcast Hello</code> sends one, after a question.")
NAMES = text(
    "A person is <code>@ben</code>, a number, or the author of a message that you forward to me and reply to. I know "
    "only the @names of people who wrote to me."
)
HELP = text(
    "<b>For operators</b>\n"
    "/admin – pause, charts, credits and broadcasts, as buttons\n"
    "/stats <i>7d</i> – a chart of the last days\n"
    "/credits – what is left on the account\n"
    "/grant <i>@ben 60</i> – credits for a person or chat\n"
    "/invite <i>60</i> – a link that lets a person in\n"
    "/allow, /ban, /unban <i>@ben</i> – who may use me\n"
    "/broadcast <i>words</i> – a message to every chat\n"
    "/pause <i>reason</i>, /resume – stop new pictures, and go on\n\n"
    "{names}",
    names=NAMES,
)


async def admin(update: Update, context: BotContext) -> None:
    """Show the state and the buttons, and set the operator's menu of commands anew."""
    message, operators = message_of(update), context.operators
    request = request_of(message)
    await operators.set_menu(request.requester_id)
    await operators.messenger.send_text(request.address, _state(operators), keyboard=_keyboard(operators))


async def pressed(update: Update, context: BotContext) -> None:
    """Perform the action of the button. A second press within a few seconds does nothing."""
    button_press, operators = button_press_of(update), context.operators
    match = _DATA.match(button_press.data) if button_press else None
    if not button_press or not match:
        return
    if not operators.is_operator(button_press):
        await context.services.replies.alert(button_press, OPERATORS_ONLY)
        return
    verb = match["verb"]
    if verb in {"pause", "resume"}:
        await _switch(context, button_press, is_paused=verb == "pause")
        return
    await operators.messenger.answer_callback(button_press.query_id)
    if not operators.pressed.is_repeated(f"{button_press.chat_id} {button_press.message_id} {verb}"):
        await _tell(operators, button_press, verb)


async def _switch(context: BotContext, button_press: ButtonPress, *, is_paused: bool) -> None:
    operators = context.operators
    has_changed = await (operators.breaker.pause() if is_paused else operators.breaker.resume())
    words = None if has_changed else PAUSED_ALREADY if is_paused else NOT_PAUSED
    await operators.messenger.answer_callback(button_press.query_id, words, button_press.language)
    await redraw(context.services, button_press, _state(operators), _keyboard(operators))


async def _tell(operators: OperatorContext, button_press: ButtonPress, verb: str) -> None:
    to = button_press.request.address
    match verb:
        case "credits":
            try:
                words: Renderable = await account(operators)
            except Refused as refusal:
                words = refusal.reply
            await operators.messenger.send_text(to, words)
        case "sent":
            await operators.messenger.send_text(to, await _broadcasts(operators))
        case _:
            await statistics.send_chart(operators, to, int(verb.removeprefix("stats")))


async def _broadcasts(operators: OperatorContext) -> Renderable:
    latest = await operators.broadcasts.latest(_BROADCASTS)
    return Joined(tuple(latest), "\n\n") if latest else NOTHING_SENT


def _state(operators: OperatorContext) -> Renderable:
    breaker = operators.breaker
    if breaker.paused and breaker.pause_reason:
        said = text("People who wait read: <i>{reason}</i>", reason=breaker.pause_reason)
        return Joined((PAUSED, said))
    return PAUSED if breaker.paused else HELD_BACK if breaker.reason else PAINTING


def _keyboard(operators: OperatorContext) -> Keyboard:
    is_paused = operators.breaker.paused
    switch = Button(text("▶ Resume"), "admin:resume") if is_paused else Button(text("⏸ Pause"), "admin:pause")
    return (
        (switch,),
        (Button(text("📊 7 days"), "admin:stats7"), Button(text("📊 30 days"), "admin:stats30")),
        (Button(text("💳 Credits left"), "admin:credits"), Button(text("📣 Broadcasts"), "admin:sent")),
    )


HANDLERS: list[BotHandler] = [CallbackQueryHandler(pressed, pattern=_DATA)]
