"""Shared helpers of the operator tests: a bot with Ada as operator, and ways to talk to it."""

from typing import Any

from tests.e2e.kit import ADA, Message, Studio, until, words_of


async def ask(studio: Studio, words: str, says: str = "", person: int = ADA) -> Message:
    """Send a message, and return the answer that contains `says`."""
    return await studio.answer(await studio.say(words, person), says)


async def press(studio: Studio, message: Message, verb: str, person: int = ADA) -> dict[str, Any]:
    """Press a button of the bot's message as soon as it exists."""
    await until(lambda: _data(studio, message, verb))
    return await studio.world.press(
        message["chat"]["id"], message["message_id"], person, _data(studio, message, verb) or ""
    )


def _data(studio: Studio, message: Message, verb: str) -> str | None:
    entry = studio.world.chats[message["chat"]["id"]].find(message["message_id"])
    rows = entry.now.get("reply_markup", {}).get("inline_keyboard", []) if entry else []
    return next((key["callback_data"] for row in rows for key in row if f":{verb}:" in key["callback_data"]), None)


def now(studio: Studio, message: Message) -> str:
    """Return the current text of a message."""
    entry = studio.world.chats[message["chat"]["id"]].find(message["message_id"])
    return words_of(entry.now) if entry else ""


async def becomes(studio: Studio, message: Message, words: str) -> None:
    """Wait until the message contains these words."""
    await until(lambda: words in now(studio, message))


def heard(studio: Studio, words: str) -> list[int]:
    """Return the chats in which the bot said exactly this."""
    chats = studio.world.chats
    return [chat for chat in chats for message in studio.from_bot(chat) if words_of(message) == words]
