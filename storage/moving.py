"""Copies all pictures from one store to another. It can be stopped and started again at any time."""

import asyncio
import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import StorageError
from core.models.image_request import Picture
from core.models.media import Incoming
from core.ports.files import PictureStore

_PAGE = 256
_AT_ONCE = 4
_TOLD_EVERY = 1000


@dataclass
class Moved:
    """The numbers of pictures and bytes of a copy."""

    copied: int = 0
    skipped: int = 0
    """There already, with the same size."""
    damaged: list[str] = field(default_factory=list)
    """Names of pictures whose content isn't the one of their name; they aren't copied."""
    vanished: int = 0
    source: tuple[int, int] = (0, 0)
    """Pictures and bytes in the source, without the damaged ones, counted at the end."""
    target: tuple[int, int] = (0, 0)
    """Pictures and bytes in the target with the same names."""

    @property
    def is_complete(self) -> bool:
        """Whether the target has everything."""
        return self.source == self.target and not self.damaged


async def move_pictures(source: PictureStore, target: PictureStore, tell: Callable[[str], None]) -> Moved:
    """Copy the pictures that `target` lacks, and the note to which database they belong. Raises StorageError.

    `tell` gets a line about the progress now and then. Nothing is removed from `source`.
    """
    if owner := await source.owner():
        await target.claim(owner)
    moved, told = Moved(), 0
    async for names in source.pages(_PAGE):
        for start in range(0, len(names), _AT_ONCE):
            await asyncio.gather(*(_move(source, target, name, moved) for name in names[start : start + _AT_ONCE]))
        if moved.copied + moved.skipped - told >= _TOLD_EVERY:
            told = moved.copied + moved.skipped
            tell(f"{told} pictures: {moved.copied} copied, {moved.skipped} were there")
    async for names in source.pages(_PAGE):
        wanted = [name for name in names if name not in set(moved.damaged)]
        moved.source = _added(moved.source, await _sizes(source, wanted))
        moved.target = _added(moved.target, await _sizes(target, wanted))
    return moved


async def _move(source: PictureStore, target: PictureStore, name: str, moved: Moved) -> None:
    size = await source.size(name)
    if size is None:  # dropped since it was listed
        moved.vanished += 1
    elif await target.size(name) == size:
        moved.skipped += 1
    else:
        await _copy(source, target, _picture(name, size), moved)


async def _copy(source: PictureStore, target: PictureStore, picture: Picture, moved: Moved) -> None:
    scratch = target.scratch()
    try:
        async with source.local(picture) as (path,):
            digest = await asyncio.to_thread(_copied, path, scratch)
        if digest != picture.sha256:
            moved.damaged.append(picture.file_name)
            return
        await target.keep(Incoming(scratch), picture)
        moved.copied += 1
    finally:
        scratch.unlink(missing_ok=True)


def _copied(path: Path, scratch: Path) -> str:
    """Copy a file, and return the SHA-256 of its content."""
    try:
        shutil.copyfile(path, scratch)
        with scratch.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise StorageError(f"cannot copy a picture: {error.strerror}") from error


async def _sizes(store: PictureStore, names: list[str]) -> list[int]:
    """Return the sizes of those pictures that are in a store."""
    found: list[int | None] = []
    for start in range(0, len(names), _AT_ONCE):
        found += await asyncio.gather(*map(store.size, names[start : start + _AT_ONCE]))
    return [size for size in found if size is not None]


def _added(total: tuple[int, int], sizes: list[int]) -> tuple[int, int]:
    return total[0] + len(sizes), total[1] + sum(sizes)


def _picture(name: str, size: int) -> Picture:
    sha256, _, kind = name.partition(".")
    return Picture(sha256, kind, 0, 0, size)
