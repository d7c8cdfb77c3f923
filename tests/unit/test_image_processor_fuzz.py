"""Hundreds of damaged picture files."""

import asyncio
import warnings
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.imaging.processor import PillowImageProcessor
from core.errors import BadPicture, Failure
from core.models.image_request import Picture
from core.models.media import Incoming, Prepared
from tests.unit.pictures import encoded, reopened, told, two_halves
from tests.unit.rooms import image_processor

WHOLE = [
    encoded(two_halves(), "JPEG", exif=told(6)),
    encoded(two_halves(), "JPEG", progressive=True),
    encoded(two_halves(), "PNG", exif=told(3)),
    encoded(two_halves().quantize(4), "PNG", transparency=0),
    encoded(two_halves(), "WEBP", exif=told(8)),
    encoded(two_halves(), "HEIF", exif=told(5)),
    encoded(two_halves(), "MPO", save_all=True, append_images=[Image.new("RGB", (64, 32))]),
]
CHANGES = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def room() -> Iterator[PillowImageProcessor]:
    """Open one image processor for all tests of this module."""
    opened = image_processor()
    yield opened
    opened.close()


@given(st.sampled_from(WHOLE), CHANGES, st.booleans())
@settings(max_examples=100, deadline=None)
def test_a_damaged_file_is_a_picture_or_refused(
    tmp_path_factory: pytest.TempPathFactory,
    room: PillowImageProcessor,
    whole: bytes,
    changes: list[tuple[int, int]],
    only_the_head: bool,
) -> None:
    """A damaged file is prepared and inspected, or raises BadPicture."""
    damaged = bytearray(whole)
    for place, value in changes:
        damaged[place % (min(200, len(damaged)) if only_the_head else len(damaged))] = value
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(damaged)
    with warnings.catch_warnings(), asyncio.Runner() as runner:
        warnings.simplefilter("ignore")  # Pillow warns about metadata that it can't read
        works: list[Coroutine[Any, Any, Prepared | Picture]] = [
            room.prepare(path),
            room.inspect(Incoming(path)),
            room.inspect(Incoming(path.with_name("held"), bytes(damaged))),
        ]
        for work in works:
            try:
                found = runner.run(work)
            except BadPicture as refused:
                if refused.failure not in {Failure.BAD_PICTURE, Failure.HUGE_PICTURE}:
                    pytest.fail(f"refused as {refused.failure}")
                continue
            assert found.width > 0
            assert found.height > 0
    for result in path.parent.glob("damaged.*"):
        reopened(result)
        result.unlink()
