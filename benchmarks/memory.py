"""Measure the bot's memory while pictures pass through. Run: python -m benchmarks.memory

Twenty orders arrive at once. Half of them are edits of a 12-megapixel photo sent as a file, and some have four results
each. The figure is the largest resident size of the bot's process alone.
"""

import asyncio
import io
import random
import time

import psutil
from PIL import Image

from benchmarks.studio import machine, studio

JOBS = 20
LIMIT_S = 120


def photo() -> bytes:
    """Make a 12-megapixel photo that does not compress to nothing."""
    noise = Image.frombytes("RGB", (500, 375), random.Random(1).randbytes(500 * 375 * 3))  # noqa: S311 - noise, not secrets
    out = io.BytesIO()
    noise.resize((4000, 3000), Image.Resampling.BICUBIC).save(out, "JPEG", quality=90)
    return out.getvalue()


async def main() -> None:
    """Print the largest resident size in MB, and how long the orders took."""
    async with studio(POLL_INTERVAL_S="1", CREDITS_PER_PICTURE="0") as both:  # no one agrees to prices here
        await both.control("settings", {"duration_s": 1})
        process = psutil.Process(both.bot_pid)
        idle = largest = process.memory_info().rss
        picture, began = photo(), time.perf_counter()
        for number in range(JOBS):
            await both.say(f"order {number}" + (" --n 4" if number % 5 == 0 else ""), picture if number % 2 else None)
        expected = sum(4 if number % 5 == 0 else 1 for number in range(JOBS))
        arrived = 0
        while arrived < expected and time.perf_counter() - began < LIMIT_S:
            largest = max(largest, process.memory_info().rss)
            await asyncio.sleep(0.05)
            arrived = await both.pictures()
        took = time.perf_counter() - began
    print(machine())
    print(f"{arrived} of {expected} pictures of {JOBS} orders ({len(picture) / 1e6:.1f} MB photos) in {took:.0f} s")
    print(f"resident size: idle {idle / 1e6:.0f} MB, largest {largest / 1e6:.0f} MB")
    if arrived < expected:
        raise SystemExit("not all of them arrived, so the figure says nothing")


if __name__ == "__main__":
    asyncio.run(main())
