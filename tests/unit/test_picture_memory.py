"""Peak memory depends on the pixels that are needed, not on the file; too large pictures are never decoded."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.pictures import TINY_WEBP, Meter, flat_png, packed_bmp, see_through, with_transparency
from core.errors import BadPicture, Failure
from tests.unit import hostile_pictures as hostile
from tests.unit.rooms import image_processor

MOST_MB = 225  # below 320 MB together with the 85 MB of an idle bot


def plain(width: int, height: int, form: str, mode: str = "RGB", **options: object) -> Callable[[Path], None]:
    """Return a function that writes a picture of one color, which is faster than noise."""
    return lambda path: Image.new(mode, (width, height)).save(path, form, **options)


class Studio:
    """Pictures, each made once, and a meter for the work on them."""

    def __init__(self, directory: Path, meter: Meter) -> None:
        self._directory = directory
        self._meter = meter
        self._made: dict[str, Path] = {}

    def picture(self, name: str) -> Path:
        """Return the path of a picture; make it if needed."""
        if name not in self._made:
            path = self._directory / str(len(self._made))
            Image.MAX_IMAGE_PIXELS, before = None, Image.MAX_IMAGE_PIXELS
            try:
                made = PICTURES[name](path)
            finally:
                Image.MAX_IMAGE_PIXELS = before
            if isinstance(made, bytes):
                path.write_bytes(made)
            self._made[name] = path
        return self._made[name]

    def measured(self, work: str, *names: str) -> tuple[float, str]:
        """Return the peak in megabytes above the process's memory before, and the result."""
        megabytes, _, said = self._meter.measured(work, *map(self.picture, names))
        return megabytes, said


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """Open one studio for all tests of this module, because large pictures take long to make."""
    with Meter() as meter:
        yield Studio(tmp_path_factory.mktemp("pictures"), meter)


PICTURES: dict[str, Callable[[Path], bytes | None]] = {
    "48 megapixels, JPEG": plain(8064, 6048, "JPEG"),
    "48 megapixels, progressive JPEG": lambda _: hostile.progressive(),
    "108 megapixels, JPEG": plain(12000, 9000, "JPEG"),
    "24 megapixels, HEIC": lambda _: hostile.heic(5712, 4284),
    "38 megapixels, PNG": lambda _: flat_png(7000, 5400),
    "10 megapixels, WEBP": plain(4000, 2500, "WEBP"),
    "4096 × 4096, half transparent": lambda path: see_through("RGBA").save(path, "PNG", compress_level=1),
    "4096 × 4096, grey and half transparent": lambda path: see_through("LA").save(path, "PNG", compress_level=1),
    "A4 at 600 dpi, 1 bit, PNG": lambda _: flat_png(4960, 7016, 0, 1),
    "A4 at 600 dpi, palette, PNG": lambda _: flat_png(4960, 7016, 3),
    "A4 at 600 dpi, transparent palette, PNG": lambda _: with_transparency(flat_png(4960, 7016, 3)),
    "A4 at 600 dpi, 1 bit, BMP": plain(4960, 7016, "BMP", "1"),
    "A4 at 600 dpi, palette, BMP": plain(4960, 7016, "BMP", "P"),
    "A4 at 600 dpi, packed BMP": lambda _: packed_bmp(4960, 7016),
    "A4 at 600 dpi, GIF": plain(4960, 7016, "GIF", "P", transparency=1, disposal=2),
    "38 megapixels, transparent": lambda _: flat_png(7000, 5400, 6),
    "one row of 9 million": lambda _: flat_png(9_000_000, 1),
    "texts that expand": lambda _: hostile.texts(late=False),
    "texts that expand, behind the picture": lambda _: hostile.texts(late=True),
    "300,000 private chunks": lambda _: hostile.private_chunks(),
    "several scans, disguised": lambda _: hostile.several_scans_disguised(),
    "megabytes of EXIF": lambda _: hostile.exif_of_megabytes(),
    "HEIC, all colors": lambda _: hostile.overstated(hostile.heic(128, 128, chroma=444), (5712, 4284)),
    "HEIC, 10 bits": lambda _: hostile.overstated(hostile.heic(128, 128, depth=10, chroma=444), (4096, 3072)),
    "HEIC, more in its tiles": lambda _: hostile.overstated_tiles((12_000, 9_000)),
    "63 megapixels": lambda _: flat_png(9000, 7000),
    "63 megapixels, transparent": lambda _: flat_png(9000, 7000, 6),
    "90 megapixels, 16 bits": lambda _: flat_png(10_000, 9000, 0, 16),
    "one row of 36 million": lambda _: flat_png(36_000_000, 1),
    "one column of 36 million": lambda _: flat_png(1, 36_000_000, 0),
    "107 megapixels, packed BMP": lambda _: packed_bmp(11_900, 9_000),
    "WEBP of 34 bytes": lambda _: TINY_WEBP,
    "WEBP of 34 bytes and more": lambda _: TINY_WEBP + b"trailing",
}

