"""Restoring a backup is all or nothing, pays for nothing again, and limits archives' effects."""

import hashlib
import io
import os
import shutil
import sqlite3
import stat
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import Failure, StorageError
from core.models.broadcasts import NewBroadcast
from core.models.image_request import Picture, Request, Source
from core.models.job import Destination, NewJob, State, Task
from core.models.media import Incoming
from core.models.spending import Limits
from core.models.updates import AlbumPart, Update
from storage.albums import SqlAlbums
from storage.backup import backup
from storage.belonging import claim, verify
from storage.blob_store import FileBlobStore
from storage.broadcasts import SqlBroadcasts
from storage.chats import SqlChats
from storage.inbox import SqlInbox
from storage.jobs import SqlJobs
from storage.ledger import SqlLedger
from storage.marker import owner_of
from storage.restore import Restored, restore
from storage.secrets import kept_secret
from tests.unit.stores import CHAT, HandClock, database_in, order

LIMITS = Limits(price=6, person_daily=60)
CONTENT = b"a picture"
NAME = hashlib.sha256(CONTENT).hexdigest()
Add = Callable[[tarfile.TarFile], None]


def _url(directory: Path) -> str:
    return f"sqlite:///{directory}/bot.db"


async def _restore(directory: Path, file: Path, *, keep_queued: bool = False) -> Restored:
    return await restore(_url(directory), directory, file, keep_queued=keep_queued, now_ms=HandClock().now)


async def _studio(directory: Path) -> Path:
    """Make a job in every relevant state, a picture and an open update, and return the backup of it all."""
    blob_store, clock = FileBlobStore(directory), HandClock()
    await blob_store.open()
    arrived = blob_store.scratch()
    arrived.write_bytes(CONTENT)
    await blob_store.keep(Incoming(arrived), Picture(NAME, "png", 1, 1, len(CONTENT)))
    async with database_in(directory) as database:
        await claim(database, directory)
        await kept_secret(database, "callback_key")
        await SqlChats(database, clock).seen(CHAT, "private")
        jobs = SqlJobs(database, clock)
        await jobs.add(order("queued"), LIMITS)
        await jobs.add(
            NewJob("held", Destination(CHAT), 1, Request("a fox", variants=2), needs_confirmation=True), LIMITS
        )
        for idempotency_key in ("submitting", "generating", "settled", "failed"):
            job, _ = await jobs.add(order(idempotency_key), LIMITS)
            await jobs.submitting(job.id)
            if idempotency_key != "submitting":
                await jobs.generating(job.id, Task(f"task of {idempotency_key}"), 0)
            if idempotency_key in {"settled", "failed"}:
                await jobs.settle(
                    job.id, ["https://pictures.example/1.png"] if idempotency_key == "settled" else Failure.BUSY
                )
        await SqlInbox(database, clock).store([Update(1, CHAT, '{"text": "words"}', 0)])
        await SqlAlbums(database, clock).add(
            AlbumPart("album", Destination(CHAT, None, 1), "private", 1, Source("file", "unique", 9), "more words")
        )
        backup(_url(directory), directory, directory.parent / "copy.tar")
    return directory.parent / "copy.tar"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Make the bot's directory, with room for the backup beside it."""
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def _jobs(directory: Path) -> dict[str, sqlite3.Row]:
    with closing(sqlite3.connect(directory / "bot.db")) as connection:
        connection.row_factory = sqlite3.Row
        return {row["origin"]: row for row in connection.execute("SELECT * FROM jobs")}


def _tree(directory: Path) -> dict[str, bytes]:
    """Return all files except those that SQLite makes for every reader."""
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file() and not path.name.endswith((".lock", "-wal", "-shm"))
    }


def _names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir() if not path.name.endswith(("-wal", "-shm"))}


def _modes(directory: Path) -> dict[str, int]:
    return {str(path): stat.S_IMODE(path.stat().st_mode) - 0o100 * path.is_dir() for path in directory.rglob("*")}


