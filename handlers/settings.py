"""/settings: the options that hold if a command names none, for a person or for a group."""

from dataclasses import replace

from telegram import Update
from telegram.ext import CallbackQueryHandler, filters

from core.errors import Refused
from core.models.image_request import Fallback, Size
from core.models.job import Destination
from core.models.keyboard import Keyboard
from core.models.model_choice import Models
from core.models.preferences import DEFAULTS, AfterResult, Preferences
from core.text import Joined, Renderable, Verbatim, text
from handlers import group_rules
from handlers.choice_menu import Choices, Step, StepMenu, StepPress, redraw
from handlers.context import BotContext, BotHandler, Services
from handlers.parsing import (
    SETTINGS_LINK,
    ButtonPress,
    Command,
    DeepLink,
    OnCommand,
    button_press_of,
    is_private,
    message_of,
    request_of,
)

CHOICES = Choices(
    "set",
    {
        "size": (
            text("Size of new pictures"),
            (
                ("square", Verbatim("1:1"), Size.SQUARE),
                ("wide", Verbatim("3:2"), Size.LANDSCAPE),
                ("high", Verbatim("2:3"), Size.PORTRAIT),
            ),
        ),
        "variants": (text("Pictures from one prompt"), tuple((str(n), Verbatim(str(n)), n) for n in (1, 2, 4))),
        "enhance": (text("Add detail to prompts"), (("on", text("Enhance"), True), ("off", text("Don't"), False))),
        "fallback": (
            text("Another model steps in"),
            (("flux", text("Flux"), Fallback.FLUX), ("gpt", text("GPT"), Fallback.GPT), ("off", text("No"), "off")),
        ),
        "as_file": (text("Results come as"), (("photo", text("Photo"), False), ("file", text("File"), True))),
        "after_result": (
            text("“Make it …” after a picture"),
            (
                ("ask", text("Ask me"), AfterResult.ASK),
                ("change", text("Change it"), AfterResult.CHANGE),
                ("new", text("New picture"), AfterResult.NEW),
            ),
        ),
    },
)
"""The options that can be set with any models, by the fields of Preferences."""

_MENU = StepMenu(CHOICES)
_MORE_SIZES = (("cinema", Verbatim("16:9"), Size("16:9")), ("phone", Verbatim("9:16"), Size("9:16")))
_MODEL = text("Model")
TITLE = text("⚙️ <b>Your settings</b>, for whenever you don't say otherwise. Tap one to change it.")
TITLE_CHAT = text("⚙️ <b>Settings of this chat</b>, for members who have none of their own. Tap one to change it.")
OUTDATED = text("This button is from an older message and does nothing anymore.")
ADMINS_ONLY = text("Only admins can change the settings of this chat. Your own are in a private chat with me.")
_LINK = text(
    'Only admins can change the settings of this chat. <a href="https://t.me/{bot}?start=settings">Yours are here</a>.'
)


async def settings(update: Update, context: BotContext) -> None:
    """Show the menu; in a group, only to its admins."""
    message, services = message_of(update), context.services
    request = request_of(message)
    to = request.address
    if not is_private(message) and not await services.messenger.is_admin(to.chat_id, request.requester_id):
        raise Refused(replace(_LINK, params={"bot": context.bot.username}))
    words, keyboard = _overview(services, to, await services.preferences.get(to.chat_id))
    await services.messenger.send_text(to, words, keyboard=keyboard)


async def step(update: Update, context: BotContext) -> None:
    """Open a setting, choose a value, go back, or unset all."""
    button_press, services = button_press_of(update), context.services
    if not button_press or not await _is_permitted(services, button_press):
        return
    choices = choices_of(services.models, button_press.chat_id)
    pressed = StepMenu(choices).read(button_press.data)
    if pressed is None:
        await services.replies.alert(button_press, OUTDATED)
        return
    await services.messenger.answer_callback(button_press.query_id)
    preferences = await services.preferences.get(button_press.chat_id)
    if pressed.step is Step.OPEN:
        await redraw(services, button_press, *_opened(choices, pressed.name, _applied(services.models, preferences)))
        return
    await _change(services, button_press, preferences, _after(choices, preferences, pressed))


