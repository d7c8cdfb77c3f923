"""Recording of things that happened outside, such as a sent message, for as long as it takes.

If an action succeeds and its commit fails, the action would be repeated: paid for or sent twice. So the commit is
retried for as long as the process lives. If the process ends first, the next start finds the intent that was recorded
before the action.
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
    """Call `write` until the store accepts it, and return its result. `about` names the job or update for the log."""
    pause_s = _FIRST_S
    while True:
        try:
            return await write(*values)
        except StorageError as error:
            log.error("commit_failed", about=about, write=write.__name__, error=str(error), retry_in_s=pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_S)
