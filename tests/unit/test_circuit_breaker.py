"""The circuit breaker: an operator's pause survives a restart, and a low account is reported once."""

import asyncio
from typing import Any, cast

import pytest

from core.errors import ChatMoved, Failure, MessengerDown, NotSent, StorageError
from core.models.job import Destination
from core.runtime.worker import WakeUp
from core.services.circuit_breaker import REASONS, RELEASED, CircuitBreaker
from core.text import Renderable
from storage.database import Database
from storage.key_value import SqlNotes

pytestmark = pytest.mark.usefixtures("each_database")


class World:
    """The account and the operators' chats; `left` of None means that the image API doesn't answer."""

    def __init__(self) -> None:
        self.left: float | None = 100.0
        self.heard: list[Renderable] = []
        self.deaf = False
        self.moved: dict[int, int] = {}
        self.chats: list[int] = []

    async def credits(self) -> float:
        """See core.ports.image_api.ImageApi."""
        if self.left is None:
            raise NotSent("no answer")
        return self.left

    def recovered(self) -> bool:
        """See core.ports.telegram.Messenger."""
        return False

    async def send_text(self, to: Destination, words: Renderable) -> int:
        """See core.ports.telegram.Messenger."""
        if self.deaf:
            raise MessengerDown("no answer")
        if to.chat_id in self.moved:
            raise ChatMoved(self.moved[to.chat_id])
        self.chats.append(to.chat_id)
        self.heard.append(words)
        return 1


def _breaker(world: World, database: Database, low: float | None = 50, told: tuple[int, ...] = (9,)) -> CircuitBreaker:
    return CircuitBreaker(cast("Any", world), cast("Any", world), told, WakeUp(), SqlNotes(database), low)


async def test_a_pause_and_a_refusal_do_not_end_each_other(database: Database) -> None:
    """Resuming doesn't end an empty account's hold, and a top-up doesn't end a pause."""
    world = World()
    breaker = _breaker(world, database)
    world.left = 2
    await breaker.shut(Failure.OUT_OF_CREDITS)
    await breaker.pause()
    await breaker.resume()
    reasons = [breaker.reason]
    await breaker.pause()
    world.left = 500
    await breaker.look()
    reasons.append(breaker.reason)
    assert reasons == [Failure.OUT_OF_CREDITS, Failure.BUSY]


async def test_low_credits_are_told_once(database: Database) -> None:
    """Low credits are reported once, even over a restart, and again only after the account was above the mark."""
    world = World()
    for left, told in ((50, 0), (49.5, 1), (20, 1), (None, 1), (49, 1), (50, 1), (49, 2), (0, 2)):
        world.left = left
        await _breaker(world, database).watch()
        assert len(world.heard) == told, left


async def test_a_warning_that_did_not_arrive_is_tried_again(database: Database) -> None:
    """If Telegram doesn't answer, the next check sends the warning."""
    world = World()
    world.left, world.deaf = 10, True
    await _breaker(world, database).watch()
    world.deaf = False
    await _breaker(world, database).watch()
    assert len(world.heard) == 1


async def test_a_group_of_operators_that_moved(database: Database) -> None:
    """If the operators' group became a supergroup, warnings go there from then on."""
    world = World()
    world.moved = {-9: -900}
    breaker = _breaker(world, database, told=(-9,))
    world.left = 40
    await breaker.watch()
    assert await breaker.shut(Failure.OUT_OF_CREDITS)
    assert world.chats == [-900, -900]


async def test_nobody_to_tell(database: Database) -> None:
    """Without an operator to tell, nothing counts as told, so a later operator is told."""
    world = World()
    world.left = 40
    await _breaker(world, database, told=()).watch()
    await _breaker(world, database).watch()
    assert world.chats == [9]


async def test_without_a_mark_nobody_is_warned(database: Database) -> None:
    """Without LOW_CREDITS, no warning is sent."""
    world = World()
    world.left = 0
    await _breaker(world, database, None).watch()
    assert not world.heard


