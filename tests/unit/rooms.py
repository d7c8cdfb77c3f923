"""Darkrooms for tests: all share one helper process, as starting it takes longer than most tests."""

import atexit
from functools import cache

import pytest

from bot.imaging.helper import Helper, Limits
from bot.imaging.processor import PillowImageProcessor


@cache
def shared_helper() -> Helper:
    """The helper of this test process."""
    helper = Helper()
    atexit.register(helper.close)
    return helper


class NoOpenings:
    """Remembers nothing."""

    async def begin(self, sha256: str, most: int) -> int:
        """Never refuse."""
        return 0

    async def end(self, sha256: str) -> None:
        """Nothing to do."""

    async def abandon(self) -> dict[str, int]:
        """None."""
        return {}


def image_processor(limits: Limits | None = None, helper: Helper | None = None) -> PillowImageProcessor:
    """One that needs no closing."""
    return PillowImageProcessor(NoOpenings(), helper or shared_helper(), limits)


@pytest.fixture
def room() -> PillowImageProcessor:
    """An image processor."""
    return image_processor()
