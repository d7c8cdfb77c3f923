"""Prompts one can tap: under /start, /help, and wherever /imagine came without words."""

from telegram import Update
from telegram.ext import Application, CallbackQueryHandler

from core.models.job import Destination
from core.models.keyboard import Button, Keyboard
from core.text import Text, text
from handlers.context import Services
from handlers.parsing import Context, tap_of

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
        tap = tap_of(update)
        if tap is None:
            return
        number = int(tap.data.removeprefix(_PREFIX))
        async with services.replies.pressing(tap.query_id, tap.language, ORDERED) as taken:
            if number < len(EXAMPLES):
                button_key = f"{_PREFIX}{tap.chat_id}:{tap.message_id}:{number}"  # a second tap is no second order
                await services.orders.order(
                    tap.asked, EXAMPLES[number][1].source, button_key=button_key, on_stored=taken
                )

    application.add_handler(CallbackQueryHandler(example, pattern=rf"^{_PREFIX}\d{{1,2}}$"))
