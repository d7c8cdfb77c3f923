"""/settings: the options that hold if a command names none, for a person or for a group."""

from dataclasses import replace

from telegram import Update
from telegram.ext import CallbackQueryHandler, MessageHandler, filters

from core.errors import Refused
from core.models.image_request import Fallback, Size
from core.models.job import Destination
from core.models.keyboard import Keyboard
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
"""The options that can be set, by the fields of Preferences."""

_OF_CHAT = Choices("set", {name: setting for name, setting in CHOICES.settings.items() if name != "after_result"})
"""Without the option that counts in private chats only."""
MENU, MENU_OF_CHAT = StepMenu(CHOICES), StepMenu(_OF_CHAT)
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
    words, keyboard = _overview(to, await services.preferences.get(to.chat_id))
    await services.messenger.send_text(to, words, keyboard=keyboard)


async def step(update: Update, context: BotContext) -> None:
    """Open a setting, choose a value, go back, or unset all."""
    button_press, services = button_press_of(update), context.services
    pressed = MENU.read(button_press.data) if button_press else None
    if not button_press or not await _is_permitted(services, button_press):
        return
    if pressed is None:
        await services.replies.alert(button_press, OUTDATED)
        return
    await services.messenger.answer_callback(button_press.query_id)
    preferences = await services.preferences.get(button_press.chat_id)
    if pressed.step is Step.OPEN:
        await redraw(services, button_press, *_opened(pressed.name, preferences))
        return
    await _change(services, button_press, preferences, _after(preferences, pressed))


async def change(update: Update, context: BotContext) -> None:
    """Set the option of a button in an old message, or unset it if it has this value already."""
    button_press, services = button_press_of(update), context.services
    match = CHOICES.pattern.match(button_press.data) if button_press else None
    if not button_press or not match or not await _is_permitted(services, button_press):
        return
    await services.messenger.answer_callback(button_press.query_id)
    name, offered = match["name"], CHOICES.value(match["name"], match["value"])
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


def _after(preferences: Preferences, pressed: StepPress) -> Preferences:
    """Return the preferences after a step that leads back to the overview."""
    if pressed.step is Step.UNSET:
        return Preferences()
    offered = CHOICES.value(pressed.name, pressed.key) if pressed.step is Step.PICK else None
    return replace(preferences, **{pressed.name: offered[0]}) if offered else preferences


async def _change(
    services: Services, button_press: ButtonPress, preferences: Preferences, changed: Preferences
) -> None:
    """Store preferences that changed, and show the menu."""
    if changed != preferences:
        await services.preferences.put(button_press.chat_id, changed)
    await redraw(services, button_press, *_overview(button_press.request.address, changed))


def _overview(to: Destination, preferences: Preferences) -> tuple[Renderable, Keyboard]:
    """Return the words and the keyboard for the values that apply."""
    applied = preferences.over(DEFAULTS)
    if to.chat_id > 0:
        return Joined((TITLE, Verbatim(""), *CHOICES.lines(applied))), MENU.overview(applied)
    words = Joined((TITLE_CHAT, Verbatim(""), *_OF_CHAT.lines(applied)))
    return words, (*MENU_OF_CHAT.overview(applied), (group_rules.OPEN,))


def _opened(name: str, preferences: Preferences) -> tuple[Renderable, Keyboard]:
    title, _ = CHOICES.settings[name]
    return text("⚙️ <b>{setting}</b>", setting=title), MENU.opened(name, preferences.over(DEFAULTS))


HANDLERS: list[BotHandler] = [
    MessageHandler(Command("start") & filters.ChatType.PRIVATE & DeepLink(SETTINGS_LINK), settings),
    MessageHandler(Command("settings") & filters.TEXT, settings),
    CallbackQueryHandler(step, pattern=MENU.pattern),
    CallbackQueryHandler(change, pattern=CHOICES.pattern),
]
