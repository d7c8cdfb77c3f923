"""Darkrooms for tests: all share one helper process, as starting it takes longer than most tests."""

import atexit
from functools import cache

import pytest
from typing_extensions import override

from bot.imaging.helper import Helper, Limits
from bot.imaging.processor import PillowImageProcessor
from core.ports.files import Openings


@cache
def shared_helper() -> Helper:
    """The helper of this test process."""
    helper = Helper()
    atexit.register(helper.close)
    return helper


class NoOpenings(Openings):
    """Remembers nothing."""

    @override
    async def begin(self, sha256: str, most: int) -> int:
        return 0

    @override
    async def end(self, sha256: str) -> None:
        pass

    @override
    async def abandon(self) -> dict[str, int]:
        return {}


def image_processor(limits: Limits | None = None, helper: Helper | None = None) -> PillowImageProcessor:
    """One that needs no closing."""
    return PillowImageProcessor(NoOpenings(), helper or shared_helper(), limits)


@pytest.fixture
def room() -> PillowImageProcessor:
    """An image processor."""
    return image_processor()