async def test_operators_hear_of_it_once_telegram_is_back(database: Database) -> None:
    """Messages that Telegram didn't accept are sent later, once each and in order."""
    world = World()
    breaker = _breaker(world, database, low=None)
    world.deaf, world.left = True, None
    await breaker.shut(Failure.MISCONFIGURED)
    await breaker.look()
    assert not world.heard
    world.deaf, world.left = False, 100
    await breaker.look()
    assert world.heard == [REASONS[Failure.MISCONFIGURED], RELEASED]
    await breaker.look()
    assert len(world.heard) == 2


async def test_the_reason_of_a_pause_survives_a_restart(database: Database) -> None:
    """Another reason takes its place, none leaves it, and the end of the pause ends it."""
    world = World()
    breaker = _breaker(world, database)
    assert [await breaker.pause("lunch"), await breaker.pause("lunch"), await breaker.pause()] == [True, False, False]
    assert await breaker.pause("dinner")
    after = _breaker(world, database)
    await after.recall()
    assert (after.paused, after.pause_reason) == (True, "dinner")
    assert await after.resume()
    later = _breaker(world, database)
    await later.recall()
    assert (after.pause_reason, later.paused, later.pause_reason) == ("", False, "")
    assert await later.pause()
    assert later.pause_reason == ""


async def test_processes_share_a_refusal_and_its_end(database: Database) -> None:
    """The first process that is refused tells the operators; the others stop, too, and go on when the leader does."""
    world, leading = World(), ["one"]
    one, two = (_shared(world, database, leading, name) for name in ("one", "two"))
    world.left = 2
    assert await two.shut(Failure.OUT_OF_CREDITS)
    await one.recall()
    assert await one.shut(Failure.OUT_OF_CREDITS)  # it was on its way to the image API already
    assert world.heard == [REASONS[Failure.OUT_OF_CREDITS]]
    world.left = 100
    reasons = [(one.reason, two.reason)]
    for change in (two.look, one.look, two.recall):
        await change()
        reasons.append((one.reason, two.reason))
    empty = Failure.OUT_OF_CREDITS
    assert reasons == [(empty, empty), (empty, empty), (None, empty), (None, None)]
    assert world.heard == [REASONS[Failure.OUT_OF_CREDITS], RELEASED]


async def test_one_of_two_that_are_refused_at_once_tells(database: Database) -> None:
    """Operators hear of a refusal once, though two processes met it in the same moment."""
    world = World()
    breakers = [_shared(world, database, ["one"], name) for name in ("one", "two")]
    await asyncio.gather(*(breaker.shut(Failure.OUT_OF_CREDITS) for breaker in breakers))
    assert [breaker.reason for breaker in breakers] == [Failure.OUT_OF_CREDITS] * 2
    assert world.heard == [REASONS[Failure.OUT_OF_CREDITS]]


async def test_processes_share_a_pause(database: Database) -> None:
    """A pause that one process notes holds in the others, and ends there."""
    world = World()
    one, two = (_shared(world, database, ["one"], name) for name in ("one", "two"))
    await one.pause("lunch")
    await two.recall()
    seen = [(two.paused, two.pause_reason)]
    await one.resume()
    await two.recall()
    assert [*seen, (two.paused, two.pause_reason)] == [(True, "lunch"), (False, "")]


async def test_a_database_that_is_back_ends_the_stop_at_the_next_recall(database: Database) -> None:
    """A server that restarts is gone for a second, so submitting doesn't wait for the look every minute."""
    world, broken = World(), [True]

    async def probe() -> None:
        if broken:
            raise StorageError("the database system is starting up")

    given = cast("Any", world)
    breaker = CircuitBreaker(given, given, [9], WakeUp(), SqlNotes(database), try_storage=probe, leads=lambda: False)
    await breaker.look()
    await breaker.recall()
    seen = [breaker.reason]
    broken.clear()
    await breaker.recall()
    assert [*seen, breaker.reason] == [Failure.STORAGE, None]
    assert world.heard == [REASONS[Failure.STORAGE], RELEASED]


def _shared(world: World, database: Database, leading: list[str], name: str) -> CircuitBreaker:
    notes, given = SqlNotes(database), cast("Any", world)
    return CircuitBreaker(given, given, [9], WakeUp(), notes, 50, leads=lambda: name in leading)
