"""The stores of pictures, a directory and an object store, keep the same promises."""

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
import pytest
from obstore.store import S3Store

from bot.picture_store import picture_store
from core.errors import StorageError
from core.models.image_request import Picture
from core.models.media import Incoming
from core.ports.files import PictureStore
from tests.seaweedfs import BUCKET, KEY_ID, SECRET, object_store, settings_with

if TYPE_CHECKING:
    from obstore.store import S3Config

CONTENT = b"the bytes of a picture"


@dataclass
class Kind:
    """An open store, a second one on the same pictures, and a way to put other files into it."""

    store: PictureStore
    again: Callable[[], Awaitable[PictureStore]]
    put: Callable[[str, bytes], None]
    names: Callable[[], set[str]]
    """Return the names of everything in the store, below its root."""
    work_dir: Path


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.slow)])
async def kind(request: pytest.FixtureRequest, tmp_path: Path) -> Kind:
    """Open an empty store of each kind."""
    work_dir = tmp_path / "data"
    environment = {"DATA_URL": str(tmp_path / "pictures")} if request.param == "folder" else object_store().fresh()
    settings = settings_with(environment, work_dir)

    async def opened() -> PictureStore:
        store = picture_store(settings, settings.pictures_at, work_dir)
        await store.open()
        return store

    put, names = _ways(environment["DATA_URL"])
    return Kind(await opened(), opened, put, names, work_dir)


