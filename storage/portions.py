"""Long work on the database in portions of a few milliseconds, with room for other statements between them."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from storage.database import Database, Row


async def in_portions(database: Database, size: int, portion: Callable[[], Awaitable[list[Row]]]) -> None:
    """Do portion after portion, each in a transaction of its own, until one has fewer than `size` rows."""
    while True:
        began = time.monotonic()
        if len(await portion()) < size:
            return
        await rest(began)
        await database.checkpoint()


async def rest(began_s: float) -> None:
    """Leave the database to others for as long as the portion that began at `began_s`, a monotonic time, took."""
    await asyncio.sleep(time.monotonic() - began_s)
