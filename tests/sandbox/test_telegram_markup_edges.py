"""Markup as on the official server: ends of marks, ambiguous marks, overlapping entities, Windows line endings."""

from typing import Any

import pytest

from sandbox.telegram.chats import user
from sandbox.telegram.entities import format_text
from sandbox.telegram.errors import BotApiError
from sandbox.telegram.html import parse_html
from sandbox.telegram.markdown import parse_markdown, parse_markdown_v2
from sandbox.telegram.overlaps import Entity
from tests.sandbox.telegram_kit import ADA, BEN, GROUP, Client

ADA_USER = user(ADA, "Ada", "ada")
RESERVED = "Character '{}' is reserved and must be escaped with the preceding '\\'"

INVALID = "Text contains invalid Unicode characters after decoding HTML entities"


def _entity(kind: str, offset: int, length: int, **more: Any) -> Entity:
    return {"type": kind, "offset": offset, "length": length, **more}


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("é `code", "Can't find end of Code entity at byte offset 3"),
        ("```py\nx", "Can't find end of PreCode entity at byte offset 0"),
        ("```x", "Can't find end of Pre entity at byte offset 0"),
        ("🦊 [b", "Can't find end of TextUrl entity at byte offset 5"),
        ("![b", "Can't find end of CustomEmoji entity at byte offset 0"),
        ("[b](c", "Can't find end of a URL at byte offset 4"),
        ("![b](tg://emoji?id=1", "Can't find end of a URL at byte offset 5"),
        ("![b]", "The entity must contain a tg://emoji or tg://time URL"),
        ("![b](http://a.example)", "Invalid tg://emoji or tg://time URL specified"),
        ("![b](tg://emoji?id=x)", "Invalid tg://emoji or tg://time URL specified"),
        ("a\n__b *c*", "Can't find end of Underline entity at byte offset 2"),
        ("*a _b* c_", "Can't find end of Italic entity at byte offset 8"),
        ("_a__", "Can't find end of Underline entity at byte offset 2"),
        (">a *b\nc*", "Can't find end of Bold entity at byte offset 3"),
        ("||", "Can't find end of Spoiler entity at byte offset 0"),
        ("a|b", RESERVED.format("|")),
        ("hi!", RESERVED.format("!")),
        ("a > b", RESERVED.format(">")),
        ("a]", RESERVED.format("]")),
        ("1.5", RESERVED.format(".")),
        ("![x](tg://time?unix=y)", "Invalid tg://emoji or tg://time URL specified"),
    ],
)
def test_markdown_v2_is_refused_with_its_place(source: str, words: str) -> None:
    """The byte offset is that of the mark's first character."""
    with pytest.raises(BotApiError) as refused:
        parse_markdown_v2(source)
    assert refused.value.description == f"Bad Request: can't parse entities: {words}"


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("___a_ b__", "a b", [_entity("underline", 0, 3), _entity("italic", 0, 1)]),
        ("_a_**_b_", "ab", [_entity("italic", 0, 1), _entity("italic", 1, 1)]),
        ("||a *b*||", "a b", [_entity("spoiler", 0, 3), _entity("bold", 2, 1)]),
        ("\\_a\\_ 1\\.5", "_a_ 1.5", []),
        ("`a*b_c.!`", "a*b_c.!", [_entity("code", 0, 7)]),
        ("```py a```", " a", [_entity("pre", 0, 2, language="py")]),
        ("```\r\na```", "a", [_entity("pre", 0, 1)]),
        ("```a```", "a", [_entity("pre", 0, 1)]),
        ("[a\\.example]", "a.example", [_entity("text_link", 0, 9, url="http://a.example/")]),
        ("[a](nowhere)", "a", []),
        (">a\n>b\n\nc", "a\nb\n\nc", [_entity("blockquote", 0, 4)]),
        ("a\n>b||\nc", "a\nb\nc", [_entity("expandable_blockquote", 2, 2)]),
        (">`a\nb`", "a\nb", [_entity("blockquote", 0, 3), _entity("code", 0, 3)]),
        (
            "*bold _italic bold_* __under__",
            "bold italic bold under",
            [_entity("bold", 0, 16), _entity("italic", 5, 11), _entity("underline", 17, 5)],
        ),
        ("~gone~ ||secret||", "gone secret", [_entity("strikethrough", 0, 4), _entity("spoiler", 5, 6)]),
        ("`code\\`s` 1\\.5 \\> 1\\!", "code`s 1.5 > 1!", [_entity("code", 0, 6)]),
        ("**>long\n>quote||", "long\nquote", [_entity("expandable_blockquote", 0, 10)]),
        (">a||\nb", "a\nb", [_entity("expandable_blockquote", 0, 2)]),
        (">a\n**>b||", "a\nb", [_entity("blockquote", 0, 2), _entity("expandable_blockquote", 2, 1)]),
        (">a ||b||", "a b", [_entity("blockquote", 0, 3), _entity("spoiler", 2, 1)]),
        ("![👍](tg://emoji?id=53683)", "👍", [_entity("custom_emoji", 0, 2, custom_emoji_id="53683")]),
        (
            "![22:45](tg://time?unix=1647531900&format=wDT)",
            "22:45",
            [_entity("date_time", 0, 5, unix_time=1647531900, date_time_format="wDT")],
        ),
        ("[a](http://b.example/c\\)d)", "a", [_entity("text_link", 0, 1, url="http://b.example/c)d")]),
    ],
)
def test_what_marks_of_markdown_v2_mean(source: str, text: str, entities: list[Entity]) -> None:
    """Two underscores are one mark, quotes end with their line, and code isn't parsed."""
    assert parse_markdown_v2(source) == (text, entities)


