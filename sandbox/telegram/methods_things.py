"""The methods that send content without a file: locations, venues, contacts and dice."""

from typing import Any

from sandbox.telegram.calls import Call
from sandbox.telegram.chats import Message
from sandbox.telegram.errors import bad_request
from sandbox.telegram.methods_send import post
from sandbox.telegram.world import World

FURTHEST = {"latitude": 90, "longitude": 180}
DICE = {"🎲": 6, "🎯": 6, "🎳": 6, "🏀": 5, "⚽": 5, "🎰": 64}
"""Emoji → its highest value (Bot API, sendDice)."""
OF_LOCATION = ("latitude", "longitude", "horizontal_accuracy", "live_period", "heading", "proximity_alert_radius")
OF_VENUE = ("title", "address", "foursquare_id", "foursquare_type", "google_place_id", "google_place_type")
OF_CONTACT = ("phone_number", "first_name", "last_name", "vcard")


async def send_location(world: World, call: Call) -> Message:
    """Send a location."""
    return post(world, call, {"location": _location(call)})


async def send_venue(world: World, call: Call) -> Message:
    """Send a venue. Its message also has a location."""
    place = _location(call)
    return post(world, call, {"venue": {"location": place, **_given(call, OF_VENUE)}, "location": place})


async def send_contact(world: World, call: Call) -> Message:
    """Send a contact."""
    return post(world, call, {"contact": _given(call, OF_CONTACT)})


async def send_dice(world: World, call: Call) -> Message:
    """Roll a die. The values come in turn, so that tests don't depend on chance."""
    emoji = call.get("emoji", "🎲").removesuffix("\N{VARIATION SELECTOR-16}")
    if emoji not in DICE:
        raise bad_request("MEDIA_INVALID")
    return post(world, call, {"dice": {"emoji": emoji, "value": next(world.rolls[emoji]) % DICE[emoji] + 1}})


def _location(call: Call) -> dict[str, Any]:
    for name, most in FURTHEST.items():
        if abs(call.get(name)) > most:
            raise bad_request(f"{name} must be from -{most} to {most}")
    return _given(call, OF_LOCATION)


def _given(call: Call, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: call.get(name) for name in names if call.get(name) not in {None, ""}}
