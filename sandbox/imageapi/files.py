"""The files that the image API serves: uploaded inputs, results and direct links."""

import mimetypes
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from sandbox.imageapi.envelope import NOT_FETCHED, ApiError
from sandbox.imageapi.shelf import Blob, Shelf
from sandbox.imageapi.window import Clock

MAX_UPLOAD = 26_214_400
UPLOAD_LIFE_S = 24 * 3600
"""The size limit of an upload in bytes (image API docs, generate: 26,214,400 bytes for each input)."""
RESULT_LIFE_S = 14 * 24 * 3600
"""Seconds until an upload expires (image API docs, file upload: about 24 hours)."""
LINK_LIFE_S = 20 * 60
"""Seconds until a result expires (image API docs, download-url: 14 days)."""

"""Seconds until a direct link expires (image API docs, download-url: 20 minutes)."""
SIGNATURES = ((b"\x89PNG\r\n\x1a\n", ".png"), (b"\xff\xd8\xff", ".jpg"), (b"RIFF", ".webp"))


@dataclass(frozen=True)
class Link:
    """A direct link: the name of its result and the time at which it expires."""

    name: str
    expires: float


class Files:
    """The uploads, the results and the direct links to them. `url` is the root under which they are served."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.url = ""
        self.uploads = Shelf(max_items=300, max_bytes=96 * 1024 * 1024)
        self.results = Shelf(max_items=300, max_bytes=256 * 1024 * 1024)
        self.links: dict[str, Link] = {}

    def upload(self, body: bytes, *, folder: Any, file_name: Any, told_name: str | None = None) -> dict[str, Any]:
        """Store an input and return `data` of the upload endpoints.

        `told_name` is the file's own name, used if `file_name` is empty. Raises ApiError for an invalid folder or a
        file that is too large.
        """
        if not isinstance(folder, str) or not folder.strip("/"):
            raise ApiError(400, "uploadPath is required")
        if folder.startswith("/") or folder.endswith("/"):
            raise ApiError(400, "uploadPath must not start or end with a slash")
        if len(body) > MAX_UPLOAD:
            raise ApiError(400, f"File size exceeds maximum of {MAX_UPLOAD} bytes")
        name = _safe_name(file_name or told_name, body)
        unique = f"{uuid.uuid4().hex[:12]}-{name}"
        mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
        now = self.clock()
        self.uploads.put(unique, Blob(body, mime, now))
        return {
            "success": True,
            "fileName": name,
            "filePath": f"kieai/{folder}/{unique}",
            "downloadUrl": f"{self.url}/uploads/{quote(unique)}",
            "fileSize": len(body),
            "mimeType": mime,
            "uploadedAt": datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }

    def keep_results(self, task_id: str, pictures: list[bytes]) -> list[str]:
        """Store the pictures of a task and return their URLs."""
        urls = []
        for number, body in enumerate(pictures, start=1):
            name = f"{task_id}/{number}.png"
            self.results.put(name, Blob(body, "image/png", self.clock()))
            urls.append(f"{self.url}/results/{name}")
        return urls

    def link_to(self, result_url: str) -> str:
        """Create a direct link to a result, valid for 20 minutes, and return its URL."""
        now = self.clock()
        self.links = {id_: link for id_, link in self.links.items() if link.expires > now}
        name = self._path(result_url).removeprefix("/results/")
        link_id = f"{uuid.uuid4().hex}{PurePosixPath(name).suffix}"  # generate judges an input by its extension
        self.links[link_id] = Link(name, now + LINK_LIFE_S)
        return f"{self.url}/direct/{link_id}"

    def find(self, path: str) -> Blob | None:
        """Return the file under a URL path, or None if it is missing or has expired."""
        shelf, _, name = path.removeprefix("/").partition("/")
        match shelf:
            case "uploads":
                return self._fresh(self.uploads, name, UPLOAD_LIFE_S)
            case "results":
                return self._fresh(self.results, name, RESULT_LIFE_S)
            case "direct":
                link = self.links.get(name)
                open_still = link is not None and link.expires > self.clock()
                return self._fresh(self.results, link.name, RESULT_LIFE_S) if link and open_still else None
            case _:
                return None

    def fetch(self, url: str) -> bytes:
        """Return the bytes of an input URL.

        Only this sandbox's own URLs are read, so no request leaves the machine. A bot that hands over one of Telegram's
        links, which contain its token, gets a failure here, too. Raises ApiError with code 451 if the file is
        missing or has expired.
        """
        path = self._path(url)
        blob = self.find(path) if path else None
        if blob is None:
            raise ApiError(451, NOT_FETCHED)
        return blob.body

    def _path(self, url: str) -> str:
        """Return the path of one of this sandbox's URLs, or an empty string for any other URL."""
        parts, own = urlsplit(url), urlsplit(self.url)
        same = (parts.scheme, parts.hostname, parts.port) == (own.scheme, own.hostname, own.port)
        return unquote(parts.path) if same else ""

    def _fresh(self, shelf: Shelf, name: str, life: float) -> Blob | None:
        blob = shelf.get(name)
        return blob if blob is not None and self.clock() - blob.kept_at < life else None


def _safe_name(wanted: Any, body: bytes) -> str:
    """Return a file name without folders or special characters. Derive one from the content if none is given."""
    name = re.sub(r"[^\w.-]+", "_", PurePosixPath(wanted).name) if isinstance(wanted, str) else ""
    if name.strip("._"):
        return name
    return "upload" + next((ending for start, ending in SIGNATURES if body.startswith(start)), ".bin")
