"""The connected regions of a black-and-white picture, found from the runs in its rows. Pillow can't find them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from PIL import Image

_RUN = re.compile(rb"\xff+")

Run = tuple[int, int, int]
"""A run of white pixels: its row, its first column, and the column after its last."""


@dataclass(slots=True)
class Region:
    """A set of connected white pixels. Pixels that touch only at a corner are not connected."""

    runs: list[Run] = field(default_factory=list)
    size: int = 0

    def add(self, run: Run) -> None:
        """Add a run to the region."""
        self.runs.append(run)
        self.size += run[2] - run[1]

    def sides(self, size: tuple[int, int]) -> int:
        """Return how many of the picture's four sides the region touches."""
        width, height = size
        return (
            any(row == 0 for row, _, _ in self.runs)
            + any(row == height - 1 for row, _, _ in self.runs)
            + any(start == 0 for _, start, _ in self.runs)
            + any(end == width for _, _, end in self.runs)
        )


def regions(picture: Image.Image) -> list[Region]:
    """Find all regions in a picture of mode L, in which white is 255."""
    pixels, width = picture.tobytes(), picture.width
    found: list[Run] = []
    leader: list[int] = []  # for each run an earlier one of its region, or itself
    above = range(0)
    for row in range(picture.height):
        first = len(found)
        for match in _RUN.finditer(pixels[row * width : (row + 1) * width]):
            found.append((row, *match.span()))
            leader.append(len(leader))
        here = range(first, len(found))
        _connect(found, leader, above, here)
        above = here
    return _gathered(found, leader)


def paint(size: tuple[int, int], areas: Iterable[Region]) -> Image.Image:
    """Draw regions in white on black."""
    width, height = size
    pixels = bytearray(width * height)
    for area in areas:
        for row, start, end in area.runs:
            pixels[row * width + start : row * width + end] = b"\xff" * (end - start)
    return Image.frombytes("L", size, bytes(pixels))


def _connect(found: list[Run], leader: list[int], above: range, here: range) -> None:
    upper, lower = above.start, here.start
    while upper < above.stop and lower < here.stop:
        (_, start, end), (_, other_start, other_end) = found[upper], found[lower]
        if start < other_end and other_start < end:
            one, other = _root(leader, upper), _root(leader, lower)
            leader[max(one, other)] = min(one, other)
        if end <= other_end:
            upper += 1
        else:
            lower += 1


def _root(leader: list[int], run: int) -> int:
    while leader[run] != run:
        leader[run] = leader[leader[run]]  # makes the next search shorter
        run = leader[run]
    return run


def _gathered(found: list[Run], leader: list[int]) -> list[Region]:
    by_root: dict[int, Region] = {}
    for number, run in enumerate(found):
        by_root.setdefault(_root(leader, number), Region()).add(run)
    return list(by_root.values())