def _ways(url: str) -> tuple[Callable[[str, bytes], None], Callable[[], set[str]]]:
    """Return the ways past a store, to write and to list."""
    if url.startswith("s3://"):
        prefix = url.removeprefix(f"s3://{BUCKET}/")
        config: S3Config = {"endpoint": object_store().url, "region": "us-east-1"}
        config |= {"access_key_id": KEY_ID, "secret_access_key": SECRET}
        bare = S3Store(BUCKET, prefix=prefix, config=config, client_options={"allow_http": True})

        def write(name: str, content: bytes) -> None:
            obstore.put(bare, name, content)

        return write, lambda: {meta["path"] for page in obstore.list(bare) for meta in page}
    root = Path(url)

    def put(name: str, content: bytes) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)

    return put, lambda: {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def picture_of(content: bytes, format_: str = "PNG") -> Picture:
    """Return the picture whose bytes are `content`."""
    return Picture(hashlib.sha256(content).hexdigest(), format_, 10, 10, len(content))


async def _kept(store: PictureStore, content: bytes = CONTENT) -> Picture:
    picture, path = picture_of(content), store.scratch()
    path.write_bytes(content)
    await store.keep(Incoming(path), picture)
    assert not path.exists()
    return picture


async def _bytes(store: PictureStore, *pictures: Picture) -> list[bytes | None]:
    async with store.local(*pictures) as paths:
        return [path.read_bytes() if path.exists() else None for path in paths]


async def _names(store: PictureStore, most: int = 100) -> list[list[str]]:
    return [page async for page in store.pages(most)]


async def test_a_short_picture_is_kept_from_memory(kind: Kind) -> None:
    """It is the same as one that came as a file, and leaves no file behind."""
    picture, path = picture_of(CONTENT), kind.store.scratch()

    await kind.store.keep(Incoming(path, CONTENT), picture)

    assert await _bytes(kind.store, picture) == [CONTENT]
    assert not path.exists()


async def test_pictures_that_are_kept_are_found(kind: Kind) -> None:
    """Also by another process, with their size and content; a missing one has a path without a file."""
    picture, absent = await _kept(kind.store), picture_of(b"never kept")
    for store in (kind.store, await kind.again()):
        assert await store.has(picture)
        assert not await store.has(absent)
        assert await store.size(picture.file_name) == len(CONTENT)
        assert await store.size(absent.file_name) is None
        assert await _bytes(store, picture, absent, picture) == [CONTENT, None, CONTENT]


async def test_the_suffix_is_the_format(kind: Kind) -> None:
    """The image API looks at the names of uploads."""
    picture = await _kept(kind.store)
    jpeg = Picture(picture.sha256, "jpeg", 10, 10, len(CONTENT))
    async with kind.store.local(picture, jpeg) as paths:
        assert [path.suffix for path in paths] == [".png", ".jpeg"]


async def test_the_same_picture_twice_is_one(kind: Kind) -> None:
    """Two orders with the same result share its file."""
    first, second = await _kept(kind.store), await _kept(kind.store)
    assert first == second
    assert await _names(kind.store) == [[first.file_name]]


async def test_a_big_picture(kind: Kind) -> None:
    """Twelve megabytes go there and back, in parts where the store wants parts."""
    content = os.urandom(12_345_678)
    picture = await _kept(kind.store, content)
    store = await kind.again()
    await store.tidy()
    assert await store.size(picture.file_name) == len(content)
    assert await _bytes(store, picture) == [content]


async def test_an_empty_file(kind: Kind) -> None:
    """A file without content is stored as any other."""
    assert await _bytes(kind.store, await _kept(kind.store, b"")) == [b""]


async def test_nothing_stays_in_the_work_directory(kind: Kind) -> None:
    """After pictures were kept and read, no file of them is left among the incoming ones."""
    pictures = [await _kept(kind.store, bytes([number])) for number in range(20)]
    assert await _bytes(kind.store, *pictures) == [bytes([number]) for number in range(20)]
    assert list((kind.work_dir / "incoming").iterdir()) == []


async def test_new_files_never_meet(kind: Kind) -> None:
    """Every scratch file has a unique name in an existing directory."""
    paths = {kind.store.scratch() for _ in range(100)}
    assert len(paths) == 100
    assert all(path.parent.is_dir() and not path.exists() for path in paths)


async def test_pages_name_pictures_only(kind: Kind) -> None:
    """All of them once, in portions and in order. Other files aren't named, nor files in the wrong folder."""
    pictures = sorted([(await _kept(kind.store, bytes([number]))).file_name for number in range(9)])
    kind.put("pictures/notes.txt", b"mine")
    kind.put(f"pictures/zz/{'ab' * 32}.png", b"mine")
    kind.put(f"pictures/{'ab' * 32}.png", b"mine")
    kind.put(f"pictures/{pictures[0][:2]}/notes.png", b"mine")
    kind.put(f"pictures/cd/{'ab' * 32}.png", b"mine")
    for most in (4, 1000):
        pages = await _names(kind.store, most)
        assert all(0 < len(page) <= most for page in pages)
        assert [name for page in pages for name in page] == pictures


async def test_old_pictures_are_dropped(kind: Kind) -> None:
    """Age counts by the store's clock; pictures that are gone are neither old nor an error."""
    first, second = await _kept(kind.store), await _kept(kind.store, b"another")
    gone = picture_of(b"never kept").file_name
    names = [first.file_name, second.file_name, gone]
    assert await kind.store.older(names, 3600) == []
    assert await kind.store.older([], -3600) == []
    assert await kind.store.older(names, -3600) == names[:2]
    assert await kind.store.drop([first.file_name, first.file_name]) == 1
    assert await kind.store.drop([]) == 0
    assert [await kind.store.has(picture) for picture in (first, second)] == [False, True]
    assert await _bytes(kind.store, first, second) == [None, b"another"]


async def test_a_reader_keeps_its_file(kind: Kind) -> None:
    """A file that a reader has opened can be read to its end, although housekeeping drops the picture."""
    picture = await _kept(kind.store)
    async with kind.store.local(picture) as (path,):
        with path.open("rb") as file:
            await kind.store.drop([picture.file_name])
            assert file.read() == CONTENT


async def test_a_store_belongs_to_one_database(kind: Kind) -> None:
    """The first claim wins, also of two at the same time, and another database is refused."""
    assert await kind.store.owner() is None
    other = await kind.again()
    outcomes = await asyncio.gather(kind.store.claim("a" * 32), other.claim("b" * 32), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes].count(StorageError) == 1
    owner = await kind.store.owner()
    assert owner in {"a" * 32, "b" * 32}
    await kind.store.claim(owner)
    assert await other.owner() == owner
    with pytest.raises(StorageError, match="belongs to another database"):
        await kind.store.claim("c" * 32)


async def test_probes_leave_nothing(kind: Kind) -> None:
    """A probe writes and removes its file; the quick look writes nothing."""
    await kind.store.claim("a" * 32)
    before = kind.names()
    await kind.store.probe()
    await kind.store.alive()
    assert kind.names() == before


async def test_tidying_spares_pictures(kind: Kind) -> None:
    """Half-written files of an earlier process go, pictures and files of others stay."""
    picture, half = await _kept(kind.store), kind.store.scratch()
    half.write_bytes(b"half")
    theirs = half.with_name("letter.txt")
    theirs.write_bytes(b"mine")
    await kind.store.tidy()
    assert not half.exists()
    assert theirs.exists()
    assert await kind.store.has(picture)
