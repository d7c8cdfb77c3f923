"""Measure the callback route under 500 task notifications a second. Run: python -m benchmarks.callbacks [runs]

The notifications are real: for many tasks that are generating, each stored in a durable commit (WAL, synchronous FULL)
before it is answered, over loopback, while the bot polls tasks that were announced, as many as the vendor's limits
permit. They are sent at fixed times, whether earlier ones are answered or not.
"""

import asyncio
import gc
import sys
import time
from dataclasses import dataclass
from statistics import median

import aiohttp

from benchmarks.contestants import Contestant, Running, running
from benchmarks.stopwatch import Spread
from benchmarks.studio import machine
from sandbox.serve import Sandbox
from sandbox.telegram.chats import Message

PER_SECOND = 500
SECONDS = 20
TASKS = 2000
FIRST_CHAT, AT_ONCE = 10_001, 64


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one run."""

    answers: int
    per_s: float
    """Answers per second, from the first notification to the last answer."""
    answered: Spread
    """From the post of a notification to its answer."""
    late: Spread
    """How late the notifications were posted: the lag of this process."""
    cpu_ms: float
    """Processor time of the bot per notification. It depends less than the others on the machine's other work."""


async def measure(per_second: int = PER_SECOND, seconds: int = SECONDS) -> Figures:
    """Start the bot, let it generate many pictures, and post notifications for them."""
    async with Sandbox() as sandbox:
        sandbox.telegram.limits.enabled = sandbox.images.limits = False
        sandbox.images.fast, sandbox.images.duration_s, sandbox.images.credits = True, 3600, 1e9
        # A large limit, not none: with limits, the bot polls at most 20 tasks a second.
        async with running(Contestant.OURS, sandbox, IMAGE_API_CALLS_PER_10S="100000", POLL_INTERVAL_S="60") as bot:
            return await _call(bot, await _targets(sandbox), per_second, seconds)


async def _targets(sandbox: Sandbox) -> list[tuple[str, str]]:
    """Order pictures; return their tasks with the addresses of their notifications."""
    for number in range(TASKS):
        chat = FIRST_CHAT + number
        sandbox.telegram.add_person(chat, f"Guest {number}")
        await sandbox.telegram.say(chat, chat, f"picture number {number}")
        if number >= AT_ONCE:
            await sandbox.telegram.wait_for(chat - AT_ONCE, _is_painting)
    for chat in range(FIRST_CHAT + TASKS - AT_ONCE, FIRST_CHAT + TASKS):
        await sandbox.telegram.wait_for(chat, _is_painting)
    return [(task.id, str(task.body["callBackUrl"])) for task in sandbox.images.tasks.values()]


def _is_painting(message: Message) -> bool:
    return "🎨" in message.get("text", "")


async def _call(bot: Running, targets: list[tuple[str, str]], per_second: int, seconds: int) -> Figures:
    taken: list[float] = []
    late: list[float] = []

    async def one(session: aiohttp.ClientSession, task_id: str, url: str) -> None:
        result = {"taskId": task_id, "info": {"result_urls": ["https://x.invalid/1"]}}
        posted = time.perf_counter()
        async with session.post(url, json={"code": 200, "msg": "success", "data": result}) as answer:
            await answer.read()
            assert answer.status == 200, answer.status
        taken.append(time.perf_counter() - posted)

    gc.collect()
    gc.disable()  # a collection of all that the sandbox keeps takes longer than an answer
    try:
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
            used, began = bot.cpu_s(), time.perf_counter()
            for number in range(per_second * seconds):
                due = began + number / per_second
                await asyncio.sleep(max(due - time.perf_counter(), 0))
                late.append(time.perf_counter() - due)
                group.create_task(one(session, *targets[number % len(targets)]))
    finally:
        gc.enable()
    took, cpu_ms = time.perf_counter() - began, (bot.cpu_s() - used) * 1000 / len(taken)
    return Figures(len(taken), len(taken) / took, Spread.of(taken), Spread.of(late), cpu_ms)


async def main() -> None:
    """Print the distribution of each run, and the medians."""
    runs = [await measure() for _ in range(int(sys.argv[1]) if len(sys.argv) > 1 else 1)]
    print(machine())
    print(f"{PER_SECOND}/s for {TASKS} tasks, milliseconds until the answer:   p50      p99  slowest")
    for run in runs:
        print(f"{run.answers} answers, {run.per_s:.0f}/s, {run.cpu_ms:.2f} ms CPU each:    {run.answered}")
        print(f"posted late by                                   {run.late}")
    p99 = median(run.answered.p99 for run in runs)
    print(f"median {median(run.answered.p50 for run in runs):.1f}, 99th percentile {p99:.1f}")


if __name__ == "__main__":
    asyncio.run(main())
