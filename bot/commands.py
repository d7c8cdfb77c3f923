"""The bot's commands: the order of their handlers, and their menus in Telegram."""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress

from telegram import BotCommand, BotCommandScopeChat
from telegram.error import TelegramError

from bot.telegram.i18n import language
from core.models.image_model import Tool
from core.models.model_choice import Models
from core.text import Text, text
from handlers import (
    albums,
    buttons,
    cancel,
    disabled_chats,
    examples,
    favorites,
    group_rules,
    history,
    imagine,
    last_picture,
    masks,
    me,
    membership,
    mentions,
    models,
    names,
    plain_messages,
    question_buttons,
    start,
    tools,
)
from handlers import settings as settings_menu
from handlers.context import BotApplication, BotHandler, Services
from handlers.operators import commands as operator_commands
from handlers.operators.context import OperatorContext

HANDLERS: list[BotHandler] = [
    *albums.HANDLERS,  # before everything that takes a piece for a picture of its own
    *membership.HANDLERS,
    *settings_menu.HANDLERS,  # before /start, which would take the link to the settings
    *start.HANDLERS,
    *examples.HANDLERS,
    *imagine.HANDLERS,
    *masks.HANDLERS,
    *models.HANDLERS,
    *tools.HANDLERS,
    *history.HANDLERS,
    *favorites.HANDLERS,
    *group_rules.HANDLERS,
    *last_picture.HANDLERS,
    *question_buttons.HANDLERS,
    *cancel.HANDLERS,
    *me.HANDLERS,
    *mentions.HANDLERS,  # after the commands: a command that is still there is for another bot
    *plain_messages.HANDLERS,
    *buttons.HANDLERS,  # last: it takes the button presses that no other handler knows
]
"""In the order in which they are offered an update. The first match wins, so mind the place of a new one."""

COMMANDS = (
    ("imagine", text("Paint a picture from words")),
    ("edit", text("Change a picture you reply to")),
    ("mask", text("Change only a part of a picture")),
    ("model", text("The models that paint, to choose from")),
    ("upscale", text("Make a picture you reply to larger")),
    ("cutout", text("Take away the background of a picture you reply to")),
    ("history", text("Your pictures, to go on from any of them")),
    ("cancel", text("Cancel your latest picture")),
    ("me", text("The pictures you have left today")),
    ("settings", text("Size, number and so on, for when you don't name them")),
    ("help", text("What I can do, and how to ask for it")),
)
OPERATOR_COMMANDS = (
    ("admin", text("Pause, charts, credits and broadcasts")),
    ("stats", text("Pictures of the last days, as a chart")),
    ("credits", text("Credits left on the account")),
    ("grant", text("Give credits to a person or chat")),
    ("invite", text("Make an invitation link")),
    ("allow", text("Let a person or chat in")),
    ("ban", text("Ban a person or chat")),
    ("unban", text("End a ban")),
    ("broadcast", text("Send a message to every chat")),
    ("pause", text("Stop new pictures")),
    ("resume", text("Go on with them")),
)
"""In addition to these, for operators."""
_NEEDS: dict[str, Callable[[Models], bool]] = {
    "model": lambda models: len(models.offered) > 1,
    "upscale": lambda models: bool(models.factors),
    "cutout": lambda models: models.tool(Tool.CUTOUT) is not None,
}
"""The commands that are shown only with models for them."""


def register_handlers(
    application: BotApplication, admins: Collection[int], services: Services, operators: OperatorContext
) -> None:
    """Register all handlers: the gate of switched-off chats in a group before the others, operators' commands first."""
    application.bot_data.services, application.bot_data.operators = services, operators
    application.add_handlers(disabled_chats.HANDLERS, group=-1)
    application.add_handlers([*operator_commands.handlers_of(admins), *HANDLERS])
    application.add_handlers(names.HANDLERS, group=1)


async def set_menus(application: BotApplication, models: Models, operators: Sequence[int]) -> None:
    """Set the menus of commands in Telegram; the bot also works without them."""
    with suppress(TelegramError):
        await application.bot.set_my_commands(_menu(models, COMMANDS))
    for operator in operators:
        await set_operator_menu(application, models, operator)


async def set_operator_menu(application: BotApplication, models: Models, operator: int) -> None:
    """Set the menu of an operator's private chat. For one who never wrote to the bot, Telegram refuses it."""
    with suppress(TelegramError):
        menu = _menu(models, COMMANDS + OPERATOR_COMMANDS)
        await application.bot.set_my_commands(menu, BotCommandScopeChat(operator))


def _menu(models: Models, commands: tuple[tuple[str, Text], ...]) -> list[BotCommand]:
    english = language("en")
    return [BotCommand(name, english.render(words)) for name, words in commands if _is_shown(models, name)]


def _is_shown(models: Models, name: str) -> bool:
    return name not in _NEEDS or _NEEDS[name](models)
