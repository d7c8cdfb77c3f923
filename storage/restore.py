"""The restore of a backup: completely or not at all, without paying twice, and without losing the previous files."""

import hashlib
import io
import os
import re
import secrets
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from core.errors import StorageError
from core.models.credits import shown
from storage.backup import DATABASE, PICTURES
from storage.belonging import sole_user
from storage.database import Database, Row, path_of, refuse_postgresql
from storage.inspection import ID, damages, look, reading
from storage.lock import alone
from storage.marker import mark, owner_of, sync

_STRAY = f"{PICTURES}/"
_PICTURE = re.compile(rf"{PICTURES}/([0-9a-f]{{2}})/(\1[0-9a-f]{{62}})\.[a-z0-9]{{1,8}}")
_LEFTOVER = re.compile(r"restoring-\w{8}")
_CHUNK, _HEADERS = 1 << 16, 1 << 20
_COMPANIONS = ("-wal", "-shm", "-journal")
_LISTED = 20


@dataclass(frozen=True, slots=True)
class Owed:
    """A queued job of the backup, which would be submitted and paid."""

    job_id: str
    requester_id: int
    ordered_at: int
    credits: int
    """In hundredths."""


@dataclass(frozen=True, slots=True)
class Found:
    """The contents of the backup, as numbers of rows.

    `updates` are the unhandled ones that were put away, `under_way` the jobs that were submitted and not delivered.
    """

    orders: int
    queued: tuple[Owed, ...]
    unanswered: int
    """Jobs that waited for a yes to their price; counted only if they were canceled."""
    updates: int
    under_way: int


@dataclass(frozen=True, slots=True)
class Restored:
    """The report of a restore."""

    found: Found
    kept_queued: bool
    pictures: int
    left_out: int
    aside: tuple[Path, ...]
    """The previous files, under their new names."""

    def told(self) -> list[str]:
        """Return the lines of the report."""
        found, lines = self.found, [f"restored orders: {self.found.orders}; pictures: {self.pictures}"]
        if self.left_out:
            lines.append(f"skipped files (damaged, or not part of a backup): {self.left_out}")
        if self.aside:
            lines.append(f"previous data kept as: {', '.join(str(path) for path in self.aside)}")
        if found.queued:
            canceled = "canceled and their credits returned, as they may have been paid since the backup"
            fate = "continued; you may pay for them twice" if self.kept_queued else canceled
            lines.append(f"queued orders ({fate}): {len(found.queued)}")
            for order in found.queued[:_LISTED]:
                when = datetime.fromtimestamp(order.ordered_at / 1000, UTC).strftime("%Y-%m-%d %H:%M")
                paid = f"{shown(order.credits)} credits"
                lines.append(f"  {order.job_id}: ordered {when} UTC by {order.requester_id}, {paid}")
            if len(found.queued) > _LISTED:
                lines.append(f"  and {len(found.queued) - _LISTED} more")
        if found.unanswered:
            lines.append(f"canceled orders that waited for a confirmation of their price: {found.unanswered}")
        if found.updates:
            lines.append(f"discarded messages and button presses that the bot had not handled: {found.updates}")
        if found.under_way:
            lines.append(f"orders in progress (their pictures go only to /history): {found.under_way}")
        return lines


async def restore(
    url: str, data_dir: Path, file: Path, *, keep_queued: bool, now_ms: int, store_owner: str | None = None
) -> Restored:
    """Put the backup in the place of the present files. Raises StorageError, and then nothing has changed.

    `store_owner` is the id of the database to which pictures outside the directory belong; the restored one gets it.

    Everything is prepared beside the present files. Then the pictures are added, which changes nothing for a database
    that doesn't name them, and in the end one rename puts the database in its place.
    """
    refuse_postgresql(
        url, "Bring a PostgreSQL database back with `pg_restore`, as docs/operating.md says under Backup and restore"
    )
    with alone(url), sole_user(data_dir), _readable():
        path = _real(url)
        owner = store_owner or _owner(path, data_dir)
        stage = path.with_name(f"{path.name}.restoring")
        _sweep(stage, data_dir)
        try:
            staging = Path(tempfile.mkdtemp(prefix="restoring-", dir=data_dir))
            pictures, left_out = _unpack(file, stage, staging)
            _judge(stage, file)
            found = await _put_away(stage, owner, keep_queued=keep_queued, now_ms=now_ms)
            aside = _put_in_place(path, stage, staging, data_dir, now_ms)
            if owner_of(data_dir) != owner:
                mark(data_dir, owner)
        finally:
            _sweep(stage, data_dir)
    return Restored(found, keep_queued, pictures, left_out, aside)


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error, tarfile.TarError, EOFError) as error:
        raise StorageError(f"the restore failed and changed nothing: {error}") from error


