"""The choice of the store of pictures by DATA_URL, and backups where the pictures are elsewhere."""

import sys
import tarfile
from pathlib import Path

import pytest

from bot import __main__ as command_line
from bot.check import _storage
from bot.picture_store import open_pictures, picture_store
from bot.restoring import restored
from bot.settings import SettingsError
from core.errors import StorageError
from core.models.image_request import Picture
from core.models.media import Incoming
from storage.backup import backup
from storage.belonging import claim, sole_user
from storage.blob_store import FileBlobStore
from storage.object_store import ObjectBlobStore
from tests.seaweedfs import object_store, settings_with
from tests.unit.stores import database_in

CONTENT = b"png"
PICTURE = Picture("8f8ec7c9d05f1f5a2d0c3b4a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796", "png", 1, 1, 3)
ELSEWHERE = {"DATA_URL": "s3://bucket/prefix", "AWS_ACCESS_KEY_ID": "KEY", "AWS_SECRET_ACCESS_KEY": "s3cret-0f-k3y"}


async def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without the package for object stores, the start says how to install it."""
    monkeypatch.setitem(sys.modules, "obstore", None)
    for name in ("storage.object_store", "storage.object_errors"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    settings = settings_with(ELSEWHERE, tmp_path)
    with pytest.raises(StorageError, match=r"pip install 'imagine-bot\[s3\]'"):
        async with open_pictures(settings, "a" * 32):
            pass


@pytest.mark.parametrize(
    "url",
    [
        "s3://",
        "s3://Bucket",
        "s3://bucket/../other",
        "s3://bucket/a//b",
        "s3://key:s3cret@bucket/prefix",
        "s3://bucket/prefix?token=s3cret",
        "https://bucket.s3.amazonaws.com/",
        "gs://bucket/prefix",
    ],
)
def test_a_wrong_address_is_refused(tmp_path: Path, url: str) -> None:
    """Only directories and plain addresses of a bucket are taken; the message doesn't repeat a password."""
    with pytest.raises(SettingsError, match="DATA_URL") as caught:
        settings_with({"DATA_URL": url}, tmp_path)
    assert "s3cret" not in str(caught.value)


def test_addresses(tmp_path: Path) -> None:
    """The prefix may be empty, or have several parts. Without DATA_URL, pictures are in DATA_DIR."""
    for url in ("s3://bucket", "s3://my.bucket-1/", "s3://bucket/a/b_c.d-e"):
        settings = settings_with({"DATA_URL": url}, tmp_path)
        assert settings.pictures_at == url
        assert settings.pictures_in is None
    assert settings_with({}, tmp_path).pictures_in == tmp_path
    assert settings_with({"DATA_URL": "/elsewhere"}, tmp_path).pictures_in == Path("/elsewhere")


def test_secrets_do_not_show(tmp_path: Path) -> None:
    """The settings' repr has no key of the object store."""
    assert "s3cret" not in repr(settings_with(ELSEWHERE | {"AWS_SESSION_TOKEN": "s3cret-t0k3n"}, tmp_path))


@pytest.mark.parametrize(
    ("given", "proxy", "direct"),
    [
        ({"https_proxy": "http://proxy:3128"}, "http://proxy:3128", False),
        ({"https_proxy": "http://proxy:3128", "no_proxy": "s3.example"}, "http://127.0.0.1:9", True),
        ({"http_proxy": "http://proxy:3128"}, "http://127.0.0.1:9", True),
    ],
)
def test_the_proxy_is_chosen_by_the_rules_of_the_bot(
    tmp_path: Path, given: dict[str, str], proxy: str, direct: bool
) -> None:
    """As for all other requests. Hosts that hand out credentials are never reached through one."""
    settings = settings_with(ELSEWHERE | {"AWS_ENDPOINT_URL": "https://s3.example"}, tmp_path, **given)
    store = picture_store(settings, settings.pictures_at, tmp_path)
    assert isinstance(store, ObjectBlobStore)
    options = store._store.client_options
    assert options
    assert options["proxy_url"].rstrip("/") == proxy
    excluded = options["proxy_excludes"].split(",")
    assert "169.254.0.0/16" in excluded
    assert ("s3.example" in excluded) == direct


def test_a_proxy_of_another_kind_is_refused(tmp_path: Path) -> None:
    """As for all other requests."""
    settings = settings_with(ELSEWHERE, tmp_path, all_proxy="socks5://proxy:1080")
    with pytest.raises(StorageError, match="socks5 proxies are not supported"):
        picture_store(settings, settings.pictures_at, tmp_path)


