"""Decoding of untrusted pictures: none that takes too much memory is decoded, and every error is a BadPicture.

Peak memory follows the size that is needed, not the size that was sent. JPEGs are decoded at a half, a quarter or an
eighth of their size. Other pictures are refused by the bytes that decoding would take, estimated from the header alone.
"""

import ctypes
import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from PIL import ExifTags, Image, ImageCms, ImageFile
from pillow_heif import register_heif_opener

from bot.imaging import pngs
from core.errors import BadPicture, Failure

MAX_SIDE = 4096  # pixels; the service paints at most 1536, so more only costs time
MAX_UPLOAD = 26_214_400  # bytes; image API docs, generate: filesUrl
MAX_PIXELS = 109_000_000  # phone cameras call this 108 megapixels: 12032 × 9024 at most
MAX_MEMORY = 200_000_000  # bytes that the decoding of one picture may take
_READABLE = ("JPEG", "PNG", "WEBP", "HEIF", "GIF", "BMP")  # MPO, which phones write, opens as JPEG
_KEEPING = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2}
"""Bytes per pixel that Pillow keeps of a decoded picture, by mode; 4 for all other modes."""
_DECODING = {"WEBP": 18, "GIF": 4, "BMP": 4}
"""Bytes per pixel that a decoder and Pillow hold together, by format. Measured: see docs/measurements.md.

AVIF is left out: its decoder allocates memory by the stream, whatever the header said.
"""
_ROWS = 16  # bytes per column, for the two rows at work, and per row, to find it; many in a single row or column
_AFTERWARDS = 11  # bytes per pixel of a reduced picture, for its copy over white, its alpha channel and a smaller copy
_HEIF: dict[tuple[object, object], float] = {(420, 8): 8.1, (420, 10): 8.1, (422, 8): 9, (444, 8): 10, (None, 8): 8.1}
_HEIF_RARE = 16.5
"""Bytes per pixel for HEIF, by chroma subsampling (None is grayscale) and bits per channel.

_HEIF_RARE is for all others. Phones write the first one.
"""
_TILE = 1024  # pixels: the side of the parts that are converted and reduced one at a time
_DRAFT_SIDE = 2048
_MAX_PROFILE = 1_048_576  # bytes; a print profile has about half of that
_MOSTLY_THERE = 0.1  # the share of rows that may be missing at the end of a file
_PATIENTLY = {"JPEG", "MPO", "PNG"}  # formats that are often cut off, and are decoded from top to bottom
_SAMPLE = 512  # rows and columns of the sample in which missing rows are counted
_UNTOUCHED = 85  # a level that marks pixels that the decoder has not filled
_SIZED_MARKERS = {*range(0xC0, 0xC8), *range(0xC9, 0xD0), *range(0xDA, 0xE0), *range(0xE0, 0xF0), 0xFE}
_REMARKS = 3  # copies of a file's metadata in memory at the same time
_M_MMAP_THRESHOLD, _LARGE = -3, 1_048_576
_SRGB = ImageCms.createProfile("sRGB")
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""The transposition that makes a picture upright, by its EXIF orientation."""

register_heif_opener()


def warm_up() -> None:
    """Load all that Pillow would load on first use, so that a process that forks has it in memory before."""
    Image.init()


Image.MAX_IMAGE_PIXELS = MAX_PIXELS
with suppress(AttributeError, OSError, TypeError):  # other C libraries have no such setting
    # otherwise glibc keeps the memory of the first large picture and allocates the next one on top of it
    ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE)


def plain(path: Path, side: int | None = None) -> tuple[Image.Image, bool]:
    """Decode a picture upright, in sRGB, within MAX_SIDE and `side`, without metadata.

    Return it with whether it should stay lossless. A picture whose last rows are missing, or whose metadata is damaged,
    is accepted, as every viewer shows it. Raises BadPicture.
    """
    try:
        return _plain(path, side)
    except BadPicture as error:
        if error.failure is not Failure.BAD_PICTURE:
            raise
    with _lenient():
        return _plain(path, side, patient=True)


def header(path: Path) -> tuple[str, tuple[int, int]]:
    """Read the format and the sides in pixels from the header only. Raises BadPicture."""
    with opened(path, head_only=True) as image:
        return image.format or "", image.size


def has_alpha(image: Image.Image) -> bool:
    """Return whether a picture has transparent parts, or room for them."""
    return "transparency" in image.info or image.mode in {"RGBA", "LA", "PA"}


class opened:  # noqa: N801 - used like a function
    """A context manager that opens a picture, reduced if its format allows that.

    Any error of Pillow, on opening or later in the block, becomes a BadPicture. `size` is the full width and height in
    pixels.
    """

    def __init__(self, path: Path, *, head_only: bool = False) -> None:
        self._path = path
        self._head_only = head_only
        self.size = (0, 0)

    def __enter__(self) -> Image.Image:
        try:
            png = pngs.essence(self._path)
            self._image = Image.open(png or self._path, formats=_READABLE)
            self.size = self._image.size
            self._count()
            if not self._head_only:
                self._reduce(png.getbuffer().nbytes if png else 0)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise _too_large(f"more than {MAX_PIXELS} pixels") from error
        except BadPicture:
            raise
        except Exception as error:  # Pillow's readers raise errors of nearly any type, such as struct.error
            raise _unreadable(error) from error
        return self._image

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        self._image.close()
        if isinstance(error, BadPicture):
            raise error
        if isinstance(error, Image.DecompressionBombError):
            raise _too_large("a bomb inside") from error
        if isinstance(error, Exception):
            raise _unreadable(error) from error

    def _count(self) -> None:
        width, height = self.size
        if width * height > MAX_PIXELS:  # up to twice as many, Pillow only warns
            self._image.close()
            raise _too_large(f"{width} × {height} pixels")

    def _reduce(self, read: int) -> None:
        """Let a JPEG be decoded at a fraction of its size. Raises BadPicture if decoding would take too much memory.

        `read` is the number of bytes of the file that are in memory already.
        """
        image, (width, height) = self._image, self.size
        longest = max(width, height)
        if longest > MAX_SIDE:
            factor = _DRAFT_SIDE / longest
            image.draft(None, (max(1, int(width * factor)), max(1, int(height * factor))))
        pixels = image.width * image.height
        reduced = pixels // _factor(image.size) ** 2
        kept = pixels * _KEEPING.get(image.mode, 4)
        if image.format in {"JPEG", "MPO"}:
            decoding = kept + _coefficients(image, self._path, self.size)
        elif image.format == "HEIF":
            decoding = _heif(image)
        else:
            decoding = max(kept, pixels * _DECODING.get(image.format or "", 0))
        read += _ROWS * (image.width + image.height)
        read += _REMARKS * sum(len(remark) for remark in image.info.values() if isinstance(remark, bytes | str))
        # The steps run one after the other, and each frees all that it took except for its result.
        taken = max(decoding + read, kept + read + 4 * reduced, _AFTERWARDS * reduced)
        if taken > MAX_MEMORY:
            self._image.close()
            raise _too_large(f"{width} × {height} {image.mode} {image.format} takes {taken} bytes")


def _factor(size: tuple[int, int]) -> int:
    """Return the divisor that brings a decoded picture within MAX_SIDE; whole, so that parts can be reduced."""
    return -(-max(size) // MAX_SIDE)


def _coefficients(image: Image.Image, path: Path, size: tuple[int, int]) -> int:
    """Return the bytes that libjpeg keeps of the whole picture if it has several scans, at any decoded size."""
    layers: list[tuple[int, int, int, int]] = getattr(image, "layer", [])
    if not layers or not (image.info.get("progressive") or _first_scan(path) < len(layers)):
        return 0
    across, down = max(layer[1] for layer in layers), max(layer[2] for layer in layers)
    share = sum(layer[1] * layer[2] for layer in layers) / (across * down)
    return int(2 * size[0] * size[1] * share)


def _first_scan(path: Path) -> int:
    """Return how many components a JPEG's first scan holds; 0 if that can't be told as libjpeg will."""
    with path.open("rb") as file:
        file.seek(2)
        while len(head := file.read(4)) == 4 and head[0] == 0xFF and head[1] in _SIZED_MARKERS:
            if head[1] == 0xDA:
                return (file.read(1) or b"\0")[0]
            (length,) = struct.unpack(">H", head[2:])
            file.seek(max(length - 2, 0), io.SEEK_CUR)
    return 0


def _heif(image: Image.Image) -> int:
    """Return the bytes that libheif takes. It assembles tiles before it compares their size with the header."""
    tiling: dict[str, int] = image.info.get("tiling") or {}
    pixels = max(image.width * image.height, tiling.get("image_width", 0) * tiling.get("image_height", 0))
    each = _HEIF.get((image.info.get("chroma"), image.info.get("bit_depth")), _HEIF_RARE)
    return int(pixels * (each + (2 if has_alpha(image) else 0)))


def _plain(path: Path, side: int | None, *, patient: bool = False) -> tuple[Image.Image, bool]:
    with opened(path) as image:
        if patient:
            _load_patiently(image)
        transparent = has_alpha(image)
        lossless = image.format == "PNG" or transparent
        profile = image.info.get("icc_profile")
        image.load()
        turn = _TURNS.get(_orientation(image))
        picture = image._new(image.im)  # takes the pixels over: copy() would take as much memory again
        image.close()  # also frees what its decoder holds
        picture = _reduced(picture, transparent=transparent)
    if side:
        picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    picture = _in_srgb(picture, profile)
    mode = "RGBA" if transparent else "RGB"
    if picture.mode != mode:
        picture = picture.convert(mode)
    if turn is not None:
        picture = picture.transpose(turn)
    picture.info.clear()
    return picture, lossless


def _reduced(picture: Image.Image, *, transparent: bool) -> Image.Image:
    """Reduce a picture to within MAX_SIDE, in a mode that has a color for each pixel.

    It is done part by part, as a copy of the whole in another mode would take more memory than decoding did. Parts
    begin at multiples of the divisor, so that they are seamless.
    """
    factor, (width, height) = _factor(picture.size), picture.size
    if factor == 1:
        return _in_eight_bits(picture, transparent=transparent)
    if not transparent and picture.mode in {"L", "RGB", "CMYK"}:
        return picture.reduce(factor)  # no conversion is needed, so no copy
    mode = _in_eight_bits(picture.crop((0, 0, 1, 1)), transparent=transparent).mode
    whole = Image.new(mode, (-(-width // factor), -(-height // factor)))
    side = factor * max(1, _TILE // factor)
    for top in range(0, height, side):
        for left in range(0, width, side):
            part = picture.crop((left, top, min(left + side, width), min(top + side, height)))
            part = _in_eight_bits(part, transparent=transparent).reduce(factor)
            whole.paste(part, (left // factor, top // factor))
    return whole


def _in_eight_bits(image: Image.Image, *, transparent: bool) -> Image.Image:
    """Convert to a mode that can be reduced."""
    if image.mode.startswith(("I", "F")):  # 16 bits of gray: convert() would make all but the darkest levels white
        return image.point(lambda level: level * (1 / 257)).convert("L")
    if transparent and image.mode in {"1", "L"}:
        return image.convert("LA")  # not RGBA yet, as a color profile for gray can't be applied to colors
    if transparent and image.mode not in {"RGBA", "LA"}:
        return image.convert("RGBA")
    return image.convert({"1": "L", "P": "RGB"}[image.mode]) if image.mode in {"1", "P"} else image


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 if it has none.

    Pillow's exif_transpose also rewrites the metadata, and fails on what some cameras write there.
    """
    found = None
    with suppress(Exception):  # unreadable metadata is not a reason to refuse the picture
        found = image.getexif().get(ExifTags.Base.Orientation)
    return found if isinstance(found, int) else 1


