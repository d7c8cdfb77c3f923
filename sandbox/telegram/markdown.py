"""Telegram's two kinds of Markdown, with the words of the errors that its own server answers.

Source: https://core.telegram.org/bots/api#markdownv2-style and #markdown-style.
"""

import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

from sandbox.telegram.errors import bad_request

Entity = dict[str, Any]
Formatted = tuple[str, list[Entity]]

_RESERVED = set("_*[]()~`>#+-=|{}.!")
_MARKS = {
    "__": ("underline", "Underline"),
    "||": ("spoiler", "Spoiler"),
    "*": ("bold", "Bold"),
    "_": ("italic", "Italic"),
    "~": ("strikethrough", "Strikethrough"),
}
_LEGACY = {"*": "bold", "_": "italic"}
_NAMES = {"[": "Text", "![": "CustomEmoji"}
_ADDRESS = re.compile(r"\(([^)]*)\)")
_ADDRESS_V2 = re.compile(r"\(((?:\\.|[^)\\])*)\)", re.DOTALL)
_ESCAPED = re.compile(r"\\([\x01-\x7e])")
_EMOJI = re.compile(r"tg://emoji\?id=(\d{1,19})", re.ASCII)
_TIME = re.compile(r"tg://time\?unix=(\d{1,12})(?:&format=([A-Za-z]{0,8}))?", re.ASCII)
_LANGUAGE = re.compile(r"([^\s`]+)\n")


@dataclass
class _Open:
    """A mark that waits for its end."""

    mark: str
    start: int
    at: int
    details: Entity = field(default_factory=dict)


class _Reader:
    """Collects plain text and entities; positions in the text are UTF-16 units, in the source bytes."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.position = 0
        self.text: list[str] = []
        self.units = 0
        self.entities: list[Entity] = []

    def say(self, words: str) -> None:
        self.text.append(words)
        self.units += len(words.encode("utf-16-le", "surrogatepass")) // 2

    def starts(self, mark: str) -> bool:
        return self.source.startswith(mark, self.position)

    def add(self, kind: str, start: int, **details: Any) -> None:
        if self.units > start:
            self.entities.append({"type": kind, "offset": start, "length": self.units - start, **details})

    def byte(self, at: int) -> int:
        return len(self.source[:at].encode("utf-8", "surrogatepass"))

    def refuse(self, words: str) -> NoReturn:
        raise bad_request(f"can't parse entities: {words}")

    def code(self, end: str, *, escapes: bool) -> str:
        """Read up to the end mark, in which nothing has a meaning but, in the newer form, a backslash."""
        began, words = self.position, ""
        while not self.starts(end):
            if self.position >= len(self.source):
                name = "Pre" if len(end) == 3 else "Code"
                if escapes:
                    self.refuse(f"Can't find end of {name} entity at byte offset {self.byte(began)}")
                self.refuse(f"Can't find end of the entity starting at byte offset {self.byte(began)}")
            if escapes and self.starts("\\") and self.position + 1 < len(self.source):
                self.position += 1
            words += self.source[self.position]
            self.position += 1
        self.position += len(end)
        return words

    def fenced(self, *, escapes: bool) -> bool:
        """Read code or a block of it, where one begins here."""
        fence = "```" if self.starts("```") else "`" if self.starts("`") else None
        if fence is None:
            return False
        self.position += len(fence)
        start, words = self.units, self.code(fence, escapes=escapes)
        language = _LANGUAGE.match(words) if fence == "```" else None
        self.say(words[language.end() :] if language else words.removeprefix("\n") if fence == "```" else words)
        self.add("pre" if fence == "```" else "code", start, **({"language": language[1]} if language else {}))
        return True

    def address(self, pattern: re.Pattern[str]) -> str | None:
        """Read `(address)` behind a link's words; None where there is none."""
        if not self.starts("("):
            return None
        found = pattern.match(self.source, self.position)
        if found is None:
            self.refuse(f"Can't find end of a URL at byte offset {self.byte(self.position)}")
        self.position = found.end()
        return found[1]

    def link(self, start: int, url: str | None) -> None:
        if url and ("." in url or "://" in url):
            self.add("text_link", start, url=url if "://" in url else f"http://{url}")


