"""A backup is private and complete, and contains no secret."""

import os
import stat
import tarfile
from pathlib import Path

import pytest

from core.models.image_request import Picture
from core.models.media import Incoming
from storage import backup as module
from storage.backup import backup
from storage.blob_store import FileBlobStore
from storage.key_value import SqlNotes
from storage.secrets import kept_secret
from tests.unit.stores import database_in

NAMES = [f"{number:02x}" * 32 for number in range(4)]


async def _filled(directory: Path) -> list[Path]:
    blob_store = FileBlobStore(directory)
    await blob_store.open()
    for name in NAMES:
        arrived = blob_store.scratch()
        arrived.write_bytes(b"png")
        await blob_store.keep(Incoming(arrived), Picture(name, "png", 1, 1, 3))
    async with database_in(directory):
        pass
    return [blob_store.path(Picture(name, "png", 1, 1, 3)) for name in NAMES]


def _backup(directory: Path) -> Path:
    backup(f"sqlite:///{directory}/bot.db", directory, directory / "copy.tar")
    return directory / "copy.tar"


async def test_pictures_may_vanish_while_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a picture is deleted between the listing and the reading, the backup continues with the others."""
    paths = await _filled(tmp_path)
    private = module._private

    def meanwhile(member: tarfile.TarInfo) -> tarfile.TarInfo:
        if NAMES[0] in member.name:
            for path in paths[1:3]:
                path.unlink(missing_ok=True)
        return private(member)

    monkeypatch.setattr(module, "_private", meanwhile)
    with tarfile.open(_backup(tmp_path)) as tar:
        pictures = [Path(name).stem for name in tar.getnames() if name.startswith("pictures/")]
    assert pictures == [NAMES[0], NAMES[3]]


async def test_it_is_for_nobody_else(tmp_path: Path) -> None:
    """Only the owner can read the backup and its members, whatever the umask and an earlier file's mode."""
    await _filled(tmp_path)
    (tmp_path / "copy.tar.partial").touch(0o666)
    before = os.umask(0)
    try:
        copy = _backup(tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with tarfile.open(copy) as tar:
        assert {(member.mode, member.uid, member.uname) for member in tar.getmembers()} == {(0o600, 0, "")}


async def test_secrets_stay_at_home(tmp_path: Path) -> None:
    """Neither secrets nor deleted rows are in a backup, but operators' decisions are."""
    await _filled(tmp_path)
    async with database_in(tmp_path) as database:
        secret = (await kept_secret(database, "callback_key")).get_secret_value()
        await SqlNotes(database).put("paused", "by an operator")
        await database.fetch("keep_value", name="old", value="something that was said long ago")
        await database.fetch("drop_note", name="old")
        content = _backup(tmp_path).read_bytes()
    assert secret.encode() not in content
    assert b"something that was said" not in content
    assert b"by an operator" in content


async def test_only_what_is_ours_is_copied(tmp_path: Path) -> None:
    """Foreign files and links in the picture directory aren't backed up."""
    (first, *_) = await _filled(tmp_path)
    (first.parent / "notes.txt").write_text("mine")
    (first.parent / f"{'00' * 31}ff.png").symlink_to("/etc/hostname")
    (tmp_path / "pictures" / "zz").mkdir()
    with tarfile.open(_backup(tmp_path)) as tar:
        assert sorted(Path(name).stem for name in tar.getnames()) == sorted([*NAMES, "imagine-bot"])
