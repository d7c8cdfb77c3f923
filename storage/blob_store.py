"""The BlobStore port on a directory.

A picture is `pictures/<first two digits>/<SHA-256>.<format>`. A file on its way in is `incoming/<16 hex digits>`,
and a file that is made from it has a suffix. Incoming files may be on another disk; then a picture on its way into
the store is `pictures/<16 hex digits>.partial`.
"""

import asyncio
import errno
import os
import re
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from typing_extensions import override

from core.errors import StorageError
from core.models.image_request import Picture
from core.models.media import Incoming
from core.ports.files import PictureStore
from core.runtime.bounded import write_all
from core.runtime.files import disk
from core.runtime.threads import in_thread
from storage.marker import check_owner, mark, owner_of

_FOLDER = re.compile(r"[0-9a-f]{2}")
_PICTURE = re.compile(r"[0-9a-f]{64}\.[a-z0-9]{1,8}")
_SCRATCH = re.compile(r"(probe-)?[0-9a-f]{16}(\.[a-z]{1,8})?")
_PROBE = re.compile(r"probe-[0-9a-f]{16}")
_PARTIAL = re.compile(r"[0-9a-f]{16}\.partial")
_LEFT_BEHIND_S = 3600


def is_picture(path: Path) -> bool:
    """Whether a file is named like a picture of this store; other files there aren't touched."""
    folder = path.parent.name
    named = _FOLDER.fullmatch(folder) and _PICTURE.fullmatch(path.name) and path.name.startswith(folder)
    return bool(named) and path.is_file() and not path.is_symlink()


