"""Measure the callback route under 100 callbacks a second. Run: python -m benchmarks.callbacks

The callbacks are real: for tasks that are generating, each stored in a commit of its own (WAL, synchronous FULL) before
it is answered, over loopback, while the bot polls each task that a callback announces.
"""

import asyncio
import json
import time
from statistics import quantiles

from benchmarks.studio import Studio, machine, studio

PER_SECOND = 100
SECONDS = 20
JOBS = 20


async def main() -> None:
    """Print the distribution in milliseconds."""
    async with studio(POLL_INTERVAL_S="60") as both:
        await both.control("settings", {"duration_s": 120, "limits": False})
        for number in range(JOBS):
            await both.say(f"picture number {number}")
        targets = await _targets(both)
        taken = await _call(both, targets)
    cuts = quantiles(taken, n=100)
    print(machine())
    print(f"{len(taken)} callbacks at {PER_SECOND}/s for {len(targets)} jobs, milliseconds until the answer:")
    print(f"median {cuts[49]:.1f}, 90th percentile {cuts[89]:.1f}, 99th {cuts[98]:.1f}, slowest {max(taken):.1f}")


async def _targets(both: Studio) -> list[tuple[str, str]]:
    for _ in range(600):
        tasks = await both.tasks()
        if len(tasks) == JOBS:
            return [(str(task["id"]), str(json.loads(json.dumps(task["body"]))["callBackUrl"])) for task in tasks]
        await asyncio.sleep(0.1)
    raise TimeoutError("the orders did not arrive")


async def _call(both: Studio, targets: list[tuple[str, str]]) -> list[float]:
    taken: list[float] = []

    async def one(task_id: str, url: str) -> None:
        body = {
            "code": 200,
            "msg": "success",
            "data": {"taskId": task_id, "info": {"result_urls": ["https://x.invalid/1"]}},
        }
        began = time.perf_counter()
        async with both.session.post(url, json=body) as answer:
            await answer.read()
            assert answer.status == 200, answer.status
        taken.append((time.perf_counter() - began) * 1000)

    async with asyncio.TaskGroup() as group:
        began = time.perf_counter()
        for number in range(PER_SECOND * SECONDS):
            await asyncio.sleep(max(began + number / PER_SECOND - time.perf_counter(), 0))
            group.create_task(one(*targets[number % len(targets)]))
    return taken


if __name__ == "__main__":
    asyncio.run(main())
