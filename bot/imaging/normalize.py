"""What people sent becomes what the service takes, and what the service sent is looked through."""

import hashlib
import math
from pathlib import Path

from PIL import Image

from bot.imaging.decode import MAX_UPLOAD, opened, plain
from core.models.image_request import Picture
from core.models.media import Prepared

_JPEG_QUALITY = 95


def prepare(path: Path) -> Prepared:
    """Make what the service takes, beside `path`. Raises BadPicture."""
    picture, lossless = plain(path)
    if lossless:
        target = path.with_suffix(".png")
        picture.save(target, "PNG", compress_level=3, icc_profile=None)
        if target.stat().st_size <= MAX_UPLOAD:
            return Prepared(target, ".png", *picture.size)
        target.unlink()
        picture = picture.convert("RGB")
    target = path.with_suffix(".jpg")
    picture.save(target, "JPEG", quality=_JPEG_QUALITY)
    return Prepared(target, ".jpg", *picture.size)


def base(path: Path, into: Path) -> None:
    """Make the PNG that a mask goes with: the service wants both in one format. Raises BadPicture."""
    picture, _ = plain(path)
    save_base(picture if picture.mode == "RGB" else picture.convert("RGB"), into)


def save_base(picture: Image.Image, into: Path) -> tuple[int, int]:
    """Write a PNG the service takes; one that does not compress gets smaller. Answers its sides in pixels."""
    picture.save(into, "PNG", compress_level=1, icc_profile=None)
    while (size := into.stat().st_size) > MAX_UPLOAD:
        factor = 0.97 * math.sqrt(MAX_UPLOAD / size)  # what doesn't compress takes as many bytes as it has pixels
        smaller = (max(1, int(picture.width * factor)), max(1, int(picture.height * factor)))
        picture = picture.resize(smaller, Image.Resampling.LANCZOS, reducing_gap=2)
        picture.save(into, "PNG", compress_level=1, icc_profile=None)
    return picture.size


def inspect(path: Path) -> Picture:
    """Decode a picture wholly and name its bytes. Raises BadPicture."""
    opening = opened(path)
    with opening as image:
        image.load()  # a JPEG at a fraction of its size, though all of its bytes are looked at
        (width, height), kind = opening.size, image.format or ""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Picture(digest, "jpg" if kind in {"JPEG", "MPO"} else kind.lower(), width, height, path.stat().st_size)
