"""/settings: what a person, or the admins of a group, want wherever a command names nothing."""

from dataclasses import replace

from telegram import Update
from telegram.ext import Application, CallbackQueryHandler, MessageHandler, filters

from core.errors import Refused
from core.models.image_request import Fallback, Size
from core.models.job import Destination
from core.models.keyboard import Keyboard
from core.models.preferences import Preferences
from core.text import Joined, Renderable, Verbatim, text
from handlers import group_rules
from handlers.choice_menu import Choices, redraw
from handlers.context import Services
from handlers.parsing import ButtonPress, Command, Context, button_press_of, is_private, message_of, request_of

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
    },
)
"""What can be set, by the fields of Preferences."""

TITLE = text("⚙️ <b>Your settings</b>, for whenever a command doesn't say otherwise. Tap to change, tap again to unset.")
TITLE_CHAT = text(
    "⚙️ <b>Settings of this chat</b>, for whoever has none of their own. Tap to change, tap again to unset."
)
ADMINS_ONLY = text(
    "Only admins can change the settings of this chat. Your own are in a private chat with me: /settings"
)


def register(application: Application, services: Services, bot_name: str) -> None:  # type: ignore[type-arg]
    """The command and its buttons."""

    async def settings(update: Update, _: Context) -> None:
        message = message_of(update)
        request = request_of(message)
        if not is_private(message) and not await services.messenger.is_admin(
            request.address.chat_id, request.requester_id
        ):
            raise Refused(ADMINS_ONLY)
        preferences = await services.preferences.get(request.address.chat_id)
        await services.messenger.send_text(
            request.address, _words(request.address, preferences), keyboard=_keyboard(request.address, preferences)
        )

    async def change(update: Update, _: Context) -> None:
        button_press = button_press_of(update)
        match = CHOICES.pattern.match(button_press.data) if button_press else None
        if not button_press or not match:
            return
        if button_press.chat_id < 0 and not await services.messenger.is_admin(
            button_press.chat_id, button_press.person
        ):
            await services.messenger.answer_callback(
                button_press.query_id, ADMINS_ONLY, button_press.language, alert=True
            )
            return
        await services.messenger.answer_callback(button_press.query_id)
        await _change(services, button_press, match["name"], match["value"])

    application.add_handler(MessageHandler(Command(bot_name, "settings") & filters.TEXT, settings))
    application.add_handler(CallbackQueryHandler(change, pattern=CHOICES.pattern))


async def _change(services: Services, button_press: ButtonPress, name: str, short: str) -> None:
    """Set it, or with a second tap on the same value unset it."""
    offered = CHOICES.value(name, short)
    if offered is None:
        return
    preferences = await services.preferences.get(button_press.chat_id)
    preferences = replace(preferences, **{name: None if getattr(preferences, name) == offered[0] else offered[0]})
    await services.preferences.put(button_press.chat_id, preferences)
    to = button_press.request.address
    await redraw(services, button_press, _words(to, preferences), _keyboard(to, preferences))


def _words(to: Destination, preferences: Preferences) -> Renderable:
    return Joined((TITLE if to.chat_id > 0 else TITLE_CHAT, Verbatim(""), *CHOICES.lines(preferences)))


def _keyboard(to: Destination, preferences: Preferences) -> Keyboard:
    rows = CHOICES.keyboard(preferences)
    return rows if to.chat_id > 0 else (*rows, (group_rules.OPEN,))
