"""Image processors for tests; all share a helper process, because starting one takes longer than most tests."""

import atexit
from functools import cache

from typing_extensions import override

from bot.imaging.helper import Helper, Limits
from bot.imaging.processor import PillowImageProcessor
from core.ports.files import Openings


@cache
def shared_helper() -> Helper:
    """Return the helper of this test process."""
    helper = Helper()
    atexit.register(helper.close)
    return helper


class NoOpenings(Openings):
    """A store of picture openings that stores nothing."""

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
    """Return an image processor that needs no closing."""
    return PillowImageProcessor(NoOpenings(), helper or shared_helper(), limits)
