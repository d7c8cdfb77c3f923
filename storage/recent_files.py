"""Local copies of pictures that were just stored or fetched, so that showing them doesn't fetch them again."""

import asyncio
import os
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path

_MOST_BYTES = 268_435_456
_LIVES_S = 600.0


class RecentFiles:
    """Files in a directory by name, the least recently used first. The names always stand for the same content.

    A file is given out as a hard link, so it may be dropped while a reader uses it. It lives for `lives_s` seconds, as
    pictures that people deleted must not stay here. Without room, or where the disk has no links, no copy is kept.
    """

    def __init__(self, directory: Path, most_bytes: int = _MOST_BYTES, lives_s: float = _LIVES_S) -> None:
        self._directory = directory
        self._most_bytes = most_bytes
        self._lives_s = lives_s
        self._sizes: OrderedDict[str, int] = OrderedDict()

    def open(self) -> None:
        """Make the directory. Raises OSError."""
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)

    def clear(self) -> None:
        """Drop all files, also those of an earlier process."""
        for path in self._directory.iterdir():
            with suppress(OSError):  # a stray folder
                path.unlink()
        self._sizes.clear()

    def add(self, name: str, path: Path) -> None:
        """Keep a copy of a complete file, and drop the oldest ones if there are too many bytes."""
        if name in self._sizes:
            return
        try:
            os.link(path, self._directory / name)
            self._sizes[name] = path.stat().st_size
        except OSError:
            return
        while sum(self._sizes.values()) > self._most_bytes:
            self.drop(next(iter(self._sizes)))
        asyncio.get_running_loop().call_later(self._lives_s, self.drop, name)

    def copied(self, name: str, into: Path) -> bool:
        """Make `into` a copy of a file; return False if the file isn't here."""
        if name not in self._sizes:
            return False
        try:
            os.link(self._directory / name, into)
        except OSError:
            return False
        self._sizes.move_to_end(name)
        return True

    def drop(self, name: str) -> None:
        """Drop a file, if it is here."""
        if self._sizes.pop(name, None) is not None:
            with suppress(OSError):
                (self._directory / name).unlink()
