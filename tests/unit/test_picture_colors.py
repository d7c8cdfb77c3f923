"""Color profiles are applied before they are removed with the other metadata."""

import struct
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from bot.imaging import masks
from bot.imaging.processor import PillowImageProcessor
from core.models.media import MaskWay
from tests.unit.pictures import encoded, reopened

P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
"""The primaries of Display P3 as in ICC profiles: X, Y and Z of red, green and blue under D50."""


LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def _tag(kind: bytes, *numbers: float) -> bytes:
    return kind + b"\0\0\0\0" + b"".join(struct.pack(">i", round(number * 65536)) for number in numbers)


def profile(primaries: tuple[tuple[float, float, float], ...] = P3, gamma: float = 2.2) -> bytes:
    """Write a matrix profile, following the ICC specification (ICC.1:2001-04)."""
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    tags = [(b"wtpt", _tag(b"XYZ ", 0.9642, 1.0, 0.8249))]
    tags += [(name, _tag(b"XYZ ", *xyz)) for name, xyz in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)]
    tags += [(name, curve) for name in (b"rTRC", b"gTRC", b"bTRC")]
    return _written(b"RGB ", tags)


def grey_profile(gamma: float = 1.0) -> bytes:
    """Write a gray profile that has only a tone curve."""
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    return _written(b"GRAY", [(b"wtpt", _tag(b"XYZ ", 0.9642, 1.0, 0.8249)), (b"kTRC", curve)])


def _written(space: bytes, tags: list[tuple[bytes, bytes]]) -> bytes:
    words = [(b"cprt", b"text\0\0\0\0none\0\0\0\0"), (b"desc", b"desc\0\0\0\0\0\0\0\x03P3\0" + bytes(79))]
    tags = [*tags, *words]
    offset, table, body = 128 + 4 + 12 * len(tags), b"", b""
    for name, data in tags:
        table += name + struct.pack(">II", offset + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    size = offset + len(body)
    head = struct.pack(">I4sI4s4s4s", size, b"\0\0\0\0", 0x02100000, b"mntr", space, b"XYZ ") + bytes(12) + b"acsp"
    head += bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head + bytes(128 - len(head)) + struct.pack(">I", len(tags)) + table + body


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "HEIF"])
async def test_display_p3_becomes_srgb(room: PillowImageProcessor, tmp_path: Path, form: str) -> None:
    """A Display P3 picture is converted to sRGB and keeps its colors."""
    path = tmp_path / "picture"
    path.write_bytes(encoded(Image.new("RGB", (64, 64), (220, 140, 90)), form, quality=95, icc_profile=profile()))
    result = reopened((await room.prepare(path)).path)
    assert result.convert("RGB").getpixel((32, 32)) == pytest.approx((235, 136, 79), abs=5)
    assert not result.info.get("icc_profile")


async def test_no_profile_is_passed_on(room: PillowImageProcessor, tmp_path: Path) -> None:
    """No color profile is passed on, not even a broken one or one of a mask, because it may identify the machine."""
    strange = b"whose machine" * 20
    image = Image.new("RGBA", (64, 64), (220, 140, 90, 255))
    image.paste((0, 0, 0, 0), (8, 8, 40, 40))
    (tmp_path / "picture").write_bytes(encoded(image, "PNG", icc_profile=strange))
    (tmp_path / "mask").write_bytes(encoded(_half(), "PNG", icc_profile=strange))
    made = [tmp_path / name for name in ("base.png", "made.png", "other.png", "by_hand.png")]
    await room.base(tmp_path / "picture", made[0])
    await room.opaque(tmp_path / "picture", made[2], made[1])
    await room.mask(MaskWay.BY_HAND, made[0], tmp_path / "mask", made[3])
    made.append((await room.prepare(tmp_path / "picture")).path)
    for path in made:
        assert strange not in path.read_bytes()
        with Image.open(path) as opened:
            assert not opened.info.get("icc_profile")


def _half() -> Image.Image:
    mask = Image.new("RGB", (64, 64), "white")
    mask.paste("black", (8, 8, 40, 40))
    return mask


async def test_transparency_stays(room: PillowImageProcessor, tmp_path: Path) -> None:
    """Applying a profile keeps the transparency."""
    image = Image.new("RGBA", (64, 64), (220, 140, 90, 120))
    (tmp_path / "picture").write_bytes(encoded(image, "PNG", icc_profile=profile()))
    result = reopened((await room.prepare(tmp_path / "picture")).path)
    assert result.getpixel((3, 3)) == pytest.approx((235, 136, 79, 120), abs=3)


@pytest.mark.parametrize("sides", [(64, 64), (4100, 8)], ids=["as it is", "reduced"])
@pytest.mark.parametrize(
    ("mode", "form", "options"),
    [
        ("L", "JPEG", {}),
        ("L", "PNG", {}),
        ("LA", "PNG", {}),
        ("L", "PNG", {"transparency": 7}),
    ],
    ids=["JPEG", "PNG", "with alpha", "with one transparent grey"],
)
async def test_grey_has_profiles_too(
    room: PillowImageProcessor, tmp_path: Path, mode: str, form: str, options: dict[str, int], sides: tuple[int, int]
) -> None:
    """A linear gray picture keeps its brightness and transparency."""
    image = Image.new(mode, sides, (56, 120) if mode == "LA" else 56)
    (tmp_path / "picture").write_bytes(encoded(image, form, icc_profile=grey_profile(), **options))
    result = reopened((await room.prepare(tmp_path / "picture")).path)
    alpha = 120 if mode == "LA" else 255
    assert result.convert("RGBA").getpixel((3, 3)) == pytest.approx((129, 129, 129, alpha), abs=3)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
async def test_a_profile_of_other_colors_changes_nothing(room: PillowImageProcessor, tmp_path: Path, mode: str) -> None:
    """A color profile doesn't change a gray picture, nor a gray profile a color picture."""
    image = Image.new("RGBA", (64, 64), (120, 120, 120, 90)).convert(mode)
    other = profile() if mode == "LA" else grey_profile()
    (tmp_path / "picture").write_bytes(encoded(image, "PNG", icc_profile=other))
    result = reopened((await room.prepare(tmp_path / "picture")).path)
    assert result.getpixel((3, 3)) == (120, 120, 120, 90)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize(
    "broken", [b"", b"no profile", profile()[:200], bytes(2_000_000), LAB],
    ids=["none", "words", "cut", "too large", "of another kind"],
)  # fmt: skip
async def test_a_broken_profile_is_ignored(
    room: PillowImageProcessor, tmp_path: Path, mode: str, broken: bytes
) -> None:
    """A broken profile neither gets a picture refused nor changes its colors."""
    image = Image.new("RGB", (64, 64), (120, 120, 120)).convert(mode)
    (tmp_path / "picture").write_bytes(encoded(image, "JPEG", quality=95, icc_profile=broken))
    result = reopened((await room.prepare(tmp_path / "picture")).path).convert("RGB")
    assert result.getpixel((3, 3)) == pytest.approx((120, 120, 120), abs=4)


def test_masks_and_previews_see_the_same_colors(tmp_path: Path) -> None:
    """Masks apply profiles as previews do, because a drawing is compared with its picture."""
    (tmp_path / "picture").write_bytes(
        encoded(Image.new("RGB", (64, 64), (220, 140, 90)), "PNG", icc_profile=profile())
    )
    assert masks.flat(tmp_path / "picture").getpixel((3, 3)) == pytest.approx((235, 136, 79), abs=3)
