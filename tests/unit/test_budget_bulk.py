"""Bulk messages wait until there is plenty of room: in their chat, in their group's minute, and overall."""

import asyncio

import pytest

from bot.telegram.rate_limiter import BULK_PER_SECOND, BURST, GROUP_MESSAGES, Priority, TelegramRateLimiter
from tests.unit.loops import run_jumping

SOON = 0.001


async def _send(budget: TelegramRateLimiter, chat: int, priority: Priority) -> None:
    budget.arrived(await budget.leave(chat, priority))


def test_what_nobody_asked_for_leaves_room_overall() -> None:
    """A broadcast stays below its share of the second, and other messages go at once meanwhile."""

    async def play() -> None:
        budget, loop = TelegramRateLimiter(), asyncio.get_running_loop()
        times: list[float] = []

        async def one(chat: int) -> None:
            await budget.room(chat)
            await _send(budget, chat, Priority.BULK)
            times.append(loop.time())

        crowd = [asyncio.create_task(one(chat)) for chat in range(1, 200)]
        for number in range(20):
            await asyncio.sleep(0.3)
            asked = loop.time()
            await _send(budget, 1000 + number, Priority.ANSWER)
            assert loop.time() - asked < SOON
        await asyncio.gather(*crowd)
        assert max(sum(start <= at < start + 1 for at in times) for start in times) <= BULK_PER_SECOND

    run_jumping(play())


@pytest.mark.parametrize("chat", [1, -1])
def test_what_nobody_asked_for_leaves_room_in_the_chat(chat: int) -> None:
    """While bulk messages wait for a chat, a result goes at once, and a group keeps half of its minute."""

    async def play() -> None:
        budget, loop = TelegramRateLimiter(), asyncio.get_running_loop()
        start = loop.time()
        crowd = [asyncio.create_task(_send(budget, chat, Priority.BULK)) for _ in range(GROUP_MESSAGES)]
        while loop.time() - start < 20:
            await asyncio.sleep(2.3)
            asked = loop.time()
            await _send(budget, chat, Priority.RESULT)
            assert loop.time() - asked < SOON
        if chat < 0:
            assert sum(task.done() for task in crowd) <= GROUP_MESSAGES // 2
        await asyncio.gather(*crowd)

    run_jumping(play())


def test_looking_for_room_takes_none() -> None:
    """Waiting for room doesn't use any of it."""

    async def play() -> None:
        budget, loop = TelegramRateLimiter(), asyncio.get_running_loop()
        start = loop.time()
        for _ in range(50):
            await budget.room(1)
        for _ in range(BURST):
            await _send(budget, 1, Priority.RESULT)
        assert loop.time() - start < SOON
        await budget.room(1)
        assert loop.time() - start > SOON

    run_jumping(play())
