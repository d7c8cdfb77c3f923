"""The data of the release before: its database, its buttons in old chats, and its jobs go on."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sandbox.faults import Fault
from tests.e2e.kit import ADA, Message, Studio, noon, until
from tests.sandbox.telegram_kit import Client

DUMP = Path(__file__).parent / "data" / "database_of_0_1.sql"
"""Written by the release before, as SQL: a delivered fox, foxes whose price was told, and an owl that waits."""
pytestmark = pytest.mark.embedded

FOX, FOXES = "c33aa54036b0", "5f485a39c446"
BUTTONS = [f"{action}:{FOX}:0" for action in ("again", "vary", "edit", "sizes", "file", "words", "del")]
BUTTONS += [f"yes:{FOXES}:0", f"stop:{FOXES}:0", "set:size:square", "set:variants:2", "set:as_file:file"]


@pytest.fixture
async def old(idle: Studio) -> Message:
    """Start the bot on the old database, and return a message in Ada's chat that has every old button."""
    with closing(sqlite3.connect(f"{idle.directory}/bot.db")) as connection:
        connection.executescript(DUMP.read_text())
        (latest,) = connection.execute("SELECT max(created_at) FROM jobs").fetchone()
        moved = {"ms": int(noon() * 1000) - latest}
        for column in ("created_at", "ordered_at", "due_at", "held_at", "submitted_at", "settled_at", "delivered_at"):
            connection.execute(f"UPDATE jobs SET {column} = {column} + :ms WHERE {column} > 0", moved)  # noqa: S608
        connection.commit()
    idle.person()
    client = Client(idle.sandbox.url, idle.sandbox.token)
    keyboard = [[{"text": data, "callback_data": data}] for data in BUTTONS]
    message: Message = await client("sendMessage", chat_id=ADA, text="old", reply_markup={"inline_keyboard": keyboard})
    await client.session.close()
    await idle.start(credits_per_picture=6, daily_credits_per_person=600)
    return message


async def test_a_waiting_job_is_delivered(idle: Studio, old: Message) -> None:
    """A job that the release before stored is painted and delivered."""
    await until(lambda: any("photo" in message for message in idle.from_bot(2001)))


async def test_again(idle: Studio, old: Message) -> None:
    """The button of a picture that the release before delivered makes a new one from the same prompt."""
    await idle.world.press(ADA, old["message_id"], ADA, BUTTONS[0])
    await until(lambda: any(message.get("caption") == "a red fox" for message in idle.from_bot(ADA)))


async def test_a_price_is_confirmed(idle: Studio, old: Message) -> None:
    """A price that the release before told can be confirmed, and all four pictures come."""
    await idle.world.press(ADA, old["message_id"], ADA, f"yes:{FOXES}:0")
    await until(lambda: len(idle.rows(f"pictures WHERE job_id = '{FOXES}'")) == 4)


@pytest.mark.parametrize("data", BUTTONS)
async def test_every_button_is_known(idle: Studio, old: Message, data: str) -> None:
    """No old button is a mystery: each press is answered, and none with the words for an unknown button."""
    idle.faults.add(Fault("image", "generate", "code", 455, times=None))
    answer = await idle.world.press(ADA, old["message_id"], ADA, data)
    assert "no longer" not in (answer.get("text") or "")


async def test_a_button_of_a_later_release(idle: Studio, old: Message) -> None:
    """A button that this release doesn't know is answered in words."""
    client = Client(idle.sandbox.url, idle.sandbox.token)
    later = {"inline_keyboard": [[{"text": "?", "callback_data": f"enlarge:{FOX}:0"}]]}
    message = await client("sendMessage", chat_id=ADA, text="later", reply_markup=later)
    await client.session.close()
    assert (await idle.world.press(ADA, message["message_id"], ADA, f"enlarge:{FOX}:0"))["text"]
