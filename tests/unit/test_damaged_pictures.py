"""A picture that every viewer shows is accepted, even if its file is slightly damaged."""

import zlib
from pathlib import Path

import pytest
from PIL import Image

from bot.imaging.processor import PillowImageProcessor
from core.errors import BadPicture, Failure
from core.models.media import Incoming
from tests.unit.hostile_pictures import chunk, with_chunks
from tests.unit.pictures import encoded, reopened, told, turned, two_halves
from tests.unit.test_picture_colors import profile


def _with_chunk(part: bytes) -> bytes:
    return with_chunks(encoded(two_halves(), "PNG"), part)


NOISE = Image.effect_noise((256, 256), 60).convert("RGB")
DAMAGED = {
    "a JPEG without its last bytes": encoded(NOISE, "JPEG")[:-700],
    "a PNG without its last bytes": encoded(NOISE, "PNG")[:-700],
    "a PNG without its end": encoded(two_halves(), "PNG")[:-12],
    "trailing garbage": encoded(two_halves(), "JPEG") + b"garbage" * 500,
    "a text of megabytes": _with_chunk(chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(3_000_000)))),
    "a wrong checksum of a remark": _with_chunk(chunk(b"tEXt", b"k\0v", 7)),
    "a broken EXIF block": _with_chunk(chunk(b"eXIf", b"II*\0\xff\xff\xff\xff")),
    "an animated PNG": encoded(two_halves(), "PNG", save_all=True, append_images=[Image.new("RGB", (64, 32))]),
    "an animated WEBP": encoded(two_halves(), "WEBP", save_all=True, append_images=[Image.new("RGB", (64, 32))]),
}


@pytest.mark.parametrize("name", DAMAGED)
async def test_what_viewers_show_is_taken(room: PillowImageProcessor, tmp_path: Path, name: str) -> None:
    """A picture with minor damage is accepted."""
    (tmp_path / "picture").write_bytes(DAMAGED[name])
    prepared = await room.prepare(tmp_path / "picture")
    assert reopened(prepared.path).size == ((256, 256) if "last bytes" in name else (64, 32))


KINDS: dict[str, tuple[str, str, dict[str, object]]] = {
    "JPEG": ("JPEG", "RGB", {}),
    "JPEG, grey": ("JPEG", "L", {}),
    "JPEG, CMYK": ("JPEG", "CMYK", {}),
    "JPEG with restarts": ("JPEG", "RGB", {"restart_marker_rows": 1}),
    "PNG": ("PNG", "RGB", {}),
    "PNG, transparent": ("PNG", "RGBA", {}),
    "PNG, palette": ("PNG", "P", {}),
    "GIF": ("GIF", "P", {}),
    "BMP": ("BMP", "RGB", {}),
    "WEBP": ("WEBP", "RGB", {}),
    "HEIF": ("HEIF", "RGB", {}),
}


@pytest.mark.parametrize("kept", [0.2, 0.8])
@pytest.mark.parametrize("orientation", [1, pytest.param(3, marks=pytest.mark.slow), 6])
@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_mostly_missing_is_refused(
    room: PillowImageProcessor, tmp_path: Path, kind: str, orientation: int, kept: float
) -> None:
    """A picture that is mostly missing is refused, so that no one pays for a gray area."""
    form, mode, options = KINDS[kind]
    exif = {} if form in {"GIF", "BMP"} else {"exif": told(orientation)}
    data = encoded(turned(NOISE, orientation).convert(mode), form, **options, **exif)
    (tmp_path / "picture").write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(BadPicture) as refused:
        await room.prepare(tmp_path / "picture")
    assert refused.value.failure is Failure.BAD_PICTURE


@pytest.mark.parametrize("ground", ["white", "black", (128, 128, 140), (85, 85, 85)])
@pytest.mark.parametrize("form", ["JPEG", "PNG"])
async def test_a_plain_ground_is_not_missing(
    room: PillowImageProcessor, tmp_path: Path, form: str, ground: str | tuple[int, int, int]
) -> None:
    """A page with an empty lower half isn't taken for a truncated one."""
    page = NOISE.copy()
    page.paste(ground, (0, 128, 256, 250))
    data = encoded(page, form)
    (tmp_path / "picture").write_bytes(data[:-14])
    prepared = await room.prepare(tmp_path / "picture")
    assert reopened(prepared.path).size == (256, 256)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF"])
