"""Pictures to order, with Pillow alone: the same order always gives the same bytes."""

from dataclasses import dataclass
from functools import cache
from io import BytesIO

from PIL import Image, ImageOps

from sandbox.imageapi.art.caption import write_caption, write_footer
from sandbox.imageapi.art.edit import edit, edit_within
from sandbox.imageapi.art.scene import scene
from sandbox.imageapi.envelope import BAD_PICTURE, WRONG_MASK, ApiError

MAX_PIXELS = 64_000_000

Broken = (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning)
"""What Pillow raises over bytes that are no picture it can take."""


@dataclass(frozen=True)
class Order:
    """What to draw. `inputs` and `mask` are files; a mask counts only beside a single input."""

    prompt: str
    size: tuple[int, int]
    seed: str
    inputs: tuple[bytes, ...] = ()
    mask: bytes | None = None


def draw(order: Order) -> bytes:
    """Draw it, as a PNG. Takes about 0.2 s of one core: call it in a thread."""
    if order.mask is not None and len(order.inputs) == 1:
        return _png(_masked(order, order.mask))
    if order.inputs:
        pictures = [ImageOps.exif_transpose(_decode(body)) for body in order.inputs]
        image = edit(pictures, order.prompt, order.size, order.seed)
        write_footer(image, order.prompt)
    else:
        image = scene(order.prompt, order.size, order.seed)
        write_caption(image, order.prompt)
    return _png(image)


@cache
def blank(size: tuple[int, int]) -> bytes:
    """A plain picture that costs next to nothing: for benchmarks that are not about drawing."""
    return _png(Image.new("RGB", size, (96, 125, 139)))


def _masked(order: Order, mask: bytes) -> Image.Image:
    picture, stencil = _decode(order.inputs[0]), _decode(mask)
    if picture.size != stencil.size:
        raise ApiError(422, WRONG_MASK)
    whole = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    return edit_within(whole, stencil, order.prompt, order.seed)


def _decode(body: bytes) -> Image.Image:
    try:
        image = Image.open(BytesIO(body))
        if image.width * image.height > MAX_PIXELS:
            raise ApiError(400, BAD_PICTURE)
        image.load()
    except Broken as error:
        raise ApiError(400, BAD_PICTURE) from error
    return image


def _png(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "PNG", compress_level=1)
    return out.getvalue()
