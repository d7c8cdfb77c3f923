"""Rendering of `Renderable` for people: translated, with localized numbers and times, as Telegram's HTML."""

import gettext
import re
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from html import escape, unescape
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

from core.text import Credits, Date, Duration, Joined, Param, Percent, Quote, Renderable, Text, Verbatim

DOMAIN = "imagine_bot"
_TAG = re.compile(r"</?[a-z][^<>]*>")
LOCALES = Path(__file__).parent.parent / "locales"


class Language:
    """A language. Texts without a translation stay English."""

    def __init__(self, locale: Locale, translations: gettext.NullTranslations) -> None:
        self._locale = locale
        self._translations = translations

    def render(self, words: Renderable) -> str:
        """Render words as HTML. Values in a sentence are escaped."""
        match words:
            case Verbatim(said):
                return escape(said, quote=False)
            case Quote(inner):
                return f"<blockquote expandable>{self.render(inner)}</blockquote>"
            case Joined(parts, between):
                return between.join(self.render(part) for part in parts)
            case Text(source, params, many, count):
                sentence = (
                    self._translations.ngettext(source, many, count) if many else self._translations.gettext(source)
                )
                return sentence.format_map({name: self._value(value) for name, value in params.items()})
        raise TypeError(f"cannot render {type(words).__name__}")

    def _value(self, value: Param) -> str:
        match value:
            case Renderable():
                return self.render(value)
            case str():
                return escape(value, quote=False)
            case Duration(ms):
                return self._in_words(ms)
            case Date(ms):
                day = datetime.fromtimestamp(ms / 1000, UTC)
                return str(format_skeleton("MMMd", day, locale=self._locale))
        return _number(value, self._locale)

    def _in_words(self, ms: int) -> str:
        hours, minutes = divmod(max(-(-ms // 60_000), 1), 60)
        parts = [(hours, "duration-hour"), (minutes, "duration-minute")]
        return " ".join(format_unit(number, unit, locale=self._locale) for number, unit in parts if number)


@lru_cache(maxsize=1024)  # the same few are in every message
def _number(value: int | Credits | Percent, locale: Locale) -> str:
    match value:
        case Percent(share):
            return str(format_percent(share, locale=locale))
        case Credits(hundredths):
            return str(format_decimal(Decimal(hundredths) / 100, format="#,##0.##", locale=locale))
    return str(format_decimal(value, locale=locale))


def plain(html: str) -> str:
    """Remove the tags, for places where Telegram shows plain text: buttons and alerts."""
    return unescape(_TAG.sub("", html))


@lru_cache(maxsize=256)  # people choose their language code, and hostile clients send many
def language(code: str, directory: Path = LOCALES) -> Language:
    """Return the language for an IETF tag as Telegram sends it ("pt-br"); English without a translation."""
    try:
        locale = Locale.parse(code, sep="-")
    except (ValueError, UnknownLocaleError):
        locale = Locale("en")
    names = [str(locale), locale.language]
    translations = gettext.translation(DOMAIN, directory, languages=names, fallback=True)
    found = isinstance(translations, gettext.GNUTranslations)
    return Language(locale if found else Locale("en"), translations)


def in_language(words: Renderable, code: str) -> str:
    """Return words in a language as plain text."""
    return plain(language(code).render(words))
