"""The sandbox in a process of its own, with enough people and groups, and with pictures that tell their prompts.

The harness runs it. It prints its address, and ends when its standard input is closed.
"""

import asyncio
import sys

from benchmarks.torture.swatch import picture
from sandbox.imageapi.record import Task
from sandbox.imageapi.tasks import ImageApi
from sandbox.serve import Sandbox

SEATS = 8
TOPIC = 7


def person(room: int, seat: int) -> int:
    """Return a person's id, which is also the id of their private chat."""
    return 10_000 + SEATS * room + seat


def group(room: int) -> int:
    """Return the id of a room's supergroup."""
    return -2_000_000_000_000 - room


def forum(room: int) -> int:
    """Return the id of a room's forum, whose only topic is TOPIC."""
    return -3_000_000_000_000 - room


class Painter(ImageApi):
    """An image API that paints each prompt in its own colors, so that an auditor can identify the picture."""

    async def _draw(self, task: Task, wanted: int) -> list[bytes]:
        for url in task.inputs:
            self.files.fetch(url)
        return [picture(task.prompt)] * wanted


class Stage(Sandbox):
    """A sandbox with `rooms` rooms: eight people, a group and a forum each."""

    def __init__(self, rooms: int) -> None:
        super().__init__()
        self.images = Painter(api_key=self.api_key, faults=self.faults, duration_s=0.3, limits=False, credits=1e9)
        self.telegram.limits.enabled = False  # the rate limits have tests of their own, and would only take time here
        for room in range(rooms):
            people = [person(room, seat) for seat in range(SEATS)]
            for number in people:
                self.telegram.add_person(number, f"Guest {number}")
            self.telegram.add_chat("supergroup", f"Group {room}", people, chat_id=group(room))
            self.telegram.add_chat(
                "supergroup", f"Forum {room}", people, chat_id=forum(room), topics={TOPIC: "Pictures"}
            )


async def main(rooms: int) -> None:
    """Serve until standard input is closed."""
    async with Stage(rooms) as stage:
        print(stage.url, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
