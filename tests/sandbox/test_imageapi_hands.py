"""Each model paints in a hand of its own, in the size that was asked for, and with nothing behind it on request."""

from itertools import combinations

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from sandbox.imageapi.drawing import Order, draw
from sandbox.imageapi.hands import HANDS
from sandbox.imageapi.models import MODELS
from tests.sandbox.imageapi_kit import Wire, encoded, opened, png, wire

SMALL = (256, 192)
CREATE = "/api/v1/jobs/createTask"


def drawn(prompt: str, hand: str = "", *inputs: bytes, look: int = 0, is_transparent: bool = False) -> Image.Image:
    """Draw a small picture."""
    return opened(draw(Order(prompt, SMALL, "0", inputs, None, look, hand, is_transparent)))


def distance(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of the pixels, from 0 to 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean) / 3


async def created(client: Wire, model: str, **given: object) -> Image.Image:
    """Order a picture by the jobs API, and return it."""
    answer = await client.post(CREATE, {"model": model, "input": given})
    assert answer["code"] == 200, answer
    task = client.api.tasks[answer["data"]["taskId"]]
    await task.finished.wait()
    assert task.error is None, task.error
    status, body = await client.fetch(task.result_urls[0])
    assert status == 200
    return opened(body)


def test_every_model_that_paints_has_a_hand() -> None:
    """All models except 4o and the tools have a hand."""
    assert set(HANDS) == {model.name for model in MODELS if not model.tool} - {"4o"}


@pytest.mark.parametrize("prompt", ["a red fox in the snow", "a lighthouse in a storm", "glorpy zint"])
def test_any_two_models_differ_at_a_glance(prompt: str) -> None:
    """The same words by any two models, and by 4o, look different even when the pictures are small and blurred."""
    pictures = [drawn(prompt, hand).resize((48, 36), Image.Resampling.BOX) for hand in ("", *HANDS)]
    assert min(distance(one, other) for one, other in combinations(pictures, 2)) > 5


@pytest.mark.parametrize("hand", HANDS)
def test_a_hand_paints_variants_that_differ(hand: str) -> None:
    """Four pictures of the same words by one model differ, and each is the same again."""
    pictures = [drawn("a red fox", hand, look=look) for look in range(4)]
    assert min(distance(one, other) for one, other in combinations(pictures, 2)) > 5
    assert distance(pictures[0], drawn("a red fox", hand)) == 0


@pytest.mark.parametrize("hand", HANDS)
@pytest.mark.parametrize("size", [(16, 1024), (16, 16), (1024, 48)])
def test_a_hand_paints_in_any_shape(hand: str, size: tuple[int, int]) -> None:
    """Thin and tiny pictures are painted, too."""
    assert opened(draw(Order("a fox", size, "0", hand=hand))).size == size


