"""Work on files in a thread ends before its cleanup."""

import asyncio
import threading
from pathlib import Path

import pytest

from core.errors import StorageError
from core.runtime.files import disk
from core.runtime.threads import in_thread


async def test_a_canceled_task_waits_for_its_thread(tmp_path: Path) -> None:
    """Otherwise the thread would write a file that was removed already."""
    begun, go_on = threading.Event(), threading.Event()

    def write() -> None:
        begun.set()
        go_on.wait()
        (tmp_path / "file").write_bytes(b"x")

    task = asyncio.create_task(in_thread(write))
    await asyncio.to_thread(begun.wait)
    task.cancel()
    await asyncio.sleep(0)
    waits = not task.done()
    go_on.set()  # whatever it did: the thread must not outlive a test that fails
    assert waits
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (tmp_path / "file").read_bytes() == b"x"


async def test_its_result_and_its_errors_come_back(tmp_path: Path) -> None:
    """As if it were called here."""
    assert await in_thread(len, "abc") == 3
    with pytest.raises(StorageError), disk():
        await in_thread((tmp_path / "absent" / "file").write_bytes, b"x")
