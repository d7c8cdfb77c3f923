"""Off means off: where a group's admins switched the bot off, nothing works but their way to switch it on again, and
calling off what was ordered before."""

from telegram import Update
from telegram.ext import Application, ApplicationHandlerStop, TypeHandler

from core.models.callback_data import Action
from core.text import text
from handlers import group_rules
from handlers import settings as settings_menu
from handlers.context import Services
from handlers.parsing import Command, Context

OFF = text("The bot is switched off in this chat.")


def register(application: Application, services: Services, bot_name: str) -> None:  # type: ignore[type-arg]
    """Looked at before all others."""
    ways = Command(bot_name, "settings"), Command(bot_name, "cancel")
    presses = tuple(
        f"{name}:" for name in (group_rules.CHOICES.prefix, settings_menu.CHOICES.prefix, Action.STOP.value)
    )

    async def gate(update: Update, _: Context) -> None:
        chat, message, query = update.effective_chat, update.message, update.callback_query
        if chat is None or chat.id > 0 or update.my_chat_member or (message and message.migrate_to_chat_id):
            return
        if (message and any(way.filter(message) for way in ways)) or (query and (query.data or "").startswith(presses)):
            return
        if (await services.groups.rules(chat.id)).is_on:
            return
        if query:
            await services.messenger.answer_callback(query.id, OFF, query.from_user.language_code or "en", alert=True)
        raise ApplicationHandlerStop

    application.add_handler(TypeHandler(Update, gate), group=-1)
