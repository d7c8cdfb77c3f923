"""A bounded store of bytes in memory. It drops the oldest first."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Blob:
    """A file's bytes, its MIME type and the time at which it was stored."""

    body: bytes
    mime: str
    kept_at: float


class Shelf:
    """Files by name. A file that is put again replaces the earlier one."""

    def __init__(self, *, max_items: int, max_bytes: int) -> None:
        self.max_items = max_items
        self.max_bytes = max_bytes
        self._blobs: OrderedDict[str, Blob] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._blobs)

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._blobs))

    def put(self, name: str, blob: Blob) -> None:
        """Store a file. Drop the oldest ones until the bounds hold; the newest file always stays."""
        self.drop(name)
        self._blobs[name] = blob
        self._bytes += len(blob.body)
        while len(self._blobs) > 1 and (len(self._blobs) > self.max_items or self._bytes > self.max_bytes):
            self.drop(next(iter(self._blobs)))

    def get(self, name: str) -> Blob | None:
        """Return a file, or None if it isn't stored."""
        return self._blobs.get(name)

    def drop(self, name: str) -> None:
        """Remove a file if it is there."""
        blob = self._blobs.pop(name, None)
        if blob is not None:
            self._bytes -= len(blob.body)
