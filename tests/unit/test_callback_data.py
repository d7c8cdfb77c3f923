"""Callback data is read back exactly, and nothing else is accepted as callback data."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.models.callback_data import Action, CallbackData, read_callback_data
from core.models.job import PictureId

JOBS = st.text("0123456789abcdef", min_size=12, max_size=12)
PRESSES = st.builds(
    CallbackData,
    st.sampled_from(Action),
    st.builds(PictureId, JOBS, st.integers(0, 9)),
    st.from_regex(r"([a-z0-9][a-z0-9.-]{0,19})?", fullmatch=True),
)
NEAR_MISSES = [
    "",
    "again",
    "again:0123456789ab",
    "again:0123456789ab:",
    "again:0123456789ab:10",
    "again:0123456789ab:-1",
    "again:0123456789ab:0:",
    "again:0123456789ab:0\n",
    "\nagain:0123456789ab:0",
    "again:0123456789AB:0",
    "again:0123456789abc:0",
    "again:0123456789ab:٣",
    "AGAIN:0123456789ab:0",
    "paint:0123456789ab:0",
    "size:0123456789ab:0:../etc",
    "size:0123456789ab:0:high:wide",
    "model:0123456789ab:0:-gpt",
    "model:0123456789ab:0:GPT",
    "model:0123456789ab:0:a-name-of-21-characters"[:42],
]


@given(PRESSES)
def test_what_is_written_is_read(press: CallbackData) -> None:
    """Every press is read back from its callback data, which fits into Telegram's 64 bytes."""
    assert read_callback_data(press.data) == press
    assert len(press.data.encode()) <= 64


@given(st.text(max_size=64))
@example("stop:0123456789ab:0")
@example("size:0123456789ab:0:high")
def test_what_is_read_was_written(data: str) -> None:
    """Any text is invalid or the only spelling of its press."""
    press = read_callback_data(data)
    assert press is None or press.data == data


@given(PRESSES, st.data())
def test_one_wrong_character_is_never_an_error(press: CallbackData, draw: st.DataObject) -> None:
    """Callback data with one changed character is invalid or means what it now says; it never raises."""
    place = draw.draw(st.integers(0, len(press.data) - 1))
    changed = press.data[:place] + draw.draw(st.characters()) + press.data[place + 1 :]
    read = read_callback_data(changed)
    assert read is None or read.data == changed


@pytest.mark.parametrize("data", NEAR_MISSES)
def test_near_misses_are_nothing(data: str) -> None:
    """Text that resembles callback data is invalid."""
    assert read_callback_data(data) is None


def test_the_words_of_buttons_stay() -> None:
    """Actions never lose their values, because old chats still contain their buttons."""
    assert {verb.value for verb in Action} >= {
        *("again", "vary", "edit", "mask", "sizes", "size", "file", "del", "drop"),
        *("back", "words", "pick", "menu", "stop", "show", "go", "redo", "leave", "models", "model"),
        *("larger", "times", "cutout"),
    }
