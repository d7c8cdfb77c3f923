"""The sandbox's pictures have the right size, differ where they should, and are otherwise reproducible."""

from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageDraw

from sandbox.imageapi.art.palette import colour_before, named, words_of
from sandbox.imageapi.drawing import Order, blank, draw
from sandbox.imageapi.envelope import ApiError
from tests.sandbox.imageapi_kit import GENERATE, encoded, opened, png, wire

SMALL = (192, 128)


def drawn(prompt: str, *inputs: bytes, mask: bytes | None = None, seed: str = "0") -> Image.Image:
    """Draw a small picture, which is faster."""
    return opened(draw(Order(prompt, SMALL, seed, inputs, mask)))


def differ(one: Image.Image, other: Image.Image) -> bool:
    """Return whether two pictures differ anywhere."""
    return ImageChops.difference(one.convert("RGB"), other.convert("RGB")).getbbox() is not None


@pytest.mark.parametrize("size", [(1024, 1024), (1536, 1024), (1024, 1536)])
def test_pictures_have_the_size_that_was_asked_for(size: tuple[int, int]) -> None:
    """A picture is a PNG of exactly the requested size."""
    image = opened(draw(Order("mountains by the sea", size, "0")))
    assert (image.format, image.size, image.mode) == ("PNG", size, "RGB")


def test_the_same_order_gives_the_same_bytes() -> None:
    """The same prompt, size and seed give the same bytes."""
    order = Order("a cat under the stars", SMALL, "0")
    assert draw(order) == draw(order)


def test_seeds_and_prompts_make_a_difference() -> None:
    """Different seeds and different prompts give different pictures."""
    cat = drawn("a cat")
    assert differ(cat, drawn("a cat", seed="1"))
    assert differ(cat, drawn("a fox"))


@pytest.mark.parametrize(
    "prompt",
    [
        "a fox, a cat, a house, a tree, the sea, the moon, stars, mountains, snow, a balloon, a boat and flowers",
        "🦊🦊🦊",
        "שלום עולם",
        "<b>bold</b> & *markdown*",
        "é — “что-то” 中文",
        "word " * 2000,
        "x" * 10_000,
        "black",
    ],
)
def test_any_prompt_can_be_drawn(prompt: str) -> None:
    """Any prompt can be drawn, however long or unusual."""
    assert drawn(prompt).size == SMALL


def test_a_colour_belongs_to_the_noun_after_it() -> None:
    """In "a red fox on a blue hill" the fox is red."""
    words = words_of("A red fox on a blue hill")
    assert colour_before(words, frozenset({"fox"})) == named("red")
    assert colour_before(words, frozenset({"cat"})) is None


@pytest.mark.parametrize(
    "prompt",
    ["make it night", "in winter, with a cat and a fox", "pencil sketch", "black and white", "vintage",
     "a watercolor", "more purple", "a balloon at sunset", ""],
)  # fmt: skip
def test_an_edit_visibly_changes_the_picture(prompt: str) -> None:
    """Every kind of edit changes at least a fifth of the picture."""
    picture = Image.linear_gradient("L").resize(SMALL).convert("RGB")
    edited = drawn(prompt, encoded(picture))
    changed = ImageChops.difference(picture, edited).convert("L").point(lambda v: 255 if v > 12 else 0)
    assert edited.size == SMALL
    assert sum(changed.histogram()[255:]) > SMALL[0] * SMALL[1] * 0.2


