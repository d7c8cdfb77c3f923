"""/settings: what a person, or the admins of a group, want wherever a command names nothing."""

import re
from dataclasses import replace
from typing import Any

from telegram import Update
from telegram.ext import Application, CallbackQueryHandler, MessageHandler, filters

from bot.domain.exchange import Button, Keyboard, Preferences
from bot.domain.job import Address
from bot.domain.request import Fallback, Size
from bot.domain.text import Joined, Text, Verbatim, Words, text
from handlers import group_rules
from handlers.desk import Desk
from handlers.reading import Command, Context, Tap, asked, is_anonymous_admin, is_private, message_of, tap_of

_DATA = re.compile(r"^set:(?P<name>[a-z_]+):(?P<value>[a-z0-9]+)$")

Choice = tuple[str, Words, Any]
CHOICES: dict[str, tuple[Text, tuple[Choice, ...]]] = {
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
}
"""Every setting: its name to people, and its values by their short names in buttons."""

TITLE = text("⚙️ <b>Your settings</b>, for whenever a command doesn't say otherwise. Tap to change, tap again to unset.")
TITLE_CHAT = text(
    "⚙️ <b>Settings of this chat</b>, for whoever has none of their own. Tap to change, tap again to unset."
)
ADMINS_ONLY = text(
    "Only admins can change the settings of this chat. Your own are in a private chat with me: /settings"
)
UNSET = text("not set")


def register(application: Application, desk: Desk, bot_name: str) -> None:  # type: ignore[type-arg]
    """The command and its buttons."""

    async def settings(update: Update, _: Context) -> None:
        message = message_of(update)
        who = asked(message)
        trusted = is_private(message) or is_anonymous_admin(message)
        if not trusted and not await desk.messenger.is_admin(who.address.chat_id, who.asked_by):
            await desk.messenger.say(who.address, ADMINS_ONLY)
            return
        wishes = await desk.wishes.get(who.address.chat_id)
        await desk.messenger.say(who.address, _words(who.address, wishes), keyboard=_keyboard(who.address, wishes))

    async def change(update: Update, _: Context) -> None:
        tap = tap_of(update)
        match = _DATA.match(tap.data) if tap else None
        if not tap or not match:
            return
        if tap.chat_id < 0 and not await desk.messenger.is_admin(tap.chat_id, tap.person):
            await desk.messenger.acknowledge(tap.query_id, ADMINS_ONLY, tap.language, alert=True)
            return
        await desk.messenger.acknowledge(tap.query_id)
        await _change(desk, tap, match["name"], match["value"])

    application.add_handler(MessageHandler(Command(bot_name, "settings") & filters.TEXT, settings))
    application.add_handler(CallbackQueryHandler(change, pattern=_DATA))


async def _change(desk: Desk, tap: Tap, name: str, short: str) -> None:
    values = {known: value for known, _, value in CHOICES[name][1]} if name in CHOICES else {}
    if short not in values:
        return
    wishes = await desk.wishes.get(tap.chat_id)
    now = getattr(wishes, name)
    wishes = replace(wishes, **{name: None if now == values[short] else values[short]})
    await desk.wishes.put(tap.chat_id, wishes)
    to = tap.asked.address
    await desk.messenger.edit(to, tap.message_id, _words(to, wishes), keyboard=_keyboard(to, wishes))


def _words(to: Address, wishes: Preferences) -> Words:
    lines: list[Words] = [TITLE if to.chat_id > 0 else TITLE_CHAT, Verbatim("")]
    for name, (title, choices) in CHOICES.items():
        chosen = next((label for _, label, value in choices if value == getattr(wishes, name)), UNSET)
        lines.append(text("{setting}: <b>{value}</b>", setting=title, value=chosen))
    return Joined(tuple(lines))


def _keyboard(to: Address, wishes: Preferences) -> Keyboard:
    def button(name: str, choice: Choice) -> Button:
        short, label, value = choice
        chosen = value == getattr(wishes, name)
        return Button(Joined((Verbatim("●"), label), " ") if chosen else label, f"set:{name}:{short}")

    rows = tuple(tuple(button(name, choice) for choice in choices) for name, (_, choices) in CHOICES.items())
    return rows if to.chat_id > 0 else (*rows, (group_rules.OPEN,))
