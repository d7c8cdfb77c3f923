"""What happened outside is noted however long it takes: an order that was taken, a message that was sent.

Whoever acts and then fails to commit would act again, and pay or say it twice. So the commit is tried for as long as
the process lives; where that ends first, the next start finds what was noted before the act.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from core.errors import StorageError

log = structlog.get_logger()

_FIRST_S, _LONGEST_S = 0.2, 10.0
Noted = TypeVar("Noted")


async def noted(write: Callable[..., Awaitable[Noted]], *values: object, about: str) -> Noted:
    """Write it, again and again where the storage refuses. `about` names the order or update for the log."""
    pause_s = _FIRST_S
    while True:
        try:
            return await write(*values)
        except StorageError as error:
            log.error("not_noted_yet", about=about, note=write.__name__, error=str(error), again_in_s=pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_S)
