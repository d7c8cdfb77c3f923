"""The methods for the bot's name and descriptions in each language."""

from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.telegram.calls import Call
from sandbox.telegram.entities import utf16_length
from sandbox.telegram.errors import bad_request
from sandbox.telegram.world import World

LONGEST = {"name": 64, "description": 512, "short_description": 120}
"""Field → the largest number of characters (Bot API, setMyName, setMyDescription and setMyShortDescription)."""


def setter(field: str) -> Callable[[World, Call], Awaitable[bool]]:
    """Return the method that sets a field. An empty value removes it."""

    async def change(world: World, call: Call) -> bool:
        value, language = call.get(field, "").strip(), call.get("language_code", "")
        if utf16_length(value) > LONGEST[field]:
            raise bad_request(f"{field} is too long")
        world.profile[field, language] = value
        if field == "name" and not language and value:
            world.bot["first_name"] = value
        return True

    return change


def getter(field: str) -> Callable[[World, Call], Awaitable[dict[str, Any]]]:
    """Return the method that reads a field in a language, or in the default one if that language has no value."""

    async def tell(world: World, call: Call) -> dict[str, Any]:
        usual = world.bot["first_name"] if field == "name" else world.profile.get((field, ""), "")
        return {field: world.profile.get((field, call.get("language_code", ""))) or usual}

    return tell
