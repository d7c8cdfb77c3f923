"""The ports to picture files: where they are stored, and how they are processed."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from core.models.image_model import NO_BOUNDS, Bounds
from core.models.image_request import Picture
from core.models.media import Incoming, MaskWay, Prepared


class Openings(Protocol):
    """The record of pictures that are being opened, which tells the one that made the process die.

    Pictures are known by the SHA-256 of their bytes. Every method raises StorageError.
    """

    @abstractmethod
    async def begin(self, sha256: str, most: int) -> int:
        """Record that a picture is being opened; return how many times the process died while it was open.

        At `most` deaths or more nothing is recorded, and the caller must not open the picture.
        """
        ...

    @abstractmethod
    async def end(self, sha256: str) -> None:
        """Record that a picture was closed normally, and forget its deaths."""
        ...

    @abstractmethod
    async def abandon(self) -> dict[str, int]:
        """Count a death for each picture that was left open; return the deaths of these pictures.

        Only for the start of the process.
        """
        ...


class ImageProcessor(Protocol):
    """The processing of picture files, outside the event loop.

    Every method raises StorageError if the processing fails for reasons that are not the picture's.
    """

    @abstractmethod
    async def prepare(self, path: Path, bounds: Bounds = NO_BOUNDS, *, into: Path | None = None) -> Prepared:
        """Turn a user's picture into a file that a model takes: upright, without metadata, and within the bounds.

        The new file is `into`, by default `path`, with a suffix of its own. Raises BadPicture.
        """
        ...

    @abstractmethod
    async def inspect(self, file: Incoming) -> Picture:
        """Decode a result completely and return its SHA-256, format and size. Raises BadPicture."""
        ...

    @abstractmethod
    async def base(self, path: Path, into: Path) -> None:
        """Write the upright PNG of a picture to `into`, as the base of a mask. Raises BadPicture."""
        ...

    @abstractmethod
    async def mask(self, way: MaskWay, base: Path, other: Path, into: Path) -> None:
        """Write a mask for `base` to `into`: a PNG of the same size, black for change and white for keep.

        `other` is the painter's mask, a copy of `base` that was drawn on, or a mask made by hand, as `way` says. Raises
        BadMask and BadPicture.
        """
        ...

    @abstractmethod
    async def opaque(self, path: Path, base_into: Path, mask_into: Path) -> None:
        """Write base and mask of a picture whose transparent areas are to change. Raises BadMask and BadPicture."""
        ...

    @abstractmethod
    async def inverted(self, mask: Path, into: Path) -> None:
        """Write a mask to `into` in which black and white have changed places."""
        ...

    @abstractmethod
    async def tinted(self, base: Path, mask: Path, into: Path) -> None:
        """Write a preview to `into`: `base` with the area tinted that `mask` changes."""
        ...

    @abstractmethod
    async def sheet(self, pictures: Sequence[Path], first: int, into: Path) -> None:
        """Write a contact sheet to `into`: thumbnails, numbered from `first`. A missing file leaves its place gray."""
        ...


class BlobStore(Protocol):
    """The files of the pictures that are stored. Every method raises StorageError if the store can't be used.

    A file's name is `<SHA-256>.<format in lower case>`, and the same name always has the same content.
    """

    @abstractmethod
    def scratch(self) -> Path:
        """Return a new path on the local disk for an incoming file; the file doesn't exist yet."""
        ...

    @abstractmethod
    async def keep(self, file: Incoming, picture: Picture) -> None:
        """Move a local file, or write a short one, into the store; afterwards it survives a power cut."""
        ...

    @abstractmethod
    async def has(self, picture: Picture) -> bool:
        """Return whether the file of a picture is in the store."""
        ...

    @abstractmethod
    def local(self, *pictures: Picture) -> AbstractAsyncContextManager[list[Path]]:
        """Yield the paths of local files of pictures, in order, for reading until the end of the block.

        The suffix of a path is the format. A picture that isn't in the store has a path without a file.
        """
        ...


class PictureStore(BlobStore, Protocol):
    """A BlobStore with the operations of the start, of housekeeping and of operators.

    Pictures are known by the names of their files.
    """

    @abstractmethod
    async def open(self) -> None:
        """Prepare the store, and probe it."""
        ...

    @abstractmethod
    async def probe(self) -> None:
        """Write, read and delete a file as with pictures: an existing store may refuse it."""
        ...

    @abstractmethod
    async def alive(self) -> None:
        """Check in a few milliseconds that the store can be used. It costs less than `probe`, and finds less."""
        ...

    @abstractmethod
    async def tidy(self) -> None:
        """Drop the half-written local files of an earlier process. Only the process that runs the bot may do this."""
        ...

    @abstractmethod
    async def owner(self) -> str | None:
        """Return the id of the database that the store belongs to, or None if it isn't noted."""
        ...

    @abstractmethod
    async def claim(self, owner: str) -> None:
        """Note the database that the store belongs to. Raises StorageError if it belongs to another one."""
        ...

    @abstractmethod
    def pages(self, most: int) -> AsyncIterator[list[str]]:
        """Yield the names of all pictures, at most so many at a time and close together in their order.

        Other files aren't named.
        """
        ...

    @abstractmethod
    async def size(self, name: str) -> int | None:
        """Return the size of a picture in bytes, or None if it isn't in the store."""
        ...

    @abstractmethod
    async def older(self, names: Sequence[str], age_s: float) -> list[str]:
        """Return the pictures that were stored longer ago than this, by the store's own clock."""
        ...

    @abstractmethod
    async def drop(self, names: Sequence[str]) -> int:
        """Remove pictures, and return how many were removed. A store may count some that weren't there."""
        ...