@pytest.mark.parametrize("hand", HANDS)
def test_an_edit_in_a_hand_still_shows_the_picture(hand: str) -> None:
    """After an edit, a dark half is darker than a bright half."""
    picture = Image.new("RGB", SMALL, "#f0f0e8")
    picture.paste("#181820", (0, 0, SMALL[0] // 2, SMALL[1]))
    edited = drawn("make it warmer", hand, encoded(picture)).convert("L")
    dark, bright = (edited.crop((left, 60, left + 64, 130)).resize((1, 1)).tobytes()[0] for left in (32, 160))
    assert bright > dark + 40


@pytest.mark.parametrize("hand", ["", *HANDS])
@pytest.mark.parametrize("prompt", ["a red fox", "two cats", "space", "glorpy zint", "a sign that says “Open”, oil"])
def test_a_transparent_picture_has_nothing_behind_it(hand: str, prompt: str) -> None:
    """All corners are transparent, something in the middle is not, and the edge between them is soft."""
    image = drawn(prompt, hand, is_transparent=True)
    assert image.mode == "RGBA"
    alpha = image.getchannel("A")
    assert [alpha.getpixel(corner) for corner in ((0, 0), (255, 0), (0, 191), (255, 191))] == [0, 0, 0, 0]
    shares = alpha.histogram()
    assert 0.03 < shares[255] / sum(shares) < 0.9
    assert sum(shares[1:255]) > 50


def test_a_transparent_motif_keeps_its_colors() -> None:
    """A red fox is red up to its edge: nothing of a black or white ground shines through."""
    image = drawn("a red fox", is_transparent=True)
    half = image.getchannel("A").point(lambda level: 255 if 100 < level < 156 else 0)
    red, _, blue = ImageStat.Stat(image.convert("RGB"), half).mean
    assert red > 190
    assert red > blue + 120


def test_an_edit_can_lose_its_background() -> None:
    """A transparent edit of a picture keeps the motif, and not the plain background."""
    picture = Image.new("RGB", SMALL, "#e8e8f0")
    ImageDraw.Draw(picture).ellipse((90, 50, 170, 140), fill="#3050a0")
    alpha = drawn("vivid", "gpt", encoded(picture), is_transparent=True).getchannel("A")
    assert (alpha.getpixel((5, 5)), alpha.getpixel((130, 95))) == (0, 255)


@pytest.mark.parametrize(
    ("model", "given", "size"),
    [
        ("gpt-image-2-5-flare-text-to-image", {"aspect_ratio": "3:2"}, (1248, 832)),
        ("z-image", {"aspect_ratio": "9:16"}, (768, 1360)),
        ("seedream/5-flash-text-to-image", {"aspect_ratio": "1:1", "size": "1.5K"}, (1536, 1536)),
        ("qwen2-1/text-to-image", {"aspect_ratio": "21:9", "resolution": "2K"}, (3136, 1344)),
        ("nano-banana-pro", {"aspect_ratio": "1:1", "resolution": "4K"}, (4096, 4096)),
    ],
)
async def test_a_picture_has_the_size_of_its_ratio_and_resolution(
    model: str, given: dict[str, str], size: tuple[int, int]
) -> None:
    """Sides are multiples of 16, and 1K has about as many pixels as 1024 by 1024, in a drawing of little detail."""
    async with wire(fast=False) as client:
        assert (await created(client, model, prompt="a red fox", **given)).size == size


async def test_a_picture_keeps_its_own_shape() -> None:
    """With the ratio "auto", an edit has the shape of the first picture as it is shown, turned by its EXIF data."""
    turned = Image.Exif()
    turned[0x0112] = 6
    image = Image.new("RGB", (320, 160), "#4080c0")
    async with wire(fast=False) as client:
        for body, name in ((encoded(image), "a.png"), (encoded(image, "JPEG", exif=turned), "b.jpg")):
            url = await client.upload(body, name)
            result = await created(client, "nano-banana-2", prompt="night", image_input=[url], aspect_ratio="auto")
            assert (result.width > result.height) is (name == "a.png")


async def test_the_white_part_of_a_mask_changes() -> None:
    """In the jobs API, the white part of a mask is painted in the model's hand, and all other pixels stay."""
    picture = Image.effect_noise((320, 256), 90).convert("RGB")
    mask = Image.new("L", picture.size, 0)
    ImageDraw.Draw(mask).ellipse((60, 40, 200, 180), fill=255)
    async with wire(fast=False) as client:
        urls = [await client.upload(encoded(image), name) for image, name in ((picture, "a.png"), (mask, "m.png"))]
        given = {"prompt": "a blue sea", "image_urls": urls[:1], "mask_url": urls[1]}
        result = (await created(client, "qwen2-1/image-to-image", **given)).convert("RGB")
    assert result.size == picture.size
    difference = ImageChops.difference(result, picture).convert("L")
    assert ImageChops.multiply(difference, ImageChops.invert(mask)).getbbox() is None
    assert ImageStat.Stat(difference, mask).mean[0] > 20


async def test_transparency_is_asked_for_by_background() -> None:
    """`background` "transparent" gives a PNG with transparency, "opaque" and no word about it give none."""
    async with wire(fast=False) as client:
        for more, mode in (({"background": "transparent"}, "RGBA"), ({"background": "opaque"}, "RGB"), ({}, "RGB")):
            image = await created(client, "gpt-image-2-5-flare-text-to-image", prompt="a red fox", **more)
            assert (image.format, image.mode) == ("PNG", mode)


async def test_a_picture_is_blank_if_it_is_to_be_fast() -> None:
    """With `fast`, a picture has one color, in the right size."""
    async with wire() as client:
        image = await created(client, "z-image", prompt="a red fox", aspect_ratio="16:9")
        assert (image.size, image.getcolors()) == ((1360, 768), [(1360 * 768, (96, 125, 139))])


def test_an_input_that_is_no_picture_is_refused_in_every_hand() -> None:
    """A broken input fails with the vendor's message, whatever is asked for."""
    for hand in ("", "gpt"):
        with pytest.raises(Exception, match="invalid_image_format"):
            drawn("night", hand, png()[:60], is_transparent=True)
