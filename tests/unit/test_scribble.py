"""A drawing on a picture becomes the area that it means, and anything else is refused with a reason."""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pytest
from PIL import Image, ImageDraw

from bot.imaging.components import paint, regions
from bot.imaging.scribble_mask import scribbled
from core.errors import BadMask, MaskTrouble
from tests.unit.pictures import encoded, told, turned
from tests.unit.scribbles import COLORS, PICTURES, Case, cases, overlap, picture, sent

RED = (235, 20, 30)
Drawing = Callable[[ImageDraw.ImageDraw], None]


def _trouble(folder: Path, before: Image.Image, after: Image.Image, quality: int = 90) -> MaskTrouble:
    """Return why a picture is refused as a drawing on the other one."""
    with pytest.raises(BadMask) as refused:
        _mask(folder, before, after, quality)
    return refused.value.trouble


def _mask(folder: Path, before: Image.Image, after: Image.Image, quality: int = 90) -> Image.Image:
    base, drawn, mask = folder / "base", folder / "drawn", folder / "mask"
    before.save(base, "PNG", compress_level=0)
    after.save(drawn, "JPEG", quality=quality)
    scribbled(base, drawn, mask)
    with Image.open(mask) as image:
        image.load()
    assert (image.format, image.mode, image.size) == ("PNG", "L", before.size)
    assert set(image.tobytes()) <= {0, 255}
    return image


def _drawn(number: int, draw: Drawing) -> Image.Image:
    image = picture(number).copy()
    draw(ImageDraw.Draw(image))
    return image


def _some(step: int) -> list[Case]:
    """Return every step-th case; with 7, nine pictures, and every color and gesture at least once."""
    return list(cases())[::step]


@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.slow)])
def test_scribbles_are_understood(tmp_path: Path, step: int) -> None:
    """Intersection over union with the meant area is at least 0.85 in the median and 0.7 at worst."""
    base, drawn, mask = (tmp_path / name for name in ("base", "drawn", "mask"))
    overlaps = {}
    for case in _some(step):
        meant = case.write(base, drawn)
        scribbled(base, drawn, mask)
        overlaps[case] = overlap(mask, meant)
    assert median(overlaps.values()) >= 0.85
    worst = min(overlaps, key=lambda case: overlaps[case])
    assert overlaps[worst] >= 0.7, worst


def test_the_set_covers_what_it_says() -> None:
    """The cases cover twenty pictures of 800 to 2048 pixels in both orientations, in all qualities and scales."""
    every = list(cases())
    assert len(every) == 60
    assert {case.color for case in _some(7)} == set(COLORS)
    sizes = [size for _, size in PICTURES]
    assert len(sizes) == 20
    assert min(map(max, sizes)) >= 800
    assert max(map(max, sizes)) == 2048
    assert {width > height for width, height in sizes} == {True, False}
    assert {min(case.quality for case in every), max(case.quality for case in every)} == {60, 95}
    assert {min(case.scale for case in every), max(case.scale for case in every)} == {0.5, 1.0}


PICTURE = pytest.mark.parametrize(
    "number", [pytest.param(number, marks=[pytest.mark.slow] if number % 6 else []) for number in range(len(PICTURES))]
)


@PICTURE
def test_an_untouched_picture_is_no_drawing(tmp_path: Path, number: int) -> None:
    """An untouched picture isn't taken for a drawing, however it was compressed and scaled."""
    sendings = [(60, 0.5), (60, 1.0), (78, 0.7), (95, 0.5), (85, 0.9)]
    quality, scale = sendings[number % len(sendings)]
    found = _trouble(tmp_path, picture(number), sent(picture(number), quality, scale), quality)
    assert found is MaskTrouble.EMPTY


@PICTURE
def test_another_picture_is_noticed(tmp_path: Path, number: int) -> None:
    """Another picture with the same proportions isn't taken for a drawing."""
    other = picture((number + 7) % len(PICTURES)).resize(picture(number).size)
    assert _trouble(tmp_path, picture(number), sent(other, 80, 0.7)) is MaskTrouble.OTHER_PICTURE


