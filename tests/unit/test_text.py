"""Text is counted and cut as Telegram counts: in UTF-16 code units."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.text import clip, plural, text, utf16_length

_WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)


@given(_WORDS)
@example("🦊")
@example("e\u0301")
def test_length_is_what_telegram_counts(words: str) -> None:
    """A character outside the basic plane counts twice."""
    assert utf16_length(words) == len(words.encode("utf-16-le")) // 2


@given(_WORDS, st.integers(1, 130))
@example("🦊🦊", 3)
@example("🦊🦊", 1)
def test_clipped_text_fits(words: str, units: int) -> None:
    """Clipped text fits, starts like the original and ends with an ellipsis."""
    cut = clip(words, units)
    assert utf16_length(cut) <= units
    if cut != words:
        assert utf16_length(words) > units
        assert cut.endswith("…")
        assert words.startswith(cut[:-1])


@given(_WORDS)
def test_what_fits_is_left_alone(words: str) -> None:
    """Text that fits isn't clipped."""
    assert clip(words, max(utf16_length(words), 1)) == words


@pytest.mark.parametrize(
    ("words", "units", "wanted"),
    [
        ("a red fox", 6, "a red…"),
        ("a red fox", 7, "a red…"),
        ("🦊🦊🦊", 5, "🦊🦊…"),
        ("🦊🦊🦊", 4, "🦊…"),
        ("ab", 1, "…"),
    ],
)
def test_where_text_is_cut(words: str, units: int, wanted: str) -> None:
    """Clipped text ends with neither half an emoji nor a space before the ellipsis."""
    assert clip(words, units) == wanted


def test_a_sentence_is_a_value() -> None:
    """Texts with equal sentences and fields are equal, and keep their fields until they are rendered."""
    assert text("{name} paints", name="Ada") == text("{name} paints", name="Ada")
    assert plural("{count} fox", "{count} foxes", 3).params["count"] == 3
