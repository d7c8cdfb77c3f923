"""A picture from a user becomes upright and free of metadata, or raises BadPicture with the reason."""

import asyncio
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from bot.imaging import normalize
from bot.imaging.processor import PillowImageProcessor
from core.errors import BadPicture, Failure
from core.models.image_request import Picture
from core.models.media import Incoming
from tests.unit.pictures import COMMENT, encoded, reddish, reopened, told, turned, two_halves

SLOW = pytest.mark.slow


def _file(directory: Path, content: bytes) -> Path:
    path = directory / "0123abcd"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
async def test_pictures_are_upright_and_silent(
    room: PillowImageProcessor, tmp_path: Path, orientation: int, form: str
) -> None:
    """The prepared picture is upright in every orientation, and contains no metadata."""
    image = turned(two_halves(), orientation)
    path = _file(
        tmp_path, encoded(image, form, exif=told(orientation), **({"comment": COMMENT} if form == "JPEG" else {}))
    )
    prepared = await room.prepare(path)
    written = prepared.path.read_bytes()
    result = reopened(prepared.path)
    assert (prepared.width, prepared.height) == result.size == (64, 32)
    assert reddish(result, (8, 16))
    assert not reddish(result, (56, 16))
    assert not result.getexif()
    assert not any(word in written for word in (b"Snooper", b"Exif", b"eXIf", COMMENT, b"xmp"))


@pytest.mark.parametrize(
    ("form", "suffix"),
    [
        ("JPEG", ".jpg"),
        ("PNG", ".png"),
        ("WEBP", ".jpg"),
        ("HEIF", ".jpg"),
        ("MPO", ".jpg"),
        ("GIF", ".jpg"),
        ("BMP", ".jpg"),
    ],
)
async def test_every_format_becomes_one_the_service_takes(
    room: PillowImageProcessor, tmp_path: Path, form: str, suffix: str
) -> None:
    """A prepared picture is a JPEG, or a PNG if it was one; the suffix matches, and the original stays unchanged."""
    content = encoded(two_halves(), form)
    path = _file(tmp_path, content)
    prepared = await room.prepare(path)
    assert (prepared.suffix, prepared.path.suffix) == (suffix, suffix)
    assert prepared.path.parent == path.parent
    assert reopened(prepared.path).format == {".jpg": "JPEG", ".png": "PNG"}[suffix]
    assert path.read_bytes() == content


async def test_heic_with_metadata(room: PillowImageProcessor, tmp_path: Path) -> None:
    """A phone's HEIC becomes upright and free of metadata."""
    prepared = await room.prepare(_file(tmp_path, encoded(two_halves(), "HEIF", exif=told(1), quality=90)))
    assert not reopened(prepared.path).getexif()
    assert b"Snooper" not in prepared.path.read_bytes()
    assert reddish(reopened(prepared.path), (8, 16))


@pytest.mark.parametrize("form", ["JPEG", "WEBP"])
async def test_a_wrong_remark_in_the_margin(room: PillowImageProcessor, tmp_path: Path, form: str) -> None:
    """Invalid metadata neither gets a picture refused nor turns it wrongly."""
    content = encoded(turned(two_halves(), 3), form, exif=told(3))
    for right, wrong in ((b"\x01\x0f\x00\x02", b"\x01\x0f\x00\x04"), (b"\x0f\x01\x02\x00", b"\x0f\x01\x04\x00")):
        content = content.replace(right, wrong)
    prepared = await room.prepare(_file(tmp_path, content))
    assert reddish(reopened(prepared.path), (8, 16))


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
async def test_transparency_survives(room: PillowImageProcessor, tmp_path: Path, form: str, mode: str) -> None:
    """A transparent picture stays transparent, as PNG."""
    image = two_halves(mode=mode)
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    prepared = await room.prepare(_file(tmp_path, encoded(image, form, lossless=True)))
    result = reopened(prepared.path)
    assert (prepared.suffix, result.mode) == (".png", "RGBA")
    assert result.getchannel("A").getextrema() == image.getchannel("A").getextrema()


async def test_a_palette_with_a_transparent_color(room: PillowImageProcessor, tmp_path: Path) -> None:
    """A transparent palette color stays transparent, too."""
    image = two_halves().quantize(4)
    prepared = await room.prepare(_file(tmp_path, encoded(image, "PNG", transparency=image.getpixel((0, 0)))))
    assert reopened(prepared.path).getpixel((0, 0))[3] == 0  # type: ignore[index]
    assert reopened(prepared.path).getpixel((63, 0))[3] == 255  # type: ignore[index]


