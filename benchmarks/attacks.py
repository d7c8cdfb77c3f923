"""Measure the memory that hostile pictures take, of the bot and its children. Run: python -m benchmarks.attacks

Each picture is sent to the real bot, in a process of its own, as a file with a prompt for an edit. The figures are the
largest sum of the proportional set sizes of the bot and all its children, sampled twenty times a second, and the time
until the bot's last message about the order.
"""

import asyncio
import io
import time
from collections.abc import Callable

import psutil
from PIL import Image
from pillow_heif import from_bytes

from benchmarks.pictures import TINY_WEBP, animated_png, animated_webp, flat_png, many_scans
from benchmarks.studio import Studio, machine, studio

LOOK_S = 0.05  # each sample stops the measured processes for a moment
LIMIT_S = 120
UNDER_WAY = ("Got it", "Painting")


def _jpeg() -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise((8064, 6048), 40).convert("RGB").save(buffer, "JPEG", quality=40)
    return buffer.getvalue()


def _heic() -> bytes:
    image = from_bytes(mode="RGB", size=(8064, 6048), data=bytes(3 * 8064 * 6048))
    buffer = io.BytesIO()
    image.save(buffer, quality=1, enc_params={"preset": "ultrafast"})
    return buffer.getvalue()


ATTACKS: dict[str, Callable[[], bytes]] = {
    "nothing but words": lambda: b"",
    "WEBP of 34 bytes, 64 MP with alpha": lambda: TINY_WEBP,
    "JPEG 48 MP": _jpeg,
    "HEIC 48 MP": _heic,
    "PNG 63 MP": lambda: flat_png(9000, 7000),
    "JPEG, its last scan 20,000 times": lambda: many_scans(20_000),
    "APNG, 100 frames of 16 MP": lambda: animated_png(4000, 4000, 100),
    "WEBP, 1,000 frames of 16 MP": lambda: animated_webp(4000, 4000, 1000),
}


async def main() -> None:
    """Print the table."""
    print(machine())
    print(f"{'picture':36} {'bytes':>10} {'peak, MB':>9} {'s':>6}  the last word")
    for name, make in ATTACKS.items():
        data = make()
        async with studio(POLL_INTERVAL_S="1") as both:
            await both.control("settings", {"duration_s": 1})
            peak, took, said = await _attacked(both, data)
        print(f"{name:36} {len(data):>10,} {peak / 1e6:>9.0f} {took:>6.1f}  {said[:60]!r}", flush=True)


async def _attacked(both: Studio, data: bytes) -> tuple[int, float, str]:
    """Send a picture. Return the peak in bytes, the seconds until the bot's last message, and that message."""
    process = psutil.Process(both.bot_pid)
    peaks = [_size(process)]
    await both.say("make it night", data or None)  # the time that the sandbox takes for it doesn't count
    began = time.perf_counter()
    looked = 0.0
    while time.perf_counter() - began < LIMIT_S:
        peaks.append(_size(process))
        await asyncio.sleep(LOOK_S)
        if time.perf_counter() - looked > 1.0:
            looked = time.perf_counter()
            messages = await both.messages()
            last = messages[-1] if messages else {}
            said = str(last.get("text", "a picture"))
            if messages and not any(word in said for word in UNDER_WAY):
                return max(peaks), time.perf_counter() - began, said
    raise SystemExit("the bot did not come to an end with it")


def _size(process: psutil.Process) -> int:
    """Return the bytes of memory of the bot and its children, with shared pages divided among them."""
    size = 0
    for one in [process, *process.children(recursive=True)]:
        try:
            size += one.memory_full_info().pss
        except psutil.Error:  # the process ended meanwhile
            continue
    return size


if __name__ == "__main__":
    asyncio.run(main())