async def test_nothing_is_paid_or_shown_again(home: Path) -> None:
    """Jobs that waited are canceled and their credits returned; paid jobs are suppressed and still count."""
    copy = await _studio(home)
    restored = await _restore(home, copy)
    jobs = _jobs(home)
    assert {idempotency_key: row["state"] for idempotency_key, row in jobs.items()} == {
        "queued": State.CANCELLED,
        "held": State.CANCELLED,
        "submitting": State.SUBMITTING,
        "generating": State.GENERATING,
        "settled": State.SETTLED,
        "failed": State.SETTLED,
    }
    assert {idempotency_key for idempotency_key, row in jobs.items() if row["muted_at"] is None} == {"queued", "held"}
    async with database_in(home) as database:
        clock = HandClock()
        assert not await SqlInbox(database, clock).open(9)
        assert not await SqlJobs(database, clock).queued(9)
        balance = await SqlLedger(database, clock).balance(1, 0)
        assert (balance.reserved, balance.spent) == (12, 6)
    words = "\n".join(restored.told())
    assert "since the backup): 1" in words
    assert jobs["queued"]["id"] in words
    assert "6 credits" in words
    assert "had not handled: 1" in words
    assert "/history" in words


async def test_what_is_put_away_keeps_no_words(home: Path) -> None:
    """Canceled updates and albums keep no text, as usual after handling."""
    await _restore(home, await _studio(home))
    with closing(sqlite3.connect(home / "bot.db")) as connection:
        assert connection.execute("SELECT payload FROM inbox").fetchall() == [("",)]
        assert connection.execute("SELECT count(*) FROM album_parts").fetchall() == [(0,)]


@pytest.mark.parametrize("keep_queued", [False, True])
async def test_no_broadcast_goes_on(home: Path, keep_queued: bool) -> None:
    """A broadcast that was being sent at the backup is stopped, because its recipients may have it by now."""
    await _studio(home)
    copy = home.parent / "while_sending.tar"
    async with database_in(home) as database:
        broadcasts = SqlBroadcasts(database, HandClock())
        broadcast = await broadcasts.add(NewBroadcast("message:9:1", Destination(9), "Tonight we rest."))
        await broadcasts.start(broadcast.id)
        await broadcasts.fill(1)
        assert await broadcasts.due(9)
        backup(_url(home), home, copy)
    await _restore(home, copy, keep_queued=keep_queued)
    async with database_in(home) as database:
        assert not await SqlBroadcasts(database, HandClock()).due(9)


async def test_what_waited_may_be_kept(home: Path) -> None:
    """With keep_queued, jobs that waited are kept and get their full deadline."""
    copy = await _studio(home)
    restored = await _restore(home, copy, keep_queued=True)
    assert "you may pay for them twice" in "\n".join(restored.told())
    async with database_in(home) as database:
        clock = HandClock()
        assert [job.idempotency_key for job in await SqlJobs(database, clock).queued(9)] == ["queued"]
        assert await SqlInbox(database, clock).open(9)
        await SqlJobs(database, clock).expire(1)
        assert [job.idempotency_key for job in await SqlJobs(database, clock).queued(9)] == ["queued"]
    assert _jobs(home)["generating"]["muted_at"]


async def test_leftovers_of_the_log_do_no_harm(home: Path) -> None:
    """A leftover write-ahead log doesn't damage the restored database, and is set aside with the old one."""
    copy = await _studio(home)
    async with database_in(home) as database:
        await database.fetch("keep_value", name="note late", value="committed after the backup")
        for suffix in ("-wal", "-shm"):
            shutil.copy(home / f"bot.db{suffix}", home / f"kept{suffix}")
        shutil.copy(home / "bot.db", home / "kept")
    for suffix in ("", "-wal", "-shm"):
        (home / f"kept{suffix}").rename(home / f"bot.db{suffix}")
    restored = await _restore(home, copy)
    database_aside, pictures_aside = restored.aside
    assert not (home / "bot.db-wal").exists()
    for path, count in ((home / "bot.db", 0), (database_aside, 1)):
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            found = connection.execute("SELECT count(*) FROM kept WHERE name = 'note late'").fetchone()
            assert found == (count,)
    assert (pictures_aside / NAME[:2] / f"{NAME}.png").read_bytes() == CONTENT
    assert "before-20231114T221320Z" in "\n".join(restored.told())


