"""Rendered texts are escaped, formatted for the user's language, and in English without a translation."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.telegram.i18n import language
from core.text import Date, Duration, Joined, Percent, Renderable, Verbatim, plural, text
from tests.unit.catalog import compile_catalog, entry

ENGLISH = language("en")
HOSTILE = '<b>bold</b> & <a href="tg://user?id=1">you</a> *x* _y_ `z` [l](u) </code>'
ESCAPED = '&lt;b&gt;bold&lt;/b&gt; &amp; &lt;a href="tg://user?id=1"&gt;you&lt;/a&gt; *x* _y_ `z` [l](u) &lt;/code&gt;'


@pytest.fixture
def german(tmp_path: Path) -> Path:
    """Return a directory with a German catalog of a few sentences."""
    compile_catalog(
        tmp_path,
        "de",
        [
            entry("{count} picture of {total}", "{count} pictures of {total}", ["{count} Bild von {total}"] * 2),
            entry("Hello, {name}!", None, ["Hallo, {name}!"]),
            entry("{share} after {time}", None, ["{share} nach {time}"]),
        ],
    )
    return tmp_path


@pytest.mark.parametrize(
    "words",
    [
        Verbatim(HOSTILE),
        text("{said}", said=HOSTILE),
        text("{said}", said=Verbatim(HOSTILE)),
        Joined((Verbatim(HOSTILE),)),
    ],
)
def test_what_people_write_is_never_markup(words: Renderable) -> None:
    """HTML and Markdown in a prompt are shown as typed."""
    assert ENGLISH.render(words) == ESCAPED


def test_our_own_markup_stays() -> None:
    """A sentence's own tags are kept around its fields."""
    assert ENGLISH.render(text("<code>--{name}</code>", name="<i>")) == "<code>--&lt;i&gt;</code>"


@pytest.mark.parametrize("braces", ["{", "}", "{0}", "{name}", "{x!r:9}", "%s %(a)s", "\\N{BULLET}"])
def test_braces_in_a_prompt_are_no_placeholders(braces: str) -> None:
    """Text from a user is never searched for placeholders."""
    assert ENGLISH.render(text("You said: {words}", words=braces)) == f"You said: {braces}"
    assert ENGLISH.render(Verbatim(braces)) == braces


def test_parts_are_joined_by_what_is_between() -> None:
    """Several texts, including nested ones, are joined to one message."""
    inner = Joined((text("a"), Verbatim("<b>")), " ")
    assert ENGLISH.render(Joined((inner, text("{x}", x=text("c"))), "\n\n")) == "a &lt;b&gt;\n\nc"


@pytest.mark.parametrize(("count", "wanted"), [(0, "0 foxes"), (1, "1 fox"), (2, "2 foxes"), (1234, "1,234 foxes")])
def test_english_plurals(count: int, wanted: str) -> None:
    """Only 1 takes the singular, and large numbers are grouped."""
    assert ENGLISH.render(plural("{count} fox", "{count} foxes", count)) == wanted


@pytest.mark.parametrize(
    ("ms", "wanted"),
    [
        (-5, "1 minute"),
        (0, "1 minute"),
        (60_001, "2 minutes"),
        (3_599_000, "1 hour"),
        (3_600_000, "1 hour"),
        (3_660_000, "1 hour 1 minute"),
        (23 * 3_600_000 + 59 * 60_000, "23 hours 59 minutes"),
    ],
)
def test_a_length_of_time_in_words(ms: int, wanted: str) -> None:
    """A duration is shown in words, rounded up to whole minutes."""
    assert ENGLISH.render(text("{t}", t=Duration(ms))) == wanted


def test_notation_follows_the_language(german: Path) -> None:
    """Numbers, percentages and sentences are all in the user's language, or all in English without a translation."""
    sentence = plural("{count} picture of {total}", "{count} pictures of {total}", 1234, total=5_000)
    progress = text("{share} after {time}", share=Percent(0.42), time=Date(1_700_000_000_000))
    assert language("de", german).render(sentence) == "1.234 Bild von 5.000"
    assert language("de", german).render(progress) == "42\N{NO-BREAK SPACE}% nach 14. Nov."
    assert language("de", german).render(text("{t}", t=Duration(7_260_000))) == "2 Stunden 1 Minute"
    assert language("fr", german).render(sentence) == "1,234 pictures of 5,000"
    assert language("fr", german).render(progress) == "42% after Nov 14"


def test_a_region_finds_its_language(german: Path) -> None:
    """A region uses its language's catalog and its own number format, and Telegram's lowercase tags are accepted."""
    assert language("de-ch", german).render(text("Hello, {name}!", name="Ada")) == "Hallo, Ada!"
    assert language("de-CH", german).render(text("{n}", n=1234)) == "1’234"


@given(
    st.one_of(st.text(max_size=12), st.sampled_from(["", "-", "zh-hans", "pt-br", "x-klingon", "en_US", "../../etc"]))
)
@settings(max_examples=100, deadline=None)
def test_any_language_tag_is_served(tag: str) -> None:
    """Any language tag renders, whatever Telegram sends."""
    assert language(tag).render(text("Hello")) == "Hello"


def test_nothing_but_words_is_rendered() -> None:
    """A bare string raises TypeError, so that it can't bypass the translation."""
    with pytest.raises(TypeError):
        ENGLISH.render("just a string")  # type: ignore[arg-type]
