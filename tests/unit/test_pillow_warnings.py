"""Pillow's warnings about users' pictures are neither printed nor a reason to refuse them."""

from pathlib import Path

import pytest

from bot.imaging.processor import PillowImageProcessor
from core.models.media import Incoming
from tests.unit.hostile_pictures import chunk, with_chunks
from tests.unit.pictures import encoded, told, two_halves

FORMS = ("JPEG", "PNG", "WEBP", "HEIF")
LENGTHS = (20, 60)
"""The bytes of EXIF that are kept: they end within the table, or within an entry."""


def _malformed_mpo() -> bytes:
    """Return an MPO of two pictures whose index is garbage."""
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


@pytest.mark.parametrize("name", REMARKABLE)
async def test_nothing_is_said_and_nothing_refused(
    room: PillowImageProcessor, tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    """Pillow's warnings don't matter even if they are turned into errors, as in this suite."""
    (tmp_path / "picture").write_bytes(REMARKABLE[name])
    assert (await room.inspect(Incoming(tmp_path / "picture"))).width == 64
    assert (await room.prepare(tmp_path / "picture")).width == 64
    assert capfd.readouterr() == ("", "")