@pytest.mark.parametrize(
    ("source", "place"),
    [("é [a", 3), ("snake_case", 5), ("_a\\_b_", 5), ("a `b", 2), ("🦊 ```b", 5), ("*a* *", 4)],
)
def test_legacy_markdown_is_refused_with_its_place(source: str, place: int) -> None:
    """A backslash inside an entity escapes nothing."""
    with pytest.raises(BotApiError) as refused:
        parse_markdown(source)
    words = f"Can't find end of the entity starting at byte offset {place}"
    assert refused.value.description == f"Bad Request: can't parse entities: {words}"


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("*a_b*", "a_b", [_entity("bold", 0, 3)]),
        ("_a_ `b` snake\\_case 1.5!", "a b snake_case 1.5!", [_entity("italic", 0, 1), _entity("code", 2, 1)]),
        ("*a\\*", "a\\", [_entity("bold", 0, 2)]),
        ("\\*a\\] **b", "*a\\] b", []),
        ("[a](b.example", "a", [_entity("text_link", 0, 1, url="http://b.example/")]),
        ("[a.example]", "a.example", [_entity("text_link", 0, 9, url="http://a.example/")]),
        ("```py\nx_y```", "x_y", [_entity("pre", 0, 3, language="py")]),
        ("```x y```", " y", [_entity("pre", 0, 2, language="x")]),
        ("`a`b`", None, None),
    ],
)
def test_what_marks_of_legacy_markdown_mean(source: str, text: str | None, entities: list[Entity] | None) -> None:
    """Legacy Markdown doesn't nest, and a link may lack its last bracket."""
    if text is None:
        with pytest.raises(BotApiError):
            parse_markdown(source)
    else:
        assert parse_markdown(source) == (text, entities)


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ('<tg-emoji emoji-id="53683">👍</tg-emoji>', "👍", [_entity("custom_emoji", 0, 2, custom_emoji_id="53683")]),
        (
            '<tg-time unix="1647531900" format="wDT">22:45</tg-time>',
            "22:45",
            [_entity("date_time", 0, 5, unix_time=1647531900, date_time_format="wDT")],
        ),
        ("<code><pre>x</pre></code>", "x", [_entity("pre", 0, 1), _entity("code", 0, 1)]),
        ('<pre><code class="language-py">x</code></pre>', "x", [_entity("pre", 0, 1, language="py")]),
        ('<code class="language-py">x</code>', "x", [_entity("code", 0, 1)]),
        ("<a>a.example</a>", "a.example", [_entity("text_link", 0, 9, url="http://a.example/")]),
        ("<a href=HTTP.example>x</a >", "x", [_entity("text_link", 0, 1, url="http://http.example/")]),
        ("&lt&gt; &#33", "<> !", []),
        (f"&#{'0' * 5000}65;", f"&#{'0' * 5000}65;", []),
        ("<b>x</>", "x", [_entity("bold", 0, 1)]),
    ],
)
def test_more_of_html(source: str, text: str, entities: list[Entity]) -> None:
    """Custom emoji, times, languages and short forms are parsed."""
    assert parse_html(source) == (text, entities)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('<tg-emoji emoji-id="x">👍</tg-emoji>', "Invalid custom emoji identifier specified"),
        ("é<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 2'),
        ('<a ="x">y</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href=x/y>z</a>", "Unexpected end of name token at byte offset 8"),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<a href", 'Unclosed start tag "a" at byte offset 0'),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("&#xD800;", f"{INVALID}, check for unmatched surrogate code units"),
    ],
)
def test_more_of_html_is_refused(source: str, words: str) -> None:
    """Invalid HTML is refused with the official message."""
    with pytest.raises(BotApiError) as refused:
        parse_html(source)
    assert refused.value.description == f"Bad Request: can't parse entities: {words}"


