"""The `imagine-bot restore` command: bring a backup back, also where the pictures are outside DATA_DIR."""

import time
from pathlib import Path

from bot.picture_store import picture_store
from bot.settings import Settings
from storage.restore import restore


async def restored(settings: Settings, file: Path, *, keep_queued: bool) -> list[str]:
    """Restore a backup, and return the lines of the report. Raises StorageError, and then nothing has changed."""
    owner, now_ms = await _owner(settings), time.time_ns() // 1_000_000
    done = await restore(
        settings.database, settings.data_dir, file, keep_queued=keep_queued, now_ms=now_ms, store_owner=owner
    )
    lines = done.told()
    if settings.data_url:
        lines.append(f"The pictures in {settings.data_url} stay. The bot removes those that the backup doesn't name.")
        if done.pictures:
            lines.append(
                f"The pictures of the backup are in DATA_DIR. Run `imagine-bot move-pictures {settings.data_dir} "
                f"{settings.data_url}` before the bot"
            )
    return lines


async def _owner(settings: Settings) -> str | None:
    """Return the id of the database to which the pictures outside DATA_DIR belong, None if it isn't noted."""
    if not settings.data_url:
        return None
    store = picture_store(settings, settings.data_url, settings.data_dir)
    await store.open()
    return await store.owner()
