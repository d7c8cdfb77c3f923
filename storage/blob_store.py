"""The BlobStore port on a directory.

A picture is `pictures/<first two digits>/<SHA-256>.<format>`. A file on its way in is `incoming/<16 hex digits>`,
and a file that is made from it has a suffix.
"""

import asyncio
import os
import re
import secrets
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from typing_extensions import override

from core.errors import StorageError
from core.models.image_request import Picture
from core.ports.files import BlobStore
from core.runtime.files import disk

_FOLDER = re.compile(r"[0-9a-f]{2}")
_PICTURE = re.compile(r"[0-9a-f]{64}\.[a-z0-9]{1,8}")
_SCRATCH = re.compile(r"(probe-)?[0-9a-f]{16}(\.[a-z]{1,8})?")
_PROBE = re.compile(r"probe-[0-9a-f]{16}")


def is_picture(path: Path) -> bool:
    """Whether a file is named like a picture of this store; other files there aren't touched."""
    folder = path.parent.name
    named = _FOLDER.fullmatch(folder) and _PICTURE.fullmatch(path.name) and path.name.startswith(folder)
    return bool(named) and path.is_file() and not path.is_symlink()


class FileBlobStore(BlobStore):
    """The pictures in a directory, one file for each SHA-256."""

    def __init__(self, directory: Path) -> None:
        self._pictures = directory / "pictures"
        self._incoming = directory / "incoming"

    def open(self) -> None:
        """Make the directories and probe them. Raises StorageError."""
        try:
            for directory in (self._pictures, self._incoming):
                directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise StorageError(f"cannot use the picture directory: {error}") from error
        self.probe()

    def probe(self) -> None:
        """Write, read and delete a file as with pictures: an existing directory may refuse it. Raises StorageError."""
        name = f"probe-{secrets.token_hex(8)}"
        written, place = self._incoming / name, self._pictures / name
        try:
            written.write_bytes(name.encode())
            place.mkdir(mode=0o700)
            written.replace(place / name)
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

    def tidy(self) -> None:
        """Drop the half-written files of an earlier process. Only the process that runs the bot may do this."""
        for leftover in self._incoming.iterdir():
            with suppress(OSError):  # a stray folder or another user's file must not end the bot
                if _SCRATCH.fullmatch(leftover.name):
                    leftover.unlink()
        for place in self._pictures.glob("probe-*"):
            if _PROBE.fullmatch(place.name):
                shutil.rmtree(place, ignore_errors=True)

    def folders(self) -> list[Path]:
        """Return the folders of pictures, one for each first two digits, sorted."""
        with disk():
            return sorted(path for path in self._pictures.iterdir() if _FOLDER.fullmatch(path.name) and path.is_dir())

    def files(self, folder: Path) -> list[Path]:
        """Return the pictures in a folder, sorted."""
        with disk(), os.scandir(folder) as entries:
            return [path for path in sorted(folder / entry.name for entry in entries) if is_picture(path)]

    def older(self, files: Sequence[Path], than_s: float) -> list[Path]:
        """Return the files that were written before a time, in seconds since 1970."""
        return [file for file in files if _written(file) < than_s]

    def drop(self, files: Sequence[Path]) -> int:
        """Remove files, and return how many were removed."""
        dropped = 0
        for file in files:
            with suppress(OSError):  # a stray folder, or a file that vanished meanwhile
                file.unlink()
                dropped += 1
        return dropped

    @override
    def scratch(self) -> Path:
        return self._incoming / secrets.token_hex(8)

    @override
    async def keep(self, path: Path, picture: Picture) -> None:
        # Raises StorageError.
        try:
            await asyncio.to_thread(self._keep, path, self.path(picture))
        except OSError as error:
            raise StorageError(f"cannot keep a picture: {error}") from error

    @override
    def has(self, picture: Picture) -> bool:
        with disk():  # raises StorageError if the directory can't be read
            return self.path(picture).exists()

    @override
    def path(self, picture: Picture) -> Path:
        return self._pictures / picture.sha256[:2] / f"{picture.sha256}.{picture.format.lower()}"

    @staticmethod
    def _keep(path: Path, target: Path) -> None:
        """Write through to the disk before the name exists, so that a name never stands for half a picture."""
        target.parent.mkdir(exist_ok=True, mode=0o700)
        with path.open("rb") as file:
            os.fsync(file.fileno())
        path.replace(target)


def _written(file: Path) -> float:
    """Return the time of the last change; a file that vanished counts as young."""
    try:
        return file.stat().st_mtime
    except OSError:
        return float("inf")
