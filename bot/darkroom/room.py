"""Everything done to picture files, in one thread of its own: it keeps the loop free and the memory bounded.

At most one picture is decoded at a time, so a flood of large ones waits in line instead of filling the memory.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from bot.darkroom import masks, prepare, scribble
from bot.darkroom.sheet import contact_sheet
from bot.domain.exchange import MaskWay, Prepared
from bot.domain.files import disk
from bot.domain.request import Picture

Result = TypeVar("Result")

_WAYS = {MaskWay.PAINTED: masks.painted, MaskWay.SCRIBBLED: scribble.scribbled, MaskWay.BY_HAND: masks.by_hand}


class PillowDarkroom:
    """See bot.domain.ports.Darkroom."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="darkroom")

    def close(self) -> None:
        """End the thread after the picture it is at."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def prepare(self, path: Path) -> Prepared:
        """Make an upright picture without metadata beside `path`. Raises BadPicture."""
        return await self._in_thread(lambda: prepare.prepare(path))

    async def inspect(self, path: Path) -> Picture:
        """Decode a result wholly and name its bytes. Raises BadPicture."""
        return await self._in_thread(lambda: prepare.inspect(path))

    async def base(self, path: Path, into: Path) -> None:
        """Make the PNG that a mask can belong to. Raises BadPicture."""
        await self._in_thread(lambda: prepare.base(path, into))

    async def mask(self, way: MaskWay, base: Path, other: Path, into: Path) -> None:
        """Make a mask for `base`. Raises BadMask, BadPicture."""
        make = _WAYS[way]
        await self._in_thread(lambda: make(base, other, into))

    async def opaque(self, path: Path, base_into: Path, mask_into: Path) -> None:
        """Make base and mask of a partly transparent picture. Raises BadMask, BadPicture."""
        await self._in_thread(lambda: masks.transparent(path, base_into, mask_into))

    async def tinted(self, base: Path, mask: Path, into: Path) -> None:
        """Draw a preview of what a mask changes."""
        await self._in_thread(lambda: masks.tinted(base, mask, into))

    async def sheet(self, pictures: Sequence[Path], first: int, into: Path) -> None:
        """Lay out numbered thumbnails."""
        await self._in_thread(lambda: contact_sheet(pictures, first, into))

    async def run(self, work: Callable[[], Result]) -> Result:
        """Do any other work on pictures, in the same thread."""
        return await self._in_thread(work)

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        def careful() -> Result:
            with disk():
                return work()

        return await asyncio.get_running_loop().run_in_executor(self._thread, careful)