async def test_a_damaged_or_lost_place_is_restored(home: Path) -> None:
    """A damaged or lost database is restored, and the rest of it is kept."""
    copy = await _studio(home)
    (home / "bot.db").write_bytes(b"\xa5" * 9000)
    restored = await _restore(home, copy)
    assert restored.aside[0].read_bytes() == b"\xa5" * 9000
    verify(_url(home), home)
    (home / "bot.db").unlink()
    shutil.rmtree(home / "pictures")
    await _restore(home, copy)
    verify(_url(home), home)
    assert (home / "pictures" / NAME[:2] / f"{NAME}.png").read_bytes() == CONTENT


async def test_it_belongs_where_it_is_restored(home: Path, tmp_path: Path) -> None:
    """The place keeps its ID, and a new place gets one; secrets aren't restored, not even from an old backup."""
    copy, owner = await _studio(home), owner_of(home)
    await _restore(home, copy)
    assert owner_of(home) == owner
    old = tmp_path / "old.tar"
    with tarfile.open(old, "w") as tar, closing(sqlite3.connect(home / "bot.db")) as connection:
        connection.execute("INSERT INTO kept VALUES ('callback_key', 'as old backups have it')")
        connection.commit()
        connection.execute("PRAGMA journal_mode = DELETE")
        tar.add(home / "bot.db", "imagine-bot.db")
        tar.add(home / "pictures", "pictures")
    (tmp_path / "new").mkdir()
    await _restore(tmp_path / "new", old)
    verify(_url(tmp_path / "new"), tmp_path / "new")
    assert owner_of(tmp_path / "new") not in {owner, None}
    async with database_in(tmp_path / "new") as database:
        assert (await kept_secret(database, "callback_key")).get_secret_value() != "as old backups have it"


async def test_what_is_restored_is_private(home: Path) -> None:
    """Restored files have mode 0600 and directories 0700, whatever the umask."""
    copy = await _studio(home)
    for path in (home / "pictures", home / "incoming"):
        shutil.rmtree(path)
    before = os.umask(0)
    try:
        await _restore(home, copy)
    finally:
        os.umask(before)
    assert {path: mode for path, mode in _modes(home).items() if mode != 0o600} == {}


def _put(name: str, content: bytes = b"x", **fields: object) -> Add:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    for field, value in fields.items():
        setattr(member, field, value)
    return lambda tar: tar.addfile(member, io.BytesIO(content) if member.isreg() else None)


def _header_of_half_the_archive(tar: tarfile.TarFile) -> None:
    member = tarfile.TarInfo("pictures/x")
    member.pax_headers = {"comment": "x" * 3_000_000}
    tar.addfile(member)


