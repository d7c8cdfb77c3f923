"""Conversion of pictures to a form that the image API takes, and inspection of result pictures."""

import hashlib
import math
from pathlib import Path

from PIL import Image

from bot.imaging.decode import MAX_UPLOAD, opened, plain
from core.models.image_model import NO_BOUNDS, Bounds
from core.models.image_request import Picture
from core.models.media import Prepared

_JPEG_QUALITY = 95


def prepare(path: Path, bounds: Bounds = NO_BOUNDS, into: Path | None = None) -> Prepared:
    """Write a picture that a model takes as `into`, by default `path`, with a suffix of its own. Raises BadPicture."""
    into = into or path
    picture, lossless = plain(path)
    picture = _scaled(picture, bounds.scale(*picture.size))
    most = min(bounds.max_bytes or MAX_UPLOAD, MAX_UPLOAD)
    if lossless:
        target = into.with_suffix(".png")
        picture.save(target, "PNG", compress_level=3, icc_profile=None)
        if target.stat().st_size <= most:
            return Prepared(target, ".png", *picture.size)
        target.unlink()
        picture = picture.convert("RGB")
    target = into.with_suffix(".jpg")
    picture.save(target, "JPEG", quality=_JPEG_QUALITY)
    while (size := target.stat().st_size) > most:
        picture = _scaled(picture, 0.95 * math.sqrt(most / size))  # its bytes are about in proportion to its pixels
        picture.save(target, "JPEG", quality=_JPEG_QUALITY)
    return Prepared(target, ".jpg", *picture.size)


def _scaled(picture: Image.Image, factor: float) -> Image.Image:
    if factor == 1.0:
        return picture
    round_ = math.floor if factor < 1 else math.ceil
    sides = (max(1, round_(picture.width * factor)), max(1, round_(picture.height * factor)))
    return picture.resize(sides, Image.Resampling.LANCZOS, reducing_gap=2)


def base(path: Path, into: Path) -> None:
    """Write the PNG that a mask goes with: both need one format (image API docs, maskUrl). Raises BadPicture."""
    picture, _ = plain(path)
    save_base(picture if picture.mode == "RGB" else picture.convert("RGB"), into)


def save_base(picture: Image.Image, into: Path) -> tuple[int, int]:
    """Write a PNG of at most MAX_UPLOAD bytes, scaled down if need be. Return its sides in pixels."""
    picture.save(into, "PNG", compress_level=1, icc_profile=None)
    while (size := into.stat().st_size) > MAX_UPLOAD:
        factor = 0.97 * math.sqrt(MAX_UPLOAD / size)  # its bytes are in proportion to its pixels
        smaller = (max(1, int(picture.width * factor)), max(1, int(picture.height * factor)))
        picture = picture.resize(smaller, Image.Resampling.LANCZOS, reducing_gap=2)
        picture.save(into, "PNG", compress_level=1, icc_profile=None)
    return picture.size


def inspect(path: Path) -> Picture:
    """Decode a picture entirely. Return its digest, format and size. Raises BadPicture."""
    opening = opened(path)
    with opening as image:
        image.load()  # decodes a large JPEG at a fraction of its size, but reads all of its bytes
        (width, height), kind = opening.size, image.format or ""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Picture(digest, "jpg" if kind in {"JPEG", "MPO"} else kind.lower(), width, height, path.stat().st_size)
