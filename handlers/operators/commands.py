"""Operators' commands about people, chats and the bot as a whole; for all other people they don't exist."""

from collections.abc import Callable, Collection, Coroutine
from typing import Any

from telegram import Update
from telegram.ext import filters

from handlers.context import BotContext, BotHandler
from handlers.operators import bans, broadcast, panel, pausing, statistics
from handlers.operators import credits as credit_commands
from handlers.operators.context import Operator
from handlers.parsing import Command, OnCommand

COMMANDS: dict[str, Callable[[Update, BotContext], Coroutine[Any, Any, None]]] = {
    "admin": panel.admin,
    "stats": statistics.stats,
    "ban": bans.ban,
    "unban": bans.unban,
    "allow": bans.allow,
    "pause": pausing.pause,
    "resume": pausing.resume,
    "credits": credit_commands.credits_left,
    "grant": credit_commands.grant,
    "invite": credit_commands.invite,
    "broadcast": broadcast.broadcast,
}


def handlers_of(admins: Collection[int]) -> list[BotHandler]:
    """Return the handlers of the commands, of operators' buttons, and of invitations, which are for all people."""
    operator, invitation = Operator(admins), Command("start") & filters.ChatType.PRIVATE & credit_commands.Invitation()
    return [
        *(OnCommand(Command(name) & filters.TEXT & operator, handle) for name, handle in COMMANDS.items()),
        *broadcast.HANDLERS,
        *bans.HANDLERS,
        *panel.HANDLERS,
        OnCommand(invitation, credit_commands.redeem),
    ]
