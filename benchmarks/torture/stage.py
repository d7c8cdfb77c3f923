"""The sandbox in a process of its own, with enough people and groups, and pictures that say whose they are.

Run by the harness; it prints its address and ends when its standard input is closed.
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
    """Somebody's id, which is their private chat's, too."""
    return 10_000 + SEATS * room + seat


def group(room: int) -> int:
    """A room's supergroup."""
    return -2_000_000_000_000 - room


def forum(room: int) -> int:
    """A room's forum; its one topic is TOPIC."""
    return -3_000_000_000_000 - room


class Painter(ImageApi):
    """Paints each prompt in colours of its own, so that an auditor sees whose picture it looks at."""

    async def _draw(self, task: Task, wanted: int) -> list[bytes]:
        for url in task.body.get("filesUrl") or ():
            self.files.fetch(url)
        return [picture(task.prompt)] * wanted


class Stage(Sandbox):
    """A sandbox with `rooms` rooms: eight people, a group and a forum each."""

    def __init__(self, rooms: int) -> None:
        super().__init__()
        self.images = Painter(api_key=self.api_key, faults=self.faults, duration_s=0.3, limits=False, credits=1e9)
        self.telegram.limits.enabled = False  # the budget has tests of its own; here it would only take time
        for room in range(rooms):
            people = [person(room, seat) for seat in range(SEATS)]
            for number in people:
                self.telegram.add_person(number, f"Guest {number}")
            self.telegram.add_chat("supergroup", f"Group {room}", people, chat_id=group(room))
            self.telegram.add_chat(
                "supergroup", f"Forum {room}", people, chat_id=forum(room), topics={TOPIC: "Pictures"}
            )


async def main(rooms: int) -> None:
    """Serve until nobody holds our standard input any more."""
    async with Stage(rooms) as stage:
        print(stage.url, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
