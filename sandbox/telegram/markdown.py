"""Telegram's Markdown and MarkdownV2, with the error messages of Telegram's server.

Source: https://core.telegram.org/bots/api#markdownv2-style and #markdown-style, and the behavior of TDLib.
"""

import re
from dataclasses import dataclass
from typing import NoReturn

from sandbox.telegram.links import link_entity, sign_entity
from sandbox.telegram.written import Formatted, Written, byte_offset, refuse

_RESERVED = "_*[]()~`>#+-=|{}.!\n"
_MARKS = {
    # Longer marks come first.
    "```": "pre",
    "`": "code",
    "__": "underline",
    "_": "italic",
    "||": "spoiler",
    "![": "custom_emoji",
    "[": "text_link",
    "*": "bold",
    "~": "strikethrough",
}
_ENDS = {kind: mark for mark, kind in _MARKS.items()} | {"custom_emoji": "]", "text_link": "]"}
_NAMES = {"text_link": "TextUrl", "custom_emoji": "CustomEmoji", "blockquote": "BlockQuote"}
_VERBATIM = {"pre", "code"}
_LANGUAGE = re.compile(r"([^\s`\0]+)(?=[\s\0])")
_NEW_LINE = re.compile(r"\r\n|\n\r|\n|\r")
_OLDER_MARKS = {"```": ("pre", "```"), "`": ("code", "`"), "*": ("bold", "*"), "_": ("italic", "_"), "[": ("", "]")}


@dataclass
class _Open:
    """A mark that waits for its end."""

    kind: str
    at: int
    start: int
    """The start of its text in UTF-16 code units."""
    first: int
    """The index in `Written.words` of the first part that it covers."""
    language: str = ""

    @property
    def name(self) -> str:
        """The name of the entity in Telegram's error messages."""
        return "PreCode" if self.language else _NAMES.get(self.kind, self.kind.capitalize())


class _Reader:
    """The shared part of both parsers."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.written = Written()

    def starts(self, mark: str) -> bool:
        return self.source.startswith(mark, self.at)

    def next(self) -> str:
        """Return the next character."""
        return self.source[self.at + 1 : self.at + 2]

    def language(self) -> str:
        """Read the start of a code block: its language, and a line break that isn't part of the code."""
        found = _LANGUAGE.match(self.source, self.at)
        self.at = found.end() if found else self.at
        line = _NEW_LINE.match(self.source, self.at)
        self.at = line.end() if line else self.at
        return found[1] if found else ""

    def link(self, start: int, address: str) -> None:
        if entity := link_entity(address):
            self.written.add(entity[0], start, **entity[1])


