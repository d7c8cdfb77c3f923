"""The methods for the bot's commands in each scope and language, and the menu that results for one user in one chat."""

import json
import re
from collections.abc import Iterator
from typing import Any

from sandbox.telegram.calls import Call, check_object
from sandbox.telegram.entities import utf16_length
from sandbox.telegram.errors import bad_request
from sandbox.telegram.roles import IN_CHARGE
from sandbox.telegram.world import World

COMMAND = re.compile(r"[a-z0-9_]{1,32}")
PLAIN = frozenset({"default", "all_private_chats", "all_group_chats", "all_chat_administrators"})
OF_CHAT = frozenset({"chat", "chat_administrators", "chat_member"})

Scope = dict[str, Any]


async def set_my_commands(world: World, call: Call) -> bool:
    """Store the commands of one scope and language.

    Limits (Bot API, setMyCommands and BotCommand): 100 commands, names of 1-32 and descriptions of 1-256 characters.
    """
    commands = [check_object("BotCommand", command) for command in call.get("commands")]
    if len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not COMMAND.fullmatch(command["command"].removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= utf16_length(command["description"]) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    world.commands[_key_of(world, call)] = commands
    world.events.emit("commands", None)
    return True


async def get_my_commands(world: World, call: Call) -> list[dict[str, str]]:
    """Return the commands of exactly this scope and language."""
    return world.commands.get(_key_of(world, call), [])


async def delete_my_commands(world: World, call: Call) -> bool:
    """Delete the commands of this scope and language."""
    world.commands.pop(_key_of(world, call), None)
    world.events.emit("commands", None)
    return True


def menu_of(world: World, chat_id: int, person_id: int) -> list[dict[str, str]]:
    """Return the commands that a user sees in a chat: those of the first scope and language that has any.

    Bot API, "Determining list of commands": each scope first in the user's language, then without one.
    """
    language = world.people.get(person_id, {}).get("language_code", "")
    for scope in _scopes(world, chat_id, person_id):
        for code in dict.fromkeys((language, "")):
            if commands := world.commands.get(_key(scope, code)):
                return commands
    return []


def _scopes(world: World, chat_id: int, person_id: int) -> Iterator[Scope]:
    """Return the scopes that apply to a user in a chat, the narrowest first."""
    chat = world.chats[chat_id]
    if not chat.is_group:
        yield {"type": "chat", "chat_id": chat_id}
        yield {"type": "all_private_chats"}
    else:
        in_charge = world.role_of(chat, person_id).status in IN_CHARGE
        yield {"type": "chat_member", "chat_id": chat_id, "user_id": person_id}
        if in_charge:
            yield {"type": "chat_administrators", "chat_id": chat_id}
        yield {"type": "chat", "chat_id": chat_id}
        if in_charge:
            yield {"type": "all_chat_administrators"}
        yield {"type": "all_group_chats"}
    yield {"type": "default"}


def _key_of(world: World, call: Call) -> str:
    """Return the key of a call's scope and language. Raises BotApiError for a scope that Telegram doesn't know."""
    given = call.get("scope") or {"type": "default"}
    kind = given.get("type")
    if kind in PLAIN:
        return _key({"type": kind}, call.get("language_code", ""))
    if kind not in OF_CHAT:
        raise bad_request("can't parse BotCommandScope: Unsupported type specified")
    chat = world.chat_for_bot(_chat_id(given.get("chat_id", "")))
    scope = {"type": kind, "chat_id": chat.id}
    if kind != "chat" and not chat.is_group:
        raise bad_request("can't use the bot command scope in private chats")
    if kind == "chat_member":
        scope["user_id"] = given.get("user_id")
        if scope["user_id"] not in world.people:
            raise bad_request("user not found")
    return _key(scope, call.get("language_code", ""))


def _chat_id(told: int | str) -> int | str:
    """Return a chat's number also if it is sent as text, as the Bot API allows."""
    return int(told) if re.fullmatch(r"-?\d{1,18}", str(told)) else told


def _key(scope: Scope, language: str) -> str:
    return json.dumps([scope, language], sort_keys=True)
