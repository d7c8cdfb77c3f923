"""Prompts one can tap: under /start, /help, and wherever /imagine came without words."""

from telegram import Update
from telegram.ext import Application, CallbackQueryHandler

from core.models.job import Destination
from core.models.keyboard import Button, Keyboard
from core.text import Text, text
from handlers.context import Services
from handlers.parsing import Context, button_press_of

_PREFIX = "example:"

ORDERED = text("On its way")
NO_PROMPT = text(
    "Tell me what to paint, for example:\n<code>/imagine a red fox in the snow</code>\n\n"
    "With options: <code>/imagine a lighthouse at night --size 2:3 --n 2</code>\n\nOr tap one of these:"
)
EXAMPLES: tuple[tuple[Text, Text], ...] = (
    (text("🦊 A red fox in the snow"), text("a red fox in the snow, soft morning light, photograph")),
    (text("🏙 A city on a turtle"), text("a tiny city on the back of a giant sea turtle, watercolour")),
    (text("☕ A poster for a café"), text("a poster for a small café by the sea that says “Open”, flat colours")),
)


def keyboard() -> Keyboard:
    """One row an example."""
    return tuple((Button(label, f"{_PREFIX}{number}"),) for number, (label, _) in enumerate(EXAMPLES))


async def offer(services: Services, to: Destination) -> None:
    """Answer somebody who named nothing to paint."""
    await services.replies.explain(to, NO_PROMPT, keyboard())


def register(application: Application, services: Services, _: str) -> None:  # type: ignore[type-arg]
    """The buttons."""

    async def example(update: Update, _: Context) -> None:
        button_press = button_press_of(update)
        if button_press is None:
            return
        number = int(button_press.data.removeprefix(_PREFIX))
        async with services.replies.pressing(button_press.query_id, button_press.language, ORDERED) as on_stored:
            if number < len(EXAMPLES):
                # a second press makes no second order
                button_key = f"{_PREFIX}{button_press.chat_id}:{button_press.message_id}:{number}"
                await services.orders.order(
                    button_press.request, EXAMPLES[number][1].source, button_key=button_key, on_stored=on_stored
                )

    application.add_handler(CallbackQueryHandler(example, pattern=rf"^{_PREFIX}\d{{1,2}}$"))
