"""People's orders in a round. Every message is remembered, so that an auditor can compare."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.torture.stage import TOPIC, forum, group, person
from benchmarks.torture.swatch import picture

Message = dict[str, Any]
Say = Callable[..., Awaitable[list[Message]]]
Look = Callable[[int], Awaitable[list[Message]]]

KINDS = ("plain", "album", "edit", "group", "topic", "question", "policy", "combine")
"""The kinds of orders.

A single picture; several of one prompt; a photo with a caption; in a group; in a forum's topic; a photo first, and
words when the bot asks; a prompt that the content policy forbids; an album of two photos with a caption.
"""
_LOOK_S = 0.2


@dataclass(slots=True)
class Order:
    """One order of one person, and the messages in which it was sent."""

    code: str
    kind: str
    chat: int
    person: int
    thread: int | None = None
    album: int = 2
    """How many pictures an order of several asks for."""
    began: float = 0.0
    asked: int | None = None
    """The message that the answer has to reply to, once it is sent."""
    said: list[int] = field(default_factory=list)
    """Every message of this person about the order."""

    @property
    def prompt(self) -> str:
        """A prompt that no other order uses."""
        return f"a fox named {self.code}" + (" in a forbidden place" if self.kind == "policy" else "")

    @property
    def pictures(self) -> int:
        """How many pictures the order should bring."""
        return {"policy": 0, "album": self.album}.get(self.kind, 1)

    @property
    def inputs(self) -> list[str]:
        """The texts that identify the pictures which the person sends along."""
        count = {"edit": 1, "question": 1, "combine": 2}.get(self.kind, 0)
        return [f"{self.prompt}, photo {number}" for number in range(count)]


def orders_of(room: int, tag: str, kinds: tuple[str, ...] = KINDS, album: int = 2) -> list[Order]:
    """Make one order of each kind, each in a chat of its own."""
    found = []
    for seat, kind in enumerate(kinds):
        who = person(room, seat)
        chat = {"group": group(room), "topic": forum(room)}.get(kind, who)
        found.append(Order(f"{tag}-{seat}-{kind}", kind, chat, who, TOPIC if kind == "topic" else None, album))
    return found


async def ask(order: Order, say: Say, look: Look) -> None:
    """Send the order to the bot, as this person would."""
    files = [picture(text) for text in order.inputs]
    if order.kind == "question":
        photo = await say(order, "", files)
        await _asked_back(order, look)
        messages = photo + await say(order, order.prompt, [])
        order.asked = messages[-1]["message_id"]
    else:
        words = {"album": f"/imagine {order.prompt} --n {order.album}", "group": f"/imagine {order.prompt}"}
        words["topic"] = words["group"]
        messages = await say(order, words.get(order.kind, order.prompt), files)
        order.asked = messages[0]["message_id"]


async def _asked_back(order: Order, look: Look) -> None:
    """Wait for "What should I do with it?", as long as it takes."""
    while not any(is_question(message, order) for message in await look(order.chat)):  # noqa: ASYNC110 - another process's
        await asyncio.sleep(_LOOK_S)


def is_question(message: Message, order: Order) -> bool:
    """Return whether the bot asks what to do with this person's photo."""
    return bool(message["from"]["is_bot"]) and words_of(message).startswith("✏️") and answered(message, order.said)


def answered(message: Message, said: Sequence[int]) -> bool:
    """Return whether a message of the bot answers one of these: in a private chat, it need not quote it.

    Each private chat has only one order.
    """
    if "reply_to_message" in message or message["chat"]["id"] < 0:
        return message.get("reply_to_message", {}).get("message_id") in said
    return bool(said) and bool(message["message_id"] > min(said))


def words_of(message: Message) -> str:
    """Return a message's text or caption."""
    return str(message.get("text") or message.get("caption") or "")
