"""/settings: the options that hold if a command names none, for a person or for a group."""

from dataclasses import replace

from telegram import Update
from telegram.ext import CallbackQueryHandler, MessageHandler, filters

from core.errors import Refused
from core.models.image_request import Fallback, Size
from core.models.job import Destination
from core.models.keyboard import Keyboard
from core.models.preferences import AfterResult, Preferences
from core.text import Joined, Renderable, Verbatim, text
from handlers import group_rules
from handlers.choice_menu import Choices, redraw
from handlers.context import BotContext, BotHandler
from handlers.parsing import Command, button_press_of, is_private, message_of, request_of

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
        "after_result": (
            text("“Make it …” after a picture"),
            (
                ("ask", text("Ask me"), AfterResult.ASK),
                ("change", text("Change it"), AfterResult.CHANGE),
                ("new", text("New picture"), AfterResult.NEW),
            ),
        ),
        "as_file": (text("Results come as"), (("photo", text("Photo"), False), ("file", text("File"), True))),
    },
)
"""The options that can be set, by the fields of Preferences."""

TITLE = text("⚙️ <b>Your settings</b>, for whenever a command doesn't say otherwise. Tap to change, tap again to unset.")
TITLE_CHAT = text(
    "⚙️ <b>Settings of this chat</b>, for members who have none of their own. Tap to change, tap again to unset."
)
ADMINS_ONLY = text(
    "Only admins can change the settings of this chat. Your own are in a private chat with me: /settings"
)


async def settings(update: Update, context: BotContext) -> None:
    """Show the menu; in a group, only to its admins."""
    message, services = message_of(update), context.services
    request = request_of(message)
    to = request.address
    if not is_private(message) and not await services.messenger.is_admin(to.chat_id, request.requester_id):
        raise Refused(ADMINS_ONLY)
    preferences = await services.preferences.get(to.chat_id)
    await services.messenger.send_text(to, _words(to, preferences), keyboard=_keyboard(to, preferences))


async def change(update: Update, context: BotContext) -> None:
    """Set the option of a pressed button, or unset it if it has this value already."""
    button_press, services = button_press_of(update), context.services
    match = CHOICES.pattern.match(button_press.data) if button_press else None
    if not button_press or not match:
        return
    chat_id = button_press.chat_id
    if chat_id < 0 and not await services.messenger.is_admin(chat_id, button_press.person):
        await services.replies.alert(button_press, ADMINS_ONLY)
        return
    await services.messenger.answer_callback(button_press.query_id)
    name, offered = match["name"], CHOICES.value(match["name"], match["value"])
    if offered is None:
        return
    preferences = await services.preferences.get(chat_id)
    is_set = getattr(preferences, name) == offered[0]
    preferences = replace(preferences, **{name: None if is_set else offered[0]})
    await services.preferences.put(chat_id, preferences)
    to = button_press.request.address
    await redraw(services, button_press, _words(to, preferences), _keyboard(to, preferences))


def _words(to: Destination, preferences: Preferences) -> Renderable:
    return Joined((TITLE if to.chat_id > 0 else TITLE_CHAT, Verbatim(""), *CHOICES.lines(preferences)))


def _keyboard(to: Destination, preferences: Preferences) -> Keyboard:
    rows = CHOICES.keyboard(preferences)
    return rows if to.chat_id > 0 else (*rows, (group_rules.OPEN,))


HANDLERS: list[BotHandler] = [
    MessageHandler(Command("settings") & filters.TEXT, settings),
    CallbackQueryHandler(change, pattern=CHOICES.pattern),
]
