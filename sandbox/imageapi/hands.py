"""The hand of each model: the same motif, drawn so that people see which model it was."""

from collections.abc import Callable, Mapping
from io import BytesIO

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from sandbox.imageapi.envelope import ApiError

Hand = Callable[[Image.Image], Image.Image]

_TOLERANCE = 40
_LARGEST_SIDE = 8192
_CUTOUT_BYTES, _CUTOUT_PIXELS, _CUTOUT_SIDES = 5_242_880, 16_000_000, (256, 4096)
TOO_LARGE_HERE = "The input image exceeds the limit of this model"


def in_hand(picture: bytes, name: str, size: tuple[int, int], *, is_transparent: bool = False) -> bytes:
    """Return a PNG of a picture in the hand of a model, with the given sides in pixels."""
    image = Image.open(BytesIO(picture)).convert("RGB")
    image = HANDS[name](image) if name in HANDS else image
    if image.size != size:
        image = image.resize(size, Image.Resampling.BICUBIC)
    return _png(without_ground(image) if is_transparent else image)


def cut_out(picture: bytes) -> bytes:
    """Return a PNG without the plain ground around the motif. Raises ApiError beyond the tool's limits."""
    image = Image.open(BytesIO(picture)).convert("RGB")
    least, most = _CUTOUT_SIDES
    is_fit = least <= min(image.size) and max(image.size) <= most and image.width * image.height <= _CUTOUT_PIXELS
    if len(picture) > _CUTOUT_BYTES or not is_fit:
        raise ApiError(422, TOO_LARGE_HERE)
    return _png(without_ground(image))


def enlarge(picture: bytes, factor: int) -> bytes:
    """Return a larger PNG."""
    image = Image.open(BytesIO(picture)).convert("RGB")
    factor = max(1, min(factor, _LARGEST_SIDE // max(image.size)))
    larger = image.resize((image.width * factor, image.height * factor), Image.Resampling.LANCZOS)
    return _png(larger.filter(ImageFilter.UnsharpMask(radius=2, percent=60)))


def without_ground(image: Image.Image) -> Image.Image:
    """Return a picture whose parts that look like its corners, and touch them, are transparent."""
    small = image.copy()
    small.thumbnail((256, 256))
    marker = (255, 0, 255)
    flooded = small.copy()
    for corner in ((0, 0), (small.width - 1, 0), (0, small.height - 1), (small.width - 1, small.height - 1)):
        ImageDraw.floodfill(flooded, corner, marker, thresh=_TOLERANCE)
    kept = ImageChops.difference(flooded, Image.new("RGB", small.size, marker)).convert("L").point(_solid)
    cut = image.convert("RGBA")
    cut.putalpha(kept.resize(image.size, Image.Resampling.BILINEAR))
    return cut


def _solid(level: int) -> int:
    return 255 if level > 8 else 0


def _pencil(image: Image.Image) -> Image.Image:
    gray = ImageOps.grayscale(image)
    blurred = ImageOps.invert(gray).filter(ImageFilter.GaussianBlur(9))
    return ImageOps.autocontrast(ImageChops.add(gray, blurred)).convert("RGB")


def _poster(image: Image.Image) -> Image.Image:
    return ImageEnhance.Color(ImageOps.posterize(image.filter(ImageFilter.ModeFilter(9)), 2)).enhance(1.6)


def _duotone(dark: str, light: str) -> Hand:
    return lambda image: ImageOps.colorize(ImageOps.autocontrast(ImageOps.grayscale(image)), dark, light)


def _inked(image: Image.Image) -> Image.Image:
    edges = ImageOps.invert(ImageOps.grayscale(image.filter(ImageFilter.FIND_EDGES))).point(_ink)
    return ImageChops.multiply(image, edges.convert("RGB"))


def _ink(level: int) -> int:
    return 255 if level > 190 else 40


def _soft(image: Image.Image) -> Image.Image:
    return ImageChops.screen(image, image.filter(ImageFilter.GaussianBlur(16)))


def _warm(image: Image.Image) -> Image.Image:
    return ImageEnhance.Color(ImageChops.multiply(image, Image.new("RGB", image.size, "#ffe2b0"))).enhance(1.5)


def _deep(image: Image.Image) -> Image.Image:
    return ImageEnhance.Contrast(ImageEnhance.Color(image).enhance(1.4)).enhance(1.5)


HANDS: Mapping[str, Hand] = {
    "gpt": _inked,
    "gpt-fine": _deep,
    "banana": _warm,
    "banana-lite": _poster,
    "banana-pro": lambda image: _inked(_warm(image)),
    "seedream": _soft,
    "flux": _duotone("#10243f", "#ffd9a0"),
    "qwen": _duotone("#3a0d3f", "#c9f5e6"),
    "draft": _pencil,
}
"""4o draws as the sandbox always did."""


def _png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()
