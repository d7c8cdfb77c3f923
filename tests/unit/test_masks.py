"""Each way to mark the area to change leads to a mask of the picture's size, or to a refusal with a reason."""

import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFile

from bot.imaging import decode, masks, normalize
from bot.imaging.decode import MAX_SIDE
from bot.imaging.scribble_mask import scribbled
from core.errors import MASK_TEXTS, BadMask, BadPicture, Failure, MaskTrouble
from tests.unit.pictures import encoded, reopened, told, turned, two_halves

SIZE = (640, 480)
Way = Callable[[Path, Path, Path], None]


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """Write a picture to change."""
    path = tmp_path / "base"
    two_halves(*SIZE).save(path, "PNG")
    return path


def _mask(size: tuple[int, int] = SIZE, mode: str = "L") -> Image.Image:
    """Return a mask that is black in the upper left quarter."""
    image = Image.new("L", size, 255)
    image.paste(0, (0, 0, size[0] // 2, size[1] // 2))
    return image.convert(mode)


def _made(way: Way, base: Path, content: bytes) -> Image.Image:
    other, into = base.with_name("other"), base.with_name("into")
    other.write_bytes(content)
    way(base, other, into)
    return _read(into, SIZE)


def _read(into: Path, size: tuple[int, int]) -> Image.Image:
    mask = reopened(into)
    assert (mask.format, mask.mode, mask.size) == ("PNG", "L", size)
    assert set(mask.tobytes()) <= {0, 255}
    return mask


def _trouble(way: Way, base: Path, content: bytes) -> MaskTrouble:
    with pytest.raises(BadMask) as refused:
        _made(way, base, content)
    assert not base.with_name("into").exists()
    return refused.value.trouble


def _corners(mask: Image.Image) -> list[object]:
    right, bottom = mask.width - 20, mask.height - 20
    return [mask.getpixel(place) for place in ((20, 20), (right, 20), (20, bottom), (right, bottom))]


# --- by hand ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [0.3, 1.0, 1.7])
@pytest.mark.parametrize(("form", "options"), [("JPEG", {"quality": 60}), ("PNG", {}), ("WEBP", {"quality": 70})])
def test_a_mask_by_hand(base: Path, form: str, options: dict[str, int], scale: float) -> None:
    """A user's black-and-white mask is accepted in every format and scale in which Telegram delivers it."""
    size = round(SIZE[0] * scale), round(SIZE[1] * scale)
    assert _corners(_made(masks.by_hand, base, encoded(_mask(size, "RGB"), form, **options))) == [0, 255, 255, 255]


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_a_mask_by_hand_in_any_mode(base: Path, mode: str) -> None:
    """A mask is accepted in every color mode, including 16-bit gray and palettes."""
    image = _mask().point(lambda level: max(20, level))  # nearly black, but bright if misread as 16 bits
    if mode == "I;16":
        image = image.convert("I").point(lambda level: level * 257)
    assert _corners(_made(masks.by_hand, base, encoded(image.convert(mode), "PNG"))) == [0, 255, 255, 255]


def test_nothing_drawn_is_white(base: Path) -> None:
    """Black strokes on a transparent layer are a mask: transparent areas count as white, whatever their color."""
    image = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    image.paste((0, 0, 0, 255), (0, 0, SIZE[0] // 2, SIZE[1] // 2))
    assert _corners(_made(masks.by_hand, base, encoded(image, "PNG"))) == [0, 255, 255, 255]


def test_a_mask_by_hand_lying_on_its_side(base: Path) -> None:
    """A mask is rotated as its metadata says."""
    content = encoded(turned(_mask(mode="RGB"), 6), "JPEG", exif=told(6))
    assert _corners(_made(masks.by_hand, base, content)) == [0, 255, 255, 255]


@pytest.mark.parametrize(
    ("image", "trouble"),
    [
        (Image.new("L", SIZE, 250), MaskTrouble.EMPTY),
        (Image.new("L", SIZE, 5), MaskTrouble.FULL),
        (_mask((480, 640)), MaskTrouble.WRONG_SIZE),
        (_mask((640, 494)), MaskTrouble.WRONG_SIZE),
        (Image.linear_gradient("L").resize(SIZE), MaskTrouble.NOT_A_MASK),
        (two_halves(*SIZE), MaskTrouble.NOT_A_MASK),
    ],
    ids=["white", "black", "on its side", "a little higher", "grey", "colored"],
)
def test_a_wrong_mask_by_hand(base: Path, image: Image.Image, trouble: MaskTrouble) -> None:
    """Each reason to refuse a user's mask has its own name."""
    assert _trouble(masks.by_hand, base, encoded(image, "JPEG", quality=85)) is trouble


def test_a_few_greys_are_edges(base: Path) -> None:
    """A mask with up to 5% gray pixels, as soft brushes make them, is accepted; one with more is refused."""
    mask = _mask()
    mask.paste(128, (400, 300, 500, 450))  # 4.9 %
    _made(masks.by_hand, base, encoded(mask, "PNG"))
    mask.paste(128, (400, 300, 500, 460))  # 5.2 %
    base.with_name("into").unlink()
    assert _trouble(masks.by_hand, base, encoded(mask, "PNG")) is MaskTrouble.NOT_A_MASK


# --- painted ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_a_painted_mask(base: Path, mode: str) -> None:
    """A painter's mask is taken pixel by pixel."""
    assert _made(masks.painted, base, encoded(_mask(mode=mode), "PNG")).tobytes() == _mask().tobytes()


@pytest.mark.parametrize(("marked", "trouble"), [(0, "empty"), (15, "empty"), (16, None), (640 * 480 - 15, "full")])
def test_hardly_anything_painted(base: Path, marked: int, trouble: str | None) -> None:
    """Fewer than sixteen marked pixels count as none, and fewer than sixteen unmarked ones as everything."""
    pixels = bytes(marked) + b"\xff" * (SIZE[0] * SIZE[1] - marked)
    content = encoded(Image.frombytes("L", SIZE, pixels), "PNG")
    if trouble:
        assert _trouble(masks.painted, base, content) == trouble
    else:
        assert _made(masks.painted, base, content).histogram()[0] == marked


@pytest.mark.parametrize("way", [masks.by_hand, masks.painted])
def test_a_hundred_megapixels_are_not_decoded(base: Path, monkeypatch: pytest.MonkeyPatch, way: Way) -> None:
    """A small file with far too many pixels is refused by its header."""
    row = zlib.compress(b"\x00" * 12_501, 1)  # a row of 100,000 one-bit pixels; the rest of the file is missing
    head = b"\x00\x01\x86\xa0\x00\x00\x07\xd0\x01\x00\x00\x00\x00"  # 100,000 × 2,000
    chunks = [(b"IHDR", head), (b"IDAT", row), (b"IEND", b"")]
    content = b"\x89PNG\r\n\x1a\n" + b"".join(
        len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4) for kind, data in chunks
    )
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda _: pytest.fail("decoded"))
    with pytest.raises(BadPicture) as refused:
        _made(way, base, content)
    assert refused.value.failure is Failure.HUGE_PICTURE


def test_a_painted_mask_of_another_size_is_not_decoded(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A painter's mask of another size is refused undecoded, even if its size is allowed."""
    content = encoded(Image.new("1", (8000, 7000)), "PNG")
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda _: pytest.fail("decoded"))
    assert _trouble(masks.painted, base, content) is MaskTrouble.WRONG_SIZE


def test_the_largest_mask_is_small(tmp_path: Path) -> None:
    """The mask with the most noise for the largest picture stays below a fifth of the upload limit."""
    pixels = Random(1).randbytes(MAX_SIDE * MAX_SIDE)  # noqa: S311 - noise, not secrets
    noise = Image.frombytes("L", (MAX_SIDE, MAX_SIDE), pixels).point(lambda level: 255 if level > 127 else 0)
    base, mask, into = tmp_path / "base", tmp_path / "mask", tmp_path / "into"
    noise.save(base, "PNG", compress_level=1)
    noise.save(mask, "PNG", compress_level=1)
    masks.painted(base, mask, into)
    assert into.stat().st_size < 5_000_000


# --- transparent --------------------------------------------------------------------------------------------------


def _cut_out(tmp_path: Path, content: bytes) -> tuple[Image.Image, Image.Image]:
    picture, base, into = (tmp_path / name for name in ("picture", "base", "into"))
    picture.write_bytes(content)
    masks.transparent(picture, base, into)
    found = reopened(base)
    assert (found.format, found.mode) == ("PNG", "RGB")
    return found, _read(into, found.size)


def _clear(mode: str = "RGBA") -> Image.Image:
    """Return a picture that is transparent where the mask is black."""
    image = two_halves(*SIZE, mode=mode)
    image.putalpha(_mask())
    return image


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_what_is_transparent_changes(tmp_path: Path, mode: str, form: str) -> None:
    """Transparent areas become black in the mask and white in the picture, whatever their color."""
    base, mask = _cut_out(tmp_path, encoded(_clear(mode), form, lossless=True))
    assert _corners(mask) == [0, 255, 255, 255]
    assert base.getpixel((20, 20)) == (255, 255, 255)
    assert base.getpixel((20, 460)) != (255, 255, 255)


def test_an_old_kind_of_transparency(tmp_path: Path) -> None:
    """A transparent palette color counts as transparent."""
    image = two_halves(*SIZE).quantize(4)
    _, mask = _cut_out(tmp_path, encoded(image, "PNG", transparency=image.getpixel((0, 0))))
    assert _corners(mask) == [0, 255, 0, 255]


def test_a_transparent_picture_lying_on_its_side(tmp_path: Path) -> None:
    """Picture and mask are both rotated as the metadata says."""
    base, mask = _cut_out(tmp_path, encoded(turned(_clear(), 6), "PNG", exif=told(6)))
    assert base.size == SIZE
    assert _corners(mask) == [0, 255, 255, 255]


def test_a_picture_too_large_for_the_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sides and bytes are reduced to the limits of the image API, and the mask's size follows."""
    monkeypatch.setattr(decode, "MAX_SIDE", 300)
    monkeypatch.setattr(normalize, "MAX_UPLOAD", 40_000)
    noise = Image.frombytes("RGB", SIZE, Random(1).randbytes(SIZE[0] * SIZE[1] * 3))  # noqa: S311 - noise, not secrets
    noise.putalpha(_mask())
    base, mask = _cut_out(tmp_path, encoded(noise, "PNG"))
    assert max(base.size) < 300
    assert (tmp_path / "base").stat().st_size <= 40_000
    assert _corners(mask) == [0, 255, 255, 255]


@pytest.mark.parametrize(
    ("alpha", "trouble"), [(None, "no_transparency"), (255, "no_transparency"), (200, "no_transparency"), (0, "full")]
)
def test_no_way_to_be_transparent(tmp_path: Path, alpha: int | None, trouble: str) -> None:
    """A picture without transparency, or a completely transparent one, is refused, and nothing is written."""
    image = two_halves()
    if alpha is not None:
        image.putalpha(alpha)
    with pytest.raises(BadMask) as refused:
        _cut_out(tmp_path, encoded(image, "PNG"))
    assert refused.value.trouble == trouble
    assert [path.name for path in tmp_path.iterdir()] == ["picture"]


# --- previews and texts


@pytest.mark.parametrize(("size", "wanted"), [((640, 480), (640, 480)), ((2560, 1000), (1280, 500)), ((9, 7), (9, 7))])
def test_the_preview(tmp_path: Path, size: tuple[int, int], wanted: tuple[int, int]) -> None:
    """The preview is a JPEG of at most 1280 pixels with the area tinted and outlined, and the rest unchanged."""
    base, mask, into = (tmp_path / name for name in ("base", "mask", "into"))
    Image.new("RGB", size, (60, 160, 60)).save(base, "PNG")
    _mask(size).save(mask, "PNG")
    masks.tinted(base, mask, into)
    shown = reopened(into)
    assert (shown.format, shown.size) == ("JPEG", wanted)
    if wanted[0] > 100:
        width, height = wanted
        inside, outside = shown.getpixel((width // 8, height // 8)), shown.getpixel((width - 20, height - 20))
        rim = shown.getpixel((width // 2, height // 4))
        assert outside == pytest.approx((60, 160, 60), abs=3)
        assert inside == pytest.approx((152, 85, 112), abs=6)
        assert rim != pytest.approx(inside, abs=30)
        assert rim != pytest.approx(outside, abs=30)


def test_every_trouble_has_words() -> None:
    """Every reason to refuse a mask has its own text."""
    replies = {BadMask(trouble).reply.source for trouble in MaskTrouble}
    assert set(MASK_TEXTS) == set(MaskTrouble)
    assert len(replies) == len(MaskTrouble)


_drawing = two_halves(64, 48)
ImageDraw.Draw(_drawing).line((10, 10, 50, 40), (20, 235, 30), 6)
DRAWN = [encoded(_drawing, form) for form in ("JPEG", "PNG", "WEBP", "HEIF")]
WHOLE = [
    encoded(image, form)
    for image in (_mask((64, 48)), _mask((64, 48)).convert("RGBA"), _clear().resize((64, 48)))
    for form in ("PNG", "WEBP")
] + [
    *DRAWN,
    encoded(_mask((64, 48)), "JPEG", exif=told(3)),
    encoded(two_halves(64, 48).quantize(4), "PNG", transparency=0),
]
CHANGES = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=12)


@given(st.sampled_from(WHOLE), CHANGES)
@settings(max_examples=100, deadline=None)
def test_a_damaged_mask_is_a_mask_or_refused(
    tmp_path_factory: pytest.TempPathFactory, whole: bytes, changes: list[tuple[int, int]]
) -> None:
    """A damaged mask or drawing becomes a mask, or raises BadMask or BadPicture."""
    base, other, into, second = (tmp_path_factory.getbasetemp() / name for name in ("b", "o", "i", "s"))
    two_halves(64, 48).save(base, "PNG")
    damaged = bytearray(whole)
    for place, value in changes:
        damaged[place % len(damaged)] = value
    other.write_bytes(damaged)
    ways: tuple[Callable[[], object], ...] = (
        lambda: masks.by_hand(base, other, into),
        lambda: masks.painted(base, other, into),
        lambda: masks.transparent(other, second, into),
        lambda: scribbled(base, other, into),
    )
    for way in ways:
        into.unlink(missing_ok=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns about metadata that it can't read
            try:
                way()
            except (BadMask, BadPicture):
                assert not into.exists()
                continue
        assert set(reopened(into).tobytes()) <= {0, 255}
