"""The files that Telegram stores, by identifier and by download path.

Limits (Bot API, Sending files and getFile): 10 MB for a photo, 50 MB for an upload, 20 MB for a download.
"""

import asyncio
import base64
import hashlib
import itertools
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from sandbox.telegram import pictures
from sandbox.telegram.errors import BotApiError, bad_request

ANY_MIME = "application/octet-stream"
MEGABYTE = 1024 * 1024
PHOTO_LIMIT, UPLOAD_LIMIT, DOWNLOAD_LIMIT = 10 * MEGABYTE, 50 * MEGABYTE, 20 * MEGABYTE
# Python's own table lacks these on some systems.
MIME = {".webp": "image/webp", ".heic": "image/heic", ".jfif": "image/jpeg", ".webm": "video/webm"}
PREFIX = {
    "photo": "AgACAgIAAx",
    "document": "BQACAgIAAx",
    "sticker": "CAACAgIAAx",
    "thumbnail": "AAMCAgADGQ",
    "video": "BAACAgIAAx",
    "animation": "CgACAgIAAx",
    "audio": "CQACAgIAAx",
    "voice": "AwACAgIAAx",
    "video_note": "DQACAgIAAx",
}
USUAL_MIME = {"video": "video/mp4", "animation": "video/mp4", "audio": "audio/mpeg", "voice": "audio/ogg"}
# The fields that the Bot API always includes for each kind.
ALWAYS = {
    "video": ("width", "height", "duration"),
    "animation": ("width", "height", "duration"),
    "audio": ("duration",),
    "voice": ("duration",),
    "video_note": ("length", "duration"),
}

Json = dict[str, Any]