@pytest.mark.parametrize("number", [3, 4, 8, 10, 17])
def test_a_crop_is_another_picture(tmp_path: Path, number: int) -> None:
    """A crop isn't taken for a drawing, whether or not its proportions changed."""
    whole = picture(number)
    width, height = whole.size
    same = whole.crop((width // 10, height // 10, width, height))
    narrow = whole.crop((width // 10, 0, width, height))
    assert _trouble(tmp_path, whole, same) is MaskTrouble.OTHER_PICTURE
    assert _trouble(tmp_path, whole, narrow) is MaskTrouble.OTHER_PICTURE


def test_all_of_it_is_too_much(tmp_path: Path) -> None:
    """A picture that is painted over, or circled along its border, is refused as full."""
    width, height = picture(10).size
    over = _drawn(10, lambda draw: draw.rectangle((0, 0, width, height), RED))
    around = _drawn(10, lambda draw: draw.rectangle((2, 2, width - 2, height - 2), outline=RED, width=20))
    assert _trouble(tmp_path, picture(10), over) is MaskTrouble.FULL
    assert _trouble(tmp_path, picture(10), around) is MaskTrouble.FULL


def test_most_of_it_can_be_painted_over(tmp_path: Path) -> None:
    """Three quarters painted in one color are a drawing, not another picture."""
    width, height = picture(10).size
    mask = _mask(tmp_path, picture(10), _drawn(10, lambda draw: draw.rectangle((0, 0, width * 3 // 4, height), RED)))
    assert mask.getpixel((width // 2, height // 2)) == 0
    assert mask.getpixel((width * 9 // 10, height // 2)) == 255


@pytest.mark.parametrize("opening", [0, 45, 100, 200])
def test_a_thin_circle_need_not_meet_itself(tmp_path: Path, opening: int) -> None:
    """A thin line around an area means the area even with a gap of 5% of the longer side."""
    gap = 18  # degrees of a circle with a radius of 200 pixels: 63 of 1280 pixels
    after = _drawn(10, lambda draw: draw.arc((440, 160, 840, 560), opening + gap, opening + 360, RED, 7))
    mask = _mask(tmp_path, picture(10), after)
    assert [mask.getpixel(place) for place in ((640, 360), (640, 60), (300, 360))] == [0, 255, 255]


def test_an_arc_encloses_nothing(tmp_path: Path) -> None:
    """Three quarters of a circle mean only the line."""
    mask = _mask(tmp_path, picture(10), _drawn(10, lambda draw: draw.arc((440, 160, 840, 560), 90, 360, RED, 16)))
    assert mask.getpixel((640, 360)) == 255


def test_a_line_across_encloses_nothing(tmp_path: Path) -> None:
    """A line from border to border means only the line."""
    width, height = picture(10).size
    mask = _mask(tmp_path, picture(10), _drawn(10, lambda draw: draw.line((0, 150, width, 150), RED, 20)))
    assert [mask.getpixel((width // 2, y)) for y in (60, 150, height // 2)] == [255, 0, 255]


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_drawing_may_lie_on_its_side(tmp_path: Path, orientation: int) -> None:
    """A rotated drawing is turned back as its metadata says."""
    before = picture(10).resize((640, 360))
    after = before.copy()
    ImageDraw.Draw(after).ellipse((40, 40, 140, 140), outline=RED, width=12)
    base, drawn, mask = tmp_path / "base", tmp_path / "drawn", tmp_path / "mask"
    before.save(base, "PNG")
    drawn.write_bytes(encoded(turned(after, orientation), "JPEG", quality=90, exif=told(orientation)))
    scribbled(base, drawn, mask)
    with Image.open(mask) as image:
        assert [image.getpixel(place) for place in ((90, 90), (550, 90), (90, 270))] == [0, 255, 255]


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (4096, 3), (40, 40)])
def test_tiny_and_narrow_pictures(tmp_path: Path, size: tuple[int, int]) -> None:
    """Tiny and narrow pictures are refused without a crash."""
    before = Image.new("RGB", size, (90, 120, 90))
    assert _trouble(tmp_path, before, before) is MaskTrouble.EMPTY
    assert _trouble(tmp_path, before, Image.new("RGB", size, RED)) is MaskTrouble.FULL


def test_regions_hang_together_by_sides() -> None:
    """Every region is found once with its size; corners don't connect, and painting restores the image."""
    rows = ["##...#", "#..#.#", "#.##.#", "#....#", "######", "......", ".#....", "#....."]
    image = Image.frombytes("L", (6, 8), bytes(255 * (pixel == "#") for row in rows for pixel in row))
    found = regions(image)
    assert sorted(region.size for region in found) == [1, 1, 3, 15]
    assert sorted(region.sides(image.size) for region in found) == [0, 0, 2, 3]
    assert paint(image.size, found).tobytes() == image.tobytes()


@pytest.mark.alone("it measures computing time")
def test_a_large_picture_takes_its_time_but_not_long(tmp_path: Path) -> None:
    """A drawing on a picture of 4096×3072 pixels takes at most 1.5 s of CPU time."""
    before = picture(10).resize((4096, 3072))
    after = before.copy()
    ImageDraw.Draw(after).ellipse((900, 900, 2000, 1900), outline=RED, width=60)
    base, drawn, mask = tmp_path / "base", tmp_path / "drawn", tmp_path / "mask"
    before.save(base, "PNG", compress_level=1)
    after.resize((1280, 960)).save(drawn, "JPEG", quality=80)
    began = time.process_time()
    scribbled(base, drawn, mask)
    assert time.process_time() - began < 1.5