class _Newer(_Reader):
    """MarkdownV2: marks nest, and what has a meaning has to be escaped."""

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.quote: int | None = None
        self.folds = False
        self.line = 0
        """Where the line began, in UTF-16 units; marks before a quote's sign say nothing."""

    def read(self) -> Formatted:
        stack: list[_Open] = []
        while self.position < len(self.source):
            char = self.source[self.position]
            if self.units == self.line and char == ">" and (self.quote is None or self._at_line_start()):
                self.quote = self.units if self.quote is None else self.quote
                self.position += 1
                continue
            if self._at_line_start() and char != ">":
                self._end_quote()
            if char == "\n":
                self._fold(stack)
            self._step(char, stack)
            if char == "\n":
                self.line = self.units
        self._fold(stack)
        if stack:
            name = _NAMES.get(stack[-1].mark) or _MARKS[stack[-1].mark][1]
            self.refuse(f"Can't find end of {name} entity at byte offset {self.byte(stack[-1].at)}")
        self._end_quote()
        return "".join(self.text), self.entities

    def _at_line_start(self) -> bool:
        return self.source[self.position - 1 : self.position] in {"", "\n"}

    def _end_quote(self) -> None:
        if self.quote is not None:
            self.add("expandable_blockquote" if self.folds else "blockquote", self.quote)
        self.quote, self.folds = None, False

    def _fold(self, stack: list[_Open]) -> None:
        """Take a spoiler that begins at the end of a quote's line for the sign that the quote folds."""
        if self.quote is not None and stack and stack[-1].mark == "||" and stack[-1].at == self.position - 2:
            stack.pop()
            self.folds = True

    def _step(self, char: str, stack: list[_Open]) -> None:
        if char == "\\" and self.position + 1 < len(self.source) and ord(self.source[self.position + 1]) < 127:
            self.say(self.source[self.position + 1])
            self.position += 2
        elif self.fenced(escapes=True):
            pass
        elif mark := next((mark for mark in ("![", "[") if self.starts(mark)), None):
            stack.append(_Open(mark, self.units, self.position))
            self.position += len(mark)
        elif char == "]" and stack and stack[-1].mark in _NAMES:
            self.position += 1
            self._close(stack.pop())
        elif mark := next((mark for mark in _MARKS if self.starts(mark)), None):
            self._mark(mark, stack)
        elif char in _RESERVED:
            self.refuse(f"Character '{char}' is reserved and must be escaped with the preceding '\\'")
        else:
            self.say(char)
            self.position += 1

    def _close(self, opened: _Open) -> None:
        """Read what stands behind the words in brackets."""
        url = self.address(_ADDRESS_V2)
        url = None if url is None else _ESCAPED.sub(r"\1", url)
        if opened.mark == "[":
            self.link(opened.start, url)
        elif emoji := _EMOJI.fullmatch(url or ""):
            self.add("custom_emoji", opened.start, custom_emoji_id=emoji[1])
        elif time := _TIME.fullmatch(url or ""):
            shape = {"date_time_format": time[2]} if time[2] else {}
            self.add("date_time", opened.start, unix_time=int(time[1]), **shape)
        else:
            self.refuse("Custom emoji entity must contain a tg://emoji URL")

    def _mark(self, mark: str, stack: list[_Open]) -> None:
        at, self.position = self.position, self.position + len(mark)
        if stack and stack[-1].mark == mark:
            self.add(_MARKS[mark][0], stack.pop().start)
        else:
            stack.append(_Open(mark, self.units, at))


class _Older(_Reader):
    """The legacy form: nothing nests, and a backslash only counts before a mark."""

    def read(self) -> Formatted:
        while self.position < len(self.source):
            char = self.source[self.position]
            following = self.source[self.position + 1 : self.position + 2]
            if char == "\\" and following and following in "_*`[":
                self.say(following)
                self.position += 2
            elif self.fenced(escapes=False):
                pass
            elif char in _LEGACY:
                start, words = self.units, self._until(char)
                self.say(words)
                self.add(_LEGACY[char], start)
            elif char == "[":
                start, words = self.units, self._until("]")
                self.say(words)
                self.link(start, self.address(_ADDRESS))
            else:
                self.say(char)
                self.position += 1
        return "".join(self.text), self.entities

    def _until(self, end: str) -> str:
        at = self.position
        found = self.source.find(end, at + 1)
        if found < 0:
            self.refuse(f"Can't find end of the entity starting at byte offset {self.byte(at)}")
        self.position = found + 1
        return self.source[at + 1 : found]


def parse_markdown(source: str) -> Formatted:
    """Read the legacy form; offsets in UTF-16 units."""
    return _Older(source).read()


def parse_markdown_v2(source: str) -> Formatted:
    """Read MarkdownV2; offsets in UTF-16 units."""
    return _Newer(source).read()
