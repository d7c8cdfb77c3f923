"""Example prompts as buttons: under /start, /help and the answer to an /imagine without words."""

from telegram import Update
from telegram.ext import CallbackQueryHandler

from core.models.job import Destination
from core.models.keyboard import Button, Keyboard
from core.services.keyboards import SHAPES
from core.text import Text, Verbatim, text
from handlers.context import BotContext, BotHandler, Services
from handlers.parsing import button_press_of

_PREFIX = "example:"
"""Callback data: `example:N`, where N is an index of EXAMPLES."""

SHAPE = "shape:"
"""Callback data: `shape:NAME`, where NAME is one of `SHAPES`."""

ORDERED = text("On its way")
WELCOME = text(
    "👋 <b>I turn words into pictures, and pictures into other pictures.</b>\n\n"
    "• Write what you want to see: <code>a red fox in the snow</code>\n"
    "• Send a photo and say what to change\n"
    "• Send several photos together and I combine them\n"
    "• Reply to any picture with words and I go on from there\n\n"
    "It takes a minute or two. /help tells you more. Or tap an example:"
)
NO_PROMPT = text(
    "Tell me what to paint, for example:\n<code>/imagine a red fox in the snow</code>\n\n"
    "With options: <code>/imagine a lighthouse at night --size 2:3 --n 2</code>\n\nOr tap one of these, or a shape:"
)
EXAMPLES: tuple[tuple[Text, Text], ...] = (
    (text("🦊 A red fox in the snow"), text("a red fox in the snow, soft morning light, photograph")),
    (text("🏙 A city on a turtle"), text("a tiny city on the back of a giant sea turtle, watercolor")),
    (text("☕ A poster for a café"), text("a poster for a small café by the sea that says “Open”, flat colors")),
)
"""The label of each button, and the prompt it orders."""


def keyboard() -> Keyboard:
    """Return a keyboard with one example in each row."""
    return tuple((Button(label, f"{_PREFIX}{number}"),) for number, (label, _) in enumerate(EXAMPLES))


async def offer(services: Services, to: Destination) -> None:
    """Answer a request that names nothing to paint."""
    shapes = tuple(Button(Verbatim(f"🖼 {size}"), f"{SHAPE}{name}") for name, size in SHAPES.items())
    await services.replies.explain(to, NO_PROMPT, (*keyboard(), shapes))


async def order_example(update: Update, context: BotContext) -> None:
    """Order the example of a pressed button."""
    button_press, services = button_press_of(update), context.services
    if button_press is None:
        return
    number = int(button_press.data.removeprefix(_PREFIX))
    async with services.replies.answering(button_press, ORDERED) as answer:
        if number < len(EXAMPLES):
            prompt = EXAMPLES[number][1].source
            # The key stands for this button of this message, so that a double tap makes one order.
            button_key = f"{_PREFIX}{button_press.chat_id}:{button_press.message_id}:{number}"
            await services.orders.order(button_press.request, prompt, button_key=button_key, on_stored=answer)


HANDLERS: list[BotHandler] = [CallbackQueryHandler(order_example, pattern=rf"^{_PREFIX}\d{{1,2}}$")]
