"""The structure of a picture tells whether it is complete, and never calls a damaged PNG complete."""

import io
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.imaging.structure import sound
from tests.unit.pictures import encoded, two_halves

PNG = encoded(two_halves(), "PNG")
JPEG = encoded(two_halves(), "JPEG")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
def test_png_of_every_mode(mode: str) -> None:
    """A PNG as an encoder writes it is known with its sides."""
    image = two_halves().quantize(4) if mode == "P" else two_halves(mode="L").convert(mode)
    assert sound(encoded(image, "PNG")) == ("png", 64, 32)


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"quality": 5}, {"exif": b"Exif\0\0II*\0\x08\0\0\0\0\0"}]
)
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_jpeg_of_every_kind(mode: str, options: dict[str, object]) -> None:
    """A JPEG as an encoder writes it is known with its sides."""
    assert sound(encoded(two_halves().convert(mode), "JPEG", **options)) == ("jpg", 64, 32)


@given(st.integers(0, len(PNG) - 1), st.integers(1, 255))
@settings(max_examples=300, deadline=None)
def test_any_changed_byte_of_a_png_is_found(place: int, change: int) -> None:
    """A checksum, a length or the order of the chunks is wrong then, so it has to be decoded to know."""
    changed = bytearray(PNG)
    changed[place] ^= change
    assert sound(bytes(changed)) is None


@pytest.mark.parametrize("data", [PNG, JPEG], ids=["png", "jpg"])
def test_a_part_is_not_the_whole(data: bytes) -> None:
    """No beginning of a picture counts as complete, nor one with something after its end."""
    assert not any(sound(data[:end]) for end in range(len(data)))
    assert sound(data + b"\0") is None


@pytest.mark.parametrize(
    "chunks",
    [
        _chunk(b"acTL", bytes(8)),
        _chunk(b"IDAT", b"x"),
        _chunk(b"QQQQ", b""),
        _chunk(b"PLTE", bytes(3)) * 2,
        _chunk(b"IHDR", bytes(13)),
    ],
    ids=["animated", "two runs of data", "unknown critical", "two palettes", "two headers"],
)
def test_unusual_png_is_left_to_the_decoder(chunks: bytes) -> None:
    """Anything unusual is not decided here."""
    place = PNG.index(b"IDAT") - 4
    between = _chunk(b"tEXt", b"k\0v") if chunks[4:8] == b"IDAT" else b""
    assert sound(PNG[:place] + chunks + between + PNG[place:]) is None
    assert sound(PNG[:place] + _chunk(b"tEXt", b"k\0v") + PNG[place:]) == ("png", 64, 32)


@pytest.mark.parametrize(("width", "height"), [(0, 9), (9, 0), (100_000, 100_000), (2**31 - 1, 1_000)])
def test_impossible_sides_are_left_to_the_decoder(width: int, height: int) -> None:
    """A header with sides that nobody paints is not decided here."""
    header = PNG.index(b"IHDR") + 4
    body = width.to_bytes(4, "big") + height.to_bytes(4, "big") + PNG[header + 8 : header + 13]
    assert sound(PNG[: header - 8] + _chunk(b"IHDR", body) + PNG[header + 17 :]) is None


@pytest.mark.parametrize("form", ["WEBP", "GIF", "BMP"])
def test_other_formats_are_left_to_the_decoder(form: str) -> None:
    """Only PNG and JPEG are decided here."""
    assert sound(encoded(two_halves(), form)) is None


@given(st.binary(max_size=200), st.sampled_from([b"", PNG[:8], PNG[:33], JPEG[:20], b"\xff\xd8\xff"]))
@settings(max_examples=300, deadline=None)
def test_rubbish_is_never_sound(rubbish: bytes, start: bytes) -> None:
    """Arbitrary bytes raise nothing. A JPEG has no checksums, so only its markers can be asked for."""
    found = sound(start + rubbish)
    assert found is None or (found[0] == "jpg" and rubbish.endswith(b"\xff\xd9"))


def test_it_agrees_with_pillow() -> None:
    """Sides and format are those that Pillow reads."""
    for form, name in (("PNG", "png"), ("JPEG", "jpg")):
        for size in ((1, 1), (3, 5), (1024, 1536), (1536, 1024)):
            data = encoded(Image.new("RGB", size, "teal"), form)
            with Image.open(io.BytesIO(data)) as image:
                assert sound(data) == (name, *image.size)
