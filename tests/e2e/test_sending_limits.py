"""Telegram's limits as people see them: the overall limit delays no picture, and all limits can be turned off."""

import asyncio
from dataclasses import replace

import pytest

from sandbox.faults import Fault
from tests.e2e.kit import LIMITED, Studio

WITHIN_S = 10


@pytest.mark.parametrize("send_limits", [replace(LIMITED, overall_per_second=1)])
async def test_the_overall_limit_delays_no_picture(studio: Studio) -> None:
    """Twelve people get their placeholders and pictures at once, although one message a second is permitted overall."""
    async with asyncio.timeout(WITHIN_S):
        asked = [await studio.say("a fox", studio.person()) for _ in range(12)]
        await asyncio.gather(*map(studio.picture, asked))


async def test_with_limits_off_one_chat_gets_everything_at_once(idle: Studio) -> None:
    """On a server without limits, twenty answers to one chat don't wait for the bot's own limit."""
    idle.world.limits.enabled = False
    await idle.start(telegram_limits="off")
    async with asyncio.timeout(WITHIN_S):
        for asked in [await idle.say("/help") for _ in range(20)]:
            await idle.answer(asked)


async def test_with_limits_off_the_servers_refusal_is_obeyed(idle: Studio) -> None:
    """After a 429, the bot waits as long as the server says; an early message would count as a flood error."""
    await idle.start(telegram_limits="off")
    idle.faults.add(Fault("telegram", "sendMessage", "retry_after", 1))
    await idle.answer(await idle.say("/help"))
    assert not idle.world.flood_errors
