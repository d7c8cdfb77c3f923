"""`imagine-bot move-pictures`: copies everything once, can be interrupted, and says what differs."""

import hashlib
from pathlib import Path

import pytest
from typing_extensions import override

from bot import __main__ as command_line
from bot.move_pictures import move
from bot.picture_store import picture_store
from bot.settings import Settings
from core.errors import StorageError
from core.models.image_request import Picture
from core.models.media import Incoming
from core.ports.files import PictureStore
from storage import moving
from storage.belonging import sole_user
from storage.blob_store import FileBlobStore
from storage.moving import move_pictures
from tests.seaweedfs import object_store, settings_with

OWNER = "a" * 32
CONTENTS = [bytes([number]) * (number + 1) for number in range(30)]


class Failing(FileBlobStore):
    """A store that refuses pictures after the first few."""

    left = 10

    @override
    async def keep(self, file: Incoming, picture: Picture) -> None:
        if not self.left:
            raise StorageError("no space left on device")
        self.left -= 1
        await super().keep(file, picture)


async def _filled(directory: Path) -> FileBlobStore:
    store = FileBlobStore(directory)
    await store.open()
    await store.claim(OWNER)
    for content in CONTENTS:
        path = store.scratch()
        path.write_bytes(content)
        await store.keep(Incoming(path), _picture(content))
    return store


def _picture(content: bytes) -> Picture:
    return Picture(hashlib.sha256(content).hexdigest(), "png", 1, 1, len(content))


async def _opened(store: PictureStore) -> PictureStore:
    await store.open()
    return store


async def _contents(store: PictureStore) -> list[bytes]:
    found = []
    async for page in store.pages(7):
        for name in page:
            async with store.local(Picture(name.partition(".")[0], "png", 1, 1, 0)) as (path,):
                found.append(path.read_bytes())
    return sorted(found)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings without an object store."""
    return settings_with({}, tmp_path / "data")


async def test_everything_is_copied_once(tmp_path: Path) -> None:
    """A second run finds everything there. The source stays, and the target belongs to the same database."""
    source, target = await _filled(tmp_path / "a"), await _opened(FileBlobStore(tmp_path / "b"))
    first = await move_pictures(source, target, print)
    assert (first.copied, first.skipped, first.is_complete) == (30, 0, True)
    assert first.source == first.target == (30, sum(map(len, CONTENTS)))
    second = await move_pictures(source, target, print)
    assert (second.copied, second.skipped, second.is_complete) == (0, 30, True)
    assert await _contents(target) == await _contents(source) == sorted(CONTENTS)
    assert await target.owner() == OWNER


async def test_an_interrupted_move_goes_on(tmp_path: Path) -> None:
    """An error ends it, and another run copies the rest."""
    source = await _filled(tmp_path / "a")
    with pytest.raises(StorageError, match="no space left"):
        await move_pictures(source, await _opened(Failing(tmp_path / "b")), print)
    target = await _opened(FileBlobStore(tmp_path / "b"))
    moved = await move_pictures(source, target, print)
    assert (moved.copied, moved.skipped) == (20, 10)
    assert moved.is_complete
    assert not list((tmp_path / "b" / "incoming").iterdir())


async def test_another_size_is_copied_again(tmp_path: Path) -> None:
    """A file in the target with another size than in the source isn't taken for the picture."""
    source, target = await _filled(tmp_path / "a"), FileBlobStore(tmp_path / "b")
    await target.open()
    await move_pictures(source, target, print)
    target.path(_picture(CONTENTS[5])).write_bytes(b"half")
    moved = await move_pictures(source, target, print)
    assert (moved.copied, moved.skipped, moved.is_complete) == (1, 29, True)
    assert await _contents(target) == sorted(CONTENTS)


