"""A busy group's day: 100 members talk in three topics and order now and then, and the bot sees every message."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.kit import NAME, Message, Studio, picture
from tests.promises.hurry import Story, hurrying_studio, run_hurrying

Record = Callable[[str, object], None]
MEMBERS, ROBOT = range(2001, 2101), 3001
TOPICS = {2: "Pictures", 3: "Ideas", 4: "Talk"}
CHATTER, ORDERS = 1000, 200
DAY_S = 2400.0  # a day's messages within 40 minutes: 30 messages a minute
SPEED = 250.0
PHOTO = ("a.png", picture((40, 30)), False)
TALK = (
    "what a day", "has anybody seen this?", "/weather@other_bot tomorrow", "/imagine@other_bot a fox", "/weather",
    "@other_bot a fox", "see /imagine a fox", "I like the second one", "/edit@other_bot make it night", "😂",
)  # fmt: skip


@dataclass
class Day:
    """The measurements of the day."""

    said: int = 0
    orders: dict[int, int] = field(default_factory=dict)
    """The topic of each message that was an order."""
    pictures: int = 0
    sent: int = 0
    """The messages that Telegram counts: everything sent and every edit."""
    uncalled_for: list[str] = field(default_factory=list)
    misplaced: list[str] = field(default_factory=list)
    floods: int = 0
    minutes: float = 0
    wall_s: float = 0

    @property
    def per_picture(self) -> float:
        """Return the number of messages for each delivered picture."""
        return self.sent / max(self.pictures, 1)

    def __str__(self) -> str:
        return (
            f"{self.said} messages of chatter and {len(self.orders)} orders of {len(MEMBERS)} people in {len(TOPICS)} "
            f"topics, {self.minutes:.0f} minutes in {self.wall_s:.0f} s: {self.pictures} pictures by {self.sent} "
            f"messages ({self.per_picture:.2f} each), {len(self.uncalled_for)} to what was not for the bot, "
            f"{len(self.misplaced)} in a wrong topic, {self.floods} flood errors"
        )


class Group:
    """The forum and its members."""

    def __init__(self, studio: Studio) -> None:
        self.studio, self.world = studio, studio.world
        self.chance = random.Random(5)  # noqa: S311 - not used for security
        self.day = Day()
        for number in MEMBERS:
            self.world.add_person(number, f"Guest {number}")
        self.robot = self.world.add_person(ROBOT, "Robot", "other_bot", bot=True)
        self.chat = self.world.add_chat("supergroup", "Hall", list(MEMBERS), topics=TOPICS, privacy=False)
        self.world.join(self.chat.id, ROBOT)

    def mine(self) -> list[Message]:
        """Return the bot's messages in this group."""
        bot = self.world.bot["id"]
        return [message for message in self.world.messages(self.chat.id) if message["from"]["id"] == bot]

    def shown(self) -> list[Message]:
        """Return the bot's pictures in this group."""
        return [message for message in self.mine() if "photo" in message]

    async def live(self) -> None:
        """Send all messages of the day in random order, one after the other."""
        says = [self.chat_away] * CHATTER + [self.order] * ORDERS
        self.chance.shuffle(says)
        for say in says:
            await say()
            await asyncio.sleep(DAY_S / len(says))

    async def chat_away(self) -> None:
        """Say something that isn't meant for the bot: talk, photos, replies to its pictures, other bots' messages."""
        self.day.said += 1
        words = self.chance.choice(TALK)
        shown = self.shown()
        match self.chance.randrange(5 if shown else 3):
            case 0:
                await self.say(words)
            case 1:
                await self.say(
                    words if self.chance.random() < 0.5 else "", files=[PHOTO] * self.chance.choice((1, 1, 2))
                )
            case 2:
                command = {"text": "/imagine a fox", "entities": [{"type": "bot_command", "offset": 0, "length": 8}]}
                message = self.world.post(self.chat, self.robot, command, thread_id=self.topic())
                self.world.updates.add("message", message, self.chat.id)
            case 3:
                await self.say(words, reply_to=self.chance.choice(shown)["message_id"])
            case _:
                await self.say("like this?", files=[PHOTO], reply_to=self.chance.choice(shown)["message_id"])

    async def order(self) -> None:
        """Order one picture in one of several ways."""
        shown = self.shown()
        match self.chance.randrange(4 if shown else 3):
            case 0:
                asked = await self.say("/imagine a red fox")
            case 1:
                asked = await self.say(f"@{NAME} a red fox")
            case 2:
                asked = await self.say(f"/edit@{NAME} make it night", files=[PHOTO])
            case _:
                asked = await self.say("/edit make it night", reply_to=self.chance.choice(shown)["message_id"])
        self.day.orders[asked["message_id"]] = asked["message_thread_id"]

    def topic(self) -> int:
        """Return a random topic."""
        return self.chance.choice(list(TOPICS))

    async def say(self, words: str, **more: Any) -> Message:
        """Let a random member say something in a random topic, perhaps as a reply."""
        person = self.chance.choice(MEMBERS)
        return (await self.world.say(self.chat.id, person, words, thread_id=self.topic(), **more))[0]


async def busy_day(directory: Path, patch: pytest.MonkeyPatch) -> Day:
    """Run the day and return its measurements."""
    async with hurrying_studio(directory, patch) as story:
        group = Group(story.studio)
        await story.studio.rewrite(
            "INSERT INTO groups (chat_id, rules) VALUES (?, ?)", group.chat.id, '{"quiet": true}'
        )
        await group.live()
        await story.all_served()
    return _judged(group, story)


def _judged(group: Group, story: Story) -> Day:
    day, log = group.day, group.world.log
    day.minutes, day.wall_s, day.floods = story.minutes, story.wall_s, group.world.flood_errors
    day.pictures = len(group.shown())
    calls = [call for call in log.calls if call["wire"] == "telegram"]
    counted = [call for call in calls if call["method"].startswith(("send", "edit"))]
    day.sent = len([call for call in counted if call["method"] != "sendChatAction"])
    assert len(log.calls) < (log.calls.maxlen or 0)  # otherwise dropped calls would count as not sent
    nods = [int(call["params"]["message_id"]) for call in calls if call["method"] == "setMessageReaction"]
    for message in group.mine():
        about = message["reply_to_message"]["message_id"]
        if about not in day.orders:
            day.uncalled_for.append(str(message))
        elif message.get("message_thread_id") != day.orders[about]:
            day.misplaced.append(str(message))
    day.uncalled_for += [f"a reaction to {number}" for number in nods if number not in day.orders]
    return day


@pytest.mark.alone("its clock runs 30 times faster, so work that takes longer beside others looks like waiting")
@pytest.mark.timeout(120)
def test_a_busy_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Record) -> None:
    """Every order gets one picture in its own topic with few messages, and the bot answers nothing else."""
    day = run_hurrying(busy_day(tmp_path, monkeypatch), SPEED)
    record_property("figures", str(day))
    assert day.said == CHATTER
    assert len(day.orders) == day.pictures == ORDERS
    assert not day.uncalled_for
    assert not day.misplaced
    assert day.per_picture <= 2.2
    assert day.floods == 0