def _in_srgb(picture: Image.Image, profile: object) -> Image.Image:
    """Apply the color profile, as the metadata is dropped. A broken profile, or one of another kind, is ignored."""
    if not isinstance(profile, bytes) or not 0 < len(profile) <= _MAX_PROFILE:
        return picture
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if picture.mode == "LA":  # Pillow keeps it in four bytes per pixel, and littleCMS would read two
            colored = ImageCms.profileToProfile(picture.getchannel("L"), source, _SRGB, outputMode="RGB") or picture
            colored.putalpha(picture.getchannel("A"))
            return colored
        return ImageCms.profileToProfile(picture, source, _SRGB, outputMode=mode) or picture
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return picture


@contextmanager
def _lenient() -> Iterator[None]:
    """Let Pillow pass over missing or damaged parts. This is one switch for the process, which has one picture."""
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


def _load_patiently(image: Image.Image) -> None:
    """Decode the part that is there. Raises BadPicture if more than a tenth of the rows are missing.

    A gray area isn't worth paying for. libjpeg fills missing rows with gray; the PNG decoder leaves the prepared pixels
    as they are.
    """
    if image.format not in _PATIENTLY:
        raise BadPicture(Failure.BAD_PICTURE, f"a damaged {image.format}")
    is_jpeg = image.format != "PNG"
    if not is_jpeg:
        bands = len(image.getbands())
        ground = _UNTOUCHED if bands == 1 else (_UNTOUCHED,) * bands
        image.im = Image.core.fill(image.mode, image.size, ground)  # type: ignore[attr-defined]
    image.load()
    sample = image.convert("L") if image.mode == "1" else image
    rows = sample.resize((_SAMPLE, _SAMPLE), Image.Resampling.NEAREST).tobytes()
    length = len(rows) // _SAMPLE
    filler = {127, 128, 129} if is_jpeg else {_UNTOUCHED}
    missing = 0
    for end in range(len(rows), 0, -length):
        if not filler.issuperset(rows[end - length : end]):
            break
        missing += 1
    if missing > _MOSTLY_THERE * _SAMPLE:
        raise BadPicture(Failure.BAD_PICTURE, "most of it is missing")


def _too_large(message: str) -> BadPicture:
    return BadPicture(Failure.HUGE_PICTURE, message)


def _unreadable(error: BaseException) -> BadPicture:
    if isinstance(error, MemoryError):
        return _too_large("more memory than there is for one picture")
    return BadPicture(Failure.BAD_PICTURE, type(error).__name__)
