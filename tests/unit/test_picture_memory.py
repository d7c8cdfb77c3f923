"""Peak memory follows what is needed of a picture, not what was sent; what would take too much is never decoded."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.pictures import TINY_WEBP, flat_png, measured, saved
from bot.darkroom.room import PillowDarkroom
from bot.domain.errors import BadPicture, Failure
from tests.unit import hostile_pictures as hostile

MOST_MB = 225  # with the 85 MB of an idle bot, below 320


def plain(width: int, height: int, form: str, mode: str = "RGB", **options: object) -> Callable[[Path], None]:
    """Something that writes a picture of one color, which is quicker than noise."""
    return lambda path: Image.new(mode, (width, height)).save(path, form, **options)


WORST: dict[str, tuple[Callable[[Path], object], str]] = {
    "48 megapixels, JPEG": (plain(8064, 6048, "JPEG"), "prepare"),
    "48 megapixels, progressive JPEG": (plain(8064, 6048, "JPEG", progressive=True), "base"),
    "108 megapixels, JPEG": (plain(12000, 9000, "JPEG"), "prepare"),
    "24 megapixels, HEIC": (lambda path: path.write_bytes(hostile.heic(5712, 4284)), "prepare"),
    "32 megapixels, PNG": (lambda path: path.write_bytes(flat_png(8000, 4000)), "base"),
    "20 megapixels, transparent": (lambda path: path.write_bytes(flat_png(5000, 4000, 6)), "transparent"),
    "10 megapixels, WEBP": (plain(4000, 2500, "WEBP"), "inspect"),
}


@pytest.mark.parametrize("name", WORST)
def test_what_is_served_stays_within_bounds(tmp_path: Path, name: str) -> None:
    """What phones take is served, and the process that does it stays small."""
    make, work = WORST[name]
    Image.MAX_IMAGE_PIXELS, before = None, Image.MAX_IMAGE_PIXELS
    try:
        make(tmp_path / "picture")
    finally:
        Image.MAX_IMAGE_PIXELS = before
    megabytes, _, said = measured(work, tmp_path / "picture")
    assert said in {"taken", "BadMask"}  # nothing of a transparent one stays
    assert megabytes < MOST_MB


UNTRUE: dict[str, Callable[[], bytes]] = {
    "texts that expand": lambda: hostile.texts(late=False),
    "texts that expand, behind the picture": lambda: hostile.texts(late=True),
    "600,000 private chunks": hostile.private_chunks,
    "several scans, disguised": hostile.several_scans_disguised,
    "megabytes of EXIF": hostile.exif_of_megabytes,
}


@pytest.mark.parametrize("name", UNTRUE)
def test_what_a_header_hides_stays_within_bounds(tmp_path: Path, name: str) -> None:
    """Taken or refused, remarks, lies and rare kinds of a format take no more than what is served."""
    (tmp_path / "picture").write_bytes(UNTRUE[name]())
    megabytes, _, said = measured("prepare", tmp_path / "picture")
    assert said in {"taken", "bad_picture", "huge_picture"}
    assert megabytes < MOST_MB


RARE_HEICS: dict[str, Callable[[], bytes]] = {
    "all colors": lambda: hostile.overstated(hostile.heic(128, 128, chroma=444), (5712, 4284)),
    "10 bits": lambda: hostile.overstated(hostile.heic(128, 128, depth=10, chroma=444), (4096, 3072)),
    "more in its tiles": lambda: hostile.overstated_tiles((12_000, 9_000)),
}


@pytest.mark.parametrize("name", RARE_HEICS)
def test_rare_heics_count_as_what_they_take(tmp_path: Path, name: str) -> None:
    """Some take twice what those of phones take, or have more pixels than they say."""
    (tmp_path / "picture").write_bytes(RARE_HEICS[name]())
    megabytes, _, said = measured("prepare", tmp_path / "picture")
    assert said == "huge_picture"
    assert megabytes < 20


def test_a_bot_that_lives_gives_its_memory_back(tmp_path: Path) -> None:
    """One picture after another takes no more than the worst of them."""
    paths = [tmp_path / "a", tmp_path / "b", tmp_path / "c"]
    paths[0].write_bytes(hostile.heic(5712, 4284))
    paths[1].write_bytes(flat_png(7000, 5400))
    plain(8064, 6048, "JPEG", progressive=True)(paths[2])
    megabytes, _, said = measured("inspect", *paths)
    assert said == "taken"
    assert megabytes < MOST_MB


@pytest.mark.parametrize(
    "content",
    [
        flat_png(9000, 7000), flat_png(8200, 8200, 3), flat_png(8000, 8000, 0, 16), TINY_WEBP,
        TINY_WEBP + b"trailing",
    ],
    ids=["63 megapixels", "palette", "16 bits", "WEBP of 34 bytes", "and trailing bytes"],
)  # fmt: skip
@pytest.mark.parametrize("work", ["prepare", "inspect", "transparent"])
def test_a_bomb_is_refused_by_its_header(tmp_path: Path, content: bytes, work: str) -> None:
    """A small file that takes hundreds of megabytes is never decoded."""
    if work == "inspect" and content == flat_png(8000, 8000, 0, 16):
        pytest.skip("what is only looked at needs no other mode")
    path = tmp_path / "picture"
    path.write_bytes(content)
    megabytes, _, said = measured(work, path)
    assert said == "huge_picture"
    assert megabytes < 20


async def test_a_jpeg_in_several_scans_counts_as_a_whole(tmp_path: Path) -> None:
    """libjpeg keeps all of a picture whose components come one after the other, progressive or not."""
    room = PillowDarkroom()
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


def test_the_measuring_process_tells_its_own_peak() -> None:
    """Memory of the process that starts it would hide what a picture takes."""
    code = "x = bytearray(50_000_000); print([l for l in open('/proc/self/status') if l.startswith('VmHWM')][0])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert int(said.stdout.split()[1]) > 50_000


assert saved  # the benchmark's inputs are those of the table in docs/measurements.md
