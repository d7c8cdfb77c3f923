"""The sandbox draws the words of a prompt: motifs, colors, places, styles and letters, and no two pictures alike."""

import re
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from handlers.examples import EXAMPLES
from sandbox.imageapi.art import lettering
from sandbox.imageapi.art.styles import STYLES, style_of
from sandbox.imageapi.art.things import MOTIFS, NOUNS
from sandbox.imageapi.art.wish import read_wish
from sandbox.imageapi.drawing import Order, draw
from tests.sandbox.imageapi_kit import encoded, opened, png, wire

SMALL = (192, 128)
ROOT = Path(__file__).parents[2]
PAGE_EXAMPLES = re.findall(r'"/imagine (.+?)(?: --.*)?",', (ROOT / "sandbox/page/view/empty.js").read_text())
OFFERED = {
    "a red fox in the snow, soft morning light, photograph": ({"fox"}, "photo", ""),
    "a tiny city on the back of a giant sea turtle, watercolor": ({"city", "turtle"}, "watercolor", ""),
    "a poster for a small café by the sea that says “Open”, flat colors": ({"shop"}, "flat", "Open"),
    "a red fox in the snow": ({"fox"}, None, ""),
    "a lighthouse in a storm, oil painting": ({"lighthouse"}, "oil", ""),
    "a cosy reading corner, watercolour": (set(), "watercolor", ""),
    "a lighthouse": ({"lighthouse"}, None, ""),
    "a lighthouse at night": ({"lighthouse"}, None, ""),
    "an old fisherman mending a net on a foggy pier": ({"fisher"}, None, ""),
    "a shop sign that says “Open”": ({"sign"}, None, "Open"),
    "a red door": ({"door"}, None, ""),
}
"""Prompts that people are offered → their motifs, their style and their letters."""


def drawn(prompt: str, *inputs: bytes, mask: bytes | None = None, look: int = 0) -> Image.Image:
    """Draw a small picture."""
    return opened(draw(Order(prompt, SMALL, "0", inputs, mask, look))).convert("RGB")