class _Newer(_Reader):
    """The parser for MarkdownV2. Marks nest, and reserved characters must be escaped."""

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.stack: list[_Open] = []
        self.in_quote = False
        self.at_line_start = True
        """Whether only marks precede this place in its line, so that a quote may begin."""

    def read(self) -> Formatted:
        while self.at < len(self.source):
            self._step()
        if self.in_quote:
            self._end_last_quote()
        if self.stack:
            self._refuse_unended()
        return self.written.done()

    def _step(self) -> None:
        char = self.source[self.at]
        if self._is_escape():
            self._say(self.next(), 2, escaped=True)
        elif char not in ("`" if self.stack and self.stack[-1].kind in _VERBATIM else _RESERVED):
            self._say(char, 1)
        elif self._is_end(char):
            self._close(char)
        else:
            self._open(char)

    def _is_escape(self) -> bool:
        return self.starts("\\") and "\0" < self.next() < "\x7f"

    def _say(self, char: str, taken: int, *, escaped: bool = False) -> None:
        self.written.say(char)
        self.at += taken
        if char != "\r":
            self.at_line_start = escaped and char == "\n"

    def _is_end(self, char: str) -> bool:
        if not self.stack:
            return False
        if self.in_quote and char == "\n" and self.next() != ">":
            return True
        kind = self.stack[-1].kind
        if kind == "italic" and self.starts("__"):
            return False
        return kind in _ENDS and self.starts(_ENDS[kind])

    def _open(self, char: str) -> None:
        if char == "\n":
            self._say(char, 1)
            self.at_line_start = True
        elif char == ">" and self.at_line_start:
            if not self.in_quote:
                self._push("blockquote")
            self.in_quote = True
            self.at += 1
        elif mark := next((mark for mark in _MARKS if self.starts(mark)), None):
            self._push(_MARKS[mark])
            self.at += len(mark)
            if mark == "```":
                self.stack[-1].language = self.language()
        else:
            refuse(f"Character '{char}' is reserved and must be escaped with the preceding '\\'")

    def _push(self, kind: str) -> None:
        self.stack.append(_Open(kind, self.at, self.written.units, len(self.written.words)))

    def _close(self, char: str) -> None:
        folds = char == "\n" and self._take_fold()
        if char == "\n" and self.stack[-1].kind != "blockquote":
            self._refuse_unended()
        opened = self.stack.pop()
        self.at += len(_ENDS.get(opened.kind, "\n"))
        if opened.kind == "blockquote":
            self.written.say("\n")  # the line break is part of the quote
            self.written.add("expandable_blockquote" if folds else "blockquote", opened.start)
            self.in_quote, self.at_line_start = False, True
        elif opened.kind == "text_link":
            address = self._address() if self.starts("(") else "".join(self.written.words[opened.first :])
            self.link(opened.start, address)
        elif opened.kind == "custom_emoji":
            if not self.starts("("):
                refuse("The entity must contain a tg://emoji or tg://time URL")
            kind, details = sign_entity(self._address())
            self.written.add(kind, opened.start, **details)
        else:
            language = {"language": opened.language} if opened.language else {}
            self.written.add(opened.kind, opened.start, **language)

    def _take_fold(self) -> bool:
        """Treat a spoiler that begins at the very end of a quote as the mark of an expandable quote."""
        last = self.stack[-1]
        folds = last.kind == "spoiler" and self.source[last.at + 2 : self.at] in {"", "\r"}
        if folds:
            self.stack.pop()
        return folds

    def _end_last_quote(self) -> None:
        folds = self._take_fold()
        if self.stack[-1].kind == "blockquote":
            self.written.add("expandable_blockquote" if folds else "blockquote", self.stack.pop().start)

    def _address(self) -> str:
        self.at += 1
        began, address = self.at, ""
        while not self.starts(")"):
            if self.at >= len(self.source):
                refuse(f"Can't find end of a URL at byte offset {byte_offset(self.source, began)}")
            self.at += self._is_escape()
            address += self.source[self.at]
            self.at += 1
        self.at += 1
        return address

    def _refuse_unended(self) -> NoReturn:
        last = self.stack[-1]
        refuse(f"Can't find end of {last.name} entity at byte offset {byte_offset(self.source, last.at)}")


class _Older(_Reader):
    """The parser for the legacy Markdown. Entities don't nest. A backslash escapes marks only outside of entities."""

    def read(self) -> Formatted:
        while self.at < len(self.source):
            mark = next((mark for mark in _OLDER_MARKS if self.starts(mark)), None)
            if self.starts("\\") and self.next() and self.next() in "_*`[":
                self.written.say(self.next())
                self.at += 2
            elif mark is None:
                self.written.say(self.source[self.at])
                self.at += 1
            else:
                self._entity(mark)
        return self.written.done()

    def _entity(self, mark: str) -> None:
        began, (kind, end) = self.at, _OLDER_MARKS[mark]
        self.at += len(mark)
        language = self.language() if kind == "pre" else ""
        found = self.source.find(end, self.at)
        if found < 0:
            refuse(f"Can't find end of the entity starting at byte offset {byte_offset(self.source, began)}")
        start, words = self.written.units, self.source[self.at : found]
        self.written.say(words)
        self.at = found + len(end)
        if kind:
            self.written.add(kind, start, **({"language": language} if language else {}))
        else:
            self.link(start, self._address() if words and self.starts("(") else words)

    def _address(self) -> str:
        """Read up to the closing parenthesis, which may be missing."""
        address, _, _ = self.source[self.at + 1 :].partition(")")
        self.at += len(address) + 2
        return address


def parse_markdown(source: str) -> Formatted:
    """Parse the legacy Markdown. Offsets are in UTF-16 code units. Raises BotApiError if it is invalid."""
    return _Older(source).read()


def parse_markdown_v2(source: str) -> Formatted:
    """Parse MarkdownV2. Offsets are in UTF-16 code units. Raises BotApiError if it is invalid."""
    return _Newer(source).read()
