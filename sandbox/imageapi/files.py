"""Everything the image API serves under an address of its own: uploaded inputs, results, direct links."""

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
RESULT_LIFE_S = 14 * 24 * 3600
LINK_LIFE_S = 20 * 60

SIGNATURES = ((b"\x89PNG\r\n\x1a\n", ".png"), (b"\xff\xd8\xff", ".jpg"), (b"RIFF", ".webp"))


@dataclass(frozen=True)
class Link:
    """A direct link: which result it leads to, and until when."""

    name: str
    expires: float


class Files:
    """The three shelves, and the way from an address to the bytes. `url` is where they are served."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.url = ""
        self.uploads = Shelf(max_items=300, max_bytes=96 * 1024 * 1024)
        self.results = Shelf(max_items=300, max_bytes=256 * 1024 * 1024)
        self.links: dict[str, Link] = {}

    def upload(self, body: bytes, *, folder: Any, file_name: Any, told_name: str | None = None) -> dict[str, Any]:
        """Keep an input; the answer is `data` of the upload endpoints."""
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
        """Put the drawn pictures up; the answer is where."""
        urls = []
        for number, body in enumerate(pictures, start=1):
            name = f"{task_id}/{number}.png"
            self.results.put(name, Blob(body, "image/png", self.clock()))
            urls.append(f"{self.url}/results/{name}")
        return urls

    def link_to(self, result_url: str) -> str:
        """A direct link to a result, good for 20 minutes."""
        now = self.clock()
        self.links = {id_: link for id_, link in self.links.items() if link.expires > now}
        name = self._path(result_url).removeprefix("/results/")
        link_id = f"{uuid.uuid4().hex}{PurePosixPath(name).suffix}"  # as an input, it is known by its ending
        self.links[link_id] = Link(name, now + LINK_LIFE_S)
        return f"{self.url}/direct/{link_id}"

    def find(self, path: str) -> Blob | None:
        """What stands under a path, if it is still kept."""
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
        """The bytes behind an input URL. Only what this sandbox serves is ever read: nothing leaves the machine,
        and a bot that hands over one of Telegram's links (with its token in it) fails here, too.
        """
        path = self._path(url)
        blob = self.find(path) if path else None
        if blob is None:
            raise ApiError(451, NOT_FETCHED)
        return blob.body

    def _path(self, url: str) -> str:
        """The path of a URL of our own, or nothing."""
        parts, own = urlsplit(url), urlsplit(self.url)
        same = (parts.scheme, parts.hostname, parts.port) == (own.scheme, own.hostname, own.port)
        return unquote(parts.path) if same else ""

    def _fresh(self, shelf: Shelf, name: str, life: float) -> Blob | None:
        blob = shelf.get(name)
        return blob if blob is not None and self.clock() - blob.kept_at < life else None


def _safe_name(wanted: Any, body: bytes) -> str:
    """A file name that is only a name; made up from the content when none was given."""
    name = re.sub(r"[^\w.-]+", "_", PurePosixPath(wanted).name) if isinstance(wanted, str) else ""
    if name.strip("._"):
        return name
    return "upload" + next((ending for start, ending in SIGNATURES if body.startswith(start)), ".bin")