def test_an_edit_still_shows_the_picture() -> None:
    """After an edit, a dark half is still darker than a bright half."""
    picture = Image.new("RGB", SMALL, "white")
    picture.paste("black", (0, 0, SMALL[0] // 2, SMALL[1]))
    edited = drawn("make it warmer", encoded(picture)).convert("L")
    assert sum(edited.getpixel((40, y)) < edited.getpixel((150, y)) for y in range(20, 90)) == 70  # type: ignore[operator]


def test_several_inputs_stand_side_by_side() -> None:
    """Three inputs appear side by side in the result."""
    colours = ("#c02020", "#20a040", "#2040c0")
    image = drawn("together", *(png(colour=colour) for colour in colours))
    for place in range(3):
        pixel = image.getpixel((SMALL[0] * (2 * place + 1) // 6, 60))
        assert isinstance(pixel, tuple)
        assert pixel.index(max(pixel)) == place


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_inputs_of_every_format_are_taken(form: str) -> None:
    """JPEG, PNG and WEBP inputs can be edited."""
    assert drawn("night", encoded(Image.new("RGB", (64, 48), "#4080c0"), form)).size == SMALL


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P", "1", "CMYK"])
def test_inputs_of_every_mode_are_taken(mode: str) -> None:
    """Gray, transparent and palette pictures can be edited, with and without a mask."""
    form = "TIFF" if mode == "CMYK" else "PNG"
    picture = encoded(Image.new(mode, (64, 48)), form)
    assert drawn("night", picture).size == SMALL
    assert drawn("night", picture, mask=png(colour="black")).size == (64, 48)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_mask_changes_only_its_black_area(mode: str) -> None:
    """Pixels in the white area of a mask stay the same, and the picture keeps its size."""
    picture = Image.effect_noise((300, 200), 90).convert(mode)
    mask = Image.new("L", (300, 200), 255)
    ImageDraw.Draw(mask).ellipse((60, 40, 160, 140), fill=0)
    changed = drawn("a blue sea", encoded(picture), mask=encoded(mask))
    assert (changed.size, changed.mode) == (picture.size, mode)
    kept = Image.composite(changed, picture, mask)
    assert kept.tobytes() == picture.tobytes()
    assert differ(changed, picture)


@pytest.mark.parametrize("body", [b"", b"not a picture", png()[:60], b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_is_refused(body: bytes) -> None:
    """A broken input fails with the vendor's message."""
    with pytest.raises(ApiError, match="invalid_image_format"):
        drawn("night", body)


def test_a_bomb_is_refused_unopened() -> None:
    """A picture with far too many pixels is refused before it is decoded."""
    bomb = encoded(Image.new("1", (9000, 8000)))
    with pytest.raises(ApiError, match="invalid_image_format"):
        drawn("night", bomb)


def test_a_blank_costs_nothing_the_second_time() -> None:
    """A blank picture is cached, so benchmarks get the same bytes each time."""
    assert blank((1024, 1024)) is blank((1024, 1024))
    assert Image.open(BytesIO(blank((1024, 1536)))).size == (1024, 1536)


async def test_a_mask_of_another_size_costs_nothing() -> None:
    """A mask with other dimensions is refused with 422 at no charge, and ignored with two pictures."""
    async with wire() as client:
        url, mask = await client.upload(png()), await client.upload(png((64, 49)), "mask.png")
        body = {"size": "1:1", "prompt": "night", "filesUrl": [url], "maskUrl": mask}
        answer = await client.post(GENERATE, body)
        assert (answer["code"], client.api.total_charged) == (422, 0)
        assert "dimensions" in answer["msg"]
        assert (await client.finished(filesUrl=[url, url], maskUrl=mask)).state.name == "SUCCESS"


async def test_a_mask_that_cannot_be_fetched_fails_the_task() -> None:
    """A mask URL that can't be downloaded is accepted, and the task fails with 451."""
    async with wire() as client:
        url = await client.upload(png())
        task = await client.finished(filesUrl=[url], maskUrl=f"{client.server.url}/uploads/gone.png")
        assert task.error is not None
        assert task.error.code == 451


async def test_a_result_can_be_edited_again() -> None:
    """A result URL of the sandbox can be used as an input."""
    async with wire() as client:
        first = await client.finished()
        assert (await client.finished(filesUrl=first.result_urls)).state.name == "SUCCESS"