@pytest.mark.parametrize(
    ("mode", "source"),
    [
        ("HTML", '<a href="tg://user?id={}">Ada</a>'),
        ("Markdown", "[Ada](tg://user?id={})"),
        ("MarkdownV2", "[Ada](tg:user?id={})"),
    ],
)
async def test_a_link_to_somebody(api: Client, mode: str, source: str) -> None:
    """A link to a user becomes a mention if the bot knows the user, and otherwise plain text."""
    sent = await api("sendMessage", chat_id=GROUP, text=source.format(ADA), parse_mode=mode)
    assert sent["entities"] == [_entity("text_mention", 0, 3, user=ADA_USER)]
    sent = await api("sendMessage", chat_id=GROUP, text=source.format(404), parse_mode=mode)
    assert (sent["text"], sent.get("entities")) == ("Ada", None)


async def test_a_mention_that_is_given(api: Client) -> None:
    """In a given mention, only the user ID counts."""
    given = [_entity("text_mention", 0, 3, user={"id": ADA, "first_name": "Somebody"})]
    sent = await api("sendMessage", chat_id=BEN, text="Ada", entities=given)
    assert sent["entities"] == [_entity("text_mention", 0, 3, user=ADA_USER)]


@pytest.mark.parametrize(
    ("text", "given", "expected"),
    [
        ("abcdef", [("bold", 0, 4), ("italic", 2, 4)], [("bold", 0, 2), ("italic", 2, 4), ("bold", 2, 2)]),
        ("abcdef", [("bold", 0, 2), ("bold", 2, 2)], [("bold", 0, 4)]),
        ("abcdef", [("bold", 0, 4), ("bold", 1, 1)], [("bold", 0, 4)]),
        ("abcdef", [("bold", 0, 6), ("code", 2, 2)], [("bold", 0, 2), ("code", 2, 2), ("bold", 4, 2)]),
        ("abcdef", [("code", 0, 4), ("pre", 2, 2)], [("code", 0, 4)]),
        ("abcdef", [("blockquote", 0, 4), ("blockquote", 2, 4)], [("blockquote", 0, 4)]),
        ("abcdef", [("blockquote", 0, 4), ("code", 2, 4)], [("blockquote", 0, 4)]),
        ("abcdef", [("bold", 0, 6), ("italic", 2, 2)], [("bold", 0, 6), ("italic", 2, 2)]),
        ("abcdef", [("bold", 0, 0), ("italic", 2, 2)], [("italic", 2, 2)]),
        ("a /b c", [("bold", 0, 6)], [("bold", 0, 2), ("bot_command", 2, 2), ("bold", 2, 2), ("bold", 4, 2)]),
        ("a /b c", [("bot_command", 0, 1)], [("bot_command", 2, 2)]),
    ],
)
def test_entities_that_overlap(
    text: str, given: list[tuple[str, int, int]], expected: list[tuple[str, int, int]]
) -> None:
    """Styles are split at other entities, code excludes them, and of two equal kinds the first stays."""
    _, entities = format_text(text, None, [_entity(*each) for each in given])
    assert [(entity["type"], entity["offset"], entity["length"]) for entity in entities] == expected


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("bold", 9, 1), "entity begins after the end of the text at UTF-16 offset 9"),
        (("bold", 0, 9), "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 9"),
        (("bold", -1, 2), "receive an entity with incorrect offset -1"),
        (("bold", 0, -2), "receive an entity with incorrect length -2"),
        (("bold", 1, 2), "entity begins in a middle of a UTF-16 symbol at byte offset 4"),
        (
            ("bold", 0, 1),
            "entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte offset 4",
        ),
        (("shiny", 0, 2), "can't parse MessageEntity: Unsupported type specified"),
    ],
)
def test_entities_that_lie_beside_the_text(given: tuple[str, int, int], words: str) -> None:
    """An entity outside of the text is refused."""
    with pytest.raises(BotApiError) as refused:
        format_text("🦊bc", None, [_entity(*given)])
    assert refused.value.description == f"Bad Request: {words}"


@pytest.mark.parametrize(
    ("source", "mode"),
    [
        ("👍\r\n<b>bold</b>\r\n", "HTML"),
        ("👍\r\n*bold*\r\n", "markdown"),
        ("👍\r\n*bold*\r\n", "MarkdownV2"),
        ("👍\n*b\rold*", "MarkdownV2"),
    ],
)
def test_line_ends_of_windows(source: str, mode: str) -> None:
    """Carriage returns are removed, and entities keep their place."""
    assert format_text(source, mode, None) == ("👍\nbold", [_entity("bold", 3, 4)])


def test_line_ends_under_given_entities() -> None:
    """Given entities are adjusted for removed carriage returns."""
    assert format_text("a\r\nbold", None, [_entity("bold", 3, 4)]) == ("a\nbold", [_entity("bold", 2, 4)])
