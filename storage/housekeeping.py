"""What is older than it has to be goes, and a copy of all the rest can be made at any time."""

import asyncio
import re
import sqlite3
import tarfile
import tempfile
import time
from pathlib import Path

import structlog

from bot.domain.errors import StorageError
from bot.domain.ports import Clock
from storage.database import Database, path_of
from storage.gallery import StoredGallery

log = structlog.get_logger()

_DAY_MS = 86_400_000
_REPLAYS_MS = 2 * _DAY_MS  # Telegram keeps updates for a day, and starts to number anew after a quiet week
_UPLOADS_MS = 2 * _DAY_MS  # the service has dropped them by then
_DRAFTS_MS = 2 * _DAY_MS  # nobody can go on from one that is older than a day
_PRUNED = (
    "prune_shown",
    "prune_pictures",
    "prune_jobs",
    "prune_questions",
    "prune_albums",
    "prune_recipients",
    "prune_broadcasts",
    "prune_openings",
)
_FOLDED = ("fold_person_extras", "fold_chat_extras")
_SHA256 = re.compile(r"\b[0-9a-f]{64}\b")
_YOUNG_S = 3600  # a file may be kept a moment before its row is


class Housekeeping:
    """Prunes by age."""

    def __init__(self, database: Database, gallery: StoredGallery, clock: Clock, retention_days: int) -> None:
        self._db = database
        self._gallery = gallery
        self._clock = clock
        self._retention_ms = retention_days * _DAY_MS

    async def prune(self) -> None:
        """Drop handled updates, ended jobs and their pictures, and what is of no use any more. Raises StorageError."""
        now = self._clock.now_ms()
        before = now - self._retention_ms
        async with self._db.transaction() as tx:
            for name in _FOLDED:
                await tx.fetch(name, before=before, now=now)
            for name in _PRUNED:
                await tx.fetch(name, before=before)
            await tx.fetch("prune_inbox", before=now - _REPLAYS_MS)
            await tx.fetch("prune_uploads", before=now - _UPLOADS_MS)
            await tx.fetch("prune_drafts", before=now - _DRAFTS_MS)
        kept = {name for row in await self._db.fetch("kept_pictures") for name in _SHA256.findall(row["mention"])}
        dropped = await asyncio.to_thread(self._gallery.drop_others, kept, time.time() - _YOUNG_S)
        if dropped:
            log.info("pictures pruned", files=dropped)


def backup(url: str, data_dir: Path, target: Path) -> None:
    """Write a tar of the database and the pictures, consistent also while the bot runs. Raises StorageError.

    The database is copied first: a picture's file is complete before a row names it, so every name in the copy has one.
    """
    source = path_of(url)
    if not source.exists():
        raise StorageError(f"there is no database {source}")
    partial = target.with_name(f"{target.name}.partial")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent) as directory:
            copy = Path(directory) / "imagine-bot.db"
            with sqlite3.connect(source) as origin, sqlite3.connect(copy) as destination:
                origin.backup(destination)
            origin.close()
            destination.close()
            with tarfile.open(partial, "w") as archive:
                archive.add(copy, "imagine-bot.db")
                if (data_dir / "pictures").exists():
                    archive.add(data_dir / "pictures", "pictures")
        partial.replace(target)
    except (OSError, sqlite3.Error, tarfile.TarError) as error:
        partial.unlink(missing_ok=True)
        raise StorageError(f"the backup failed: {error}") from error
