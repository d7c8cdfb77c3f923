"""Shared helpers of the end-to-end tests: a studio runs the real bot and the sandbox in one process, over real HTTP."""

import asyncio
import hashlib
import io
import itertools
import os
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typing_extensions import override

from bot.app import running
from bot.clock import SystemClock
from bot.settings import Settings, load
from bot.telegram.rate_limiter import SendLimits
from core.models.timing import Timing
from core.runtime.worker import TaskSupervisor
from sandbox.faults import Fault
from sandbox.imageapi.drawing import Order, draw
from sandbox.ports import ReservedPort
from sandbox.serve import Sandbox
from tests.e2e.side_door import PostgresDoor, SideDoor, SqliteDoor
from tests.seaweedfs import object_store
from tests.unit.rooms import shared_helper

ADA, BEN, GROUP = 1001, 1002, -1_000_000_000_001
NAME = "imagine_sandbox_bot"
Message = dict[str, Any]
FAST = Timing(grace_s=0, first_wait_ms=50, album_quiet_ms=400)
"""Short waits where users would wait in operation, and a stop in the middle of the work."""
LIMITED = SendLimits(burst=4)
"""The sandbox enforces Telegram's limit of 5."""
UNLIMITED = SendLimits(burst=1000, group_messages=1000)
"""For a Telegram without limits."""
IN_GROUP = pytest.mark.parametrize("room", ["group"], indirect=True)
"""Runs a test in the group instead of the private chat."""
EVERYWHERE = pytest.mark.parametrize("room", ["private", "group"], indirect=True)
"""Runs a test in both, because the kind of chat matters."""
PATIENT = pytest.mark.parametrize("timing", [replace(FAST, first_wait_ms=60_000)])
"""A job that the image API was too busy for waits a minute, so that it isn't being submitted when it is canceled."""
IS_SCALED = os.environ.get("TESTS_ON") == "scaled"
"""Whether the bot of the tests works on PostgreSQL and an object store, as several processes would."""
_AHEAD_S = 43_200 - time.time() % 86_400


def noon() -> float:
    """Return the tests' time in epoch seconds; it starts at noon, so that no test crosses midnight."""
    return time.time() + _AHEAD_S


class NoonClock(SystemClock):
    """The tests' time, which no database leads."""

    @override
    def follow(self, now_ms: int, asked_s: float) -> None:
        pass


class Mode(Enum):
    """How updates and results arrive."""

    WEBHOOK = "webhook and callbacks"
    DEAF = "webhook, every callback is lost"
    FETCHING = "polling and callbacks"
    POLLING = "polling only"

    @property
    def public(self) -> bool:
        """Return whether the bot has a public URL."""
        return self is not Mode.POLLING

    @property
    def notified(self) -> bool:
        """Return whether task notifications arrive."""
        return self in {Mode.WEBHOOK, Mode.FETCHING}