def distance(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of the pixels, from 0 to 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3


def share_of(image: Image.Image, red: range, green: range, blue: range) -> float:
    """Return the share of pixels whose colors are within the ranges."""
    pixels = list(zip(*(band.tobytes() for band in image.split()), strict=True))
    return sum(r in red and g in green and b in blue for r, g, b in pixels) / len(pixels)


RED = (range(150, 256), range(100), range(100))
BLUE = (range(110), range(150), range(120, 256))


def test_all_offered_prompts_are_in_the_table() -> None:
    """The examples of /start and of the page's start card are among the prompts that this file checks."""
    offered = [prompt.source for _, prompt in EXAMPLES] + PAGE_EXAMPLES
    assert len(offered) == 6
    assert [prompt for prompt in offered if prompt not in OFFERED] == []


@pytest.mark.parametrize("prompt", OFFERED)
def test_what_people_are_offered_is_understood(prompt: str) -> None:
    """The motifs, the style and the letters of an offered prompt are found."""
    motifs, style, letters = OFFERED[prompt]
    wish = read_wish(prompt)
    assert ({thing.name for thing in wish.things}, wish.style, wish.letters) == (motifs, style, letters)
    assert wish.is_known


def test_the_readme_names_nothing_that_cannot_be_painted() -> None:
    """The prompts and edits of the README's table have words that the sandbox knows."""
    prompts = re.findall(r"`/(?:imagine|edit) ([a-z][^`]*?)(?: --[^`]*)?`", (ROOT / "README.md").read_text())
    assert len(prompts) >= 3
    assert [prompt for prompt in prompts if not read_wish(prompt).is_known] == []


def test_a_motif_stands_on_another() -> None:
    """Words such as "on the back of" and "riding" put the first motif on the second."""
    for prompt, pair in (
        ("a city on the back of a sea turtle", ("city", "turtle")),
        ("a cat riding a horse", ("cat", "horse")),
    ):
        on = read_wish(prompt).on
        assert on is not None
        assert (on[0].name, on[1].name) == pair
    assert read_wish("a cat and a horse").on is None


@pytest.mark.parametrize("word", ["FOX", "foxes", "🦊", "a  fox ", "fox,", "Fox."])
def test_a_motif_has_many_names(word: str) -> None:
    """Capitals, plurals, emoji and punctuation don't hide a motif."""
    assert [thing.name for thing in read_wish(word).things] == ["fox"]


def test_a_noun_before_a_noun_only_describes_it() -> None:
    """An apple tree is a tree, but "an apple, a tree" are both."""
    assert [thing.name for thing in read_wish("an apple tree").things] == ["tree"]
    assert [thing.name for thing in read_wish("an apple, tree").things] == ["fruit", "tree"]


def test_numbers_are_counted() -> None:
    """Numbers and plurals give several of a motif."""
    assert [read_wish(prompt).things[0].count for prompt in ("a cat", "two cats", "cats", "5 cats")] == [1, 2, 3, 5]


@pytest.mark.parametrize("name", MOTIFS)
def test_every_motif_shows_its_color(name: str) -> None:
    """Each motif can be drawn, and another color of it gives another picture."""
    word = min(form for form, (motif, count) in NOUNS.items() if motif == name and count == 1)
    wish = read_wish(f"a green {word}")
    assert [thing.name for thing in wish.things] == [name]
    assert any(role == "main" for _, role, _ in MOTIFS[name].shapes)
    assert distance(drawn(f"a green {word}"), drawn(f"a red {word}")) > 0.3


def test_a_color_is_seen() -> None:
    """A red fox has more red than a blue one."""
    red, blue = drawn("a red fox in the snow"), drawn("a blue fox in the snow")
    assert share_of(red, *RED) > share_of(blue, *RED) + 0.03


@pytest.mark.parametrize("style", STYLES)
def test_every_style_is_seen(style: str) -> None:
    """The same picture in a style differs visibly from the one without."""
    word = STYLES[style].split()[0]
    assert style_of({word}) == style
    picture = draw(Order("a house by the sea", SMALL, "0"))
    assert distance(drawn("", picture), drawn(f"{word} style", picture)) > 6
    assert distance(opened(picture).convert("RGB"), drawn(f"{word} style", picture)) > 2


def test_unknown_words_become_an_abstract_of_their_own() -> None:
    """Words that aren't known give the same composition again, other words another one, in the color that they name."""
    assert not read_wish("glorpy zint").is_known
    assert distance(drawn("glorpy zint"), drawn("glorpy zint")) == 0
    assert distance(drawn("glorpy zint"), drawn("wumbo frax")) > 20
    assert share_of(drawn("a blue glorp"), *BLUE) > share_of(drawn("a red glorp"), *BLUE) + 0.2


@pytest.mark.parametrize(
    "prompt", [*OFFERED, "glorpy zint", "a city at night, neon", "pizza", "cats underwater", "space"]
)
def test_variants_always_differ(prompt: str) -> None:
    """Any two of six pictures of one prompt differ visibly."""
    pictures = [drawn(prompt, look=look) for look in range(6)]
    assert min(distance(one, other) for one, other in combinations(pictures, 2)) > 5


@pytest.mark.parametrize(
    "prompt", ["make it night", "add a balloon", "pencil sketch", "more purple", "make it snow", "zorp", ""]
)
@pytest.mark.parametrize("masked", [False, True])
def test_variants_of_edits_differ(prompt: str, masked: bool) -> None:
    """Four edits of one picture by the same words differ visibly, also under a mask."""
    picture = draw(Order("a house by the sea", SMALL, "0"))
    mask = encoded(Image.new("L", SMALL, 0)) if masked else None
    pictures = [drawn(prompt, picture, mask=mask, look=look) for look in range(4)]
    assert min(distance(one, other) for one, other in combinations(pictures, 2)) > 2


@pytest.mark.parametrize("edit", [False, True])
async def test_two_orders_of_the_same_words_differ(edit: bool) -> None:
    """An order for two pictures and two more orders of the same words give four pictures."""
    async with wire(fast=False) as client:
        body = (
            {"prompt": "make it night", "filesUrl": [await client.upload(png((96, 96)))]}
            if edit
            else {"prompt": "a fox"}
        )
        tasks = [await client.finished(**body, nVariants=count) for count in (2, 1, 1)]
        names = [url.partition("/results/")[2] for task in tasks for url in task.result_urls]
        blobs = [client.api.files.results.get(name) for name in names]
    pictures = [opened(blob.body).convert("RGB").reduce(8) for blob in blobs if blob is not None]
    assert len(pictures) == 4
    assert min(distance(one, other) for one, other in combinations(pictures, 2)) > 4


def test_nothing_is_stamped_on_a_picture() -> None:
    """An edit that adds a motif changes nothing elsewhere: it has no caption and no band."""
    picture = Image.new("RGB", SMALL, "#ddeeff")
    edited = drawn("please add one balloon to this picture of mine", encoded(picture))
    box = ImageChops.difference(picture, edited).getbbox()
    assert box is not None
    assert box[3] < SMALL[1] * 0.6


def test_what_is_already_there_is_not_added_again() -> None:
    """In "leave the house as it is", the house is the one of the picture."""
    picture = encoded(Image.new("RGB", SMALL, "#ddeeff"))
    assert read_wish("leave the house as it is").things[0].known
    assert not read_wish("add the moon and a house").things[-1].known
    assert distance(drawn("pixel art, leave the house as it is", picture), opened(picture).convert("RGB")) < 3


def _holed(prompt: str, look: int = 0) -> Image.Image:
    """Return the hole of a masked edit of a gray picture."""
    mask = Image.new("L", (240, 160), 255)
    ImageDraw.Draw(mask).rectangle((80, 20, 139, 139), fill=0)
    body = draw(Order(prompt, SMALL, "0", (encoded(Image.new("RGB", mask.size, "#909090")),), encoded(mask), look))
    return opened(body).convert("RGB").crop((80, 20, 140, 140))


def test_a_red_door_fills_its_hole() -> None:
    """In a hole of a door's shape stands a red door, in front of the picture's own colors."""
    hole = _holed("a red door")
    assert share_of(hole, *RED) > 0.4
    assert hole.getpixel((1, 1)) == pytest.approx((0x90, 0x90, 0x90), abs=12)


@pytest.mark.parametrize("prompt", ["blue", "make it BLUE ", "a blue thingamajig", "a blue sea"])
def test_a_color_fills_its_hole(prompt: str) -> None:
    """A color without a motif fills the hole plainly: no landscape is in it."""
    assert share_of(_holed(prompt), *BLUE) == 1


def test_a_hole_can_be_emptied() -> None:
    """If something is to be removed, the hole takes on the colors around it."""
    assert distance(_holed("remove the red door"), Image.new("RGB", (60, 120), "#909090")) < 8


@pytest.mark.parametrize("box", [(5, 5, 6, 6), (0, 0, 239, 2), (0, 0, 239, 159), (100, 0, 103, 159)])
@pytest.mark.parametrize("prompt", ["a castle and a dog", "zorp", "erase this", "night"])
def test_a_hole_may_have_any_size(box: tuple[int, int, int, int], prompt: str) -> None:
    """A hole of one pixel, a stripe, and all of the picture can be filled."""
    mask = Image.new("L", (240, 160), 255)
    ImageDraw.Draw(mask).rectangle(box, fill=0)
    picture = Image.linear_gradient("L").resize(mask.size).convert("RGB")
    changed = drawn(prompt, encoded(picture), mask=encoded(mask))
    outside = ImageChops.multiply(ImageChops.difference(picture, changed), Image.merge("RGB", [mask] * 3))
    assert outside.getbbox() is None


def test_quoted_words_are_written() -> None:
    """Words in quotes stand in the picture, so other words give another one."""
    one, other = drawn("a sign that says “Open”"), drawn("a sign that says “Shut”")
    assert distance(one, other) > 0.1
    poster = read_wish('a poster with "two words" and a cat')
    assert (poster.letters, [thing.name for thing in poster.things]) == ("two words", ["cat"])


def test_letters_are_kept_without_any_system_font(monkeypatch: pytest.MonkeyPatch) -> None:
    """With only the built-in font, accents are dropped, and unknown letters are left out."""
    monkeypatch.setattr(lettering, "_system", lambda size: None)
    boards = [Image.new("RGB", (512, 128)) for _ in range(2)]
    for board, text in zip(boards, ("café 🦊", "cafe"), strict=True):
        lettering.write_letters(board, text, (256, 64, 480, 100), (255, 255, 255))
    assert boards[0].getbbox() is not None
    assert all(abs(a - b) <= 20 for a, b in pairwise(board.getbbox()[2] for board in boards if board.getbbox()))  # type: ignore[index]
