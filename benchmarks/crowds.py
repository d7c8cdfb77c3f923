"""Measure the cost of large crowds for others. Run: python -m benchmarks.crowds [10000 orders] [1000000 chats]

The first part is about orders that the image API has been working on since before the bot started: how often the bot
asks about them, with and without callbacks, and how long one more order takes. The second part is about a broadcast
that its operator starts and stops: how long other people wait for placeholders meanwhile. The real bot runs in a
process of its own, over loopback.
"""

import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from benchmarks.studio import ADA, BEN, Studio, machine, studio
from bot.clock import SystemClock
from storage.database import Database

ORDERS, CHATS = 10_000, 1_000_000
FIRST_CHAT = 1_000_000
"""The id below that of the first chat: order `n` is from chat `FIRST_CHAT + n`, and its placeholder is message 1."""
WATCHED_S = 20.0
TRIES = 5
GENERATING = """
WITH RECURSIVE numbers(n) AS (SELECT 1 WHERE :count > 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)
INSERT INTO jobs (id, origin, chat_id, language, asked_by, request, state, created_at, ordered_at, due_at, submitted_at,
    generating_at, task_id, placeholder_id, price)
SELECT 'many' || n, 'many:' || n, n + :first, 'en', n + :first, '{"prompt": "a fox"}', 'generating', :now, :now, :now,
    :now, :now, 'task' || n, 1, 0
FROM numbers
"""
KNOWN = """
WITH RECURSIVE numbers(n) AS (SELECT 1 WHERE :count > 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < :count)
INSERT INTO chats (chat_id, kind, seen_at) SELECT n + :first, 'private', :now FROM numbers
"""


async def main() -> None:
    """Print the figures of both parts."""
    orders, chats = [int(argument) for argument in sys.argv[1:]] or [ORDERS, CHATS]
    print(machine())
    async with _bot_on(GENERATING, orders) as (both, _):
        await _orders(both, orders)
    async with _bot_on(KNOWN, chats) as (both, path):
        await _broadcast(both, path, chats)


async def filled(directory: Path, statement: str, count: int) -> Path:
    """Make a database with `count` rows of GENERATING or KNOWN, and return its path."""
    path = directory / "bot.db"
    await (await Database.open(f"sqlite:///{path}")).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, {"count": count, "first": FIRST_CHAT, "now": SystemClock().now_ms()})
    return path


@asynccontextmanager
async def _bot_on(statement: str, count: int) -> AsyncIterator[tuple[Studio, Path]]:
    with tempfile.TemporaryDirectory() as name:
        path = await filled(Path(name), statement, count)
        environment = {"DATABASE_URL": f"sqlite:///{path}", "DATA_DIR": name, "ADMINS": str(ADA)}
        async with studio(**environment, POLL_INTERVAL_S="1", LOG_LEVEL="ERROR") as both:
            await both.control("settings", {"duration_s": 1})
            yield both, path


async def _orders(both: Studio, orders: int) -> None:
    process = psutil.Process(both.bot_pid)
    await asyncio.sleep(3)
    print(f"\n{orders:,} generating orders; the bot answered {both.start_s:.1f} s after it was started")
    alone, cpu = await _asked(both, process)
    print(f"asked about, without callbacks:  {alone:.1f} a second at most, {cpu:.0f} ms of CPU a second")
    took = await _until(both, "/imagine a red fox", lambda messages: any("photo" in message for message in messages))
    print(f"one more order, until its picture: {took:.1f} s (the sandbox paints for 1 s)")
    called, cpu = await _asked(both, process)
    print(f"asked about, behind a callback:  {called:.1f} a second at most, {cpu:.0f} ms of CPU a second")


