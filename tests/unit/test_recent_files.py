"""Local copies of pictures: bounded in bytes and time, and never needed."""

import asyncio
import os
from pathlib import Path

import pytest

from storage.recent_files import RecentFiles
from tests.unit.loops import jumping


def _file(directory: Path, content: bytes) -> Path:
    path = directory / "arrived"
    path.unlink(missing_ok=True)
    path.write_bytes(content)
    return path


def _recent(directory: Path, most_bytes: int = 100, lives_s: float = 60.0) -> RecentFiles:
    recent = RecentFiles(directory / "recent", most_bytes, lives_s)
    recent.open()
    return recent


def _copy(recent: RecentFiles, name: str, directory: Path) -> bytes | None:
    into = directory / f"copy of {name}"
    into.unlink(missing_ok=True)
    return into.read_bytes() if recent.copied(name, into) else None


async def test_a_copy_outlives_its_origin(tmp_path: Path) -> None:
    """The file that was added may go, and a copy that was given out stays when the store drops its own."""
    recent, path = _recent(tmp_path), _file(tmp_path, b"png")
    recent.add("a.png", path)
    path.unlink()
    assert _copy(recent, "a.png", tmp_path) == b"png"
    recent.drop("a.png")
    recent.drop("a.png")
    assert (tmp_path / "copy of a.png").read_bytes() == b"png"
    assert _copy(recent, "a.png", tmp_path) is None


async def test_the_oldest_gives_way(tmp_path: Path) -> None:
    """With too many bytes, the file that wasn't used for longest goes, also from the disk."""
    recent = _recent(tmp_path, most_bytes=25)
    for name in ("a", "b"):
        recent.add(name, _file(tmp_path, b"0123456789"))
    assert _copy(recent, "a", tmp_path)
    recent.add("c", _file(tmp_path, b"0123456789"))
    assert {path.name for path in (tmp_path / "recent").iterdir()} == {"a", "c"}
    recent.add("too big", _file(tmp_path, b"0" * 26))
    assert _copy(recent, "too big", tmp_path) is None
    assert sum(path.stat().st_size for path in (tmp_path / "recent").iterdir()) <= 25


@jumping
async def test_a_copy_lives_for_a_while_only(tmp_path: Path) -> None:
    """A picture that its person deleted doesn't stay here."""
    recent = _recent(tmp_path, lives_s=600.0)
    recent.add("a", _file(tmp_path, b"png"))
    await asyncio.sleep(599)
    assert _copy(recent, "a", tmp_path)
    await asyncio.sleep(2)
    assert _copy(recent, "a", tmp_path) is None
    assert not list((tmp_path / "recent").iterdir())


async def test_files_of_an_earlier_process_go(tmp_path: Path) -> None:
    """A process knows nothing of them, and drops them when it starts to work."""
    _recent(tmp_path).add("a", _file(tmp_path, b"png"))
    (tmp_path / "recent" / "a folder").mkdir()
    recent = _recent(tmp_path)
    recent.clear()
    assert [path.name for path in (tmp_path / "recent").iterdir()] == ["a folder"]


async def test_a_disk_without_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without hard links, or after a stranger removed files, nothing is kept, and nothing fails."""
    recent = _recent(tmp_path)
    recent.add("a", _file(tmp_path, b"png"))
    (tmp_path / "recent" / "a").unlink()
    assert _copy(recent, "a", tmp_path) is None

    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(os, "link", refuse)
    recent.add("b", _file(tmp_path, b"png"))
    assert _copy(recent, "b", tmp_path) is None