class Studio:
    """The bot and the sandbox. The bot stores everything in `directory`, so it can be restarted."""

    def __init__(self, directory: Path, mode: Mode, sandbox: Sandbox) -> None:
        self.directory = directory
        self.mode = mode
        self.sandbox = sandbox
        self.world, self.images, self.faults = sandbox.telegram, sandbox.images, sandbox.faults
        self.world.wall = noon
        self.overrides: dict[str, Any] = {}
        self.timing, self.send_limits = FAST, LIMITED
        """Both apply from the next start on."""
        self._reserved = ReservedPort()
        self.port = self._reserved.number
        self.forgiving = False
        """Whether tracebacks in the log are allowed."""
        self.supervisor: TaskSupervisor | None = None
        self._running: AbstractAsyncContextManager[int] | None = None
        self._numbers = itertools.count(2001)
        self._shared_door = PostgresDoor() if IS_SCALED else None
        self._shared_pictures = object_store().fresh() if IS_SCALED else {}
        if mode is Mode.DEAF:
            self.faults.add(Fault("callback", "*", "lose", times=None))

    @property
    def url(self) -> str:
        """Return the bot's URL."""
        return f"http://127.0.0.1:{self.port}"

    def settings(self) -> Settings:
        """Return the settings that an operator would have written."""
        given = {
            "telegram_bot_token": self.sandbox.token,
            "telegram_api_url": self.sandbox.url,
            "telegram_mode": "webhook" if self.mode in {Mode.WEBHOOK, Mode.DEAF} else "polling",
            "image_api_key": self.sandbox.api_key,
            "image_api_url": self.sandbox.url,
            "upload_api_url": self.sandbox.url,
            "public_url": self.url if self.mode.public else None,
            "trusted_hosts": [self.sandbox.url.removeprefix("http://")],
            "host": "127.0.0.1",
            "port": self.port,
            "database_url": self._door.url,
            "data_dir": self.directory,
            **{name.lower(): value for name, value in self._shared_pictures.items()},
            "poll_interval_s": 0.4,
        }
        return load(_env_file=None, **(given | self.overrides))

    @property
    def is_running(self) -> bool:
        """Return whether the bot was started."""
        return self._running is not None

    async def start(self, **overrides: Any) -> None:
        """Start the bot; the overrides also apply to later starts."""
        self.overrides |= overrides
        self.supervisor = TaskSupervisor()
        self._running = running(
            self.settings(),
            self.supervisor,
            helper=shared_helper(),
            clock=NoonClock(lambda: int(noon() * 1e9)),
            timing=self.timing,
            send_limits=self.send_limits,
        )
        await self._running.__aenter__()
        if IS_SCALED and self.settings().telegram_mode == "webhook":
            # The process that leads sets the webhook beside everything else. Telegram may refuse it.
            await until(lambda: self.world.updates.webhook is not None or len(self.faults) > 0)

    async def crash(self) -> None:
        """Stop the bot in the middle of its work: by default, nothing is finished."""
        if self._running:
            ended, self._running = self._running, None
            await ended.__aexit__(None, None, None)

    async def unheard(self) -> None:
        """Let Telegram drop every update for the bot, even those in transit."""
        await self.world.updates.set_webhook(None, allowed=None, drop_pending=True)

    async def close(self) -> None:
        """Stop the bot, and release its port."""
        await self.crash()
        self._reserved.close()

    async def restart(self) -> None:
        """Crash the bot, and start it again on the same data."""
        await self.crash()
        await self.start()

    def hold_tasks(self, times: int | None = None) -> Fault:
        """Let tasks go on until the returned fault is released: all tasks, or the next `times`."""
        held = Fault("image", "task", "hold", times=times)
        self.faults.add(held)
        return held

    def keep_messages(self) -> None:
        """Refuse to delete messages, as Telegram does after two days."""
        words = "400:Bad Request: message can't be deleted"
        self.faults.add(Fault("telegram", "deleteMessage", "code", words, times=None))

    def person(self) -> int:
        """Add a new person, with their own message limits, and return their ID."""
        number = next(self._numbers)
        self.world.add_person(number, f"Guest {number}")
        return number

    async def say(self, words: str = "", person: int = ADA, **more: Any) -> Message:
        """Send messages to the bot in private, and return the first one."""
        return (await self.world.say(person, person, words, **more))[0]

    async def answer(self, asked: Message, says: str = "") -> Message:
        """Wait for the bot's reply to `asked` that contains these words."""
        return await self.world.wait_for(
            asked["chat"]["id"],
            lambda message: message["from"]["is_bot"] and self.answers(message, asked) and says in words_of(message),
        )

    def answers(self, message: Message, asked: Message) -> bool:
        """Return whether a message of the bot answers `asked`: it quotes it, or follows it in a private chat."""
        chat_id, first, last = asked["chat"]["id"], asked["message_id"], message["message_id"]
        if "reply_to_message" in message or chat_id < 0:
            return bool(message.get("reply_to_message", {}).get("message_id") == first)
        entries = self.world.chats[chat_id].entries
        between = [entries[number] for number in range(first + 1, last) if number in entries]
        return first < last and all(entry.now["from"]["is_bot"] for entry in between)

    async def picture(self, asked: Message) -> Message:
        """Wait for the bot's picture that replies to `asked`, and until the bot has recorded it."""
        chat_id = asked["chat"]["id"]
        found = await self.world.wait_for(
            chat_id,
            lambda message: (
                ("photo" in message or "document" in message)
                and message["from"]["is_bot"]
                and self.answers(message, asked)
            ),
        )
        return await self.recorded(found)

    async def recorded(self, shown: Message) -> Message:
        """Wait until the bot has recorded a message that shows an outcome, and return it."""
        chat_id, message_id = shown["chat"]["id"], shown["message_id"]
        its_job = f"jobs WHERE chat_id = {chat_id} AND placeholder_id = {message_id} AND state = 'settled'"
        await until(lambda: not self.rows(its_job))
        return shown

    def inputs(self, order: int = -1) -> list[bytes]:
        """Return the pictures that an order sent to the image API, in order."""
        return [self.images.files.fetch(url) for url in self.images.generated[order].get("filesUrl", [])]

    def outputs(self, order: int = -1) -> list[bytes]:
        """Return the result pictures of an order."""
        urls = list(self.images.tasks.values())[order].result_urls
        return [self.images.files.fetch(url) for url in urls]

    def asked_of_api(self, name: str) -> int:
        """Return the number of calls of an image API endpoint."""
        return sum(call.method == name for call in self.images.requests)

    def from_bot(self, chat_id: int) -> list[Message]:
        """Return the bot's messages in a chat."""
        return [message for message in self.world.messages(chat_id) if message["from"]["is_bot"]]

    async def heard_everything(self) -> None:
        """Wait until the bot has received and handled every update."""
        await until(lambda: not self.world.updates.pending and not self.rows("inbox WHERE done_at IS NULL"))

    def rows(self, source: str) -> list[dict[str, Any]]:
        """Return rows of the bot's database; `source` is a table with optional clauses."""
        return self._door.rows(f"SELECT * FROM {source}")  # noqa: S608 - a test's own

    async def rewrite(self, statement: str, *values: Any) -> None:
        """Change the bot's database, usually to simulate that time has passed.

        The bot may be in a transaction that goes on in this event loop, so another thread waits for its end.
        """
        await asyncio.to_thread(self._door.rewrite, statement, *values)

    async def lose_pictures(self) -> None:
        """Remove all stored pictures, behind the bot's back."""
        for folder, pattern in (("pictures", "??/*"), ("recent", "*")):
            for path in (self.directory / folder).glob(pattern):
                path.unlink()
        if self._shared_pictures:
            await asyncio.to_thread(object_store().lose_pictures, self._shared_pictures)

    def leftovers(self) -> list[Path]:
        """Return the work files. A look at whether the bot is ready writes one of its own, and removes it."""
        return [path for path in (self.directory / "incoming").iterdir() if not path.name.startswith("probe-")]

    @property
    def _door(self) -> SideDoor:
        return self._shared_door or SqliteDoor(self.directory)

    async def refused_once(self) -> None:
        """Wait until the image API was too busy for a job, which then waits for long if the test is PATIENT."""
        await until(lambda: self.rows("jobs WHERE state = 'queued' AND attempts = 1 AND placeholder_id IS NOT NULL"))

    async def refused_again(self) -> None:
        """Wait until the image API was too busy a second time. Meanwhile, the job can't be canceled."""
        await until(lambda: self.rows("jobs WHERE state = 'queued' AND attempts = 2"))

    async def in_state(self, state: str, count: int = 1) -> None:
        """Wait until at least `count` jobs are in a state."""
        await until(lambda: len(self.rows(f"jobs WHERE state = '{state}'")) >= count)


