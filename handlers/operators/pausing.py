"""/pause and /resume; those who wait can read the reason of a pause."""

from telegram import Update

from core.services.circuit_breaker import CircuitBreaker
from core.text import Joined, Renderable, clip, text
from handlers.context import BotContext
from handlers.parsing import message_of, request_of, rest_of

_REASON_UNITS = 200

PAUSED = text(
    "⏸ Paused. New requests wait for /resume. Those that wait too long fail and cost nothing. I still deliver the "
    "pictures in progress."
)
PAUSED_ALREADY = text("⏸ I'm already paused. /resume ends the pause.")
RESUMED = text("▶ I'm painting again.")
NOT_PAUSED = text("▶ I'm not paused.")
WITHOUT_REASON = text("With <code>/pause back at 9</code>, people who wait can read the reason.")


async def pause(update: Update, context: BotContext) -> None:
    """Keep new jobs from the image API until /resume; a second /pause with other words changes the reason."""
    message, operators = message_of(update), context.operators
    reason = clip(" ".join(rest_of(message).split()), _REASON_UNITS)
    is_new = await operators.breaker.pause(reason)
    words = _paused(operators.breaker) if is_new else PAUSED_ALREADY
    await operators.messenger.send_text(request_of(message).address, words)


async def resume(update: Update, context: BotContext) -> None:
    """End a pause."""
    to, operators = request_of(message_of(update)).address, context.operators
    await operators.messenger.send_text(to, RESUMED if await operators.breaker.resume() else NOT_PAUSED)


def _paused(breaker: CircuitBreaker) -> Renderable:
    reason = breaker.pause_reason
    said = text("People who wait read: <i>{reason}</i>", reason=reason) if reason else WITHOUT_REASON
    return Joined((PAUSED, said), "\n\n")
