"""Ports of picture files: where they are kept and worked on."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from core.models.image_request import Picture
from core.models.media import MaskWay, Prepared


class Openings(Protocol):
    """Which pictures are being opened, by the SHA-256 of their bytes, and which were when the process died."""

    async def begin(self, sha256: str, most: int) -> int:
        """Note that one is opened, unless as many processes died of it as `most`; answers how many did."""
        ...

    async def end(self, sha256: str) -> None:
        """Note that it was closed in good order, which is held in its favor."""
        ...

    async def abandon(self) -> dict[str, int]:
        """At a start: count what was left open as a death each; answers how many each one has."""
        ...


class ImageProcessor(Protocol):
    """What can be done with picture files, away from the event loop."""

    async def prepare(self, path: Path) -> Prepared:
        """Turn what a person sent into what the service takes: upright, without metadata. Raises BadPicture."""
        ...

    async def inspect(self, path: Path) -> Picture:
        """Decode a result wholly. Raises BadPicture."""
        ...

    async def base(self, path: Path, into: Path) -> None:
        """Make the upright PNG that a mask can belong to. Raises BadPicture."""
        ...

    async def mask(self, way: MaskWay, base: Path, other: Path, into: Path) -> None:
        """Make a mask for `base`, a black (change) and white (keep) PNG of its size. Raises BadMask, BadPicture."""
        ...

    async def opaque(self, path: Path, base_into: Path, mask_into: Path) -> None:
        """Make base and mask of a picture whose transparent areas are to change. Raises BadMask, BadPicture."""
        ...

    async def tinted(self, base: Path, mask: Path, into: Path) -> None:
        """Draw a preview of what a mask changes."""
        ...

    async def sheet(self, pictures: Sequence[Path], first: int, into: Path) -> None:
        """Lay out thumbnails, numbered from `first`, as one picture; a file that is missing leaves its place grey."""
        ...


class BlobStore(Protocol):
    """The files of the pictures we hold."""

    def scratch(self) -> Path:
        """A new path for a file on its way in."""
        ...

    async def keep(self, path: Path, picture: Picture) -> None:
        """Move a file in, for good."""
        ...

    def has(self, picture: Picture) -> bool:
        """Whether they are still there."""
        ...

    def path(self, picture: Picture) -> Path:
        """Where a picture's bytes are."""
        ...
