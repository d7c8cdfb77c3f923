"""The `imagine-bot move-pictures` command."""

import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bot.picture_store import picture_store
from bot.settings import Settings, bucket_of
from core.errors import StorageError
from core.ports.files import PictureStore
from storage.belonging import sole_user
from storage.moving import move_pictures


async def move(settings: Settings, source: str, target: str) -> int:
    """Copy all pictures from one store to another, and print the progress. Return the exit code."""
    if _place(source) == _place(target):
        print("FROM and TO are the same place", file=sys.stderr)  # noqa: T201 - for the operator
        return 1
    try:
        with ExitStack() as stack:
            come_from = _store(settings, source, stack)
            go_to = _store(settings, target, stack)
            await come_from.open()
            await go_to.open()
            moved = await move_pictures(come_from, go_to, print)
    except StorageError as error:
        print(error, file=sys.stderr)  # noqa: T201 - for the operator
        return 1
    print(f"copied: {moved.copied}; were there: {moved.skipped}; removed meanwhile: {moved.vanished}")  # noqa: T201
    for place, (pictures, size) in ((source, moved.source), (target, moved.target)):
        print(f"{place}: {pictures} pictures, {size} bytes")  # noqa: T201
    for name in moved.damaged:
        print(f"not copied, as its content is damaged: {name}", file=sys.stderr)  # noqa: T201
    if moved.source != moved.target:
        print("The two differ. Run the command again", file=sys.stderr)  # noqa: T201
    return 0 if moved.is_complete else 1


def _place(url: str) -> tuple[str, str]:
    bucket, prefix = bucket_of(url)
    return (bucket, prefix) if bucket else ("", os.path.realpath(url))


def _store(settings: Settings, url: str, stack: ExitStack) -> PictureStore:
    """Build a store; a directory is locked, and its work files are in it. Raises StorageError."""
    if bucket_of(url)[0]:
        work_dir = stack.enter_context(tempfile.TemporaryDirectory(prefix="imagine-bot-"))
        return picture_store(settings, url, Path(work_dir))
    stack.enter_context(sole_user(Path(url)))
    return picture_store(settings, url, Path(url))