@dataclass(frozen=True)
class Room:
    """A chat with the bot and a member who talks there; in the group it is Ben, because Ada is its owner."""

    studio: Studio
    chat_id: int
    person: int

    @classmethod
    def of(cls, studio: Studio, kind: str) -> "Room":
        """Return the private chat or the group of a bot that starts without limits, and make its pictures differ."""
        studio.world.limits.enabled = False
        studio.send_limits = UNLIMITED
        studio.images.fast = False
        studio.images.draw = sketching()
        return cls(studio, GROUP, BEN) if kind == "group" else cls(studio, ADA, ADA)

    @classmethod
    async def opened(cls, studio: Studio, kind: str) -> "Room":
        """Return a room, and start its bot unless it runs."""
        room = cls.of(studio, kind)
        if not studio.is_running:
            await studio.start()
        return room

    @property
    def is_group(self) -> bool:
        """Return whether the chat is the group."""
        return self.chat_id < 0

    async def say(self, words: str = "", person: int | None = None, **more: Any) -> Message:
        """Send messages, and return the first one."""
        return (await self.studio.world.say(self.chat_id, person or self.person, words, **more))[0]

    async def paint(self, words: str, person: int | None = None) -> Message:
        """Order a picture, and return the message with it."""
        return await self.studio.picture(await self.say(f"/imagine {words}", person))

    async def edit(self, words: str, original: Message, person: int | None = None) -> Message:
        """Edit the picture of a message in reply to it, and return the message with the result."""
        words = f"/edit {words}" if self.is_group else words
        return await self.studio.picture(await self.say(words, person, reply_to=original["message_id"]))

    def stranger(self) -> int:
        """Add a new member who isn't an admin."""
        person = self.studio.person()
        self.studio.world.chats[self.chat_id].members.append(person)
        return person

    def now(self, message: Message) -> Message | None:
        """Return the current version of a message, or None if it was deleted."""
        entry = self.studio.world.chats[self.chat_id].find(message["message_id"])
        return entry.now if entry else None

    def buttons(self, message: Message) -> list[dict[str, Any]]:
        """Return the current buttons of a message."""
        rows = (self.now(message) or {}).get("reply_markup", {}).get("inline_keyboard", [])
        return [button for row in rows for button in row]

    def data(self, message: Message, start: str) -> str:
        """Return the callback data that starts with `start`."""
        every = [str(button.get("callback_data", "")) for button in self.buttons(message)]
        return next(data for data in every if data.startswith(start))

    async def press(self, message: Message, start: str, person: int | None = None) -> dict[str, Any]:
        """Press the button whose callback data starts with `start` once it is there; return the bot's answer."""
        start = start if "." in start else f"{start}:"
        await until(lambda: any(str(button.get("callback_data")).startswith(start) for button in self.buttons(message)))
        data = self.data(message, start)
        return await self.studio.world.press(self.chat_id, message["message_id"], person or self.person, data)

    async def set_option(self, menu: Message, name: str, value: str, person: int | None = None) -> None:
        """Open an option in the menu of /settings, choose a value, and wait until the menu is back."""
        await self.press(menu, f"set.open:{name}", person)
        await until(lambda: "set.back" in str(self.buttons(menu)))
        await self.press(menu, f"set.pick:{name}:{value}", person)
        await until(lambda: "set.unset" in str(self.buttons(menu)))

    async def delete(self, message: Message, person: int | None = None) -> None:
        """Delete the picture of a message with its buttons, and wait until the message is gone."""
        await self.press(message, "del", person)
        await until(lambda: len(self.buttons(message)) == 2)
        await self.press(message, "drop", person)
        await until(lambda: self.now(message) is None)

    async def come(self, likes: Callable[[Message], object], after: Message | int) -> Message:
        """Wait for the bot's first matching message after another message, and until the bot has recorded it."""
        last = after if isinstance(after, int) else int(after["message_id"])
        mine = self.studio.world.bot["id"]
        found = await self.studio.world.wait_for(
            self.chat_id, lambda message: message["from"]["id"] == mine and likes(message), after=last
        )
        return await self.studio.recorded(found)

    @property
    def last(self) -> int:
        """Return the newest message's ID."""
        return int(self.studio.world.chats[self.chat_id].last_id)


