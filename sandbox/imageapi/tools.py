"""The tools: taking away the background of a picture, and enlarging it."""

from math import sqrt

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from sandbox.imageapi.envelope import ApiError
from sandbox.imageapi.pixels import png, upright

CUTOUT_BYTES, CUTOUT_PIXELS, CUTOUT_SIDES = 5 * 1024 * 1024, 16_000_000, (256, 4096)
"""The largest picture that loses its background (vendor's docs, remove-background: 5 MB, 16 MP, 256 to 4096)."""
ENLARGED_BYTES = 10 * 1024 * 1024
"""The largest file that is enlarged (vendor's docs, recraft/crisp-upscale and topaz/image-upscale: 10 MB)."""
RESULT_SIDE, RESULT_PIXELS = 8192, 2**25
"""The largest result of this sandbox: a picture is enlarged less rather than beyond it."""
WRONG_SIDES = "The sides of the image must be between 256 and 4096 pixels, and the image at most 16 MP"

GRID = 320
"""The longer side, in pixels, of the small picture on which the background is sought."""
SEEDS = 24
"""The number of points on each edge from which the background is sought."""
STEP = 26
"""The difference between neighboring pixels, summed over red, green and blue, from which on they are an outline."""
OUTLINE, FREE, GROUND = 0, 1, 2
PARTS, SMALL = 60, 0.25
"""The number of separate motifs that are looked at, and the share of the largest below which one is dropped."""
LEAST = 0.01
"""The share of the picture that a cutout keeps at least."""


def cut_out(picture: bytes) -> bytes:
    """Return a PNG file of a picture without its background. Raises ApiError if it can't, or beyond the limits."""
    _check_bytes(picture, CUTOUT_BYTES)
    image = upright(picture)
    least, most = CUTOUT_SIDES
    if min(image.size) < least or max(image.size) > most or image.width * image.height > CUTOUT_PIXELS:
        raise ApiError(422, WRONG_SIDES)
    return png(without_ground(image))


def enlarge(picture: bytes, factor: int) -> bytes:
    """Return a PNG file of a larger picture. Raises ApiError if it can't, or if the file is too large."""
    _check_bytes(picture, ENLARGED_BYTES)
    return png(enlarged(upright(picture), factor))


def _check_bytes(picture: bytes, most: int) -> None:
    if len(picture) > most:
        raise ApiError(422, f"Image size exceeds maximum of {most} bytes")


def enlarged(image: Image.Image, factor: float) -> Image.Image:
    """Return a picture that is larger by a factor and a little crisper, at most RESULT_SIDE and RESULT_PIXELS large."""
    most = min(RESULT_SIDE / max(image.size), sqrt(RESULT_PIXELS / (image.width * image.height)))
    factor = max(1.0, min(factor, most))
    size = (max(1, round(image.width * factor)), max(1, round(image.height * factor)))
    plain = image.convert("RGBA" if image.has_transparency_data else "RGB")
    larger = plain if factor == 1 else plain.resize(size, Image.Resampling.LANCZOS)
    return larger.filter(ImageFilter.UnsharpMask(radius=2, percent=60, threshold=2))


def without_ground(image: Image.Image) -> Image.Image:
    """Return a picture as RGBA whose background, everything that can be reached from its edges, is transparent.

    The background is sought on a small copy. Along its outline, each pixel of the picture is as opaque as it differs
    from the background's colors nearby.
    """
    flat = image.convert("RGB")
    small = flat.copy()
    small.thumbnail((GRID, GRID))
    ground = _ground(small)
    if sum(ground.histogram()[:128]) < LEAST * small.width * small.height:
        ground = _around_an_oval(small.size)
    alpha = _refined(flat, small, ground)
    cut = flat.convert("RGBA")
    cut.putalpha(ImageChops.multiply(alpha, image.convert("RGBA").getchannel("A")))
    return cut


