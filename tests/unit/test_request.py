"""A request is checked against the image API's limits and refused before anything is spent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model_table import read_models
from bot.telegram.i18n import language
from core.errors import NoPrompt, PromptTooLong, Refused, TooManyPictures
from core.models.image_request import MAX_PROMPT, Request, Size, Source

MODELS = read_models(offered=["4o"])
PICTURES = tuple(Source(f"file{number}", f"unique{number}") for number in range(10))


def _answer(refusal: Refused) -> str:
    return language("en").render(refusal.reply)


@pytest.mark.parametrize("count", [6, 10])
def test_too_many_pictures_name_the_limit(count: int) -> None:
    """Too many pictures are refused with the limit and a note that nothing was spent."""
    with pytest.raises(TooManyPictures) as refused:
        MODELS.choose(Request("combine them", pictures=PICTURES[:count]))
    assert f"{count} pictures" in _answer(refused.value)
    assert "5" in _answer(refused.value)
    assert "Nothing was charged" in _answer(refused.value)


def test_a_prompt_too_long_names_both_numbers() -> None:
    """A prompt that is too long is refused with its length and the limit."""
    with pytest.raises(PromptTooLong) as refused:
        MODELS.choose(Request("x" * 10_000))
    assert "10,000" in _answer(refused.value)
    assert "4,000" in _answer(refused.value)


@pytest.mark.parametrize(
    "prompt", ["x" * MAX_PROMPT, "🦊" * MAX_PROMPT, "🦊🐺", "ثعلب أحمر في الثلج", "<b>*_`[", "\u202eevil"]
)
def test_unusual_prompts_are_taken(prompt: str) -> None:
    """The longest prompt, emoji, right-to-left text and markup are accepted."""
    request = Request(prompt)
    assert request.checked() is request


def test_nothing_at_all_is_refused() -> None:
    """A request needs a prompt or a picture."""
    with pytest.raises(NoPrompt):
        Request("").checked()
    assert Request("", pictures=PICTURES[:5]).checked().pictures == PICTURES[:5]


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [
        (1024, 1024, Size.SQUARE),
        (1280, 720, Size.LANDSCAPE),
        (720, 1280, Size.PORTRAIT),
        (4000, 3000, Size.LANDSCAPE),
        (1100, 1000, Size.SQUARE),
        (10_000, 1, Size.LANDSCAPE),
        (1, 10_000, Size.PORTRAIT),
    ],
)
def test_the_nearest_shape(width: int, height: int, size: Size) -> None:
    """A picture gets the size with the nearest proportions."""
    assert Size.nearest(width, height) == size


@given(st.integers(1, 100_000), st.integers(1, 100_000))
def test_turning_a_picture_turns_its_shape(width: int, height: int) -> None:
    """A picture turned by 90 degrees gets the turned size."""
    turned = {Size.SQUARE: Size.SQUARE, Size.LANDSCAPE: Size.PORTRAIT, Size.PORTRAIT: Size.LANDSCAPE}
    assert Size.nearest(height, width) == turned[Size.nearest(width, height)]
