"""Bring a backup back: all of it or nothing, without paying twice, and without losing what was there."""

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
from storage.backup import DATABASE, PICTURES
from storage.belonging import mark, owner_of, sole_user, sync
from storage.database import Database, Row, path_of
from storage.inspection import ID, damages, look, reading
from storage.lock import alone

_STRAY = f"{PICTURES}/"
_PICTURE = re.compile(rf"{PICTURES}/([0-9a-f]{{2}})/(\1[0-9a-f]{{62}})\.[a-z0-9]{{1,8}}")
_LEFTOVER = re.compile(r"restoring-\w{8}")
_CHUNK, _HEADERS = 1 << 16, 1 << 20
_COMPANIONS = ("-wal", "-shm", "-journal")
_LISTED = 20


@dataclass(frozen=True, slots=True)
class Owed:
    """An order that waits in the backup for its turn to be paid."""

    job_id: str
    requester_id: int
    ordered_at: int
    credits: int


@dataclass(frozen=True, slots=True)
class Found:
    """What the backup held, and what became of it."""

    orders: int
    queued: tuple[Owed, ...]
    unanswered: int
    """Orders whose price nobody had said yes to; only counted where they were put away."""
    updates: int
    under_way: int


@dataclass(frozen=True, slots=True)
class Restored:
    """How it went."""

    found: Found
    kept_queued: bool
    pictures: int
    left_out: int
    aside: tuple[Path, ...]
    """What was there before, under its new names."""

    def told(self) -> list[str]:
        """Say it, a line each."""
        found, lines = self.found, [f"restored: {self.found.orders} orders, {self.pictures} pictures"]
        if self.left_out:
            lines.append(f"left out: {self.left_out} files that are damaged or none of ours")
        if self.aside:
            lines.append(f"what was there before is kept as {' and '.join(str(path) for path in self.aside)}")
        if found.queued:
            verb = "will be" if self.kept_queued else "would have been"
            fate = "" if self.kept_queued else "; they are cancelled, and their credits given back"
            lines.append(f"{len(found.queued)} queued orders of the backup {verb} paid (again){fate}:")
            for order in found.queued[:_LISTED]:
                when = datetime.fromtimestamp(order.ordered_at / 1000, UTC).strftime("%Y-%m-%d %H:%M")
                lines.append(f"  {order.job_id}: of {when} UTC, by {order.requester_id}, {order.credits} credits")
            if len(found.queued) > _LISTED:
                lines.append(f"  and {len(found.queued) - _LISTED} more")
        if found.unanswered:
            lines.append(f"{found.unanswered} orders that waited for a yes to their price are cancelled")
        if found.updates:
            lines.append(f"{found.updates} messages that nobody had dealt with are put away")
        if found.under_way:
            lines.append(f"{found.under_way} orders were under way: their pictures go to /history, unshown")
        return lines


async def restore(url: str, data_dir: Path, file: Path, *, keep_queued: bool, now_ms: int) -> Restored:
    """Put the backup in the place of what is there. Raises StorageError, and then all is as it was.

    Everything is made ready beside. The pictures are then added, which changes nothing for whoever does not name them,
    and at last one rename puts the database in its place.
    """
    with alone(url), sole_user(data_dir), _readable():
        path = _real(url)
        owner = _owner(path, data_dir)
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
        raise StorageError(f"the restore failed, and all is as it was: {error}") from error


def _real(url: str) -> Path:
    """Behind a link: the link stays, and the file it leads to is replaced."""
    return Path(os.path.realpath(path_of(url)))


def _owner(path: Path, data_dir: Path) -> str:
    """Tell by what id the restored database is known here: that of this place, not that of where the backup is from."""
    owner, here = owner_of(data_dir), None
    with suppress(StorageError):  # what is there may be damaged: that is why somebody restores
        here = look(path)
    if owner and here and here.id and here.id != owner:
        raise StorageError(f"{data_dir} belongs to another database than {path}: set DATABASE_URL and DATA_DIR right")
    return owner or (here.id if here else None) or secrets.token_hex(16)


def _unpack(file: Path, stage: Path, staging: Path) -> tuple[int, int]:
    """Write the database and the pictures beside; how many pictures there are, and how much was left out."""
    pictures = left_out = 0
    with file.open("rb") as raw:
        _check_size(file, raw, stage.parent, staging)
        try:
            archive = tarfile.open(fileobj=_Frugal(raw), mode="r:")  # noqa: SIM115 - closed with the file below it
        except tarfile.TarError as error:
            raise StorageError(f"{file} is no backup: {error}") from error
        while member := archive.next():
            archive.members.clear()  # type: ignore[attr-defined]  # it would remember all of them
            matched = _PICTURE.fullmatch(member.name)
            if not _is_harmless(member):
                raise StorageError(f"{file} is no backup of this program: it holds {member.name!r}")
            if member.isdir():
                continue
            if member.name == DATABASE:
                if stage.exists():
                    raise StorageError(f"{file} is no backup of this program: it holds two databases")
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
        raise StorageError(f"{file} is no backup of this program: it holds no {DATABASE}")
    return pictures, left_out