PLACE = f"pictures/{NAME[:2]}/{NAME}.png"
HOSTILE: dict[str, Add] = {
    "absolute": _put("/tmp/imagine-bot-evil"),
    "upwards": _put("pictures/../../evil"),
    "elsewhere": _put("evil"),
    "a marker": _put("database-id"),
    "a log": _put("imagine-bot.db-wal"),
    "a link in a picture's place": _put(PLACE, b"", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    "a hard link": _put(PLACE, b"", type=tarfile.LNKTYPE, linkname="imagine-bot.db"),
    "the folder as a link": _put("pictures", b"", type=tarfile.SYMTYPE, linkname="/tmp"),
    "a device": _put(PLACE, b"", type=tarfile.CHRTYPE),
    "a pipe": _put("pictures/pipe", b"", type=tarfile.FIFOTYPE),
    "two databases": _put("imagine-bot.db"),
    "a folder elsewhere": _put("evil", b"", type=tarfile.DIRTYPE),
    "a header without end": _header_of_half_the_archive,
}


@pytest.mark.parametrize("add", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_archives_are_refused(home: Path, add: Add) -> None:
    """An archive with one wrong member is refused as a whole, and nothing is written."""
    copy = await _studio(home)
    with tarfile.open(copy, "a") as tar:
        add(tar)
    before = _tree(home.parent)
    with pytest.raises(StorageError, match=r"isn't a backup of Imagine Bot|header"):
        await _restore(home, copy)
    assert _tree(home.parent) == before
    assert _names(home.parent) == {"home", "copy.tar"}


async def test_strays_and_damaged_pictures_are_left_out(home: Path) -> None:
    """Foreign files and damaged pictures in the archive are left out; backups of earlier releases contain them."""
    copy = await _studio(home)
    with tarfile.open(copy, "a") as tar:
        _put("pictures/notes.txt")(tar)
        _put(f"pictures/ab/{'ab' * 32}.png")(tar)
    restored = await _restore(home, copy)
    assert (restored.pictures, restored.left_out) == (1, 2)
    assert sorted(path.name for path in (home / "pictures").glob("*/*")) == [f"{NAME}.png"]


def _sql(statement: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(statement)
            connection.commit()

    return change


def _damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096 * 5 : 4096 * 9] = b"\xa5" * 4096 * 4
    path.write_bytes(data)


WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "newer": (_sql("INSERT INTO schema_version VALUES (999)"), "newer release"),
    "damaged": (_damage, "damaged|malformed"),
    "another program's": (_sql("ALTER TABLE kept RENAME TO other"), "made by imagine-bot"),
    "with a trigger": (_sql("CREATE TRIGGER evil AFTER UPDATE ON jobs BEGIN DELETE FROM jobs; END"), "'evil'"),
    "no database": (lambda path: path.write_bytes(b"letter" * 999), "not a database"),
    "empty": (lambda path: path.write_bytes(b""), "empty"),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
async def test_only_a_whole_database_is_restored(home: Path, wrong: tuple[Callable[[Path], object], str]) -> None:
    """If the archive's database is unusable, the reason is named and the current database stays."""
    copy = await _studio(home)
    with tarfile.open(copy) as tar:
        content = tar.extractfile("imagine-bot.db")
        assert content
        (home.parent / "changed.db").write_bytes(content.read())
    wrong[0](home.parent / "changed.db")
    with tarfile.open(copy, "w") as tar:
        tar.add(home.parent / "changed.db", "imagine-bot.db")
    before = _tree(home)
    with pytest.raises(StorageError, match=wrong[1]):
        await _restore(home, copy)
    assert _tree(home) == before


@pytest.mark.parametrize("size", [0, 700, 20_000])
async def test_half_a_backup_is_none(home: Path, size: int) -> None:
    """A truncated archive is refused."""
    copy = await _studio(home)
    copy.write_bytes(copy.read_bytes()[:size])
    with pytest.raises(StorageError, match=r"incomplete|isn't a backup|unexpected end"):
        await _restore(home, copy)
    verify(_url(home), home)


@pytest.mark.parametrize("name", ["restore", "link", "replace", "sync", "disk_usage"])
async def test_a_failure_on_the_way_changes_nothing(home: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """If the disk fails at any step, the bot starts as before, with nothing left over."""
    copy = await _studio(home)

    def refuse(*_: object, **__: object) -> Iterator[None]:
        raise OSError(28, "No space left on device")

    before = _jobs(home)
    places: dict[str, tuple[object, str]] = {"replace": (Path, "replace"), "disk_usage": (shutil, "disk_usage")}
    places |= {"sync": (os, "sync"), "restore": (os, "fdopen")}
    with monkeypatch.context() as patch:
        patch.setattr(*places.get(name, (shutil, "copytree")), refuse)
        with pytest.raises(StorageError, match="No space left"):
            await _restore(home, copy)
    assert _jobs(home) == before
    verify(_url(home), home)
    assert _names(home) == {"bot.db", "bot.db.lock", "database-id", "incoming", "pictures"}


async def test_what_a_killed_restore_left_is_swept(home: Path) -> None:
    """The leftovers of a killed restore don't hinder the next one."""
    copy = await _studio(home)
    (home / "bot.db.restoring").write_bytes(b"half")
    (home / "bot.db.restoring-wal").write_bytes(b"half")
    (home / "restoring-abcdefgh").mkdir()
    await _restore(home, copy)
    assert not {name for name in _names(home) if "restoring" in name}