@pytest.mark.parametrize(
    ("mode", "form"), [("L", "JPEG"), ("CMYK", "JPEG"), ("1", "PNG"), ("P", "PNG"), ("I;16", "PNG")]
)
async def test_unusual_colors(room: PillowImageProcessor, tmp_path: Path, mode: str, form: str) -> None:
    """Gray, CMYK and 16-bit pictures are accepted and keep their brightness."""
    dark, bright = (0, 255) if mode == "1" else (40, 210)
    grey = Image.new("L", (64, 32), dark)
    grey.paste(bright, (32, 0, 64, 32))
    image = grey.convert("I").point(lambda level: level * 257).convert("I;16") if mode == "I;16" else grey.convert(mode)
    prepared = await room.prepare(_file(tmp_path, encoded(image, form)))
    result = reopened(prepared.path).convert("L")
    assert [result.getpixel(place) for place in ((8, 16), (56, 16))] == pytest.approx([dark, bright], abs=12)


@pytest.mark.parametrize(
    ("width", "height", "wanted"),
    [(8192, 64, (4096, 32)), (64, 8192, (32, 4096)), (9000, 1, (3000, 1)), (4097, 4097, (2049, 2049))],
)
async def test_giant_pictures_shrink(
    room: PillowImageProcessor, tmp_path: Path, width: int, height: int, wanted: tuple[int, int]
) -> None:
    """A picture larger than the limit is scaled down in proportion."""
    prepared = await room.prepare(_file(tmp_path, encoded(Image.new("L", (width, height), 99), "PNG")))
    assert (prepared.width, prepared.height) == reopened(prepared.path).size == wanted


@pytest.mark.parametrize(
    "sides", [(4099, 2063), pytest.param((2063, 4099), marks=SLOW), pytest.param((12_301, 1030), marks=SLOW)]
)
@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "1"])
async def test_what_shrinks_part_by_part_is_seamless(
    room: PillowImageProcessor, tmp_path: Path, mode: str, sides: tuple[int, int]
) -> None:
    """A picture that is scaled down in parts looks as if it had been scaled down as a whole."""
    image = Image.linear_gradient("L").rotate(30, expand=True).resize(sides).convert("RGBA")
    image.putalpha(Image.radial_gradient("L").resize(sides))
    image = image.quantize(64) if mode == "P" else image.convert(mode)
    colors = {"1": "L", "P": "RGBA"}.get(mode, mode)
    wanted = image.convert(colors).reduce(-(-max(sides) // 4096)).convert("RGB" if mode == "1" else "RGBA")
    prepared = await room.prepare(_file(tmp_path, encoded(image, "PNG")))
    assert ImageChops.difference(reopened(prepared.path), wanted).getbbox(alpha_only=False) is None


def test_a_png_too_large_to_upload_becomes_a_jpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A PNG above the upload limit becomes a JPEG, and the PNG is deleted."""
    monkeypatch.setattr(normalize, "MAX_UPLOAD", 1000)
    noise = Image.effect_noise((64, 64), 90)
    prepared = normalize.prepare(_file(tmp_path, encoded(noise, "PNG")))
    assert prepared.suffix == ".jpg"
    assert not prepared.path.with_suffix(".png").exists()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\x00" * 64, b"<html>not a picture</html>", b"GIF89a" + b"\x00" * 20, b"%PDF-1.7", b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0", b"<svg xmlns='http://www.w3.org/2000/svg'/>", encoded(two_halves(), "TIFF"),
        encoded(two_halves(), "AVIF"),
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
    ],
)  # fmt: skip
async def test_what_is_no_picture(room: PillowImageProcessor, tmp_path: Path, content: bytes) -> None:
    """A file in an unknown format is refused before any other reader of Pillow sees it."""
    path = _file(tmp_path, content)
    for work in (
        room.prepare(path),
        room.inspect(Incoming(path)),
        room.inspect(Incoming(tmp_path / "held", content)),
    ):
        with pytest.raises(BadPicture) as refused:
            await work
        assert refused.value.failure is Failure.BAD_PICTURE


def test_the_limit_is_set() -> None:
    """Pillow's pixel limit is 108 million, the size of phone cameras."""
    assert 12_000 * 9_000 <= (Image.MAX_IMAGE_PIXELS or 0) < 110_000_000


@pytest.mark.parametrize(("form", "name"), [("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp")])
async def test_results_are_inspected(room: PillowImageProcessor, tmp_path: Path, form: str, name: str) -> None:
    """An inspected result has the format, sides, size and hash of its bytes."""
    content = encoded(two_halves(), form)
    picture = await room.inspect(Incoming(_file(tmp_path, content)))
    assert (picture.format, picture.width, picture.height, picture.size) == (name, 64, 32, len(content))
    assert isinstance(picture, Picture)
    assert len(picture.sha256) == 64
    assert picture == await room.inspect(Incoming(_file(tmp_path, content)))


async def test_a_flood_of_pictures_waits_in_line(room: PillowImageProcessor, tmp_path: Path) -> None:
    """Many pictures at once are prepared one after the other, while the loop goes on."""
    paths = [tmp_path / f"picture{number}" for number in range(12)]
    for path in paths:
        path.write_bytes(encoded(two_halves(400, 300), "JPEG"))
    prepared = await asyncio.gather(*map(room.prepare, paths))
    assert {one.path.stem for one in prepared} == {path.name for path in paths}
