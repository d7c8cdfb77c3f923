"""Pictures are brought within the bounds of their model, and masks into its polarity; operators hear of keys."""

from pathlib import Path
from typing import Any, cast

import pytest
from PIL import Image

from bot.telegram.i18n import in_language
from core.errors import Failure
from core.models.image_model import NO_BOUNDS, Bounds
from core.models.job import AccountState
from core.services.account_watch import AccountWatch
from storage.key_value import SqlNotes
from tests.unit.rooms import image_processor
from tests.unit.stores import database_in


def _picture(directory: Path, size: tuple[int, int], *, noise: bool = False) -> Path:
    path = directory / "picture"
    image = Image.effect_noise(size, 90).convert("RGB") if noise else Image.new("RGB", size, "red")
    image.save(path, "PNG")
    return path


@pytest.mark.parametrize(
    ("size", "bounds", "wanted"),
    [
        ((300, 200), NO_BOUNDS, (300, 200)),
        ((400, 200), Bounds(max_side=100), (100, 50)),
        ((400, 400), Bounds(max_pixels=10_000), (100, 100)),
        ((100, 50), Bounds(min_side=100), (200, 100)),
        ((300, 100), Bounds(min_side=256, max_side=400), (400, 134)),
    ],
)
async def test_sides_and_pixels(tmp_path: Path, size: tuple[int, int], bounds: Bounds, wanted: tuple[int, int]) -> None:
    """A picture is scaled as little as its bounds demand, and the upper ones win."""
    into = tmp_path / "into"
    prepared = await image_processor().prepare(_picture(tmp_path, size), bounds, into=into)
    assert (prepared.width, prepared.height) == wanted
    assert prepared.path.stem == "into"


async def test_bytes(tmp_path: Path) -> None:
    """A file that is too large becomes a smaller one."""
    prepared = await image_processor().prepare(_picture(tmp_path, (400, 400), noise=True), Bounds(max_bytes=20_000))
    assert prepared.path.stat().st_size <= 20_000


async def test_a_mask_the_other_way_around(tmp_path: Path) -> None:
    """Black and white change places, and the size stays."""
    mask = Image.new("L", (60, 40), 255)
    mask.paste(0, (0, 0, 30, 40))
    mask.save(tmp_path / "mask.png")
    await image_processor().inverted(tmp_path / "mask.png", tmp_path / "into.png")
    with Image.open(tmp_path / "into.png") as inverted:
        gray = inverted.convert("L")
        assert (gray.size, gray.getpixel((5, 5)), gray.getpixel((50, 5))) == ((60, 40), 255, 0)


async def test_operators_hear_of_a_key_once(tmp_path: Path) -> None:
    """A key that is passed over is told once, and again when it is used again, also by several processes."""
    heard: list[str] = []
    states: list[AccountState] = []

    class Both:
        async def look(self) -> list[AccountState]:
            return states

        async def tell(self, words: Any) -> bool:
            heard.append(in_language(words, "en"))
            return True

    watch = AccountWatch(cast("Any", Both()), cast("Any", Both()))
    for refusal, told in ((None, 0), (Failure.OUT_OF_CREDITS, 1), (Failure.OUT_OF_CREDITS, 1), (None, 2), (None, 2)):
        states[:] = [AccountState("0a1b2c3d", refusal, 1.0)]
        await watch.look()
        assert len(heard) == told
    assert "0a1b2c3d" in heard[0]
    assert "again" in heard[1]
    async with database_in(tmp_path) as database:
        watches = [AccountWatch(cast("Any", Both()), cast("Any", Both()), SqlNotes(database)) for _ in range(3)]
        for refusal, told in ((Failure.OUT_OF_CREDITS, 3), (Failure.OUT_OF_CREDITS, 3), (None, 4)):
            states[:] = [AccountState("0a1b2c3d", refusal, 1.0)]
            for one in watches:
                await one.look()
            assert len(heard) == told
