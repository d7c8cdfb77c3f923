"""Formatted text: HTML becomes entities, and users' texts are searched for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.telegram.entities import entity_text, format_text, person_text, split_text, utf16_length
from sandbox.telegram.errors import BotApiError
from sandbox.telegram.html import parse_html


def html(source: str) -> list[tuple[str, str]]:
    """Return the entities of a source with their text."""
    text, entities = format_text(source, "HTML", None)
    return [(entity["type"], entity_text(text, entity)) for entity in entities]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<b>a</b> <strong>b</strong>", [("bold", "a"), ("bold", "b")]),
        (
            "<i>a</i> <em>b</em><u>c</u><s>d</s>",
            [("italic", "a"), ("italic", "b"), ("underline", "c"), ("strikethrough", "d")],
        ),
        ("<tg-spoiler>x</tg-spoiler><span class='tg-spoiler'>y</span>", [("spoiler", "xy")]),
        ("<code>a&lt;b</code>", [("code", "a<b")]),
        (
            "<blockquote>q</blockquote><blockquote expandable>long</blockquote>",
            [("blockquote", "q"), ("expandable_blockquote", "long")],
        ),
        ("🦊🦊 <b>é🦊</b>", [("bold", "é🦊")]),
        ("<b>a <i>b</i></b>", [("bold", "a b"), ("italic", "b")]),
        ("  \n<b> padded </b>\n ", [("bold", "padded")]),
        ("<b></b>nothing", []),
    ],
)
def test_html_becomes_entities(source: str, expected: list[tuple[str, str]]) -> None:
    """Every tag of Telegram's HTML becomes its entity, counted in UTF-16 code units."""
    assert html(source) == expected


def test_links_and_languages_are_kept() -> None:
    """A link keeps its URL and a code block its language."""
    text, entities = parse_html(
        '<a href="https://x.test/?a=1&amp;b=2">here</a> <pre><code class="language-py">x</code></pre>'
    )
    assert text == "here x"
    assert entities[0]["url"] == "https://x.test/?a=1&b=2"
    assert {"type": "pre", "offset": 5, "length": 1, "language": "py"} in [e | {"language": "py"} for e in entities]


def test_references_are_resolved_as_telegram_does() -> None:
    """The four named references and all numeric ones are resolved; others stay as typed."""
    assert parse_html("&lt;&gt;&amp;&quot;&#33;&#x21;&nbsp;&") == ('<>&"!!&nbsp;&', [])


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("é<foo>x</foo>", 'Unsupported start tag "foo" at byte offset 2'),
        ("I <3 you", 'Unsupported start tag "3" at byte offset 2'),
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ("<br/>", 'Unsupported start tag "br/" at byte offset 0'),
    ],
)
def test_bad_html_is_refused_with_its_place(source: str, words: str) -> None:
    """Invalid HTML gets a 400 with the byte offset."""
    with pytest.raises(BotApiError) as refused:
        parse_html(source)
    assert refused.value.description == f"Bad Request: can't parse entities: {words}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/imagine@imagine_sandbox_bot a fox", [("bot_command", "/imagine@imagine_sandbox_bot")]),
        (
            "see /help, @ada and https://x.test/a.",
            [("bot_command", "/help"), ("mention", "@ada"), ("url", "https://x.test/a")],
        ),
        ("either/or a@b.c 1/2", []),
        ("🦊 /edit", [("bot_command", "/edit")]),
    ],
)
def test_commands_mentions_and_addresses_are_found(text: str, expected: list[tuple[str, str]]) -> None:
    """Commands, mentions and URLs are found in users' texts."""
    words, entities = person_text(text)
    assert [(entity["type"], entity_text(words, entity)) for entity in entities] == expected


def test_nothing_is_found_inside_code() -> None:
    """A command inside code isn't a command."""
    assert html("<code>/imagine</code>") == [("code", "/imagine")]


@given(st.text())
def test_escaped_text_survives(text: str) -> None:
    """Escaped text is parsed to the original text."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert parse_html(escaped) == (text, [])


@given(st.text(), st.integers(min_value=2, max_value=9))
def test_long_texts_are_cut_without_loss(text: str, limit: int) -> None:
    """A long text is split into parts that fit, without loss."""
    parts = split_text(text, limit)
    assert "".join(parts) == text
    assert all(utf16_length(part) <= limit for part in parts)