async def test_a_result_has_to_be_whole(room: PillowImageProcessor, tmp_path: Path, form: str) -> None:
    """A truncated result is refused, because another download may bring the rest."""
    (tmp_path / "picture").write_bytes(encoded(NOISE, form)[:-700])
    with pytest.raises(BadPicture):
        await room.inspect(Incoming(tmp_path / "picture"))


PROFILE = zlib.compress(b"no profile")
BROKEN_HELP = {
    "transparency, checksum": chunk(b"tRNS", bytes(2), 7),
    "transparency, short": chunk(b"tRNS", b"\0"),
    "transparency, empty": chunk(b"tRNS", b""),
    "transparency, long": chunk(b"tRNS", bytes(300)),
    "profile, checksum": chunk(b"iCCP", b"k\0\0" + PROFILE, 7),
    "profile, packed in another way": chunk(b"iCCP", b"k\0\7" + PROFILE),
    "profile, not packed": chunk(b"iCCP", b"k\0\0none"),
    "profile, a bomb": chunk(b"iCCP", b"k\0\0" + zlib.compress(bytes(30_000_000))),
    "profile, only a name": chunk(b"iCCP", b"k"),
    "profile, empty": chunk(b"iCCP", b""),
    "a text of megabytes": chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(3_000_000))),
    "EXIF, checksum": chunk(b"eXIf", b"II*\0\x08\0\0\0\0\0", 7),
}
USELESS_PALETTE = chunk(b"PLTE", b"\0\0\0", 7)


@pytest.mark.parametrize("name", BROKEN_HELP)
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
async def test_a_png_is_whole_without_what_only_helps(
    room: PillowImageProcessor, tmp_path: Path, mode: str, name: str
) -> None:
    """A PNG result with a broken ancillary chunk is accepted and looks like the intact one: it was paid for."""
    if (mode, name) == ("P", "transparency, short"):
        pytest.skip("a palette may have fewer transparent colors than colors")
    image = two_halves().quantize(4) if mode == "P" else two_halves(mode="L").convert(mode)
    png = encoded(image, "PNG")
    place = png.index(b"IDAT") - 4  # behind the palette, as the format requires
    for path, content in (("whole", png), ("broken", png[:place] + BROKEN_HELP[name] + png[place:])):
        (tmp_path / path).write_bytes(content)
    assert (await room.inspect(Incoming(tmp_path / "broken"))).width == 64
    broken, whole = [await room.prepare(tmp_path / path) for path in ("broken", "whole")]
    assert reopened(broken.path).tobytes() == reopened(whole.path).tobytes()


async def test_a_broken_profile_leaves_room_for_a_good_one(room: PillowImageProcessor, tmp_path: Path) -> None:
    """If the first color profile is broken, the next readable one counts."""
    good = encoded(Image.new("RGB", (64, 64), (220, 140, 90)), "PNG", icc_profile=profile())
    (tmp_path / "picture").write_bytes(with_chunks(good, BROKEN_HELP["profile, checksum"]))
    result = reopened((await room.prepare(tmp_path / "picture")).path)
    assert result.getpixel((3, 3)) == pytest.approx((235, 136, 79), abs=5)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
async def test_a_palette_that_nobody_needs_is_passed_over(
    room: PillowImageProcessor, tmp_path: Path, mode: str
) -> None:
    """A broken palette of a picture whose pixels are colors is ignored."""
    (tmp_path / "picture").write_bytes(with_chunks(encoded(two_halves(mode=mode), "PNG"), USELESS_PALETTE))
    assert (await room.inspect(Incoming(tmp_path / "picture"))).width == 64


@pytest.mark.parametrize("kind", [b"IHDR", b"PLTE"])
async def test_a_result_that_can_not_be_read_is_refused(
    room: PillowImageProcessor, tmp_path: Path, kind: bytes
) -> None:
    """A result with a broken header or a broken palette that it needs is refused."""
    png = bytearray(encoded(two_halves().quantize(4), "PNG"))
    png[png.index(kind) + 4 + int.from_bytes(png[png.index(kind) - 4 : png.index(kind)], "big")] ^= 255
    (tmp_path / "picture").write_bytes(png)
    with pytest.raises(BadPicture):
        await room.inspect(Incoming(tmp_path / "picture"))