async def _asked(both: Studio, process: psutil.Process) -> tuple[float, float]:
    """Return the most calls of record-info in any second, and milliseconds of processor time per second."""
    began, used = time.time(), sum(process.cpu_times()[:2])
    await asyncio.sleep(WATCHED_S)
    cpu = (sum(process.cpu_times()[:2]) - used) / WATCHED_S * 1000
    async with both.session.get(f"{both.sandbox}/control/log") as answer:
        calls = (await answer.json())["calls"]
    times = [float(call["time"]) for call in calls if "record-info" in str(call["method"]) and call["time"] > began]
    return max((sum(at <= other < at + 1 for other in times) for at in times), default=0), cpu


async def _broadcast(both: Studio, path: Path, chats: int) -> None:
    process = psutil.Process(both.bot_pid)
    print(f"\na broadcast to {chats:,} chats")
    figures = {"before": [await _placeholder(both) for _ in range(TRIES)]}
    asking = asyncio.create_task(_until(both, "/broadcast Hello", lambda messages: _button(messages, "send")[0] > 0))
    figures["while counting"] = await _placeholders_until(both, asking)
    message_id, data = _button(await both.messages(), "send")
    used, began = sum(process.cpu_times()[:2]), time.perf_counter()
    pressing = asyncio.create_task(both.press(message_id, data))
    figures["while noting"] = await _placeholders_until(
        both, asyncio.create_task(_until_true(path, "SELECT 1 FROM broadcasts WHERE added_at IS NOT NULL"))
    )
    took, cpu = time.perf_counter() - began, sum(process.cpu_times()[:2]) - used
    figures["while sending"] = [await _placeholder(both) for _ in range(TRIES)]
    await pressing
    began = time.perf_counter()
    await both.say("/broadcast stop")
    await _until_true(path, "SELECT 1 FROM broadcasts WHERE state = 'stopped'")
    stopping = time.perf_counter() - began
    print(f"until the operator is asked:     {asking.result():.1f} s")
    print(f"until all chats are noted:       {took:.1f} s, of which {cpu:.1f} s of CPU")
    print(f"until it is stopped:             {stopping:.1f} s")
    print(f"resident:                        {process.memory_info().rss / 1e6:.0f} MB")
    base = median(figures["before"])
    for name, taken in figures.items():
        middle = median(taken)
        print(
            f"a placeholder {name:18} {middle:.0f} ms ({middle / base:.2f}), {max(taken):.0f} at most, of {len(taken)}"
        )


async def _placeholder(both: Studio) -> float:
    """Return how many ms Ben waits for the first message about his order; then pause, as chats have budgets."""
    began, before = time.perf_counter(), len(await both.messages(BEN))
    await both.say("/imagine a red fox", chat=BEN)
    while len(await both.messages(BEN)) == before:  # noqa: ASYNC110 - another process's
        await asyncio.sleep(0.002)
    took = (time.perf_counter() - began) * 1000
    await asyncio.sleep(4)
    return took


async def _placeholders_until(both: Studio, done: "asyncio.Task[Any]") -> list[float]:
    taken = [await _placeholder(both)]
    while not done.done():
        taken.append(await _placeholder(both))
    await done
    return taken


async def _until(both: Studio, words: str, happened: Callable[[list[dict[str, Any]]], bool]) -> float:
    """Return the seconds until something shows in the operator's chat."""
    began = time.perf_counter()
    await both.say(words)
    while not happened(await both.messages()):  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.02)
    return time.perf_counter() - began


async def _until_true(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        while not connection.execute(statement).fetchone():  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)


def _button(messages: list[dict[str, Any]], verb: str) -> tuple[int, str]:
    """Return the message with a broadcast's button, and the button's callback data; 0 and "" without one."""
    for message in reversed(messages):
        for row in message.get("reply_markup", {}).get("inline_keyboard", []):
            for button in row:
                if str(button.get("callback_data", "")).startswith(f"broadcast:{verb}:"):
                    return message["message_id"], button["callback_data"]
    return 0, ""


if __name__ == "__main__":
    asyncio.run(main())