async def change(update: Update, context: BotContext) -> None:
    """Set the option of a button in an old message, or unset it if it has this value already."""
    button_press, services = button_press_of(update), context.services
    match = CHOICES.pattern.match(button_press.data) if button_press else None
    if not button_press or not match or not await _is_permitted(services, button_press):
        return
    await services.messenger.answer_callback(button_press.query_id)
    name = match["name"]
    offered = choices_of(services.models, button_press.chat_id).value(name, match["value"])
    if offered is None:
        return
    preferences = await services.preferences.get(button_press.chat_id)
    is_set = getattr(preferences, name) == offered[0]
    changed = replace(preferences, **{name: None if is_set else offered[0]})
    await _change(services, button_press, preferences, changed)


async def _is_permitted(services: Services, button_press: ButtonPress) -> bool:
    """Return whether the person may change the settings of the chat; tell them if not."""
    chat_id = button_press.chat_id
    if chat_id > 0 or await services.messenger.is_admin(chat_id, button_press.person):
        return True
    await services.replies.alert(button_press, ADMINS_ONLY)
    return False


def choices_of(models: Models, chat_id: int) -> Choices:
    """Return the options that can be set in a chat with the models that are offered.

    A single model leaves no choice, and a size needs a model that has it. Groups lack the option for private chats.
    """
    settings = dict(CHOICES.settings)
    offered = models.offered
    if len(offered) > 1:
        names = tuple((model.name, Verbatim(model.title), model.name) for model in offered)
        settings = {"model": (_MODEL, names), **settings}
    title, sizes = settings["size"]
    more = tuple(size for size in _MORE_SIZES if any(size[2] in model.ratios for model in offered))
    settings["size"] = (title, (*sizes, *more))
    if chat_id < 0:
        del settings["after_result"]
    return Choices(CHOICES.prefix, settings)


def _applied(models: Models, preferences: Preferences) -> Preferences:
    """Return the values that apply; a model that is offered no more doesn't."""
    offered = models.offered
    standard = models.standard.name if offered else None
    return preferences.among({model.name for model in offered}).over(replace(DEFAULTS, model=standard))


def _after(choices: Choices, preferences: Preferences, pressed: StepPress) -> Preferences:
    """Return the preferences after a step that leads back to the overview."""
    if pressed.step is Step.UNSET:
        return Preferences()
    offered = choices.value(pressed.name, pressed.key) if pressed.step is Step.PICK else None
    return replace(preferences, **{pressed.name: offered[0]}) if offered else preferences


async def _change(
    services: Services, button_press: ButtonPress, preferences: Preferences, changed: Preferences
) -> None:
    """Store preferences that changed, and show the menu."""
    if changed != preferences:
        await services.preferences.put(button_press.chat_id, changed)
    await redraw(services, button_press, *_overview(services, button_press.request.address, changed))


def _overview(services: Services, to: Destination, preferences: Preferences) -> tuple[Renderable, Keyboard]:
    """Return the words and the keyboard for the values that apply."""
    choices, applied = choices_of(services.models, to.chat_id), _applied(services.models, preferences)
    words = Joined((TITLE if to.chat_id > 0 else TITLE_CHAT, Verbatim(""), *choices.lines(applied)))
    keyboard = StepMenu(choices).overview(applied)
    return words, keyboard if to.chat_id > 0 else (*keyboard, (group_rules.OPEN,))


def _opened(choices: Choices, name: str, applied: Preferences) -> tuple[Renderable, Keyboard]:
    title, _ = choices.settings[name]
    return text("⚙️ <b>{setting}</b>", setting=title), StepMenu(choices).opened(name, applied)


HANDLERS: list[BotHandler] = [
    OnCommand(Command("start") & filters.ChatType.PRIVATE & DeepLink(SETTINGS_LINK), settings),
    OnCommand(Command("settings") & filters.TEXT, settings),
    CallbackQueryHandler(step, pattern=_MENU.pattern),
    CallbackQueryHandler(change, pattern=CHOICES.pattern),
]
