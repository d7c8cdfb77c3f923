"""Where bytes are kept: in memory, with a bound, the oldest dropped first."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Blob:
    """Bytes that can be fetched under a name, as they were at that time."""

    body: bytes
    mime: str
    kept_at: float


class Shelf:
    """Named bytes. A name put again replaces what it held."""

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
        """Keep it; the newest always fits."""
        self.drop(name)
        self._blobs[name] = blob
        self._bytes += len(blob.body)
        while len(self._blobs) > 1 and (len(self._blobs) > self.max_items or self._bytes > self.max_bytes):
            self.drop(next(iter(self._blobs)))

    def get(self, name: str) -> Blob | None:
        """Look it up."""
        return self._blobs.get(name)

    def drop(self, name: str) -> None:
        """Forget it, if it is here."""
        blob = self._blobs.pop(name, None)
        if blob is not None:
            self._bytes -= len(blob.body)
