"""Messages in transit keep their room until they are answered, or for as long as they should take."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from bot.telegram.rate_limiter import (
    BURST,
    OVERALL_PER_SECOND,
    PER_SECOND,
    PICTURES_S,
    WORDS_S,
    Permit,
    Priority,
    TelegramRateLimiter,
)
from core.errors import Dropped
from tests.unit.loops import run_jumping

SOON = 0.01


async def _all_under_way(budget: TelegramRateLimiter, way_s: float = WORDS_S) -> list[Permit]:
    """Use the whole overall limit, each message in its own chat, at the loop's time 0."""
    return [await budget.leave(chat, Priority.ANSWER, way_s=way_s) for chat in range(1, OVERALL_PER_SECOND + 1)]


def _seconds(play: Coroutine[Any, Any, float]) -> float:
    return run_jumping(play)


@pytest.mark.parametrize("answered", [0.0, 0.3, 0.9])
def test_room_comes_back_a_second_after_the_answer(answered: float) -> None:
    """A second after the answer, the next message may go: not before, and hardly later."""

    async def play() -> float:
        budget, loop = TelegramRateLimiter(), asyncio.get_running_loop()
        start = loop.time()
        leaves = await _all_under_way(budget)
        for leave in leaves:
            loop.call_later(answered, budget.arrived, leave)
        await budget.leave(99, Priority.ANSWER)
        return loop.time() - start

    assert answered + 1 <= _seconds(play()) + SOON / 10 <= answered + 1 + SOON


@pytest.mark.parametrize("way_s", [WORDS_S, PICTURES_S])
def test_what_never_arrives_gives_its_room_back(way_s: float) -> None:
    """A message that is in transit too long gives its room back; pictures do so much sooner than text."""

    async def play() -> float:
        budget, loop = TelegramRateLimiter(), asyncio.get_running_loop()
        start = loop.time()
        await _all_under_way(budget, way_s)
        await budget.leave(99, Priority.ANSWER)
        return loop.time() - start

    assert way_s <= _seconds(play()) <= way_s + 1 + SOON
    assert PICTURES_S < WORDS_S / 2


def test_an_album_under_way_counts_with_all_its_pictures() -> None:
    """Six albums of four leave room for one message, and the seventh album waits for an answer."""

    async def play() -> float:
        budget, loop = TelegramRateLimiter(), asyncio.get_running_loop()
        start = loop.time()
        leaves = [await budget.leave(chat, Priority.RESULT, 4) for chat in range(1, 7)]
        await budget.leave(7, Priority.RESULT)
        assert loop.time() - start < SOON
        for leave in leaves:
            loop.call_later(2, budget.arrived, leave)
        await budget.leave(8, Priority.RESULT, 4)
        return loop.time() - start

    assert 2.9 < _seconds(play()) < 3 + SOON


def test_what_arrived_late_counts_from_then() -> None:
    """A picture that arrived late counts in the second in which it arrived, as Telegram counts it."""

    async def play() -> float:
        budget, loop = TelegramRateLimiter(), asyncio.get_running_loop()
        leaves = await _all_under_way(budget, PICTURES_S)
        await asyncio.sleep(5)
        for leave in leaves:
            budget.arrived(leave)
        start = loop.time()
        await budget.leave(99, Priority.ANSWER)
        return loop.time() - start

    assert 1 - SOON < _seconds(play()) < 1 + SOON


def test_progress_sees_what_is_under_way() -> None:
    """If results in transit have used a chat's room, progress is dropped both before and after they arrive."""

    async def play() -> float:
        budget = TelegramRateLimiter()
        leaves = [await budget.leave(1, Priority.RESULT) for _ in range(BURST - 1)]
        for _ in range(2):
            with pytest.raises(Dropped):
                await budget.leave(1, Priority.PROGRESS)
            await asyncio.sleep(5)
        for leave in leaves:
            budget.arrived(leave)
        await asyncio.sleep(5)
        await budget.leave(1, Priority.PROGRESS)
        return 0

    _seconds(play())


def test_a_crowded_group_sees_what_is_under_way() -> None:
    """Results in transit count toward half of a group's minute."""

    async def play() -> float:
        budget = TelegramRateLimiter()
        for _ in range(9):
            budget.arrived(await budget.leave(-1, Priority.RESULT))
            await asyncio.sleep(1 / PER_SECOND)
        assert not budget.crowded(-1)
        leave = await budget.leave(-1, Priority.RESULT)
        assert budget.crowded(-1)
        budget.arrived(leave)
        assert budget.crowded(-1)
        return 0

    _seconds(play())


def test_who_waits_for_an_answer_waits_no_longer() -> None:
    """Once messages in transit have arrived, the next one goes as soon as the chat's limit allows."""

    async def play() -> float:
        budget, loop = TelegramRateLimiter(), asyncio.get_running_loop()
        leaves = [await budget.leave(1, Priority.RESULT) for _ in range(BURST)]
        waiting = asyncio.create_task(budget.leave(1, Priority.RESULT))
        await asyncio.sleep(4.1)
        for leave in leaves:
            budget.arrived(leave)
        start = loop.time()
        await waiting
        return loop.time() - start

    assert _seconds(play()) <= 1 / PER_SECOND + SOON
