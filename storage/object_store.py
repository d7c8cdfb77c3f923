"""The PictureStore port on a bucket of an object store that speaks S3. Needs the extra `s3`.

A picture is `<prefix>/pictures/<first two digits>/<SHA-256>.<format>`, as in a directory. Beside the pictures are
`database-id`, which names the database, and `clock`, whose time of change is the store's present. Nothing here hands
out a presigned address.
"""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import S3Store
from typing_extensions import override

from core.errors import StorageError
from core.models.image_request import Picture
from core.models.media import Incoming
from core.ports.files import PictureStore
from core.runtime.files import disk
from core.runtime.threads import on_disk
from storage.marker import MARKER, check_owner, marked, marking
from storage.object_errors import is_absent, told
from storage.recent_files import RecentFiles

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import ClientConfig, S3Config

_KEY = re.compile(r"pictures/([0-9a-f]{2})/(\1[0-9a-f]{62}\.[a-z0-9]{1,8})")
_SCRATCH = re.compile(r"[0-9a-f]{16}(\.[a-z]{1,8})?")
_CHUNK = 1_048_576
_PART = 5_242_880  # the least size of a part of a multipart upload but its last
_PARTS_AT_ONCE = 2
_AT_ONCE = 8
_MARKER_BYTES = 1024

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Patience:
    """The limits of waiting, in seconds: for a connection, for bytes, between attempts, and for one operation.

    An operation that moves a picture may take longest.
    """

    connect_s: float = 3.0
    read_s: float = 10.0
    retries: int = 3
    first_wait_s: float = 0.1
    longest_wait_s: float = 2.0
    call_s: float = 20.0
    transfer_s: float = 90.0


