"""The blob store: a picture's file is complete or absent, and is found by its content."""

import os
from pathlib import Path

import pytest

from core.errors import StorageError
from core.models.image_request import Picture
from core.models.media import Incoming
from storage.blob_store import FileBlobStore

PICTURE = Picture("ab" * 32, "PNG", 10, 10, 3)


@pytest.fixture
async def blob_store(tmp_path: Path) -> FileBlobStore:
    """Open an empty blob store."""
    opened = FileBlobStore(tmp_path / "data")
    await opened.open()
    return opened


def _arrived(blob_store: FileBlobStore, content: bytes = b"png") -> Path:
    path = blob_store.scratch()
    path.write_bytes(content)
    return path


async def test_what_is_kept_is_found(blob_store: FileBlobStore) -> None:
    """A stored picture is found by its hash, and no longer in the incoming directory."""
    path = _arrived(blob_store)
    await blob_store.keep(Incoming(path), PICTURE)
    assert blob_store.path(PICTURE).read_bytes() == b"png"
    assert blob_store.path(PICTURE).suffix == ".png"
    assert not path.exists()


@pytest.mark.parametrize("content", [None, b"png"], ids=["file", "memory"])
async def test_a_name_never_stands_for_half_a_picture(
    blob_store: FileBlobStore, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    """The bytes are on the disk before the picture's name exists, so a power cut leaves a whole file or none."""
    named: list[bool] = []
    path = _arrived(blob_store) if content is None else blob_store.scratch()

    def flush(file: int) -> None:
        named.append(blob_store.path(PICTURE).exists())
        assert os.pread(file, 9, 0) == b"png" if content is None else os.fstat(file).st_size == 3

    monkeypatch.setattr(os, "fsync", flush)
    await blob_store.keep(Incoming(path, content), PICTURE)
    assert named == [False]
    assert blob_store.path(PICTURE).read_bytes() == b"png"


async def test_the_same_picture_twice_is_kept_once(blob_store: FileBlobStore, tmp_path: Path) -> None:
    """Two jobs with the same result share its file."""
    for _ in range(2):
        await blob_store.keep(Incoming(_arrived(blob_store)), PICTURE)
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1  # noqa: ASYNC240 - a test may block


def test_new_files_never_meet(blob_store: FileBlobStore) -> None:
    """Every scratch file has a unique name in an existing directory."""
    paths = {blob_store.scratch() for _ in range(1000)}
    assert len(paths) == 1000
    assert all(path.parent.is_dir() and not path.exists() for path in paths)


async def test_opening_again_loses_nothing(blob_store: FileBlobStore, tmp_path: Path) -> None:
    """Reopening the blob store leaves every picture, and incoming files of another process."""
    await blob_store.keep(Incoming(_arrived(blob_store)), PICTURE)
    arriving = _arrived(blob_store)
    again = FileBlobStore(tmp_path / "data")
    await again.open()
    assert again.path(PICTURE).exists()
    assert arriving.exists()


async def test_files_are_found_by_folder(blob_store: FileBlobStore) -> None:
    """Only pictures with valid names are listed, sorted; files older than a given time can be deleted."""
    other = Picture("ab" * 31 + "ff", "jpg", 10, 10, 3)
    for picture in (other, PICTURE):
        await blob_store.keep(Incoming(_arrived(blob_store)), picture)
    first, second = blob_store.path(PICTURE), blob_store.path(other)
    (first.parent / "notes.txt").write_bytes(b"")
    (first.parent.parent / "notes").mkdir()
    assert [page async for page in blob_store.pages(9)] == [sorted([first.name, second.name])]
    assert [page async for page in blob_store.pages(1)] == [[name] for name in sorted([first.name, second.name])]
    assert await blob_store.size(second.name) == 3
    assert await blob_store.older([second.name], 3600) == []
    assert await blob_store.older([second.name, f"{'cd' * 32}.png"], -60) == [second.name]
    assert await blob_store.drop([second.name, second.name]) == 1
    assert first.exists()


async def test_only_what_is_ours_is_dropped(blob_store: FileBlobStore, tmp_path: Path) -> None:
    """Foreign files are never deleted, and unexpected directories and links don't stop the cleanup."""
    await blob_store.keep(Incoming(_arrived(blob_store)), PICTURE)
    old = blob_store.path(PICTURE)
    data = tmp_path / "data"
    theirs = [
        old.with_name("notes.png"),
        old.with_name(f"{'cd' * 32}.png"),  # in the wrong folder
        old.with_name(f"{'AB' * 32}.png"),
        data / "pictures" / "zz" / f"{'ab' * 32}.png",
        data / "incoming" / "holiday.jpg",
        data / "incoming" / "stray" / "letter.txt",
        data / "pictures" / "probes.txt",
    ]
    for path in theirs:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"mine")
    (data / "incoming" / f"{'a' * 16}").symlink_to(theirs[0])
    (data / "incoming" / f"{'b' * 16}").mkdir()
    await blob_store.open()
    await blob_store.tidy()
    found = [name async for page in blob_store.pages(9) for name in page]
    assert await blob_store.drop(await blob_store.older(found, -60)) == 1
    assert not old.exists()
    assert all(path.read_bytes() == b"mine" for path in theirs)


async def test_all_that_is_half_written_goes(blob_store: FileBlobStore, tmp_path: Path) -> None:
    """Tidying also deletes prepared pictures and the probe files of a killed process."""
    arrived = _arrived(blob_store)
    incoming, probe = arrived.parent, "probe-0123456789abcdef"
    for name in (f"{arrived.name}.jpg", f"{arrived.name}.png", probe):
        (incoming / name).write_bytes(b"half")
    place = tmp_path / "data" / "pictures" / probe
    place.mkdir()
    (place / probe).write_bytes(b"half")
    await blob_store.tidy()
    assert not list(incoming.iterdir())
    assert not place.exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
async def test_a_full_disk_keeps_no_picture(blob_store: FileBlobStore) -> None:
    """A picture in memory that can't be written has no name."""
    path = blob_store.scratch()
    path.symlink_to("/dev/full")
    with pytest.raises(StorageError):
        await blob_store.keep(Incoming(path, b"png"), PICTURE)
    assert not blob_store.path(PICTURE).exists()


async def test_a_disk_that_refuses_is_told_as_such(blob_store: FileBlobStore, tmp_path: Path) -> None:
    """Every disk error is raised as StorageError."""
    with pytest.raises(StorageError):
        await blob_store.keep(Incoming(tmp_path / "never written"), PICTURE)
    tmp_path.joinpath("file").write_bytes(b"")
    with pytest.raises(StorageError):
        await FileBlobStore(tmp_path / "file").open()
