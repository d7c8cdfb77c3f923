"""More of MarkdownV2, and Windows line endings in every kind of markup."""

from typing import Any

import pytest

from sandbox.telegram.entities import format_text
from sandbox.telegram.errors import BotApiError
from sandbox.telegram.markdown import parse_markdown_v2


def _entity(kind: str, offset: int, length: int, **more: Any) -> dict[str, Any]:
    return {"type": kind, "offset": offset, "length": length, **more}


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
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
def test_what_the_reference_shows(source: str, text: str, entities: list[dict[str, Any]]) -> None:
    """Expandable quotes, custom emoji and times are parsed as in the reference."""
    assert parse_markdown_v2(source) == (text, entities)


@pytest.mark.parametrize("source", ["a > b", "![x]", "![x](http://a.example)", "![x](tg://time?unix=y)", "hi!", "||"])
def test_what_looks_like_it(source: str) -> None:
    """A mark in a wrong place is refused."""
    with pytest.raises(BotApiError, match="can't parse entities"):
        parse_markdown_v2(source)


@pytest.mark.parametrize(
    ("source", "mode"),
    [
        ("👍\r\n<b>bold</b>\r\n", "HTML"),
        ("👍\r\n*bold*\r\n", "Markdown"),
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