class ObjectBlobStore(PictureStore):
    """The pictures in a bucket, one object for each SHA-256.

    `config` has obstore's settings for S3, with the credentials, and `client` those of its HTTP client about proxies.
    Work files are in `work_dir`.
    """

    def __init__(
        self,
        bucket: str,
        prefix: str,
        work_dir: Path,
        config: "S3Config",
        client: "ClientConfig",
        patience: Patience = Patience(),
    ) -> None:
        self._place = "/".join(filter(None, (f"s3://{bucket}", prefix)))
        self._patience = patience
        self._probe = f"probe-{secrets.token_hex(8)}"  # one a process, so that failed deletions don't add up
        self._incoming = work_dir / "incoming"
        self._recent = RecentFiles(work_dir / "recent")
        self._store = S3Store(
            bucket,
            prefix=prefix or None,
            config=config,
            client_options=_client(patience, config.get("aws_endpoint_url_s3", "")) | client,
            retry_config={
                "max_retries": patience.retries,
                "retry_timeout": timedelta(seconds=patience.call_s),
                "backoff": {
                    "init_backoff": timedelta(seconds=patience.first_wait_s),
                    "max_backoff": timedelta(seconds=patience.longest_wait_s),
                    "base": 2,
                },
            },
        )

    @override
    async def open(self) -> None:
        try:
            self._incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._recent.open()
        except OSError as error:
            raise StorageError(f"cannot use the work directory: {error}") from error
        await self.probe()

    @override
    async def probe(self) -> None:
        key, written = self._probe, secrets.token_hex(8)
        await self._call("write into", lambda: obstore.put_async(self._store, key, written.encode()))
        content = await self._content(key)
        await self._call("delete from", lambda: obstore.delete_async(self._store, key))
        if content != written:
            raise StorageError(f"cannot write pictures into {self._place}: what is written reads otherwise")

    @override
    async def alive(self) -> None:
        if await self._head(MARKER) is None:
            raise StorageError(f"{self._place} has lost its marker {MARKER}")

    @override
    async def tidy(self) -> None:
        for leftover in self._incoming.iterdir():
            if _SCRATCH.fullmatch(leftover.name) and leftover.is_file():
                _unlink(leftover)
        self._recent.clear()

    @override
    async def owner(self) -> str | None:
        content = await self._content(MARKER)
        return None if content is None else marked(content)

    @override
    async def claim(self, owner: str) -> None:
        known = await self.owner()
        if known is None:
            content = marking(owner).encode()
            with suppress(AlreadyExistsError):  # another process was faster, or the first answer was lost
                await self._call("write into", lambda: obstore.put_async(self._store, MARKER, content, mode="create"))
            known = await self.owner() or ""
        check_owner(self._place, known, owner)

    @override
    async def pages(self, most: int) -> AsyncIterator[list[str]]:
        stream = obstore.list(self._store, "pictures", chunk_size=most)
        while page := await self._call("list", lambda: anext(stream, None)):
            names = [match[2] for meta in page if (match := _KEY.fullmatch(meta["path"]))]
            if names:
                yield names

    @override
    async def size(self, name: str) -> int | None:
        meta = await self._head(_key(name))
        return meta["size"] if meta else None

    @override
    async def older(self, names: Sequence[str], age_s: float) -> list[str]:
        if not names:
            return []
        await self._call("write into", lambda: obstore.put_async(self._store, "clock", b""))
        now = await self._head("clock")
        found = await _each(names, lambda name: self._head(_key(name)))
        if now is None:
            raise StorageError(f"{self._place} has lost what was just written")
        before = now["last_modified"] - timedelta(seconds=age_s)
        return [name for name, meta in zip(names, found, strict=True) if meta and meta["last_modified"] < before]

    @override
    async def drop(self, names: Sequence[str]) -> int:
        there = set(names)
        for name in there:
            self._recent.drop(name)
        if there:
            keys = [_key(name) for name in there]
            await self._call("delete from", lambda: obstore.delete_async(self._store, keys))
        return len(there)

    @override
    def scratch(self) -> Path:
        return self._incoming / secrets.token_hex(8)

    @override
    async def keep(self, file: Incoming, picture: Picture) -> None:
        path = await on_disk(file)
        key, size = _key(picture.file_name), _size(path)
        await self._call(
            "write into",
            lambda: obstore.put_async(self._store, key, path, chunk_size=_PART, max_concurrency=_PARTS_AT_ONCE),
            self._patience.transfer_s,
        )
        stored = await self._head(key)
        if stored is None or stored["size"] != size:
            raise StorageError(f"{self._place} has lost a picture that it had just taken")
        self._recent.add(picture.file_name, path)
        _unlink(path)

    @override
    async def has(self, picture: Picture) -> bool:
        return await self._head(_key(picture.file_name)) is not None

    @override
    @asynccontextmanager
    async def local(self, *pictures: Picture) -> AsyncIterator[list[Path]]:
        paths = [self.scratch().with_suffix(Path(picture.file_name).suffix) for picture in pictures]
        async with AsyncExitStack() as stack:
            for path in paths:
                stack.callback(_unlink, path)
            await _each(list(zip(pictures, paths, strict=True)), lambda pair: self._fetch(pair[0].file_name, pair[1]))
            yield paths

    async def _fetch(self, name: str, into: Path) -> None:
        """Write an object to a file. If the object is missing, no file is made."""
        if self._recent.copied(name, into):
            return
        if await self._call("read from", lambda: self._streamed(_key(name), into), self._patience.transfer_s):
            self._recent.add(name, into)

    async def _streamed(self, key: str, into: Path) -> bool:
        try:
            answer = await obstore.get_async(self._store, key)
        except FileNotFoundError as error:
            return not is_absent(error)
        with disk():
            file = into.open("wb")
        with file:
            async for chunk in answer.stream(min_chunk_size=_CHUNK):
                with disk():
                    await asyncio.to_thread(file.write, chunk)
        return True

    async def _head(self, key: str) -> "ObjectMeta | None":
        async def head() -> "ObjectMeta | None":
            with suppress(FileNotFoundError):
                return await obstore.head_async(self._store, key)
            return None

        return await self._call("read from", head)

    async def _content(self, key: str) -> str | None:
        """Return the first bytes of a small text object, None if it doesn't exist."""

        async def read() -> str | None:
            try:
                answer = await obstore.get_async(self._store, key, options={"range": (0, _MARKER_BYTES)})
            except FileNotFoundError as error:
                return None if is_absent(error) else ""
            return bytes(await answer.bytes_async()).decode("ascii", "replace")

        return await self._call("read from", read)

    async def _call(self, verb: str, work: Callable[[], Awaitable[_Result]], limit_s: float | None = None) -> _Result:
        """Do one operation within its time. Raises StorageError."""
        try:
            async with asyncio.timeout(limit_s or self._patience.call_s):
                return await work()
        except (StorageError, AlreadyExistsError):
            raise
        except Exception as error:  # noqa: BLE001 - obstore's errors have many classes, and tell more than an operator needs
            raise StorageError(f"cannot {verb} {self._place}: {told(error)}") from None


def _key(name: str) -> str:
    return f"pictures/{name[:2]}/{name}"


def _size(path: Path) -> int:
    with disk():
        return path.stat().st_size


def _unlink(path: Path) -> None:
    with disk():
        path.unlink(missing_ok=True)


def _client(patience: Patience, endpoint: str) -> "ClientConfig":
    """Return the settings of the HTTP client. Only an endpoint that was given so may be without TLS."""
    return {
        "allow_http": endpoint.startswith("http://"),
        "connect_timeout": timedelta(seconds=patience.connect_s),
        "read_timeout": timedelta(seconds=patience.read_s),
        "timeout": timedelta(seconds=patience.transfer_s),
    }


async def _each(items: Sequence[_Item], work: Callable[[_Item], Awaitable[_Result]]) -> list[_Result]:
    """Do the work for each item, a few at a time; return the results in order. Raises the first error."""
    results: list[_Result] = []
    for start in range(0, len(items), _AT_ONCE):
        portion = await asyncio.gather(*map(work, items[start : start + _AT_ONCE]), return_exceptions=True)
        for result in portion:
            if isinstance(result, BaseException):
                raise result
            results.append(result)
    return results