def _check_size(file: Path, raw: IO[bytes], *places: Path) -> None:
    """Refuse what was cut off, and what does not fit; nothing in it is compressed, so its size is what it takes."""
    size = raw.seek(0, os.SEEK_END)
    raw.seek(max(size - 1024, 0))
    if size < 1024 or raw.read().strip(b"\0"):  # a tar file ends with two empty blocks
        raise StorageError(f"{file} is no backup, or was cut off")
    raw.seek(0)
    for place in places:
        if shutil.disk_usage(place).free < size:
            raise StorageError(f"there is no room for {size / 1e6:.0f} MB in {place}")


def _is_harmless(member: tarfile.TarInfo) -> bool:
    """Whether it is a file or folder where ours are; an earlier release took strays among the pictures along."""
    if member.isdir():
        is_ours = f"{member.name}/".startswith(_STRAY)
    else:
        is_ours = member.isreg() and not member.issparse()
        is_ours = is_ours and (member.name == DATABASE or member.name.startswith(_STRAY))
    return is_ours and ".." not in member.name.split("/")


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> str:
    """Write one file, for nobody else to read; the SHA-256 of what is in it."""
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
    """A file of which nobody reads much at once: a header may claim to be as long as the archive."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int = -1, /) -> bytes:
        """Read, unless it is too much."""
        if not 0 <= size <= _HEADERS:
            raise tarfile.ReadError("a header is too long")
        return self._file.read(size)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go elsewhere."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Where it is."""
        return self._file.tell()

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True


def _judge(stage: Path, file: Path) -> None:
    """Refuse a database that is damaged, from a newer release, or would do more than we ask of it."""
    try:
        standing = look(stage)
    except StorageError as error:
        raise StorageError(f"{file} can't be restored: {error}") from error
    if standing is None:
        raise StorageError(f"{file} can't be restored: its database is empty")
    if found := damages(stage):
        raise StorageError(f"{file} can't be restored: its database is damaged: {'; '.join(found)}")
    with closing(reading(stage)) as connection:
        # A trigger would change orders and credits behind every statement of ours, which has none.
        others = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view')").fetchall()
    if others:
        raise StorageError(f"{file} can't be restored: its database holds {others[0][0]!r}, which is none of ours")


async def _put_away(stage: Path, owner: str, *, keep_queued: bool, now_ms: int) -> Found:
    """Bring the copy up to date, and see to it that it neither pays nor says again what it did after the backup."""
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
    """Keep what is there under other names, then let the new in; what the earlier files are called now."""
    stamp = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
    pictures, aside = data_dir / PICTURES, []
    try:
        if path.exists() and path.stat().st_size:
            aside.append(path.with_name(f"{path.name}.before-{stamp}"))
            _keep_database(path, aside[0])
            if pictures.exists():
                # Housekeeping drops what the new database does not name, so the earlier one needs names of its own.
                aside.append(data_dir / f"{PICTURES}.before-{stamp}")
                shutil.copytree(pictures, aside[1], copy_function=_link, symlinks=True)
        _add_pictures(staging, pictures)
        os.sync()
        for suffix in _COMPANIONS:  # they belong to the earlier one: with another it would read as damaged
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        stage.replace(path)
    except OSError:
        _forget(aside, path)
        raise
    sync(path.parent)
    return tuple(aside)


def _add_pictures(staging: Path, pictures: Path) -> None:
    """Their names say what is in them, so none can take another one's place."""
    pictures.mkdir(exist_ok=True, mode=0o700)
    for folder in staging.iterdir():
        (pictures / folder.name).mkdir(exist_ok=True, mode=0o700)
        for picture in folder.iterdir():
            picture.replace(pictures / folder.name / picture.name)


def _forget(aside: list[Path], path: Path) -> None:
    """Undo the second names; where the log had to be taken from a damaged database, it is put back."""
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
    """Give it a second name; its log goes into it before, as both can't be renamed together."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as connection:  # one that is damaged keeps its log
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    _link(path, aside)
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        _link(log, aside.with_name(f"{aside.name}-wal"))


def _link(source: str | Path, target: str | Path) -> None:
    """A second name takes no room; some file systems know none."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)


def _sweep(stage: Path, data_dir: Path) -> None:
    """Drop what was made ready, also by an earlier try that was killed."""
    for suffix in ("", *_COMPANIONS):
        with suppress(OSError):
            stage.with_name(stage.name + suffix).unlink(missing_ok=True)
    for folder in data_dir.iterdir():
        if _LEFTOVER.fullmatch(folder.name):
            shutil.rmtree(folder, ignore_errors=True)