async def test_a_common_directory(tmp_path: Path) -> None:
    """Several processes share one, each with work files of its own; a process that has it alone keeps them out."""
    one, two = (settings_with({"DATA_URL": str(tmp_path / "common")}, tmp_path / name) for name in ("one", "two"))
    async with open_pictures(one, "a" * 32) as first, open_pictures(two, "a" * 32) as second:
        path = first.scratch()
        path.write_bytes(CONTENT)
        await first.keep(Incoming(path), PICTURE)
        assert await second.has(PICTURE)
        assert first.scratch().parent != second.scratch().parent
        with pytest.raises(StorageError, match="another process uses the pictures"), sole_user(tmp_path / "common"):
            pass
    with pytest.raises(StorageError, match="belongs to another database"):
        async with open_pictures(one, "b" * 32):
            pass


async def _with_database(directory: Path) -> str:
    """Make a database in a directory, and return its id."""
    async with database_in(directory) as database:
        return await claim(database, directory)


async def test_a_backup_without_the_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With an object store, the backup has the database alone, and says so."""
    await _with_database(tmp_path)
    settings = settings_with(ELSEWHERE, tmp_path, database_url=f"sqlite:///{tmp_path}/bot.db")
    monkeypatch.setattr(command_line, "_settings", lambda: settings)
    assert command_line.backup(tmp_path / "copy.tar") == 0
    assert "The file contains the database only. The pictures stay in s3://bucket/prefix." in capsys.readouterr().out
    with tarfile.open(tmp_path / "copy.tar") as tar:
        assert tar.getnames() == ["imagine-bot.db"]


async def test_a_backup_with_another_directory(tmp_path: Path) -> None:
    """The pictures are copied from where they are."""
    await _with_database(tmp_path)
    settings = settings_with({"DATA_URL": str(tmp_path / "common")}, tmp_path)
    async with open_pictures(settings, "a" * 32) as store:
        path = store.scratch()
        path.write_bytes(CONTENT)
        await store.keep(Incoming(path), PICTURE)
    backup(f"sqlite:///{tmp_path}/bot.db", settings.pictures_in, tmp_path / "copy.tar")
    with tarfile.open(tmp_path / "copy.tar") as tar:
        assert any(name.endswith(PICTURE.file_name) for name in tar.getnames())


@pytest.mark.parametrize("was_started", [False, True])
async def test_a_restore_on_a_new_machine_fits_its_pictures(tmp_path: Path, was_started: bool) -> None:
    """The restored database gets the id that the pictures name, also if a new database was made by a vain start."""
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    owner = await _with_database(old)
    common = FileBlobStore(tmp_path / "common")
    await common.open()
    await common.claim(owner)
    backup(f"sqlite:///{old}/bot.db", None, tmp_path / "copy.tar")
    if was_started:
        assert await _with_database(new) != owner
    settings = settings_with({"DATA_URL": str(tmp_path / "common")}, new, database_url=f"sqlite:///{new}/bot.db")
    lines = await restored(settings, tmp_path / "copy.tar", keep_queued=False)
    assert any(line.startswith(f"The pictures in {tmp_path / 'common'} stay") for line in lines)
    async with database_in(new) as database:
        assert await claim(database, new) == owner
    async with open_pictures(settings, owner):
        pass


async def test_a_restore_with_an_object_store(tmp_path: Path) -> None:
    """A store that can't be reached ends the restore before anything changed; else, its database's id counts."""
    owner = await _with_database(tmp_path)
    backup(f"sqlite:///{tmp_path}/bot.db", tmp_path, tmp_path / "copy.tar")
    new = tmp_path / "new"
    new.mkdir()
    environment = object_store().fresh()
    more = {"database_url": f"sqlite:///{new}/bot.db"}
    async with open_pictures(settings_with(environment, tmp_path / "work"), owner):
        pass
    wrong = settings_with(environment | {"AWS_SECRET_ACCESS_KEY": "wrong"}, new, **more)
    with pytest.raises(StorageError, match="access denied"):
        await restored(wrong, tmp_path / "copy.tar", keep_queued=False)
    assert not (new / "bot.db").exists()
    await restored(settings_with(environment, new, **more), tmp_path / "copy.tar", keep_queued=False)
    assert await _with_database(new) == owner


async def test_the_check_names_the_store(tmp_path: Path) -> None:
    """It probes the store, and finds one that belongs to another database."""
    owner = await _with_database(tmp_path)
    environment = object_store().fresh()
    settings = settings_with(environment, tmp_path, database_url=f"sqlite:///{tmp_path}/bot.db")
    good, words = await _storage(settings)
    assert good
    assert environment["DATA_URL"] in words
    assert owner
    async with open_pictures(settings, "b" * 32):
        pass
    good, words = await _storage(settings)
    assert not good
    assert "belongs to another database" in words
    good, words = await _storage(settings_with({"DATA_URL": str(tmp_path / "copy.tar" / "x")}, tmp_path / "no"))
    assert good
