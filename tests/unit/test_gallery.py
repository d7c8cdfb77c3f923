"""The files of our pictures: whole or not there, and found again by their content."""

from pathlib import Path

import pytest

from core.errors import StorageError
from core.models.image_request import Picture
from storage.blob_store import FileBlobStore

PICTURE = Picture("ab" * 32, "PNG", 10, 10, 3)


@pytest.fixture
def gallery(tmp_path: Path) -> FileBlobStore:
    """An empty one."""
    opened = FileBlobStore(tmp_path / "data")
    opened.open()
    return opened


def _arrived(gallery: FileBlobStore, content: bytes = b"png") -> Path:
    path = gallery.scratch()
    path.write_bytes(content)
    return path


async def test_what_is_kept_is_found(gallery: FileBlobStore) -> None:
    """A kept picture is where its content says, and no longer among what arrives."""
    path = _arrived(gallery)
    await gallery.keep(path, PICTURE)
    assert gallery.path(PICTURE).read_bytes() == b"png"
    assert gallery.path(PICTURE).suffix == ".png"
    assert not path.exists()


async def test_the_same_picture_twice_is_kept_once(gallery: FileBlobStore, tmp_path: Path) -> None:
    """Two jobs with one result share its file."""
    for _ in range(2):
        await gallery.keep(_arrived(gallery), PICTURE)
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1  # noqa: ASYNC240 - a test may look


def test_new_files_never_meet(gallery: FileBlobStore) -> None:
    """Every file on its way in has a name of its own, in a directory that exists."""
    paths = {gallery.scratch() for _ in range(1000)}
    assert len(paths) == 1000
    assert all(path.parent.is_dir() and not path.exists() for path in paths)


async def test_tidying_drops_only_what_was_left_half_written(gallery: FileBlobStore) -> None:
    """After a crash the half of a picture goes, and every whole one stays."""
    await gallery.keep(_arrived(gallery), PICTURE)
    half = _arrived(gallery, b"pn")
    gallery.tidy()
    assert not half.exists()
    assert gallery.path(PICTURE).exists()


async def test_opening_again_loses_nothing(gallery: FileBlobStore, tmp_path: Path) -> None:
    """A restart finds every picture, and what another process is writing is left alone."""
    await gallery.keep(_arrived(gallery), PICTURE)
    arriving = _arrived(gallery)
    again = FileBlobStore(tmp_path / "data")
    again.open()
    assert again.path(PICTURE).exists()
    assert arriving.exists()


async def test_files_are_found_by_folder(gallery: FileBlobStore) -> None:
    """Only pictures under names of our own form are found, sorted; what is older than a moment can be dropped."""
    other = Picture("ab" * 31 + "ff", "jpg", 10, 10, 3)
    for picture in (other, PICTURE):
        await gallery.keep(_arrived(gallery), picture)
    first, second = gallery.path(PICTURE), gallery.path(other)
    (first.parent / "notes.txt").write_bytes(b"")
    (first.parent.parent / "notes").mkdir()
    assert gallery.folders() == [first.parent]
    assert gallery.files(first.parent) == sorted([first, second])
    written = second.stat().st_mtime
    assert gallery.older([second], written) == []
    assert gallery.older([second, second.with_name("gone")], written + 1) == [second]
    assert gallery.drop([second, second]) == 1
    assert first.exists()


async def test_only_what_is_ours_is_dropped(gallery: FileBlobStore, tmp_path: Path) -> None:
    """Files of somebody else stay wherever they lie, and stray folders and links end nothing."""
    await gallery.keep(_arrived(gallery), PICTURE)
    old = gallery.path(PICTURE)
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
    gallery.open()
    gallery.tidy()
    found = [file for folder in gallery.folders() for file in gallery.files(folder)]
    assert gallery.drop(gallery.older(found, old.stat().st_mtime + 1)) == 1
    assert not old.exists()
    assert all(path.read_bytes() == b"mine" for path in theirs)


async def test_all_that_is_half_written_goes(gallery: FileBlobStore, tmp_path: Path) -> None:
    """What was prepared for the service, and what a probe left that was killed, too."""
    arrived = _arrived(gallery)
    incoming, probe = arrived.parent, "probe-0123456789abcdef"
    for name in (f"{arrived.name}.jpg", f"{arrived.name}.png", probe):
        (incoming / name).write_bytes(b"half")
    place = tmp_path / "data" / "pictures" / probe
    place.mkdir()
    (place / probe).write_bytes(b"half")
    gallery.tidy()
    assert not list(incoming.iterdir())
    assert not place.exists()


async def test_a_disk_that_refuses_is_told_as_such(gallery: FileBlobStore, tmp_path: Path) -> None:
    """Whatever the disk does, the caller hears it as a StorageError."""
    with pytest.raises(StorageError):
        await gallery.keep(tmp_path / "never written", PICTURE)
    tmp_path.joinpath("file").write_bytes(b"")
    with pytest.raises(StorageError):
        FileBlobStore(tmp_path / "file").open()
