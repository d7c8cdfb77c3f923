"""/model: the models that can paint, and the one that paints if a command names none, for a person or for a group.

Callback data: `default:NAME`, where NAME is that of a model.
"""

from dataclasses import replace

from telegram import Update
from telegram.ext import CallbackQueryHandler, filters

from core.errors import Refused
from core.models.credits import in_words
from core.models.image_model import ImageModel
from core.models.job import Destination
from core.models.keyboard import Button, Keyboard
from core.text import Credits, Joined, Renderable, Text, Verbatim, text
from handlers.choice_menu import redraw
from handlers.context import BotContext, BotHandler, Services
from handlers.parsing import Command, OnCommand, button_press_of, is_private, message_of, request_of, rest_of

_PREFIX = "default:"
_IN_ROW = 2
TITLE = text(
    "🧠 <b>The models that paint for you</b>\nTap one to have it paint from now on. For one picture only, add its "
    "name: <code>--model {name}</code>. The credits are for one picture."
)
TITLE_CHAT = text(
    "🧠 <b>The models that paint in this chat</b>\nAdmins can tap the one for members who have none of their own. For "
    "one picture only, add its name: <code>--model {name}</code>. The credits are for one picture."
)
ONLY_ONE = text("🧠 {model} paints all pictures here, so there is nothing to choose.")
CHOSEN = text("🧠 {model} paints from now on, unless you name another one. A picture costs {price}.")
NO_MORE = text("🧠 That model isn't offered anymore. Please choose another one with /model.")
ADMINS_ONLY = text(
    "Only admins can choose the model of this chat. Add <code>--model {name}</code> to your words for one picture, or "
    "choose your own model in a private chat with me."
)
ADMINS_ONLY_ALERT = text("Only admins can choose the model of this chat. Yours is in a private chat with me: /model")


async def model(update: Update, context: BotContext) -> None:
    """Show the models; with a name, make that model the one that paints. Raises Refused."""
    message, services = message_of(update), context.services
    request, word = request_of(message), rest_of(message)
    to = request.address
    if not word:
        await _show(services, to)
        return
    chosen = services.models.named(word)
    if not is_private(message) and not await services.messenger.is_admin(to.chat_id, request.requester_id):
        raise Refused(replace(ADMINS_ONLY, params={"name": chosen.name}))
    await _set(services, to.chat_id, chosen)
    await services.messenger.send_text(to, chosen_words(chosen))


async def pressed(update: Update, context: BotContext) -> None:
    """Make the model of a pressed button the one that paints, and mark it in the list."""
    button_press, services = button_press_of(update), context.services
    if button_press is None:
        return
    chat_id, name = button_press.chat_id, button_press.data.removeprefix(_PREFIX)
    if chat_id < 0 and not await services.messenger.is_admin(chat_id, button_press.person):
        await services.replies.alert(button_press, ADMINS_ONLY_ALERT)
        return
    chosen = next((model for model in services.models.offered if model.name == name), None)
    if chosen is None:
        await services.replies.alert(button_press, NO_MORE)
    else:
        await _set(services, chat_id, chosen)
        words = chosen_words(chosen)
        await services.messenger.answer_callback(button_press.query_id, words, button_press.language)
    await redraw(services, button_press, *await _list(services, button_press.request.address))


def chosen_words(chosen: ImageModel) -> Text:
    """Return the words about the model that paints from now on."""
    return replace(CHOSEN, params={"model": chosen.title, "price": price_of(chosen)})


def price_of(model: ImageModel) -> Renderable:
    """Return the credits for a picture of a model: a range if they depend on the resolution."""
    lowest, highest = min(model.prices.values()), max(model.prices.values())
    if lowest == highest:
        return in_words(lowest)
    return text("{lowest}–{highest} credits", lowest=Credits(lowest), highest=Credits(highest))


def label_of(model: ImageModel, *, is_present: bool = False) -> Renderable:
    """Return the label of a model's button: its title and its lowest price."""
    label = text("{model} · {credits}", model=model.title, credits=Credits(model.price(None)))
    return Joined((Verbatim("✓"), label), " ") if is_present else label


async def _show(services: Services, to: Destination) -> None:
    offered = services.models.offered
    if len(offered) == 1:
        await services.replies.explain(to, replace(ONLY_ONE, params={"model": offered[0].title}))
        return
    words, keyboard = await _list(services, to)
    await services.replies.explain(to, words, keyboard)


async def _list(services: Services, to: Destination) -> tuple[Renderable, Keyboard]:
    """Return a line and a button for each model that is offered, with a mark at the present one."""
    offered = services.models.offered
    present = await _present(services, to.chat_id)
    title = replace(TITLE if to.chat_id > 0 else TITLE_CHAT, params={"name": offered[-1].name if offered else ""})
    buttons = [Button(label_of(model, is_present=model.name == present), f"{_PREFIX}{model.name}") for model in offered]
    rows = tuple(tuple(buttons[start : start + _IN_ROW]) for start in range(0, len(buttons), _IN_ROW))
    return Joined((title, Verbatim(""), *(_line(model) for model in offered))), rows


async def _present(services: Services, chat_id: int) -> str:
    """Return the name of the model that paints in a chat if a command names none."""
    chosen = (await services.preferences.get(chat_id)).model
    is_offered = any(model.name == chosen for model in services.models.offered)
    return chosen if chosen and is_offered else services.models.standard.name


def _line(model: ImageModel) -> Renderable:
    return text(
        "<code>{name}</code> – {model}. {good_at}: {price}",
        name=model.name,
        model=model.title,
        good_at=model.good_at,
        price=price_of(model),
    )


async def _set(services: Services, chat_id: int, chosen: ImageModel) -> None:
    preferences = await services.preferences.get(chat_id)
    await services.preferences.put(chat_id, replace(preferences, model=chosen.name))


HANDLERS: list[BotHandler] = [
    OnCommand(Command("model", "models") & filters.TEXT, model),
    CallbackQueryHandler(pressed, pattern=rf"^{_PREFIX}[a-z0-9][a-z0-9.-]*$"),
]
