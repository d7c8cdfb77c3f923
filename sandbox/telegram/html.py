"""Telegram's HTML: a few tags that become entities, with errors that give the byte offset."""

import re
from dataclasses import dataclass
from typing import Any, NoReturn

from sandbox.telegram.links import emoji_details, link_entity, number, time_details
from sandbox.telegram.written import Formatted, Written, byte_offset, refuse

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "tg-emoji": "custom_emoji",
    "tg-time": "date_time",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
}
# The characters that Telegram treats as white space. The end of the text counts as one.
_SPACE = " \t\r\n\v\0"
_NAME = re.compile(rf"[^{_SPACE}>]*")
_SPACES = re.compile(rf"[{_SPACE}]*")
_ATTRIBUTE = re.compile(rf"[^{_SPACE}=>/\"']*")
_TOKEN = re.compile(r"[A-Za-z0-9.-]*")
_REFERENCE = re.compile(r"&(?:#x([0-9a-fA-F]*)|#([0-9]*)|([A-Za-z]*));?")
# Telegram knows only these four named references and leaves others as they are.
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_LONGEST_REFERENCE = 9
_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass
class _Open:
    """A tag that waits for its end tag."""

    tag: str
    attributes: dict[str, str]
    start: int
    first: int
    """The index in `Written.words` of the first part that it covers."""


class _Reader:
    """A parser that reads the source once and collects plain text and entities."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.written = Written()
        self.stack: list[_Open] = []

    def read(self) -> Formatted:
        while self.at < len(self.source):
            angle = self.source.find("<", self.at)
            end = len(self.source) if angle < 0 else angle
            self.written.say(_resolved(self.source[self.at : end]))
            self.at = end
            if angle >= 0:
                self.at += 1
                (self._end_tag if self.starts("/") else self._start_tag)(angle)
        if self.stack:
            refuse(f'Can\'t find end tag corresponding to start tag "{self.stack[-1].tag}"')
        return self.written.done()

    def starts(self, mark: str) -> bool:
        return self.source.startswith(mark, self.at)

    def take(self, pattern: re.Pattern[str]) -> str:
        """Read the pattern's match at this place. All patterns can match an empty string."""
        found = pattern.match(self.source, self.at)
        self.at = found.end() if found else self.at
        return found[0] if found else ""

    def ended(self) -> bool:
        return self.at >= len(self.source)

    def _start_tag(self, began: int) -> None:
        tag = self.take(_NAME).lower()
        if self.ended():
            self._refuse("Unclosed start tag", began)
        if tag not in TAGS:
            self._refuse(f'Unsupported start tag "{tag}"', began)
        attributes: dict[str, str] = {}
        self.take(_SPACES)
        while not self.starts(">"):
            name, value = self._attribute(tag, began)
            attributes[name] = value
            self.take(_SPACES)
        self.at += 1
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            self._refuse('Tag "span" must have class "tg-spoiler"', began)
        self.stack.append(_Open(tag, attributes, self.written.units, len(self.written.words)))

    def _attribute(self, tag: str, began: int) -> tuple[str, str]:
        name = self.take(_ATTRIBUTE)
        if not name:
            self._refuse(f'Empty attribute name in the tag "{tag}"', began)
        self.take(_SPACES)
        if not self.starts("="):
            if self.ended():
                self._refuse(f'Unclosed start tag "{tag}"', began)
            return name, ""
        self.at += 1
        self.take(_SPACES)
        if self.ended():
            self._refuse(f'Unclosed start tag "{tag}"', began)
        value = self._value()
        if self.ended():
            self._refuse("Unclosed start tag", began)
        return name, value

    def _value(self) -> str:
        """Read an attribute's value: a quoted string, or a bare token, which becomes lower case."""
        began, quote = self.at, self.source[self.at]
        if quote in "\"'":
            end = self.source.find(quote, self.at + 1)
            end = len(self.source) if end < 0 else end
            self.at = end + 1
            return _resolved(self.source[began + 1 : end])
        word = self.take(_TOKEN).lower()
        if not self.ended() and self.source[self.at] not in _SPACE + ">":
            self._refuse("Unexpected end of name token", began)
        return word

    def _end_tag(self, began: int) -> None:
        if not self.stack:
            self._refuse("Unexpected end tag", began)
        self.at += 1
        tag = self.take(_NAME).lower()
        self.take(_SPACES)
        if not self.starts(">"):
            self._refuse("Unclosed end tag", began)
        self.at += 1
        opened = self.stack[-1]
        if tag not in {"", opened.tag}:
            place = byte_offset(self.source, began)
            refuse(f'Unmatched end tag at byte offset {place}, expected "</{opened.tag}>", found "</{tag}>"')
        self.stack.pop()
        if self.written.units > opened.start:
            self._add(opened)

    def _add(self, opened: _Open) -> None:
        kind, given = TAGS[opened.tag], opened.attributes
        details: dict[str, Any] | None = {}
        match kind:
            case "text_link":
                address = given.get("href") or "".join(self.written.words[opened.first :])
                kind, details = link_entity(address) or ("", None)
            case "custom_emoji":
                details = emoji_details(given.get("emoji-id", ""))
            case "date_time":
                time = number(given.get("unix", ""))
                shown = time_details(time, given.get("format", ""))
                details = shown if time > 0 else None
            case "blockquote" if "expandable" in given:
                kind = "expandable_blockquote"
            case "code" | "pre":
                self._add_code(kind, opened)
                return
        if details is not None:
            self.written.add(kind, opened.start, **details)

    def _add_code(self, kind: str, opened: _Open) -> None:
        """Add an entity of type code or pre.

        `<code>` directly inside `<pre>`, or the reverse, gives one pre entity with the language of the code.
        """
        said = opened.attributes.get("class", "")
        language = said.removeprefix("language-") if kind == "code" and said.startswith("language-") else ""
        last = self.written.entities[-1] if self.written.entities else {}
        same = (last.get("offset"), last.get("length")) == (opened.start, self.written.units - opened.start)
        language = language or (last.get("language", "") if kind == "pre" else "")
        if same and language and last["type"] == ("code" if kind == "pre" else "pre"):
            last |= {"type": "pre", "language": language}
        else:
            # The language of code without a pre waits for one around it.
            own = language if kind == "code" else ""
            self.written.add(kind, opened.start, **({"language": own} if own else {}))

    def _refuse(self, words: str, at: int) -> NoReturn:
        refuse(f"{words} at byte offset {byte_offset(self.source, at)}")


def parse_html(source: str) -> Formatted:
    """Convert Telegram's HTML to plain text and entities, with offsets in UTF-16 code units.

    Raises BotApiError if the markup is invalid.
    """
    text, entities = _Reader(source).read()
    if _SURROGATES.search(text) and not _SURROGATES.search(source):
        refuse(
            "Text contains invalid Unicode characters after decoding HTML entities,"
            " check for unmatched surrogate code units"
        )
    for entity in entities:
        if entity["type"] == "code":
            entity.pop("language", None)
    return text, entities


def _resolved(raw: str) -> str:
    return _REFERENCE.sub(_character, raw)


def _character(match: re.Match[str]) -> str:
    hexadecimal, decimal, name = match.groups()
    if name is not None:
        return _NAMED.get(name, match[0])
    if len(match[0].rstrip(";")) > _LONGEST_REFERENCE:
        return match[0]
    code = int(hexadecimal or decimal or "0", 16 if hexadecimal else 10)
    return chr(code) if 0 < code < 0x10FFFF else match[0]