async def test_a_damaged_picture_is_not_copied(tmp_path: Path) -> None:
    """Its name is told, everything else is copied, and the move isn't complete."""
    source, target = await _filled(tmp_path / "a"), await _opened(FileBlobStore(tmp_path / "b"))
    damaged = _picture(CONTENTS[5])
    source.path(damaged).write_bytes(b"damaged")
    moved = await move_pictures(source, target, print)
    assert (moved.copied, moved.damaged, moved.is_complete) == (29, [damaged.file_name], False)
    assert not await target.has(damaged)


async def test_progress_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long move says now and then how far it is."""
    monkeypatch.setattr(moving, "_TOLD_EVERY", 10)
    monkeypatch.setattr(moving, "_PAGE", 10)
    lines: list[str] = []
    await move_pictures(await _filled(tmp_path / "a"), await _opened(FileBlobStore(tmp_path / "b")), lines.append)
    assert lines
    assert all("copied" in line for line in lines)


async def test_a_store_of_another_database_is_refused(tmp_path: Path) -> None:
    """Nothing is copied into it, as its bot would delete it."""
    target = await _opened(FileBlobStore(tmp_path / "b"))
    await target.claim("b" * 32)
    with pytest.raises(StorageError, match="belongs to another database"):
        await move_pictures(await _filled(tmp_path / "a"), target, print)
    assert await _contents(target) == []


async def test_the_command(tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """It prints counts and bytes of both ends."""
    await _filled(tmp_path / "a")
    assert await move(settings, str(tmp_path / "a"), str(tmp_path / "b")) == 0
    told = capsys.readouterr().out
    assert "copied: 30; were there: 0" in told
    assert f"{tmp_path / 'b'}: 30 pictures, {sum(map(len, CONTENTS))} bytes" in told


async def test_a_directory_in_use_is_refused(
    tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """While a bot runs, its pictures aren't moved: those that it gets meanwhile would be missing."""
    await _filled(tmp_path / "a")
    with sole_user(tmp_path / "a"):
        assert await move(settings, str(tmp_path / "a"), str(tmp_path / "b")) == 1
    assert "another process uses the pictures" in capsys.readouterr().err
    with sole_user(tmp_path / "b", shared=True):
        assert await move(settings, str(tmp_path / "a"), str(tmp_path / "b")) == 1
    assert not (tmp_path / "b" / "pictures").exists()


@pytest.mark.parametrize(
    ("source", "target"),
    [("a", "a"), ("a", "a/."), ("a", "link"), ("s3://b12/x", "s3://b12/x/"), ("s3://b12", "s3://b12/")],
)
async def test_two_equal_ends_are_refused(
    tmp_path: Path,
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    target: str,
) -> None:
    """Whatever way they are written."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to("a")
    assert await move(settings, source, target) == 1
    assert "the same place" in capsys.readouterr().err


def test_a_wrong_address_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """The message says how an address looks, without what may be a secret in it."""
    with pytest.raises(SystemExit) as ended:
        command_line.main(["move-pictures", "data", "s3://key:s3cret@bucket/x"])
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert "s3://bucket/prefix" in told
    assert "s3cret" not in told


async def test_to_an_object_store_and_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same bytes come back. An interrupted move leaves whole pictures only."""
    source = await _filled(tmp_path / "a")
    settings = settings_with(object_store().fresh(), tmp_path / "data")
    url = settings.pictures_at
    there = await _opened(picture_store(settings, url, tmp_path / "work"))
    path = there.scratch()
    path.write_bytes(CONTENTS[3])
    await there.keep(Incoming(path), _picture(CONTENTS[3]))
    assert await move(settings, str(tmp_path / "a"), url) == 0
    assert "copied: 29; were there: 1" in capsys.readouterr().out
    assert await there.owner() == OWNER
    assert await move(settings, url, str(tmp_path / "c")) == 0
    back = await _opened(FileBlobStore(tmp_path / "c"))
    assert await _contents(back) == await _contents(source) == sorted(CONTENTS)
    assert await back.owner() == OWNER
