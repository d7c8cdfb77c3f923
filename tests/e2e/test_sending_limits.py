"""Telegram's limits as people see them: the overall limit delays no picture."""

import asyncio
from dataclasses import replace

import pytest

from tests.e2e.kit import LIMITED, Studio

WITHIN_S = 10


@pytest.mark.parametrize("send_limits", [replace(LIMITED, overall_per_second=1)])
async def test_the_overall_limit_delays_no_picture(studio: Studio) -> None:
    """Twelve people get their placeholders and pictures at once, although one message a second is permitted overall."""
    async with asyncio.timeout(WITHIN_S):
        asked = [await studio.say("a fox", studio.person()) for _ in range(12)]
        await asyncio.gather(*map(studio.picture, asked))
