"""The gate in front of all other handlers for chats in which the admins switched the bot off.

Only /settings, which switches the bot on again, and canceling earlier orders still work there.
"""

from telegram import Update
from telegram.ext import ApplicationHandlerStop, TypeHandler

from core.models.callback_data import Action
from core.text import text
from handlers import group_rules
from handlers import settings as settings_menu
from handlers.context import BotContext, BotHandler
from handlers.parsing import Command

OFF = text("The bot is switched off in this chat.")
_COMMANDS = Command("settings", "cancel")
_BUTTONS = tuple(f"{name}:" for name in (group_rules.CHOICES.prefix, settings_menu.CHOICES.prefix, Action.STOP.value))
"""How the callback data of the buttons that still work begins."""


async def gate(update: Update, context: BotContext) -> None:
    """Raise ApplicationHandlerStop for an update that a switched-off chat must not get an answer to."""
    chat, message, query = update.effective_chat, update.message, update.callback_query
    if chat is None or chat.id > 0 or update.my_chat_member or (message and message.migrate_to_chat_id):
        return
    if (message and _COMMANDS.filter(message)) or (query and (query.data or "").startswith(_BUTTONS)):
        return
    services = context.services
    if (await services.groups.rules(chat.id)).is_on:
        return
    if query:
        await services.messenger.answer_callback(query.id, OFF, query.from_user.language_code or "en", alert=True)
    raise ApplicationHandlerStop


HANDLERS: list[BotHandler] = [TypeHandler(Update, gate)]