def _real(url: str) -> Path:
    """Return the file behind a link: the link stays, and the file is replaced."""
    return Path(os.path.realpath(path_of(url)))


def _owner(path: Path, data_dir: Path) -> str:
    """Return the id for the restored database: the one of this directory, not the one in the backup."""
    owner, here = owner_of(data_dir), None
    with suppress(StorageError):  # the present database may be damaged, which is a reason for a restore
        here = look(path)
    if owner and here and here.id and here.id != owner:
        raise StorageError(f"{data_dir} belongs to another database than {path}. Correct DATABASE_URL or DATA_DIR")
    return owner or (here.id if here else None) or secrets.token_hex(16)


def _unpack(file: Path, stage: Path, staging: Path) -> tuple[int, int]:
    """Unpack the database and the pictures; return the number of pictures and of files that were left out."""
    pictures = left_out = 0
    with file.open("rb") as raw:
        _check_size(file, raw, stage.parent, staging)
        try:
            archive = tarfile.open(fileobj=_Frugal(raw), mode="r:")  # noqa: SIM115 - closed with the file below it
        except tarfile.TarError as error:
            raise StorageError(f"{file} isn't a backup: {error}") from error
        while member := archive.next():
            archive.members.clear()  # type: ignore[attr-defined]  # it would keep every member in memory
            matched = _PICTURE.fullmatch(member.name)
            if not _is_harmless(member):
                raise StorageError(f"{file} isn't a backup of Imagine Bot: it contains {member.name!r}")
            if member.isdir():
                continue
            if member.name == DATABASE:
                if stage.exists():
                    raise StorageError(f"{file} isn't a backup of Imagine Bot: it contains two databases")
                _write(archive, member, stage)
            elif matched:
                target = staging / matched[1] / Path(member.name).name
                target.parent.mkdir(exist_ok=True, mode=0o700)
                if _write(archive, member, target) == matched[2]:
                    pictures += 1
                else:
                    target.unlink()
                    left_out += 1
            else:
                left_out += 1
    if not stage.exists():
        raise StorageError(f"{file} isn't a backup of Imagine Bot: it doesn't contain {DATABASE}")
    return pictures, left_out


def _check_size(file: Path, raw: IO[bytes], *places: Path) -> None:
    """Refuse a file that was cut off or doesn't fit; it isn't compressed, so its size is the room it takes."""
    size = raw.seek(0, os.SEEK_END)
    raw.seek(max(size - 1024, 0))
    if size < 1024 or raw.read().strip(b"\0"):  # a tar file ends with two empty blocks
        raise StorageError(f"{file} isn't a backup, or it is incomplete")
    raw.seek(0)
    for place in places:
        if shutil.disk_usage(place).free < size:
            raise StorageError(f"the restore needs {size / 1e6:.0f} MB of free space in {place}")


def _is_harmless(member: tarfile.TarInfo) -> bool:
    """Whether a member has the place of a file of a backup; earlier releases packed strays among the pictures."""
    if member.isdir():
        is_ours = f"{member.name}/".startswith(_STRAY)
    else:
        is_ours = member.isreg() and not member.issparse()
        is_ours = is_ours and (member.name == DATABASE or member.name.startswith(_STRAY))
    return is_ours and ".." not in member.name.split("/")


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> str:
    """Write one private file, and return the SHA-256 of its content."""
    content, digest = archive.extractfile(member), hashlib.sha256()
    if content is None:
        raise tarfile.ReadError(f"{member.name!r} has no content")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with content, os.fdopen(os.open(target, flags, 0o600), "wb") as file:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            file.write(chunk)
    return digest.hexdigest()


class _Frugal(io.RawIOBase):
    """A file that refuses long reads: a header may claim to be as long as the archive."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int = -1, /) -> bytes:
        """Read `size` bytes. Raises tarfile.ReadError if that is more than a header has."""
        if not 0 <= size <= _HEADERS:
            raise tarfile.ReadError("a header is too long")
        return self._file.read(size)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Change the position, and return the new one."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the position."""
        return self._file.tell()

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True


