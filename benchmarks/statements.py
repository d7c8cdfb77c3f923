"""Count the statements and commits of an order. Run: python -m benchmarks.statements

The bot and the sandbox share this process. First the orders come one by one, then 64 at a time, as work that waits at
the same time shares a commit. Statements of the regular looks are counted, too.
"""

import asyncio
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest.mock import patch

from benchmarks.contestants import OPEN
from benchmarks.studio import machine, settings_for
from bot import logs
from bot.app import running
from bot.settings import load
from core.runtime.worker import TaskSupervisor
from sandbox.ports import ReservedPort
from sandbox.serve import Sandbox
from storage import sqlite
from storage.group_commit import Connection, connect

PEOPLE = 64
ORDERS = 10
"""Orders of each person in the second part; the first part has as many in all."""


@dataclass(frozen=True, slots=True)
class PerOrder:
    """Statements and commits per order."""

    statements: float
    commits: float


@dataclass(frozen=True, slots=True)
class Figures:
    """Orders one by one, and many at once."""

    one_by_one: PerOrder
    at_once: PerOrder


class Count:
    """The statements that SQLite got."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def per_order(self, orders: int) -> PerOrder:
        """Return statements and commits per order, and start anew."""
        kinds = Counter(words.split(maxsplit=1)[0] for words in self.words)
        outside = {"BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA"}
        statements = sum(count for kind, count in kinds.items() if kind not in outside)
        alone = self._alone()
        self.words = []
        return PerOrder(statements / orders, (kinds["COMMIT"] + alone) / orders)

    def _alone(self) -> int:
        """Count the writes outside of a transaction: each is a commit."""
        found, is_open = 0, False
        for words in self.words:
            if words.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
                is_open = words.startswith("BEGIN")
            elif not is_open and not words.startswith(("SELECT", "WITH", "PRAGMA", "SAVEPOINT", "RELEASE")):
                found += 1
        return found


async def measure() -> Figures:
    """Count for orders one by one, then for many at once."""
    logs.configure("WARNING", "console", ())
    count = Count()
    async with _sandbox() as sandbox, _bot(sandbox, count):
        await _order(sandbox, 0, 1)
        count.words = []
        await _order(sandbox, 0, ORDERS)
        one_by_one = count.per_order(ORDERS)
        await asyncio.gather(*(_order(sandbox, number, ORDERS) for number in range(PEOPLE)))
        return Figures(one_by_one, count.per_order(PEOPLE * ORDERS))


async def main() -> None:
    """Print the figures."""
    figures = await measure()
    print(machine())
    for name, found in (("one by one", figures.one_by_one), (f"{PEOPLE} at a time", figures.at_once)):
        print(f"{name}: {found.statements:.1f} statements, {found.commits:.1f} commits per order")


@asynccontextmanager
async def _sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox() as sandbox:
        sandbox.telegram.limits.enabled = sandbox.images.limits = False
        sandbox.images.duration_s, sandbox.images.fast, sandbox.images.credits = 0.05, True, 1e9
        for number in range(PEOPLE):
            sandbox.telegram.add_person(2001 + number, f"Guest {number}")
        yield sandbox


@asynccontextmanager
async def _bot(sandbox: Sandbox, count: Count) -> AsyncIterator[None]:
    with tempfile.TemporaryDirectory() as name, ReservedPort() as port:
        settings = settings_for(sandbox.url, Path(name), port.number) | OPEN
        given = {key.lower(): value for key, value in settings.items()}
        with patch.object(sqlite, "connect", partial(_traced, count)):
            async with running(load(_env_file=None, **given), TaskSupervisor()):
                yield


async def _traced(count: Count, path: Path) -> Connection:
    connection = await connect(path)
    await connection.set_trace_callback(lambda words: count.words.append(_bare(words)))
    return connection


def _bare(words: str) -> str:
    return " ".join(line for line in words.splitlines() if not line.startswith("--")).strip()


async def _order(sandbox: Sandbox, number: int, orders: int) -> None:
    chat = 2001 + number
    for _ in range(orders):
        (asked,) = await sandbox.telegram.say(chat, chat, "a red fox")
        await sandbox.telegram.wait_for(chat, _is_picture, timeout=60, after=asked["message_id"])


def _is_picture(message: dict[str, object]) -> bool:
    return "photo" in message


if __name__ == "__main__":
    asyncio.run(main())