def sketching() -> Callable[[Order], bytes]:
    """Return a function that draws small, different pictures, the same in every test; a mask is drawn as usual."""
    numbers = itertools.count()

    def sketch(order: Order) -> bytes:
        if order.mask:
            return draw(order)
        seed = hashlib.sha512(f"{next(numbers)}".encode()).digest()
        image = Image.frombytes("RGB", (4, 4), seed[:48])
        return encoded(image.resize((order.size[0] // 4, order.size[1] // 4), Image.Resampling.BICUBIC))

    return sketch


def shows(kind: str) -> Callable[[Message], bool]:
    """Return a predicate for messages with a photo, document or other kind of content."""
    return lambda message: kind in message


def says(words: str) -> Callable[[Message], bool]:
    """Return a predicate for messages that contain these words."""
    return lambda message: words in words_of(message)


async def until(ready: Callable[[], object], within_s: float = 30) -> None:
    """Poll until `ready` returns a true value."""
    async with asyncio.timeout(within_s):
        while not ready():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def words_of(message: Message) -> str:
    """Return the text or caption of a message."""
    return str(message.get("text") or message.get("caption") or "")


def picture(size: tuple[int, int] = (60, 40), color: str = "teal", form: str = "PNG", **save: Any) -> bytes:
    """Return a plain picture in a format."""
    return encoded(Image.new("RGB", size, color), form, **save)


def stencil() -> bytes:
    """Return a mask of 90 × 60 pixels that is black where the picture may change."""
    image = Image.new("RGB", (90, 60), "white")
    image.paste((0, 0, 0), (20, 20, 50, 40))
    return encoded(image)


def encoded(image: Image.Image, form: str = "PNG", **save: Any) -> bytes:
    """Encode a picture in a format."""
    out = io.BytesIO()
    image.save(out, form, **save)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    """Decode a picture."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def color_of(data: bytes) -> tuple[int, ...]:
    """Return the color in the middle as RGB, rounded so that it survives JPEG."""
    image = opened(data).convert("RGB")
    pixel = image.getpixel((image.width // 2, image.height // 2))
    assert isinstance(pixel, tuple)
    return tuple(round(channel / 51) * 51 for channel in pixel)