def _judge(stage: Path, file: Path) -> None:
    """Refuse a database that is damaged, of a newer release, or has triggers or views."""
    try:
        standing = look(stage)
    except StorageError as error:
        raise StorageError(f"{file} can't be restored: {error}") from error
    if standing is None:
        raise StorageError(f"{file} can't be restored: its database is empty")
    if found := damages(stage):
        raise StorageError(f"{file} can't be restored: its database is damaged: {'; '.join(found)}")
    with closing(reading(stage)) as connection:
        # A trigger could change jobs and credits behind every statement. The schema has none.
        others = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view')").fetchall()
    if others:
        raise StorageError(f"{file} can't be restored: its database contains {others[0][0]!r}, which isn't ours")


async def _put_away(stage: Path, owner: str, *, keep_queued: bool, now_ms: int) -> Found:
    """Migrate the copy, and make it neither pay nor send again after the backup."""
    unanswered: list[Row] = []
    updates: list[Row] = []
    database = await Database.open(f"sqlite:///{stage}")
    try:
        async with database.transaction() as tx:
            orders = (await tx.fetch("count_orders"))[0]["orders"]
            queued = await tx.fetch("restored_queued")
            if keep_queued:
                await tx.fetch("renew_queued", now=now_ms)
            else:
                cancelled = await tx.fetch("put_away_queued", now=now_ms)
                unanswered = [row for row in cancelled if row["held_at"] is not None]
                updates = await tx.fetch("put_away_updates", now=now_ms)
                await tx.fetch("put_away_albums", now=now_ms)
                await tx.fetch("forget_album_parts")
            under_way = await tx.fetch("mute_restored", now=now_ms)
            await tx.fetch("stop_broadcasts")
            await tx.fetch("forget_openings")
            await tx.fetch("close_openings")
            await tx.fetch("drop_secrets")
            await tx.fetch("keep_value", name=ID, value=owner)
    finally:
        await database.close()
    owed = tuple(Owed(row["id"], row["asked_by"], row["created_at"], row["reserved"]) for row in queued)
    return Found(orders, owed, len(unanswered), len(updates), len(under_way))


def _put_in_place(path: Path, stage: Path, staging: Path, data_dir: Path, now_ms: int) -> tuple[Path, ...]:
    """Give the present files other names, put the new ones in place, and return the other names."""
    stamp = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
    pictures, aside = data_dir / PICTURES, []
    try:
        if path.exists() and path.stat().st_size:
            aside.append(path.with_name(f"{path.name}.before-{stamp}"))
            _keep_database(path, aside[0])
            if pictures.exists():
                # Housekeeping drops the files that the new database doesn't name, so the previous one needs its own.
                aside.append(data_dir / f"{PICTURES}.before-{stamp}")
                shutil.copytree(pictures, aside[1], copy_function=_link, symlinks=True)
        _add_pictures(staging, pictures)
        os.sync()
        for suffix in _COMPANIONS:  # they belong to the previous database, and would damage another one
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        stage.replace(path)
    except OSError:
        _forget(aside, path)
        raise
    sync(path.parent)
    return tuple(aside)


def _add_pictures(staging: Path, pictures: Path) -> None:
    """Add the pictures. The name of each is its content, so none replaces a different one."""
    pictures.mkdir(exist_ok=True, mode=0o700)
    for folder in staging.iterdir():
        (pictures / folder.name).mkdir(exist_ok=True, mode=0o700)
        for picture in folder.iterdir():
            picture.replace(pictures / folder.name / picture.name)


def _forget(aside: list[Path], path: Path) -> None:
    """Remove the other names; the log of a damaged database is put back in its place."""
    for copy in aside:
        if copy.is_dir():
            shutil.rmtree(copy, ignore_errors=True)
            continue
        log = copy.with_name(f"{copy.name}-wal")
        with suppress(OSError):
            if log.exists() and not path.with_name(f"{path.name}-wal").exists():
                log.rename(path.with_name(f"{path.name}-wal"))
            log.unlink(missing_ok=True)
            copy.unlink(missing_ok=True)


def _keep_database(path: Path, aside: Path) -> None:
    """Give the database a second name. Its log is merged first, as both can't be renamed together."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as connection:  # a damaged one keeps its log
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    _link(path, aside)
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        _link(log, aside.with_name(f"{aside.name}-wal"))


def _link(source: str | Path, target: str | Path) -> None:
    """Give a file a second name, which takes no room, or copy it on a file system without hard links."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)


def _sweep(stage: Path, data_dir: Path) -> None:
    """Drop the prepared files, also those of an earlier restore that was killed."""
    for suffix in ("", *_COMPANIONS):
        with suppress(OSError):
            stage.with_name(stage.name + suffix).unlink(missing_ok=True)
    for folder in data_dir.iterdir():
        if _LEFTOVER.fullmatch(folder.name):
            shutil.rmtree(folder, ignore_errors=True)