@dataclass(frozen=True)
class StoredFile:
    """A file's bytes with its identifiers and names."""

    file_id: str
    unique_id: str
    path: str
    data: bytes = field(repr=False)
    mime: str
    name: str

    def ids(self) -> Json:
        """Return the fields that all file objects of the Bot API have."""
        return {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": len(self.data)}


class FileStore:
    """The files, in memory. Each upload gets a new `file_id`; equal bytes get the same `file_unique_id`."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._numbers = itertools.count(1)
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}
        self._media: dict[str, tuple[str, Any]] = {}

    def get(self, file_id: str) -> StoredFile | None:
        """Return a file by its identifier, or None."""
        return self._by_id.get(file_id)

    def at(self, path: str) -> StoredFile | None:
        """Return a file by the path from getFile, or None."""
        return self._by_path.get(path)

    def media(self, file_id: str, kind: str) -> Json:
        """Return the media part of a message that sends a stored file again.

        Raises BotApiError if the identifier is unknown or belongs to another kind.
        """
        if file_id not in self._media:
            raise bad_request("wrong file identifier/HTTP URL specified")
        stored, content = self._media[file_id]
        if stored != kind:
            raise bad_request(f"can't use file of type {_told(stored)} as {_told(kind)}")
        return _shown(kind, content)

    async def add_photo(self, data: bytes) -> Json:
        """Store a photo in its sizes and return the media part of its message.

        Raises BotApiError if the photo is too large or can't be decoded.
        """
        if len(data) > PHOTO_LIMIT:
            raise bad_request("file is too big")
        try:
            sizes = await asyncio.to_thread(pictures.photo_sizes, data)
        except pictures.BadDimensionsError as error:
            raise bad_request("PHOTO_INVALID_DIMENSIONS") from error
        except pictures.NotAPictureError as error:
            raise bad_request("IMAGE_PROCESS_FAILED") from error
        shown = [self._size(size, data, "photo") for size in sizes]
        for size in shown:
            self._media[size["file_id"]] = ("photo", shown)
        return {"photo": shown}

    async def add_document(self, data: bytes, name: str, mime: str | None = None) -> Json:
        """Store a file unchanged and return the media part of its message. Raises BotApiError if it is too large."""
        if len(data) > UPLOAD_LIMIT:
            raise BotApiError(413, "Request Entity Too Large")
        mime = guess_mime(name) or mime or ANY_MIME
        stored = self.keep(data, kind="document", name=name, mime=mime)
        shown: Json = {"file_name": name, "mime_type": mime}
        small = await asyncio.to_thread(pictures.thumbnail, data) if mime.startswith("image/") else None
        if small is not None:
            shown["thumbnail"] = self._size(small, data, "thumbnail")
        shown |= stored.ids()
        self._media[stored.file_id] = ("document", shown)
        return {"document": shown}

    def add_moving(self, kind: str, data: bytes, name: str, mime: str, details: Mapping[str, Any]) -> Json:
        """Store a video or an audio file unread. Its properties are the bot's own values from `details`, or 0."""
        known = guess_mime(name) or (mime if "/" in mime and mime != ANY_MIME else USUAL_MIME.get(kind, ANY_MIME))
        stored = self.keep(data, kind=kind, name=name, mime=known)
        shown: Json = {field: max(0, int(details.get(field) or 0)) for field in ALWAYS[kind]}
        if kind == "audio":
            shown |= {field: details[field] for field in ("performer", "title") if details.get(field)}
        if kind not in {"voice", "video_note"}:
            shown["file_name"] = name
        if kind != "video_note":
            shown["mime_type"] = known
        shown |= stored.ids()
        self._media[stored.file_id] = (kind, shown)
        return _shown(kind, shown)

    async def add_sticker(self, data: bytes, *, animated: bool = False, video: bool = False) -> Json:
        """Store a webp sticker, or an animated or video sticker, whose bytes aren't read.

        Raises NotAPictureError if the webp can't be read.
        """
        width, height = (512, 512) if animated or video else await asyncio.to_thread(pictures.dimensions, data)
        suffix = ".tgs" if animated else ".webm" if video else ".webp"
        mime = "application/x-tgsticker" if animated else guess_mime(suffix) or ""
        stored = self.keep(data, kind="sticker", name=f"sticker{suffix}", mime=mime)
        shown = {"type": "regular", "width": width, "height": height, "is_animated": animated, "is_video": video}
        shown |= {"emoji": "🎨"} | stored.ids()
        self._media[stored.file_id] = ("sticker", shown)
        return {"sticker": shown}

    def keep(self, data: bytes, *, kind: str, name: str, mime: str, unique: str = "") -> StoredFile:
        """Store bytes under a new identifier and path."""
        number = next(self._numbers)
        unique_id = unique or _code(data, size=9)
        file_id = PREFIX.get(kind, PREFIX["document"]) + _code(f"{self._seed}/{number}/{unique_id}".encode(), 36)
        path = f"{kind}s/file_{number}{PurePosixPath(name).suffix.lower()}"
        stored = StoredFile(file_id, unique_id, path, data, mime, name)
        self._by_id[file_id] = self._by_path[path] = stored
        return stored

    def _size(self, size: pictures.Size, original: bytes, kind: str) -> Json:
        unique = _code(size.letter.encode() + original, size=9)
        stored = self.keep(size.jpeg, kind=kind, name="photo.jpg", mime="image/jpeg", unique=unique)
        return stored.ids() | {"width": size.width, "height": size.height}


def guess_mime(name: str) -> str | None:
    """Return the MIME type for a file name, or None."""
    suffix = PurePosixPath(name).suffix.lower() or name.lower()
    return MIME.get(suffix) or mimetypes.guess_type(name)[0]


def _shown(kind: str, content: Any) -> Json:
    """Return the media part of a message. An animation also has a `document`, for bots that don't know animations."""
    plain = ("width", "height", "duration")
    more = {"document": {key: content[key] for key in content if key not in plain}} if kind == "animation" else {}
    return {kind: content, **more}


def _told(kind: str) -> str:
    return kind.title().replace("_", "")


def _code(data: bytes, size: int) -> str:
    return base64.urlsafe_b64encode(hashlib.blake2b(data, digest_size=size).digest()).decode()