class FileBlobStore(PictureStore):
    """The pictures in a directory, one file for each SHA-256.

    Incoming files are in `work_dir`, by default the same directory.
    """

    def __init__(self, directory: Path, work_dir: Path | None = None) -> None:
        self._pictures = directory / "pictures"
        self._incoming = (work_dir or directory) / "incoming"

    @override
    async def open(self) -> None:
        try:
            for directory in (self._pictures, self._incoming):
                directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StorageError(f"cannot use the picture directory: {error}") from error
        await self.probe()

    @override
    async def probe(self) -> None:
        await asyncio.to_thread(self._probe)

    def _probe(self) -> None:
        name = f"probe-{secrets.token_hex(8)}"
        written, place = self._incoming / name, self._pictures / name
        try:
            written.write_bytes(name.encode())
            place.mkdir(mode=0o700)
            self._move(written, place / name)
            is_right = (place / name).read_bytes() == name.encode()
            shutil.rmtree(place)
            folders = self._pictures.glob("[0-9a-f][0-9a-f]")
            closed = [
                folder.name for folder in folders if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK)
            ]
        except OSError as error:
            raise StorageError(f"cannot write pictures into {self._pictures.parent}: {error}") from error
        finally:
            with suppress(OSError):
                written.unlink(missing_ok=True)
            shutil.rmtree(place, ignore_errors=True)
        if closed or not is_right:
            which = ", ".join(closed) or "what is written reads otherwise"
            raise StorageError(f"cannot write pictures into {self._pictures}: {which}")

    @override
    async def alive(self) -> None:
        if not await asyncio.to_thread(os.access, self._pictures, os.W_OK | os.X_OK):
            raise StorageError(f"cannot write pictures into {self._pictures}")

    @override
    async def tidy(self) -> None:
        for leftover in self._incoming.iterdir():
            with suppress(OSError):  # a stray folder or another user's file must not end the bot
                if _SCRATCH.fullmatch(leftover.name):
                    leftover.unlink()
        for place in self._pictures.iterdir():
            if _PROBE.fullmatch(place.name):
                shutil.rmtree(place, ignore_errors=True)
            elif _PARTIAL.fullmatch(place.name) and _written(place) < time.time() - _LEFT_BEHIND_S:
                with suppress(OSError):
                    place.unlink()

    @override
    async def owner(self) -> str | None:
        return owner_of(self._pictures.parent)

    @override
    async def claim(self, owner: str) -> None:
        known = owner_of(self._pictures.parent)
        if known is None:
            mark(self._pictures.parent, owner)
        else:
            check_owner(str(self._pictures.parent), known, owner)

    @override
    async def pages(self, most: int) -> AsyncIterator[list[str]]:
        for folder in await asyncio.to_thread(self._folders):
            names = await asyncio.to_thread(self._names, folder)
            for start in range(0, len(names), most):
                yield names[start : start + most]

    def _folders(self) -> list[Path]:
        """Return the folders of pictures, one for each first two digits, sorted."""
        with disk():
            return sorted(path for path in self._pictures.iterdir() if _FOLDER.fullmatch(path.name) and path.is_dir())

    @staticmethod
    def _names(folder: Path) -> list[str]:
        """Return the names of the pictures in a folder, sorted."""
        with disk(), os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if is_picture(folder / entry.name))

    @override
    async def size(self, name: str) -> int | None:
        with disk():
            try:
                return (await asyncio.to_thread(self._place(name).stat)).st_size
            except FileNotFoundError:
                return None

    @override
    async def older(self, names: Sequence[str], age_s: float) -> list[str]:
        return await asyncio.to_thread(self._older, names, time.time() - age_s)

    def _older(self, names: Sequence[str], than_s: float) -> list[str]:
        return [name for name in names if _written(self._place(name)) < than_s]

    @override
    async def drop(self, names: Sequence[str]) -> int:
        return await asyncio.to_thread(self._drop, names)

    def _drop(self, names: Sequence[str]) -> int:
        dropped = 0
        for name in names:
            with suppress(OSError):  # a stray folder, or a file that vanished meanwhile
                self._place(name).unlink()
                dropped += 1
        return dropped

    @override
    def scratch(self) -> Path:
        return self._incoming / secrets.token_hex(8)

    @override
    async def keep(self, file: Incoming, picture: Picture) -> None:
        try:
            await in_thread(self._keep, file, self.path(picture))
        except OSError as error:
            raise StorageError(f"cannot keep a picture: {error}") from error

    @override
    async def has(self, picture: Picture) -> bool:
        with disk():  # raises StorageError if the directory can't be read
            return self.path(picture).exists()

    @override
    @asynccontextmanager
    async def local(self, *pictures: Picture) -> AsyncIterator[list[Path]]:
        yield [self.path(picture) for picture in pictures]

    def path(self, picture: Picture) -> Path:
        """Return the path of a picture, whether or not its file exists."""
        return self._place(picture.file_name)

    def _place(self, name: str) -> Path:
        return self._pictures / name[:2] / name

    def _keep(self, file: Incoming, target: Path) -> None:
        """Write through to the disk before the name exists, so that a name never stands for half a picture."""
        _flush(file)
        try:
            self._move(file.path, target)
        except FileNotFoundError:  # the first picture of this folder
            target.parent.mkdir(exist_ok=True, mode=0o700)
            self._move(file.path, target)

    def _move(self, path: Path, target: Path) -> None:
        try:
            path.replace(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            partial = self._pictures / f"{secrets.token_hex(8)}.partial"
            try:
                shutil.copyfile(path, partial)
                _flush(Incoming(partial))
                partial.replace(target)
            finally:
                partial.unlink(missing_ok=True)
            path.unlink()


def _flush(file: Incoming) -> None:
    """Write a file through to the disk, and before, its content if it is still in memory."""
    with file.path.open("rb" if file.content is None else "wb", buffering=0) as opened:
        if file.content is not None:
            write_all(opened, file.content)
        os.fsync(opened.fileno())


def _written(file: Path) -> float:
    """Return the time of the last change; a file that vanished counts as young."""
    try:
        return file.stat().st_mtime
    except OSError:
        return float("inf")
