"""What Pillow remarks about pictures of strangers is neither printed nor a reason to refuse them."""

import subprocess
import sys
import warnings
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.darkroom import quiet
from bot.darkroom.room import PillowDarkroom
from tests.unit.hostile_pictures import chunk, with_chunks
from tests.unit.pictures import encoded, told, two_halves

FORMS = ("JPEG", "PNG", "WEBP", "HEIF")
LENGTHS = (20, 60)
"""Bytes of EXIF: a broken table, and a broken entry of it."""

_CHILD = """
import sys
from pathlib import Path
from bot.darkroom import prepare
for path in map(Path, sys.argv[1:]):
    prepare.prepare(path)
    prepare.inspect(path)
"""


def _malformed_mpo() -> bytes:
    """Two pictures in one file, whose table of contents is garbage."""
    data = encoded(two_halves(), "MPO", save_all=True, append_images=[two_halves()])
    table = data.index(b"MPF\0") + 4
    return data[:table] + b"\xff" * 40 + data[table + 40 :]


REMARKABLE = {
    **{
        f"{form} with {length} bytes of EXIF": encoded(two_halves(), form, exif=told().tobytes()[:length])
        for form in FORMS
        for length in LENGTHS
    },
    "a malformed MPO": _malformed_mpo(),
    "a palette with many transparencies": encoded(two_halves().quantize(4), "PNG", transparency=bytes(range(4))),
    "an invalid APNG": with_chunks(encoded(two_halves(), "PNG"), chunk(b"acTL", bytes(8))),
}


@pytest.fixture
async def room() -> AsyncIterator[PillowDarkroom]:
    """A darkroom."""
    opened = PillowDarkroom()
    yield opened
    opened.close()


@pytest.mark.parametrize("action", ["error", "always"])
def test_a_process_neither_prints_nor_refuses(tmp_path: Path, action: str) -> None:
    """Whatever the interpreter was told to do with warnings."""
    paths = [tmp_path / f"{number}" for number in range(len(REMARKABLE))]
    for path, content in zip(paths, REMARKABLE.values(), strict=True):
        path.write_bytes(content)
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-W", action, "-c", _CHILD, *map(str, paths)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name", REMARKABLE)
async def test_who_sets_filters_later_changes_nothing(room: PillowDarkroom, tmp_path: Path, name: str) -> None:
    """Somebody makes errors of all warnings after the darkroom was opened, as this suite does for every test."""
    (tmp_path / "picture").write_bytes(REMARKABLE[name])
    warnings.simplefilter("error")
    assert (await room.inspect(tmp_path / "picture")).width == 64
    assert (await room.prepare(tmp_path / "picture")).width == 64


async def test_other_threads_hear_of_their_own(room: PillowDarkroom, tmp_path: Path) -> None:
    """Only Pillow is silenced, and opening a picture forgets no warning that was shown once already."""
    (tmp_path / "picture").write_bytes(REMARKABLE["a malformed MPO"])
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("default")
        for _ in range(3):
            await room.inspect(tmp_path / "picture")
            warnings.warn("ours", stacklevel=1)
    assert [str(warning.message) for warning in heard] == ["ours"]


async def test_nothing_is_kept_of_what_was_said(room: PillowDarkroom, tmp_path: Path) -> None:
    """Python remembers warnings by their words, and strangers choose those; filters don't pile up either."""
    for form in FORMS:
        (tmp_path / "picture").write_bytes(REMARKABLE[f"{form} with 20 bytes of EXIF"])
        await room.prepare(tmp_path / "picture")
    registry = getattr(sys.modules["PIL.TiffImagePlugin"], "__warningregistry__", {})
    assert not [key for key in registry if key != "version"]
    assert list(warnings.filters).count(quiet.FILTER) == 1
