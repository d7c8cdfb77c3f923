"""Masks: each way to mark the part of a picture to change results in one.

A mask is a PNG of exactly its picture's size, black where something is to change and white where all stays (image API
docs, generate: maskUrl). All functions here work on files and are slow, so they run in a process of their own.
"""

from pathlib import Path

from PIL import Image, ImageChops, ImageFilter

from bot.imaging.decode import header, plain
from bot.imaging.normalize import save_base
from core.errors import BadMask, MaskTrouble

CHANGE, KEEP = 0, 255
_FEWEST = 16  # pixels; a smaller area is a mistake, or noise
_MIDDLE = 128
_GREYS = (64, 191)  # levels between these are neither black nor white
_COLORFUL = 48  # levels between a pixel's strongest and weakest channel from which on it isn't gray
_IMPURE = 0.05  # the share of such pixels that blurred edges and JPEG compression explain
_SAME_SHAPE = 0.02  # tolerance for the ratio of sides, as Telegram's scaling rounds to whole pixels
_PREVIEW_SIDE = 1280
_TINT, _RIM = (255, 0, 170), (255, 255, 255)
_TINT_STRENGTH = 120  # of 255


def by_hand(base: Path, mask: Path, into: Path) -> None:
    """Make a mask from a user's own black-and-white picture, as Telegram scaled and compressed it.

    Raises BadMask, BadPicture.
    """
    _, size = header(base)
    image = flat(mask)
    if not same_shape(image.size, size):
        raise BadMask(MaskTrouble.WRONG_SIZE)
    if not _black_and_white(image):
        raise BadMask(MaskTrouble.NOT_A_MASK)
    _keep_checked(image.convert("L").resize(size, Image.Resampling.BICUBIC), into)


def painted(base: Path, mask: Path, into: Path) -> None:
    """Make a mask from the mask painter's PNG, which is forged if its size isn't exactly the picture's.

    Raises BadMask, BadPicture.
    """
    _, size = header(base)
    form, found = header(mask)  # checked first, so that a forged file is never decoded
    if form != "PNG":
        raise BadMask(MaskTrouble.NOT_A_MASK)
    if found != size:
        raise BadMask(MaskTrouble.WRONG_SIZE)
    _keep_checked(flat(mask).convert("L"), into)


def transparent(picture: Path, base_into: Path, into: Path) -> None:
    """Make a mask from a picture's transparent areas, and a base in which they are white.

    Raises BadMask, BadPicture.
    """
    whole, _ = plain(picture)
    alpha = whole.getchannel("A") if whole.mode == "RGBA" else None
    if alpha is None or _marked(alpha) < _FEWEST:
        raise BadMask(MaskTrouble.NO_TRANSPARENCY)
    _check(alpha)
    ground = _over_white(whole)
    del whole  # the next steps make more large copies
    size = save_base(ground, base_into)
    save(alpha.resize(size, Image.Resampling.BICUBIC), into)


def inverted(mask: Path, into: Path) -> None:
    """Write a mask in which black and white have changed places."""
    save(ImageChops.invert(flat(mask).convert("L")), into)


def tinted(base: Path, mask: Path, into: Path) -> None:
    """Draw a preview of a mask: the area to change is tinted and outlined, and the rest stays as it was."""
    picture = flat(base)
    picture.thumbnail((_PREVIEW_SIDE, _PREVIEW_SIDE), Image.Resampling.LANCZOS)
    area = ImageChops.invert(flat(mask).convert("L"))
    area = area.resize(picture.size, Image.Resampling.BOX)
    picture.paste(_TINT, mask=area.point(lambda level: level * _TINT_STRENGTH // KEEP))
    for color, width in ((_RIM, 7), (_TINT, 3)):
        around = ImageChops.subtract(area.filter(ImageFilter.MaxFilter(width)), area.filter(ImageFilter.MinFilter(3)))
        picture.paste(color, mask=around)
    picture.save(into, "JPEG", quality=85)


def flat(path: Path) -> Image.Image:
    """Decode a picture upright, opaque, in sRGB and within MAX_SIDE. Raises BadPicture."""
    picture, _ = plain(path)
    return _over_white(picture) if picture.mode == "RGBA" else picture


def same_shape(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Return whether one size can be the other one, scaled."""
    return abs(one[0] * other[1] / (one[1] * other[0]) - 1) <= _SAME_SHAPE


def save(mask: Image.Image, into: Path) -> None:
    """Write a mask in pure black and white."""
    mask.point(_sharp).save(into, "PNG", compress_level=3, icc_profile=None)  # else the input's profile


def _keep_checked(mask: Image.Image, into: Path) -> None:
    _check(mask)
    save(mask, into)


def _check(mask: Image.Image) -> None:
    marked = _marked(mask)
    if marked < _FEWEST:
        raise BadMask(MaskTrouble.EMPTY)
    if marked > mask.width * mask.height - _FEWEST:
        raise BadMask(MaskTrouble.FULL)


def _marked(mask: Image.Image) -> int:
    return sum(mask.histogram()[:_MIDDLE])


def _sharp(level: int) -> int:
    return CHANGE if level < _MIDDLE else KEEP


def _over_white(image: Image.Image) -> Image.Image:
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _black_and_white(image: Image.Image) -> bool:
    image = image.resize(_within(image.size, 1024), Image.Resampling.NEAREST)  # takes pixels as they are
    red, green, blue = image.split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    least = ImageChops.darker(ImageChops.darker(red, green), blue)
    colorful = sum(ImageChops.subtract(most, least).histogram()[_COLORFUL:])
    middle = sum(image.convert("L").histogram()[_GREYS[0] : _GREYS[1] + 1])
    return max(colorful, middle) <= _IMPURE * image.width * image.height


def _within(size: tuple[int, int], side: int) -> tuple[int, int]:
    factor = min(1, side / max(size))
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))
