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

    def address(self) -> str | None:
        """Read `(address)` behind a link's words; None where there is none."""
        if not self.starts("("):
            return None
        end = self.source.find(")", self.position)
        if end < 0:
            self.refuse(f"Can't find end of a URL at byte offset {self.byte(self.position)}")
        url = self.source[self.position + 1 : end].replace("\\", "")
        self.position = end + 1
        return url

    def link(self, start: int, url: str | None) -> None:
        if url and ("." in url or "://" in url):
            self.add("text_link", start, url=url if "://" in url else f"http://{url}")


class _Newer(_Reader):
    """MarkdownV2: marks nest, and what has a meaning has to be escaped."""

    def read(self) -> Formatted:
        stack: list[_Open] = []
        quote: int | None = None
        line_begins = True
        while self.position < len(self.source):
            char = self.source[self.position]
            if quote is not None and line_begins and char != ">":
                self.add("blockquote", quote)
                quote = None
            if line_begins and char == ">":
                quote = self.units if quote is None else quote
                self.position += 1
                line_begins = False
                continue
            line_begins = char == "\n"
            self._step(char, stack)
        if stack:
            name = "Text" if stack[-1].mark == "[" else _MARKS[stack[-1].mark][1]
            self.refuse(f"Can't find end of {name} entity at byte offset {self.byte(stack[-1].at)}")
        if quote is not None:
            self.add("blockquote", quote)
        return "".join(self.text), self.entities

    def _step(self, char: str, stack: list[_Open]) -> None:
        if char == "\\" and self.position + 1 < len(self.source) and ord(self.source[self.position + 1]) < 127:
            self.say(self.source[self.position + 1])
            self.position += 2
        elif self.fenced(escapes=True):
            pass
        elif char == "[":
            stack.append(_Open("[", self.units, self.position))
            self.position += 1
        elif char == "]" and stack and stack[-1].mark == "[":
            self.position += 1
            self.link(stack.pop().start, self.address())
        elif mark := next((mark for mark in _MARKS if self.starts(mark)), None):
            self._mark(mark, stack)
        elif char in _RESERVED:
            self.refuse(f"Character '{char}' is reserved and must be escaped with the preceding '\\'")
        else:
            self.say(char)
            self.position += 1

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
                self.link(start, self.address())
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