SERVED = [
    ("48 megapixels, JPEG", "prepare"),
    ("48 megapixels, progressive JPEG", "base"),
    ("108 megapixels, JPEG", "prepare"),
    ("24 megapixels, HEIC", "prepare"),
    ("38 megapixels, PNG", "base"),
    ("10 megapixels, WEBP", "inspect"),
    ("4096 × 4096, half transparent", "prepare"),
    ("4096 × 4096, half transparent", "transparent"),
    ("4096 × 4096, half transparent", "painted"),
    ("4096 × 4096, grey and half transparent", "transparent"),
    ("4096 × 4096, grey and half transparent", "painted"),
    ("A4 at 600 dpi, 1 bit, PNG", "prepare"),
    ("A4 at 600 dpi, palette, PNG", "prepare"),
    ("A4 at 600 dpi, transparent palette, PNG", "prepare"),
    ("A4 at 600 dpi, 1 bit, BMP", "prepare"),
    ("A4 at 600 dpi, palette, BMP", "prepare"),
    ("A4 at 600 dpi, packed BMP", "prepare"),
    ("A4 at 600 dpi, GIF", "prepare"),
    ("38 megapixels, transparent", "transparent"),
    ("one row of 9 million", "prepare"),
]


@pytest.mark.parametrize(
    ("name", "work"),
    [pytest.param(*case, marks=[] if place % 4 == 3 else pytest.mark.slow) for place, case in enumerate(SERVED)],
)
def test_what_is_served_stays_within_bounds(studio: Studio, name: str, work: str) -> None:
    """Pictures of phones and scanners are accepted, and the process stays small."""
    megabytes, said = studio.measured(work, name)
    assert said in {"taken", "BadMask"}  # nothing of a transparent picture stays
    assert megabytes < MOST_MB


@pytest.mark.parametrize("name", ["several scans, disguised", "megabytes of EXIF"])
def test_what_a_header_hides_stays_within_bounds(studio: Studio, name: str) -> None:
    """Lying headers and rare formats need no more memory than accepted pictures."""
    megabytes, said = studio.measured("prepare", name)
    assert said in {"taken", "bad_picture", "huge_picture"}
    assert megabytes < MOST_MB


@pytest.mark.parametrize(
    "name", ["texts that expand", "texts that expand, behind the picture", "300,000 private chunks"]
)
def test_remarks_take_nothing(studio: Studio, name: str) -> None:
    """The metadata of a small picture needs little memory, whatever its size."""
    megabytes, said = studio.measured("prepare", name)
    assert said == "taken"
    assert megabytes < 20


@pytest.mark.parametrize("name", ["HEIC, all colors", "HEIC, 10 bits", "HEIC, more in its tiles"])
def test_rare_heics_count_as_what_they_take(studio: Studio, name: str) -> None:
    """A rare HEIC that needs more memory than phones' pictures, or hides its pixels, is refused undecoded."""
    megabytes, said = studio.measured("prepare", name)
    assert said == "huge_picture"
    assert megabytes < 20


def test_a_bot_that_lives_gives_its_memory_back(studio: Studio) -> None:
    """Several pictures one after the other need no more memory than the largest of them."""
    names = "24 megapixels, HEIC", "38 megapixels, PNG", "48 megapixels, progressive JPEG"
    megabytes, said = studio.measured("inspect", *names)
    assert said == "taken"
    assert megabytes < MOST_MB


@pytest.mark.parametrize(
    "name",
    [
        "63 megapixels", "63 megapixels, transparent", "90 megapixels, 16 bits", "one row of 36 million",
        "one column of 36 million", "107 megapixels, packed BMP", "WEBP of 34 bytes", "WEBP of 34 bytes and more",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "work", ["prepare", *(pytest.param(w, marks=pytest.mark.slow) for w in ("inspect", "transparent"))]
)
def test_a_bomb_is_refused_by_its_header(studio: Studio, name: str, work: str) -> None:
    """A small file that would need hundreds of megabytes is refused undecoded."""
    megabytes, said = studio.measured(work, name)
    assert said == "huge_picture"
    assert megabytes < 20


async def test_a_jpeg_in_several_scans_counts_as_a_whole(tmp_path: Path) -> None:
    """A JPEG with several scans counts as a whole, because libjpeg keeps all of it."""
    room = image_processor()
    try:
        Image.new("RGB", (8000, 5000)).save(tmp_path / "picture", "JPEG", subsampling=0)
        data = (tmp_path / "picture").read_bytes()
        scan = data.index(b"\xff\xda")
        (tmp_path / "picture").write_bytes(
            data[:scan] + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + data[scan + 14 :]
        )
        with pytest.raises(BadPicture) as refused:
            await room.prepare(tmp_path / "picture")
        assert refused.value.failure is Failure.HUGE_PICTURE
    finally:
        room.close()


def test_each_measurement_tells_its_own_peak(studio: Studio) -> None:
    """Each measurement reports its own peak, without earlier pictures and without the test process."""
    ballast = bytearray(200_000_000)
    large, _ = studio.measured("inspect", "38 megapixels, PNG")
    small, _ = studio.measured("inspect", "63 megapixels")
    del ballast
    assert large > 100
    assert small < 20
