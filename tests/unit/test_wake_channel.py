"""Processes wake each other, a moment late at most, and no lost connection keeps them from it for long."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from typing_extensions import override

from core.errors import StorageError
from core.models.job import Destination
from core.models.keyboard import Button
from core.models.shards import shard_of
from core.runtime.latest_messages import LatestMessages
from core.runtime.shards import OwnedShards
from core.services.awaited_answers import QUESTION_YES, AwaitedAnswers
from core.text import text
from storage.awaited_messages import SqlAwaitedMessages
from storage.database import Database
from storage.postgresql import open_line
from storage.wake_channel import Heard, Line, WakeChannel
from tests.e2e.kit import until
from tests.postgresql import server
from tests.unit.loops import jumping
from tests.unit.stores import CHAT, HandClock


class Ether:
    """All lines of a test. All of them hear each message."""

    def __init__(self) -> None:
        self.heard: list[Callable[[str], None]] = []
        self.sent: list[str] = []
        self.broken = False

    async def open(self, heard: Callable[[str], None]) -> "EtherLine":
        """Open a line. Raises StorageError while the ether is broken."""
        if self.broken:
            raise StorageError("no line")
        self.heard.append(heard)
        return EtherLine(self, heard)


class EtherLine(Line):
    """One line."""

    def __init__(self, ether: Ether, heard: Callable[[str], None]) -> None:
        self._ether = ether
        self._heard = heard

    @override
    async def notify(self, payload: str) -> None:
        if self._ether.broken:
            raise StorageError("the line is broken")
        if payload:
            self._ether.sent.append(payload)
            for heard in self._ether.heard:
                heard(payload)

    @override
    async def close(self) -> None:
        self._ether.heard.remove(self._heard)


@asynccontextmanager
async def _running(
    open_it: Callable[[Callable[[str], None]], Awaitable[Line]], heard: Heard
) -> AsyncIterator[WakeChannel]:
    channel = WakeChannel(open_it, heard)
    task = asyncio.create_task(channel.run())
    try:
        yield channel
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@jumping
async def test_what_is_told_within_a_moment_is_sent_once() -> None:
    """A crowd of updates for other processes is one notification."""
    ether, heard = Ether(), list[tuple[str, frozenset[int]]]()
    async with (
        _running(ether.open, lambda *_: None) as one,
        _running(ether.open, lambda name, shards: heard.append((name, shards))),
    ):
        await asyncio.sleep(1)
        for shard in (5, 3, 5, 3):
            one.tell("updates", shard)
        one.tell("polls", 9)
        await asyncio.sleep(1)
    assert ether.sent == ["updates:3,5;polls:9"]
    assert heard == [("", frozenset()), ("updates", frozenset({3, 5})), ("polls", frozenset({9}))]


@jumping
async def test_a_broken_line_is_opened_anew() -> None:
    """After a break, everything is looked at once, as notifications may have been missed."""
    ether, heard = Ether(), list[str]()
    async with _running(ether.open, lambda name, _: heard.append(name)) as one:
        await asyncio.sleep(1)
        ether.broken = True
        one.tell("updates", 1)
        await asyncio.sleep(5)
        ether.broken = False
        await asyncio.sleep(2)
        one.tell("orders", 1)
        await asyncio.sleep(1)
    assert heard == ["", "", "orders"]
    assert not ether.heard


@pytest.mark.parametrize("payload", ["", ":", ";;", "updates", "updates:", "updates:x,-1,²,9" + "9" * 50, "\0:1;x:1:2"])
async def test_any_payload_is_survived(payload: str) -> None:
    """Others may send anything on the same channel."""
    ether, heard = Ether(), list[str]()
    async with _running(ether.open, lambda name, _: heard.append(name)):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        ether.heard[0](payload)
    assert heard[0] == ""


async def test_lines_of_postgresql() -> None:
    """What one process tells, another hears, also after the server has cut both connections."""
    url, heard = await server().new_database(), list[tuple[str, frozenset[int]]]()
    async with (
        _running(lambda receive: open_line(url, receive), lambda *_: None) as one,
        _running(lambda receive: open_line(url, receive), lambda name, shards: heard.append((name, shards))),
    ):
        await until(lambda: heard)
        one.tell("updates", 7)
        await until(lambda: ("updates", frozenset({7})) in heard)
        await server().execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid != pg_backend_pid()")

        def again() -> bool:
            one.tell("orders", 8)
            return ("orders", frozenset({8})) in heard

        await until(again)


async def test_a_message_to_a_chat_of_another_process_is_told(database: Database) -> None:
    """Its owner learns that something else waits there by now, so that a typed yes presses the right button."""
    clock, told = HandClock(), list[int]()
    stored, asks = SqlAwaitedMessages(database, clock), ((Button(text("✅"), QUESTION_YES),),)
    owner = AwaitedAnswers(stored, LatestMessages(), clock)
    other = AwaitedAnswers(stored, LatestMessages(), clock, OwnedShards(), told.append)
    await owner.sent(Destination(CHAT), 5, asks)
    waiting = [owner.message_in(CHAT)]
    for message_id, keyboard in ((6, asks), (7, ())):
        await other.sent(Destination(CHAT), message_id, keyboard)
        await owner.recall({shard_of(CHAT)})
        waiting.append(owner.message_in(CHAT))
    assert waiting == [5, 6, None]
    assert told == [shard_of(CHAT)] * 2