def _ground(small: Image.Image) -> Image.Image:
    """Return the background as a mask of 0 and 255: all that the edges reach without crossing an outline."""
    calm = small.filter(ImageFilter.MedianFilter(5))  # takes away snow and rain
    steps = ImageChops.difference(calm.filter(ImageFilter.MaxFilter(3)), calm.filter(ImageFilter.MinFilter(3)))
    red, green, blue = steps.split()
    board = ImageChops.add(ImageChops.add(red, green), blue).point(lambda level: OUTLINE if level > STEP else FREE)
    for seed in _edge(small.size):
        if board.getpixel(seed) == FREE:
            ImageDraw.floodfill(board, seed, GROUND)
    motifs = board.point(lambda level: 0 if level == GROUND else 255)
    motifs = _large(motifs.filter(ImageFilter.MinFilter(5)).filter(ImageFilter.MaxFilter(5)))
    return ImageChops.invert(motifs)


def _large(motifs: Image.Image) -> Image.Image:
    """Return a mask without its parts that are small beside the largest one, such as clouds beside a house."""
    parts: dict[int, int] = {}
    while len(parts) < PARTS and (spot := _first(motifs)):
        ImageDraw.floodfill(motifs, spot, len(parts) + 1)
        parts[len(parts) + 1] = motifs.histogram()[len(parts) + 1]
    least = max(parts.values(), default=0) * SMALL
    return motifs.point(lambda level: 255 if parts.get(level, 0) > least else 0)


def _first(motifs: Image.Image) -> tuple[int, int] | None:
    """Return a pixel that is 255, None if there is none."""
    place = motifs.tobytes().find(255)
    return None if place < 0 else (place % motifs.width, place // motifs.width)


def _edge(size: tuple[int, int]) -> list[tuple[int, int]]:
    """Return points along the four edges."""
    right, low = size[0] - 1, size[1] - 1
    steps = [step / SEEDS for step in range(SEEDS + 1)]
    across = [(round(right * step), y) for step in steps for y in (0, low)]
    return across + [(x, round(low * step)) for step in steps for x in (0, right)]


def _around_an_oval(size: tuple[int, int]) -> Image.Image:
    """Return a background around an oval, for a picture in which nothing stands out."""
    ground = Image.new("L", size, 255)
    ImageDraw.Draw(ground).ellipse((size[0] * 0.06, size[1] * 0.06, size[0] * 0.94, size[1] * 0.94), fill=0)
    return ground


def _refined(flat: Image.Image, small: Image.Image, ground: Image.Image) -> Image.Image:
    """Return the opacity in full size: that of the small mask, and near its outline that of each pixel's color."""
    inner = ImageChops.invert(ground.filter(ImageFilter.MaxFilter(5))).resize(flat.size, Image.Resampling.BILINEAR)
    outer = ImageChops.invert(ground.filter(ImageFilter.MinFilter(5))).resize(flat.size, Image.Resampling.BILINEAR)
    nearby = _spread(small, ground).resize(flat.size, Image.Resampling.BILINEAR)
    red, green, blue = ImageChops.difference(flat, nearby).split()
    differs = ImageChops.add(ImageChops.add(red, green), blue).point(lambda level: min(255, max(0, level - 24) * 5))
    return ImageChops.lighter(inner, ImageChops.darker(outer, differs))


def _spread(small: Image.Image, ground: Image.Image) -> Image.Image:
    """Return the small picture with the background's colors spread a little into the motif."""
    sure = ground.filter(ImageFilter.MinFilter(3))
    known, spread = sure, small
    for _ in range(6):
        grown = known.filter(ImageFilter.MaxFilter(3))
        spread = Image.composite(spread, _mean_of(spread, known), known)
        known = grown
    return spread


def _mean_of(picture: Image.Image, known: Image.Image) -> Image.Image:
    """Return the mean color of each pixel's known neighbors: the blurred picture by the blurred mask."""
    parts = Image.merge("RGBa", (*Image.composite(picture, Image.new("RGB", picture.size), known).split(), known))
    return parts.filter(ImageFilter.BoxBlur(1)).convert("RGBA").convert("RGB")
