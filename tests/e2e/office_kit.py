"""What the tests of operators share: a bot that Ada runs, and how she talks to it."""

from typing import Any

import pytest

from tests.e2e.kit import ADA, Message, Studio, until, words_of


@pytest.fixture
async def office(idle: Studio) -> Studio:
    """A bot that Ada runs, and that others may use."""
    idle.world.limits.enabled = False
    await idle.start(admins=[ADA], admin_chat_id=ADA)
    return idle


async def ask(studio: Studio, words: str, says: str = "", person: int = ADA) -> Message:
    """Say something, and see the answer."""
    return await studio.answer(await studio.say(words, person), says)


async def press(studio: Studio, message: Message, verb: str, person: int = ADA) -> dict[str, Any]:
    """Press a button of the bot's message, as soon as it is there."""
    await until(lambda: _data(studio, message, verb))
    return await studio.world.press(
        message["chat"]["id"], message["message_id"], person, _data(studio, message, verb) or ""
    )


def _data(studio: Studio, message: Message, verb: str) -> str | None:
    entry = studio.world.chats[message["chat"]["id"]].find(message["message_id"])
    rows = entry.now.get("reply_markup", {}).get("inline_keyboard", []) if entry else []
    return next((key["callback_data"] for row in rows for key in row if f":{verb}:" in key["callback_data"]), None)


def now(studio: Studio, message: Message) -> str:
    """What a message says by now."""
    entry = studio.world.chats[message["chat"]["id"]].find(message["message_id"])
    return words_of(entry.now) if entry else ""


async def becomes(studio: Studio, message: Message, words: str) -> None:
    """Wait until it says this."""
    await until(lambda: words in now(studio, message))


def heard(studio: Studio, words: str) -> list[int]:
    """In which chats the bot said exactly this."""
    chats = studio.world.chats
    return [chat for chat in chats for message in studio.from_bot(chat) if words_of(message) == words]
