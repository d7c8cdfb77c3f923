"""Telegram's HTML: a few tags that become entities, and errors that name the byte where it went wrong."""

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any, NoReturn

from sandbox.telegram.errors import bad_request

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
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
}
VERBATIM = {"code", "pre"}

_VALUE = r"\"[^\"]*\"|'[^']*'|[^\s>\"']+"
_TAG = re.compile(rf"<(/?)([^\s>]*)((?:\s+[^\s=>\"']+(?:\s*=\s*(?:{_VALUE}))?)*)\s*>")
_ATTRIBUTE = re.compile(rf"([^\s=>\"']+)(?:\s*=\s*({_VALUE}))?")
# Of the named references Telegram knows these four; any other stays as it was typed.
_REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});")


@dataclass
class _Open:
    """A tag that waits for its end."""

    tag: str
    kind: str
    start: int
    details: dict[str, Any] = field(default_factory=dict)


class _Reader:
    """Walks through the source once, collecting plain text and entities."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.text: list[str] = []
        self.units = 0
        self.stack: list[_Open] = []
        self.entities: list[dict[str, Any]] = []

    def read(self) -> tuple[str, list[dict[str, Any]]]:
        position = 0
        while position < len(self.source):
            angle = self.source.find("<", position)
            end = len(self.source) if angle < 0 else angle
            self._say(self.source[position:end])
            position = end if angle < 0 else self._tag(angle)
        if self.stack:
            raise _cant_parse(f'Can\'t find end tag corresponding to start tag "{self.stack[-1].tag}"')
        return "".join(self.text), self.entities

    def _say(self, raw: str) -> None:
        text = _REFERENCE.sub(lambda match: unescape(match[0]), raw)
        self.text.append(text)
        self.units += len(text.encode("utf-16-le", "surrogatepass")) // 2

    def _tag(self, at: int) -> int:
        match = _TAG.match(self.source, at)
        if match is None:
            kind = "end" if self.source.startswith("</", at) else "start"
            self._refuse(f"Unclosed {kind} tag at byte offset {{}}", at)
        closing, tag, attributes = match[1], match[2].lower(), match[3]
        if closing:
            self._close(tag, at)
        else:
            self._open(tag, dict(_attributes(attributes)), at)
        return match.end()

    def _open(self, tag: str, attributes: dict[str, str], at: int) -> None:
        kind = TAGS.get(tag)
        if tag == "span" and attributes.get("class") == "tg-spoiler":
            kind = "spoiler"
        if kind is None:
            self._refuse(f'Unsupported start tag "{tag}" at byte offset {{}}', at)
        opened = _Open(tag, kind, self.units)
        if tag == "a":
            opened.details["url"] = attributes.get("href", "")
        elif tag == "blockquote" and "expandable" in attributes:
            opened.kind = "expandable_blockquote"
        elif tag == "code" and attributes.get("class", "").startswith("language-"):
            opened.details["language"] = attributes["class"].removeprefix("language-")
        self.stack.append(opened)

    def _close(self, tag: str, at: int) -> None:
        if not self.stack:
            self._refuse("Unexpected end tag at byte offset {}", at)
        opened = self.stack.pop()
        if tag not in {"", opened.tag}:
            words = f'Unmatched end tag at byte offset {{}}, expected "</{opened.tag}>", found "</{tag}>"'
            self._refuse(words, at)
        length = self.units - opened.start
        if length == 0:
            return
        outer = self.stack[-1] if self.stack else None
        if outer is not None and outer.kind == "pre" and opened.kind == "code":
            outer.details |= opened.details
        elif not any(other.kind in VERBATIM for other in self.stack):
            self._add(opened, length)

    def _add(self, opened: _Open, length: int) -> None:
        details = dict(opened.details)
        if opened.kind == "code":
            details.pop("language", None)
        if opened.kind == "text_link":
            url = details["url"] or "".join(self.text)[-length:]
            if "." not in url and "://" not in url:
                return
            details["url"] = url if "://" in url else f"http://{url}"
        self.entities.append({"type": opened.kind, "offset": opened.start, "length": length, **details})

    def _refuse(self, words: str, at: int) -> NoReturn:
        raise _cant_parse(words.format(len(self.source[:at].encode("utf-8", "surrogatepass"))))


def parse_html(source: str) -> tuple[str, list[dict[str, Any]]]:
    """Turn Telegram's HTML into plain text and entities (offsets in UTF-16 units, in the order they ended)."""
    return _Reader(source).read()


def _attributes(source: str) -> list[tuple[str, str]]:
    found = _ATTRIBUTE.findall(source)
    return [(name.lower(), unescape(value[1:-1] if value[:1] in "\"'" else value)) for name, value in found]


def _cant_parse(words: str) -> Exception:
    return bad_request(f"can't parse entities: {words}")
